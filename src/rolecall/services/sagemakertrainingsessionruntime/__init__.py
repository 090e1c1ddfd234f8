"""Training sessions at work: operations are taken, and end at once with results that no model computed."""

from rolecall.services.sagemakertrainingsessionruntime.operations import OPERATIONS

__all__ = ["OPERATIONS"]
