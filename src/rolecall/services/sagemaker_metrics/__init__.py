"""Metrics of trial components: written in batches, read as series."""

from rolecall.services.sagemaker_metrics.metrics import OPERATIONS

__all__ = ["OPERATIONS"]
