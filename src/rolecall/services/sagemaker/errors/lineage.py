"""Refusals by situation: experiments, lineage, model cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.sagemaker.errors.refusal import CONFLICT, NOT_FOUND, VALIDATION, Refusal

REFUSALS: Final[Mapping[str, Refusal]] = {
    "component in trial": Refusal(
        VALIDATION, "Trial component {arn} must be disassociated from all trials before it can be deleted."
    ),
    "trial has components": Refusal(
        VALIDATION, "Trial {arn} cannot be deleted while trial components are associated with it."
    ),
    "one filter": Refusal(VALIDATION, "Only one of the filters can be given: {filters}."),
    "entity unknown": Refusal(NOT_FOUND, "Lineage entity {arn} does not exist."),
    "association unknown": Refusal(NOT_FOUND, "There is no association from {source} to {destination}."),
    "association taken": Refusal(VALIDATION, "The association from {source} to {destination} already exists."),
    "artifact not named": Refusal(VALIDATION, "Either ArtifactArn or Source must be given."),
    "no start": Refusal(VALIDATION, "StartArns must name at least one lineage entity."),
    "lineage group unknown": Refusal(NOT_FOUND, "Lineage group {name} does not exist."),
    "no group policy": Refusal(NOT_FOUND, "Lineage group {arn} has no resource policy."),
    "card version unknown": Refusal(NOT_FOUND, "Modelcard with name {name} and version: {version} does not exist"),
    "card archived": Refusal(CONFLICT, "Modelcard {name} is archived and cannot be updated."),
}
