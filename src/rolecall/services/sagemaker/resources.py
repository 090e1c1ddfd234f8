"""The resource types of SageMaker, a row each. A plain type is a row and no code (generic.py interprets it).

What a row leaves out follows from its noun: CreateModel takes `ModelName`, answers `ModelArn`, is listed by
ListModels; the members that Describe and List give back are those of botocore's output shapes. Statuses and
their movement stand in lifecycle.py, texts of refusals in errors.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, field

NAME: Final = "Name"
CREATED: Final = "CreationTime"
ASCENDING: Final = "Ascending"
DESCENDING: Final = "Descending"


class ResourceType(Struct, frozen=True, kw_only=True):
    """One type.

    type: the word in its ARN. noun: the word in its operations. verbs: those that the generic handlers serve.
    name: the member with its name ("": noun + "Name"). parent: the member that names what it lies in; names are
    unique in there. key: how it is called among its kind when that is more than its name. arn: what follows
    the account in its ARN, over {parent} and {key}. status: the member with its status.
    plural: the noun in its List operation. sort and order: the defaults there. filters: List members that a
    member of the answer must equal (or contain, for those that end in "Contains"); usual ones need no row.
    label: its name in refusals. defaults: what AWS fills in, by path; a path through a list holds for each
    element, and only where what it lies in is present. renamed: input member -> member of the answer.
    """

    type: str
    noun: str
    verbs: str = "Create Describe List Delete"
    name: str = ""
    parent: str = ""
    key: str = ""
    arn: str = ""
    status: str = ""
    plural: str = ""
    sort: str = CREATED
    order: str = ASCENDING
    filters: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def name_member(self) -> str:
        return self.name or f"{self.noun}Name"

    @property
    def arn_member(self) -> str:
        return f"{self.noun}Arn"

    @property
    def list_operation(self) -> str:
        return f"List{self.plural or self.noun + 's'}"

    def path(self, key: str, parent: str = "") -> str:
        """What follows the account in its ARN."""
        if self.arn:
            return self.arn.format(key=key, parent=parent)
        return f"{self.type}/{parent}/{key}" if parent else f"{self.type}/{key}"


_JOB_NETWORK: Final = {
    "EnableNetworkIsolation": False,
    "EnableInterContainerTrafficEncryption": False,
    "EnableManagedSpotTraining": False,
}

RESOURCES: Final = (
    ResourceType(
        type="training-job",
        noun="TrainingJob",
        verbs="Create Describe List Update Delete Stop",
        status="TrainingJobStatus",
        label="training job",
        filters={
            "WarmPoolStatusEquals": "WarmPoolStatus.Status",
            "TrainingPlanArnEquals": "ResourceConfig.TrainingPlanArn",
        },
        defaults={
            **_JOB_NETWORK,
            "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries": False,
            "InputDataConfig[].CompressionType": "None",
            "InputDataConfig[].RecordWrapperType": "None",
            "OutputDataConfig.KmsKeyId": "",
            "OutputDataConfig.CompressionType": "GZIP",
            "ProfilingStatus": "Disabled",
            "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
        },
    ),
    ResourceType(
        type="processing-job",
        noun="ProcessingJob",
        verbs="Create Describe List Delete Stop",
        status="ProcessingJobStatus",
        label="processing job",
        defaults={
            "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
            "ProcessingInputs[].AppManaged": False,
            "ProcessingOutputConfig.Outputs[].AppManaged": False,
        },
    ),
    ResourceType(
        type="transform-job",
        noun="TransformJob",
        verbs="Create Describe List Stop",
        status="TransformJobStatus",
        label="transform job",
        order=DESCENDING,
        defaults={
            "TransformInput.CompressionType": "None",
            "TransformInput.SplitType": "None",
            "TransformOutput.AssembleWith": "None",
            "TransformOutput.KmsKeyId": "",
            "DataProcessing": {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"},
        },
    ),
    ResourceType(
        type="hyper-parameter-tuning-job",
        noun="HyperParameterTuningJob",
        verbs="Create Describe List Delete Stop",
        status="HyperParameterTuningJobStatus",
        label="hyper parameter tuning job",
        sort=NAME,
    ),
    ResourceType(
        type="model",
        noun="Model",
        order=DESCENDING,
        defaults={
            "EnableNetworkIsolation": False,
            "PrimaryContainer.Environment": {},
            "PrimaryContainer.Mode": "SingleModel",
            "Containers[].Environment": {},
            "Containers[].Mode": "SingleModel",
        },
    ),
    ResourceType(
        type="endpoint-config",
        noun="EndpointConfig",
        order=DESCENDING,
        defaults={"EnableNetworkIsolation": False},
    ),
    ResourceType(
        type="endpoint",
        noun="Endpoint",
        status="EndpointStatus",
        verbs="Create Describe List Delete",
        order=DESCENDING,
    ),
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
    ),
    ResourceType(
        type="notebook-instance-lifecycle-config",
        noun="NotebookInstanceLifecycleConfig",
        verbs="Create Describe List Update Delete",
    ),
    ResourceType(
        type="feature-group",
        noun="FeatureGroup",
        verbs="Create Describe List Delete",
        status="FeatureGroupStatus",
        filters={"OfflineStoreStatusEquals": "OfflineStoreStatus.Status"},
    ),
    ResourceType(
        type="model-package-group",
        noun="ModelPackageGroup",
        status="ModelPackageGroupStatus",
        # Groups of other accounts are shared through AWS RAM, which is not there.
        filters={"CrossAccountFilterOption": ""},
    ),
    ResourceType(
        type="model-package",
        noun="ModelPackage",
        verbs="Describe List Delete",
        parent="ModelPackageGroupName",
        status="ModelPackageStatus",
        filters={"ModelApprovalStatus": "ModelApprovalStatus", "ModelPackageType": "_Type"},
    ),
    ResourceType(
        type="pipeline",
        noun="Pipeline",
        status="PipelineStatus",
        verbs="Create Describe List Update Delete",
        filters={"PipelineNamePrefix": "PipelineName", "ManagedBy": "ManagedBy"},
    ),
    ResourceType(
        type="pipeline-execution",
        noun="PipelineExecution",
        verbs="Describe List",
        name="PipelineExecutionArn",
        parent="PipelineName",
        arn="pipeline/{parent}/execution/{key}",
        status="PipelineExecutionStatus",
        order=DESCENDING,
        filters={"PipelineVersionAlias": "PipelineVersionAliases[]"},
    ),
    ResourceType(
        type="domain",
        noun="Domain",
        verbs="Describe List",
        name="DomainId",
        status="Status",
        defaults={
            "AppNetworkAccessType": "PublicInternetOnly",
            "TagPropagation": "DISABLED",
        },
    ),
    ResourceType(
        type="user-profile",
        noun="UserProfile",
        verbs="Create Describe List Update Delete",
        parent="DomainId",
        status="Status",
    ),
    ResourceType(
        type="space",
        noun="Space",
        verbs="Create Describe List Update Delete",
        parent="DomainId",
        status="Status",
    ),
    ResourceType(
        type="app",
        noun="App",
        parent="DomainId",
        key="{UserProfileName or SpaceName}/{AppType}/{AppName}",
        status="Status",
        filters={"UserProfileNameEquals": "UserProfileName", "SpaceNameEquals": "SpaceName"},
    ),
    ResourceType(
        type="studio-lifecycle-config",
        noun="StudioLifecycleConfig",
        order=DESCENDING,
        filters={"AppTypeEquals": "StudioLifecycleConfigAppType"},
    ),
    ResourceType(
        type="app-image-config",
        noun="AppImageConfig",
        verbs="Create Describe List Update Delete",
        order=DESCENDING,
    ),
    ResourceType(
        type="image",
        noun="Image",
        verbs="Create Describe List Delete",
        status="ImageStatus",
        order=DESCENDING,
    ),
    ResourceType(
        type="image-version",
        noun="ImageVersion",
        verbs="List",
        name="Version",
        parent="ImageName",
        status="ImageVersionStatus",
        order=DESCENDING,
    ),
)

BY_TYPE: Final[Mapping[str, ResourceType]] = {row.type: row for row in RESOURCES}
BY_NOUN: Final[Mapping[str, ResourceType]] = {row.noun: row for row in RESOURCES}
