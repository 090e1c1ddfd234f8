"""Refusals by situation: AutoML and the other jobs, training plans and sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.sagemaker.errors.refusal import Refusal

REFUSALS: Final[Mapping[str, Refusal]] = {}
