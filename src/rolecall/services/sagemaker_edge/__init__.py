"""SageMaker Edge: what devices ask and report. AWS ended it in 2024; its operations are still in the model."""

from rolecall.services.sagemaker_edge.devices import OPERATIONS

__all__ = ["OPERATIONS"]
