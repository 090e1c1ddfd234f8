"""Projects, catalogs and what governs accounts."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.resources.row import ResourceType

ROWS: Final[tuple[ResourceType, ...]] = ()
