"""Refusals by situation: experiments, lineage, model cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.sagemaker.errors.refusal import Refusal

REFUSALS: Final[Mapping[str, Refusal]] = {}
