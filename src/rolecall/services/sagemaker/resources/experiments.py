"""Experiments, trials and their components."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.errors import NOT_FOUND, VALIDATION, Refusal
from rolecall.services.sagemaker.resources.row import DESCENDING, ResourceType

# Clients go on with the existing one when a ValidationException says that it already exists.
_TAKEN: Final = Refusal(
    VALIDATION, "{noun} names must be unique within an AWS account and region. {noun} {name} already exists."
)

ROWS: Final = (
    ResourceType(
        type="experiment",
        noun="Experiment",
        verbs="Create Describe List Update Delete",
        order=DESCENDING,
        also={"DisplayName": "DisplayName", "ExperimentSource": "Source"},
        held_by=("experiment-trial",),
        unknown=Refusal(NOT_FOUND, "Experiment '{arn}' does not exist."),
        taken=_TAKEN,
    ),
    ResourceType(
        type="experiment-trial",
        noun="Trial",
        verbs="Create Describe Update Delete",
        parent="ExperimentName",
        arn="experiment-trial/{key}",
        order=DESCENDING,
        also={"TrialSource": "Source"},
        needs={"ExperimentName": "experiment"},
        unknown=Refusal(NOT_FOUND, "Trial '{arn}' does not exist."),
        taken=_TAKEN,
    ),
    ResourceType(
        type="experiment-trial-component",
        noun="TrialComponent",
        verbs="Create Describe Update Delete",
        order=DESCENDING,
        also={"TrialComponentSource": "Source"},
        defaults={"Parameters": {}, "InputArtifacts": {}, "OutputArtifacts": {}},
        unknown=Refusal(VALIDATION, "Could not find trial component '{arn}'"),
        taken=_TAKEN,
    ),
)
