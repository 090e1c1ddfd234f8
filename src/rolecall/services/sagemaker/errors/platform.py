"""Refusals by situation: monitoring, clusters, hubs, edge, workforce, governance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.sagemaker.errors.refusal import Refusal

REFUSALS: Final[Mapping[str, Refusal]] = {}
