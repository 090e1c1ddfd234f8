"""Inference routers: a request goes on to one of a routing target's endpoints, with its caller's credentials."""

from rolecall.services.sagemaker_inference_router_runtime.routing import OPERATIONS

__all__ = ["OPERATIONS"]
