"""HyperPod clusters, their extensions, schedulers and quotas."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.errors import CONFLICT, IN_USE, Refusal
from rolecall.services.sagemaker.lives.platform import CLUSTER, EXTENSION, POLICY
from rolecall.services.sagemaker.resources.row import DESCENDING, Assigned, ResourceType

_NAME_TAKEN: Final = Refusal(CONFLICT, "{noun} with name {name} already exists in the cluster.")

ROWS: Final[tuple[ResourceType, ...]] = (
    ResourceType(
        type="cluster",
        noun="Cluster",
        verbs="Create Describe List Delete",
        status="ClusterStatus",
        assigned=Assigned(),
        whole=True,
        life=CLUSTER,
        filters={"TrainingPlanArn": "TrainingPlanArns[]"},
        also={"FailureMessage": "FailureReason"},
        taken=Refusal(
            IN_USE,
            "Resource Already Exists: Cluster with name {name} already exists. Choose a different name.",
        ),
    ),
    ResourceType(
        type="cluster-extension",
        noun="ClusterExtension",
        verbs="",
        name="ExtensionName",
        arn_name="ExtensionArn",
        parent="ClusterArn",
        arn="extension/sagemaker-{parent}/{name}/{key}",
        status="Status",
        assigned=Assigned(),
        wrapped="ExtensionDetails",
        whole=True,
        life=EXTENSION,
    ),
    ResourceType(
        type="cluster-scheduler-config",
        noun="ClusterSchedulerConfig",
        verbs="Create Describe List Update Delete",
        name="Name",
        parent="ClusterArn",
        arn="cluster-scheduler-config/{key}",
        status="Status",
        assigned=Assigned(),
        id_name="ClusterSchedulerConfigId",
        order=DESCENDING,
        whole=True,
        life=POLICY,
        taken=_NAME_TAKEN,
    ),
    ResourceType(
        type="compute-quota",
        noun="ComputeQuota",
        verbs="Create Describe List Update Delete",
        name="Name",
        parent="ClusterArn",
        arn="compute-quota/{key}",
        status="Status",
        assigned=Assigned(),
        id_name="ComputeQuotaId",
        order=DESCENDING,
        sorts={"ClusterArn": "ClusterArn"},
        whole=True,
        life=POLICY,
        taken=_NAME_TAKEN,
        defaults={"ActivationState": "Enabled"},
    ),
)
