"""Do what the first calls would do, while nobody waits for it: load models, catalogue and patterns.

In a thread of its own once the server answers: whoever calls meanwhile is served, and does not do it twice.
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from rolecall import catalog
from rolecall.wire import constraints, models

# What clients ask first; the rest is made when it is asked for.
OPERATIONS: Final = {
    "sts": ("GetCallerIdentity", "AssumeRole"),
    "iam": ("CreateRole", "CreateUser", "CreatePolicy", "AttachRolePolicy", "PutRolePolicy", "GetRole"),
    "sagemaker": ("CreateTrainingJob", "DescribeTrainingJob", "ListTrainingJobs", "CreateModel"),
}

_log = logging.getLogger(__name__)


def warm_up() -> None:
    threading.Thread(target=_all, name="rolecall-warming", daemon=True).start()


def _all() -> None:
    try:
        known = catalog.load()
        for service, operations in OPERATIONS.items():
            models.operation_names(service)
            for operation in operations:
                constraints.prepare(service, operation)
                known.request_paths(f"{service}:{operation}")
    except Exception:
        _log.exception("not everything could be made ready; it is when it is needed")
