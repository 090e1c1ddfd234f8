"""Amazon Augmented AI: human loops. Nobody reviews here: a loop is in progress until it is stopped or deleted."""

from rolecall.services.sagemaker_a2i_runtime.human_loops import OPERATIONS

__all__ = ["OPERATIONS"]
