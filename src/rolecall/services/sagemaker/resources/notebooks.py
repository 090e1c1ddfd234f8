"""Notebook instances."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker import lives
from rolecall.services.sagemaker.errors import VALIDATION, Refusal
from rolecall.services.sagemaker.resources.row import NAME, ResourceType

ROWS: Final = (
    ResourceType(
        type="notebook-instance",
        noun="NotebookInstance",
        verbs="Create Describe List Delete Start Stop",
        status="NotebookInstanceStatus",
        label="Notebook Instance",
        sort=NAME,
        filters={
            "NotebookInstanceLifecycleConfigNameContains": "NotebookInstanceLifecycleConfigName",
            "DefaultCodeRepositoryContains": "DefaultCodeRepository",
            "AdditionalCodeRepositoryEquals": "AdditionalCodeRepositories[]",
        },
        renamed={
            "LifecycleConfigName": "NotebookInstanceLifecycleConfigName",
            "SecurityGroupIds": "SecurityGroups",
        },
        defaults={
            "DirectInternetAccess": "Enabled",
            "RootAccess": "Enabled",
            "VolumeSizeInGB": 5,
            "PlatformIdentifier": "notebook-al2-v3",
            "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "1"},
        },
        life=lives.NOTEBOOK,
        unknown=Refusal(VALIDATION, "RecordNotFound"),
        taken=Refusal(VALIDATION, "Cannot create a duplicate Notebook Instance ({arn})"),
    ),
    ResourceType(
        type="notebook-instance-lifecycle-config",
        noun="NotebookInstanceLifecycleConfig",
        verbs="Create Describe List Update Delete",
        unknown=Refusal(
            VALIDATION,
            "Unable to describe Notebook Instance Lifecycle Config '{arn}'. "
            "(Details: Notebook Instance Lifecycle Config does not exist.)",
        ),
        taken=Refusal(
            VALIDATION,
            "Unable to create Notebook Instance Lifecycle Config {arn}. "
            "(Details: Notebook Instance Lifecycle Config already exists.)",
        ),
    ),
)
