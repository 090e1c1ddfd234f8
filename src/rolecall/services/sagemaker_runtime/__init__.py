"""SageMaker Runtime: what clients of deployed models call. Models do not run: `simulation` says what answers.

Bidirectional streaming (HTTP/2) is no operation of botocore's model and is not served.
"""

from rolecall.services.sagemaker_runtime.invoking import OPERATIONS

__all__ = ["OPERATIONS"]
