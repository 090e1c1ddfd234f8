"""Actions, artifacts, contexts: the entities of lineage, and what associates them."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.errors import VALIDATION, Refusal
from rolecall.services.sagemaker.resources.row import DESCENDING, ResourceType

_TAKEN: Final = Refusal(VALIDATION, "{noun} with name {name} already exists.")

ROWS: Final = (
    ResourceType(
        type="action",
        noun="Action",
        verbs="Create Describe List Update Delete",
        order=DESCENDING,
        whole=True,
        filters={"SourceUri": "Source.SourceUri", "ActionType": "ActionType"},
        taken=_TAKEN,
    ),
    # The id of an artifact follows from its source.
    ResourceType(
        type="artifact",
        noun="Artifact",
        verbs="List",
        order=DESCENDING,
        whole=True,
        filters={"SourceUri": "Source.SourceUri", "ArtifactType": "ArtifactType"},
        taken=Refusal(VALIDATION, "An artifact with this source already exists ({arn})."),
    ),
    ResourceType(
        type="context",
        noun="Context",
        verbs="Create Describe List Update Delete",
        order=DESCENDING,
        whole=True,
        filters={"SourceUri": "Source.SourceUri", "ContextType": "ContextType"},
        taken=_TAKEN,
    ),
)
