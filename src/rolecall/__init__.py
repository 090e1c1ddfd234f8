"""rolecall: Amazon SageMaker, IAM and STS with AWS's real authorization, on your own machine."""

__version__ = "0.1.0"
