# ruff: noqa: SIM905
"""What each operation of SageMaker's API needs: actions on resources, roles passed, tags attached.

Five tables, read from top to bottom: operations on the resource that they name, operations without a resource,
operations with rows of their own, roles passed, and tags attached. `ROWS` is what follows from them. Condition
keys are not here: they stand in catalog/data/sagemaker-condition-keys.json, by operation.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker"; for
operations newer than it the rule is an action of the operation's name on the resource that the request names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from rolecall.authorization.requirement import Requirement

SOURCE: Final = "Service Authorization Reference, Amazon SageMaker"

# (resource template, noun, verbs): CreateTrainingJob is the verb Create with the noun TrainingJob.
NAMED: Final[tuple[tuple[str, str, str], ...]] = (
    ("action/{ActionName}", "Action", "Create Delete Update"),
    ("{ActionName|action/}", "Action", "Describe"),
    ("ai-benchmark-job/{AIBenchmarkJobName}", "AIBenchmarkJob", "Create Delete Describe Stop"),
    ("ai-recommendation-job/{AIRecommendationJobName}", "AIRecommendationJob", "Create Delete Describe Stop"),
    ("ai-workload-config/{AIWorkloadConfigName}", "AIWorkloadConfig", "Create Delete Describe"),
    ("algorithm/{AlgorithmName}", "Algorithm", "Create Delete"),
    ("{AlgorithmName|algorithm/}", "Algorithm", "Describe"),
    (
        "app/{DomainId}/{UserProfileName or SpaceName}/{AppType}/{AppName}",
        "App",
        "Create Delete Describe",
    ),
    ("app-image-config/{AppImageConfigName}", "AppImageConfig", "Create Delete Describe Update"),
    ("artifact/*", "Artifact", "Create"),  # the id is a hash of the source that the service makes
    ("{ArtifactArn}", "Artifact", "Delete Describe Update"),
    ("automl-job/{AutoMLJobName}", "AutoMLJob", "Create Describe Stop"),
    ("automl-job/{AutoMLJobName}", "AutoMLJobV2", "Create Describe"),
    ("cluster/*", "Cluster", "Create"),  # ids of clusters are assigned
    ("{ClusterName|cluster/}", "Cluster", "Delete Describe Update"),
    ("{ClusterName|cluster/}", "ClusterSoftware", "Update"),
    ("{ClusterName|cluster/}", "ClusterEvent", "Describe"),
    ("{ClusterName|cluster/}", "ClusterEvents", "List"),
    ("{ClusterName|cluster/}", "ClusterNode", "Describe"),
    ("{ClusterName|cluster/}", "ClusterNodes", "BatchAdd BatchDelete BatchReboot BatchReplace List"),
    ("{ClusterName|cluster/}", "ClusterNodeNetworkInterface", "Attach"),
    ("{ClusterName|cluster/}", "ClusterHealthCheck", "Start"),
    ("{ClusterName|cluster/}", "ClusterOperation", "Describe"),
    ("{ClusterName|cluster/}", "ClusterOperations", "List"),
    ("{ClusterArn}", "ClusterNodeVolume", "Attach Detach"),
    ("{ClusterArn}", "ClusterExtension", "Create Delete Describe Update"),
    ("{ClusterArn}", "ClusterExtensions", "List"),
    ("cluster-scheduler-config/{ClusterSchedulerConfigId}", "ClusterSchedulerConfig", "Delete Describe Update"),
    ("code-repository/{CodeRepositoryName}", "CodeRepository", "Create Delete Describe Update"),
    ("compilation-job/{CompilationJobName}", "CompilationJob", "Create Delete Describe Stop"),
    ("compute-quota/{ComputeQuotaId}", "ComputeQuota", "Delete Describe Update"),
    ("context/{ContextName}", "Context", "Create Delete Update"),
    ("{ContextName|context/}", "Context", "Describe"),
    ("data-quality-job-definition/{JobDefinitionName}", "DataQualityJobDefinition", "Create Delete Describe"),
    ("device-fleet/{DeviceFleetName}/device/{Devices[].DeviceName}", "Devices", "Register Update"),
    ("device-fleet/{DeviceFleetName}/device/{DeviceNames[]}", "Devices", "Deregister"),
    ("device-fleet/{DeviceFleetName}/device/{DeviceName}", "Device", "Describe"),
    ("device-fleet/{DeviceFleetName}", "DeviceFleet", "Create Delete Describe Update"),
    ("device-fleet/{DeviceFleetName}", "DeviceFleetReport", "Get"),
    ("domain/*", "Domain", "Create"),  # ids of domains are assigned
    ("domain/*", "Domains", "List"),  # published denials of ListDomains print this resource
    ("domain/{DomainId}", "Domain", "Delete Describe Update"),
    ("edge-deployment/{EdgeDeploymentPlanName}", "EdgeDeploymentPlan", "Create Delete Describe"),
    ("edge-deployment/{EdgeDeploymentPlanName}", "EdgeDeploymentStage", "Create Delete Start Stop"),
    ("edge-packaging-job/{EdgePackagingJobName}", "EdgePackagingJob", "Create Describe Stop"),
    ("endpoint/{EndpointName}", "Endpoint", "Create Delete Describe Update"),
    ("endpoint/{EndpointName}", "EndpointWeightsAndCapacities", "Update"),
    ("endpoint/{EndpointName}", "EndpointPolicy", "Delete Get Put"),
    ("endpoint-config/{EndpointConfigName}", "EndpointConfig", "Create Delete Describe"),
    ("experiment/{ExperimentName}", "Experiment", "Create Delete Describe Update"),
    ("experiment-trial/{TrialName}", "Trial", "Create Delete Describe Update"),
    ("experiment-trial-component/{TrialComponentName}", "TrialComponent", "Create Delete Update"),
    ("{TrialComponentName|experiment-trial-component/}", "TrialComponent", "Describe"),
    ("feature-group/{FeatureGroupName}", "FeatureGroup", "Create Delete"),
    ("{FeatureGroupName|feature-group/}", "FeatureGroup", "Describe Update"),
    ("{FeatureGroupName|feature-group/}", "FeatureMetadata", "Describe Update"),
    ("flow-definition/{FlowDefinitionName}", "FlowDefinition", "Create Delete Describe"),
    ("hub/{HubName}", "Hub", "Create"),
    ("{HubName|hub/}", "Hub", "Delete Describe Update"),
    ("{HubName|hub/}", "HubContents", "List"),
    ("human-task-ui/{HumanTaskUiName}", "HumanTaskUi", "Create Delete Describe"),
    (
        "hyper-parameter-tuning-job/{HyperParameterTuningJobName}",
        "HyperParameterTuningJob",
        "Create Delete Describe Stop",
    ),
    (
        "hyper-parameter-tuning-job/{HyperParameterTuningJobName}",
        "TrainingJobsForHyperParameterTuningJob",
        "List",
    ),
    ("image/{ImageName}", "Image", "Create Delete Describe Update"),
    ("image/{ImageName}", "ImageVersion", "Create"),
    ("image/{ImageName}", "ImageVersions", "List"),
    ("image-version/{ImageName}/{Version}", "ImageVersion", "Delete Describe Update"),
    ("inference-component/{InferenceComponentName}", "InferenceComponent", "Create Delete Describe Update"),
    ("inference-component/{InferenceComponentName}", "InferenceComponentRuntimeConfig", "Update"),
    ("inference-experiment/{Name}", "InferenceExperiment", "Create Delete Describe Start Stop Update"),
    ("inference-recommendations-job/{JobName}", "InferenceRecommendationsJob", "Create Describe Stop"),
    (
        "inference-recommendations-job/{InferenceRecommendationsJobName}",
        "ScalingConfigurationRecommendation",
        "Get",
    ),
    ("inference-router/{InferenceRouterName}", "InferenceRouter", "Create Delete Describe Update"),
    ("job/{JobCategory}/{JobName}", "Job", "Create Delete Describe Stop"),
    ("labeling-job/{LabelingJobName}", "LabelingJob", "Create Describe Stop"),
    ("mlflow-app/*", "MlflowApp", "Create"),  # ids are assigned
    ("{Arn}", "MlflowApp", "Delete Describe Update"),
    ("{Arn}", "PresignedMlflowAppUrl", "Create"),
    (
        "mlflow-tracking-server/{TrackingServerName}",
        "MlflowTrackingServer",
        "Create Delete Describe Start Stop Update",
    ),
    ("mlflow-tracking-server/{TrackingServerName}", "PresignedMlflowTrackingServerUrl", "Create"),
    ("model/{ModelName}", "Model", "Create Delete Describe"),
    ("model-bias-job-definition/{JobDefinitionName}", "ModelBiasJobDefinition", "Create Delete Describe"),
    ("model-card/{ModelCardName}", "ModelCard", "Create Delete"),
    ("{ModelCardName|model-card/}", "ModelCard", "Describe Update"),
    ("{ModelCardName|model-card/}", "ModelCardExportJob", "Create"),
    ("model-card/{ModelCardName}", "ModelCardExportJobs", "List"),
    ("{ModelCardName|model-card/}", "ModelCardVersions", "List"),
    ("{ModelCardExportJobArn}", "ModelCardExportJob", "Describe"),
    (
        "model-explainability-job-definition/{JobDefinitionName}",
        "ModelExplainabilityJobDefinition",
        "Create Delete Describe",
    ),
    ("{ModelPackageName|model-package/}", "ModelPackage", "Delete Describe"),
    ("{ModelPackageArn}", "ModelPackage", "Update"),
    ("{ModelPackageArnList[]}", "ModelPackage", "BatchDescribe"),
    ("model-package-group/{ModelPackageGroupName}", "ModelPackageGroup", "Create"),
    ("{ModelPackageGroupName|model-package-group/}", "ModelPackageGroup", "Delete Describe"),
    ("model-package-group/{ModelPackageGroupName}", "ModelPackageGroupPolicy", "Delete Get Put"),
    ("model-quality-job-definition/{JobDefinitionName}", "ModelQualityJobDefinition", "Create Delete Describe"),
    (
        "monitoring-schedule/{MonitoringScheduleName}",
        "MonitoringSchedule",
        "Create Delete Describe Start Stop Update",
    ),
    (
        "notebook-instance/{NotebookInstanceName}",
        "NotebookInstance",
        "Create Delete Describe Start Stop Update",
    ),
    ("notebook-instance/{NotebookInstanceName}", "PresignedNotebookInstanceUrl", "Create"),
    (
        "notebook-instance-lifecycle-config/{NotebookInstanceLifecycleConfigName}",
        "NotebookInstanceLifecycleConfig",
        "Create Delete Describe Update",
    ),
    ("optimization-job/{OptimizationJobName}", "OptimizationJob", "Create Delete Describe Stop"),
    ("partner-app/*", "PartnerApp", "Create"),  # ids are assigned
    ("{Arn}", "PartnerApp", "Delete Describe Update"),
    ("{Arn}", "PartnerAppPresignedUrl", "Create"),
    ("pipeline/{PipelineName}", "Pipeline", "Create Delete Update"),
    ("{PipelineName|pipeline/}", "Pipeline", "Describe"),
    ("{PipelineName|pipeline/}", "PipelineExecution", "Start"),
    ("{PipelineName|pipeline/}", "PipelineExecutions", "List"),
    ("{PipelineName|pipeline/}", "PipelineVersions", "List"),
    ("{PipelineArn}", "PipelineVersion", "Update"),
    ("{PipelineExecutionArn}", "PipelineExecution", "Describe Retry Stop Update"),
    ("{PipelineExecutionArn}", "PipelineDefinitionForExecution", "Describe"),
    ("{PipelineExecutionArn}", "PipelineExecutionSteps", "List"),
    ("{PipelineExecutionArn}", "PipelineParametersForExecution", "List"),
    # Only the service knows whose step a callback token stands for; it says so before anybody decides.
    ("{PipelineExecutionArn|pipeline/*/execution/}", "PipelineExecutionStepSuccess", "Send"),
    ("{PipelineExecutionArn|pipeline/*/execution/}", "PipelineExecutionStepFailure", "Send"),
    ("processing-job/{ProcessingJobName}", "ProcessingJob", "Create Delete Describe Stop"),
    ("project/{ProjectName}", "Project", "Create Delete Describe Update"),
    ("{ReservedCapacityArn}", "ReservedCapacity", "Describe"),
    ("{ReservedCapacityArn}", "UltraServersByReservedCapacity", "List"),
    ("space/{DomainId}/{SpaceName}", "Space", "Create Delete Describe Update"),
    ("{ResourceIdentifier}", "Session", "Start"),
    ("studio-lifecycle-config/{StudioLifecycleConfigName}", "StudioLifecycleConfig", "Create Delete Describe"),
    ("training-job/{TrainingJobName}", "TrainingJob", "Create Delete Describe Stop Update"),
    ("training-plan/{TrainingPlanName}", "TrainingPlan", "Create"),
    ("{TrainingPlanName|training-plan/}", "TrainingPlan", "Describe"),
    ("{TrainingPlanArn}", "TrainingPlanExtensionHistory", "Describe"),
    ("training-session/{TrainingSessionName}", "TrainingSession", "Create Delete Describe Stop"),
    ("transform-job/{TransformJobName}", "TransformJob", "Create Describe Stop"),
    ("user-profile/{DomainId}/{UserProfileName}", "UserProfile", "Create Delete Describe Update"),
    ("user-profile/{DomainId}/{UserProfileName}", "PresignedDomainUrl", "Create"),
    ("workforce/{WorkforceName}", "Workforce", "Create Delete Describe Update"),
    ("workteam/private-crowd/{WorkteamName}", "Workteam", "Create Delete Describe Update"),
    ("{WorkteamArn}", "SubscribedWorkteam", "Describe"),
    ("{WorkteamArn}", "LabelingJobsForWorkteam", "List"),
    ("{ResourceArn}", "Tags", "Add Delete List"),
)

# Operations whose action has no resource type: only "*" in a policy matches them, and denials print no resource.
WITHOUT_RESOURCE: Final[frozenset[str]] = frozenset(
    """
    DescribeJobSchemaVersion DescribeLineageGroup DisableSagemakerServicecatalogPortfolio
    EnableSagemakerServicecatalogPortfolio ExtendTrainingPlan GetLineageGroupPolicy
    GetSagemakerServicecatalogPortfolioStatus GetSearchSuggestions ListAIBenchmarkJobs ListAIRecommendationJobs
    ListAIWorkloadConfigs ListActions ListAlgorithms ListAppImageConfigs ListApps ListArtifacts ListAssociations
    ListAutoMLJobs ListCandidatesForAutoMLJob ListClusterExtensionVersions ListClusterSchedulerConfigs
    ListClusters ListCodeRepositories ListCompilationJobs ListComputeQuotas ListContexts
    ListDataQualityJobDefinitions ListDeviceFleets ListDevices ListEdgeDeploymentPlans ListEdgePackagingJobs
    ListEndpointConfigs ListEndpoints ListExperiments ListFeatureGroups ListFlowDefinitions ListHubs
    ListHumanTaskUis ListHyperParameterTuningJobs ListImages ListInferenceComponents ListInferenceExperiments
    ListInferenceRecommendationsJobSteps ListInferenceRecommendationsJobs ListInferenceRouters
    ListJobSchemaVersions ListJobs ListLabelingJobs ListLineageGroups ListMlflowApps ListMlflowTrackingServers
    ListModelBiasJobDefinitions ListModelCards ListModelExplainabilityJobDefinitions ListModelMetadata
    ListModelPackageGroups ListModelQualityJobDefinitions ListModels ListMonitoringAlertHistory
    ListMonitoringAlerts ListMonitoringExecutions ListMonitoringSchedules ListNotebookInstanceLifecycleConfigs
    ListNotebookInstances ListOptimizationJobs ListPartnerApps ListPipelines ListProcessingJobs ListProjects
    ListResourceCatalogs ListSpaces ListStageDevices ListStudioLifecycleConfigs ListSubscribedWorkteams
    ListTrainingJobs ListTrainingPlans ListTrainingSessions ListTransformJobs ListTrialComponents ListTrials
    ListUserProfiles ListWorkforces ListWorkteams QueryLineage RenderUiTemplate Search
    SearchTrainingPlanOfferings
    """.split()
)

_HUB_CONTENT: Final = "hub-content/{HubName|id}/{HubContentType}/{HubContentName}"


def _each(action: str, *resources: str, when: str = "") -> tuple[Requirement, ...]:
    """The same action on several resources: a statement must cover each of them."""
    return tuple(Requirement(action=f"sagemaker:{action}", on=on, when=when, source=SOURCE) for on in resources)


def _trained_or_served(action: str, *containers: str) -> tuple[Requirement, ...]:
    """Model artifacts or channels that a hub gives need the hub's leave (permission-only actions)."""
    return tuple(
        Requirement(
            action=f"sagemaker:{action}",
            on="{" + path + "}",
            when=path,
            source="Service Authorization Reference; that the hub content's ARN triggers it is inferred",
        )
        for path in containers
    )


# Operations with more than one resource, or with the resource chosen by what the request holds.
IRREGULAR: Final[Mapping[str, tuple[Requirement, ...]]] = {
    "AddAssociation": _each("AddAssociation", "{SourceArn}", "{DestinationArn}"),
    "AssociateTrialComponent": _each(
        "AssociateTrialComponent",
        "experiment-trial/{TrialName}",
        "experiment-trial-component/{TrialComponentName}",
    ),
    "CreateClusterSchedulerConfig": (
        *_each("CreateClusterSchedulerConfig", "{ClusterArn}", "cluster-scheduler-config/*"),
        *_each("DescribeCluster", "{ClusterArn}"),
    ),
    "CreateComputeQuota": (
        *_each("CreateComputeQuota", "{ClusterArn}", "compute-quota/*"),
        *_each("DescribeCluster", "{ClusterArn}"),
    ),
    "CreateHubContentPresignedUrls": _each("CreateHubContentPresignedUrls", "{HubName|hub/}", _HUB_CONTENT),
    "CreateHubContentReference": _each(
        "CreateHubContentReference",
        "{HubName|hub/}",
        "hub-content/{HubName|id}/ModelReference/{HubContentName}",
    ),
    "CreateModelPackage": (
        *_each("CreateModelPackage", "model-package/{ModelPackageGroupName|id}/*", when="ModelPackageGroupName"),
        *_each("CreateModelPackage", "model-package/{ModelPackageName}", when="!ModelPackageGroupName"),
    ),
    "DeleteAssociation": _each("DeleteAssociation", "{SourceArn}", "{DestinationArn}"),
    "DeleteHubContent": _each("DeleteHubContent", "{HubName|hub/}", _HUB_CONTENT),
    "DeleteHubContentReference": _each("DeleteHubContentReference", "{HubName|hub/}", _HUB_CONTENT),
    "DescribeHubContent": _each("DescribeHubContent", "{HubName|hub/}", _HUB_CONTENT),
    "DisassociateTrialComponent": _each(
        "DisassociateTrialComponent",
        "experiment-trial/{TrialName}",
        "experiment-trial-component/{TrialComponentName}",
    ),
    "ImportHubContent": _each("ImportHubContent", "{HubName|hub/}", _HUB_CONTENT),
    # image and image-version are alternatives: the request names one of them.
    "ListAliases": (
        *_each("ListAliases", "image-version/{ImageName}/{Version}", when="Version or Alias"),
        *_each("ListAliases", "image/{ImageName}", when="!Version and !Alias"),
    ),
    "ListHubContentVersions": _each("ListHubContentVersions", "{HubName|hub/}", _HUB_CONTENT),
    # Policies on model package groups grant it on model-package/<group>/*.
    "ListModelPackages": (
        *_each("ListModelPackages", "model-package/{ModelPackageGroupName|id}/*", when="ModelPackageGroupName"),
        *_each("ListModelPackages", "*", when="!ModelPackageGroupName"),
    ),
    "UpdateHubContent": _each("UpdateHubContent", "{HubName|hub/}", _HUB_CONTENT),
    "UpdateHubContentReference": _each("UpdateHubContentReference", "{HubName|hub/}", _HUB_CONTENT),
    "UpdateMonitoringAlert": _each(
        "UpdateMonitoringAlert",
        "monitoring-schedule/{MonitoringScheduleName}",
        "monitoring-schedule/{MonitoringScheduleName}/alert/{MonitoringAlertName}",
    ),
}

# What an operation needs beside its own action on the resource it names.
ALSO: Final[Mapping[str, tuple[Requirement, ...]]] = {
    "CreateCluster": (
        *_each("UpdateClusterSoftware", "cluster/*"),
        *_each("CreateCluster", "{InstanceGroups[].TrainingPlanArn}", when="InstanceGroups[].TrainingPlanArn"),
        *_each(
            "CreateCluster",
            "{RestrictedInstanceGroups[].TrainingPlanArn}",
            when="RestrictedInstanceGroups[].TrainingPlanArn",
        ),
    ),
    "CreateDomain": _each(
        "CreateApp",
        "app/*/domain-shared/RStudioServerPro/default",
        when="DomainSettings.RStudioServerProDomainSettings",
    ),
    "CreateEndpoint": _each("CreateEndpoint", "endpoint-config/{EndpointConfigName}"),
    "CreateInferenceComponent": _each("CreateInferenceComponent", "endpoint/{EndpointName}"),
    "CreateModel": (
        # Another account's version is deployed by leave of its group's policy, which grants CreateModel on the
        # version (Developer Guide, "Deploy a Model Version from a Different Account").
        *_each(
            "CreateModel",
            "{PrimaryContainer.ModelPackageName|model-package/}",
            when="foreign PrimaryContainer.ModelPackageName",
        ),
        *_each(
            "CreateModel",
            "{Containers[].ModelPackageName|model-package/}",
            when="foreign Containers[].ModelPackageName",
        ),
        *_trained_or_served(
            "DeployHubModel",
            "PrimaryContainer.ModelDataSource.S3DataSource.HubAccessConfig.HubContentArn",
            "PrimaryContainer.AdditionalModelDataSources[].S3DataSource.HubAccessConfig.HubContentArn",
            "Containers[].ModelDataSource.S3DataSource.HubAccessConfig.HubContentArn",
            "Containers[].AdditionalModelDataSources[].S3DataSource.HubAccessConfig.HubContentArn",
        ),
    ),
    "CreateTrainingJob": (
        *_each("CreateTrainingJob", "{ResourceConfig.TrainingPlanArn}", when="ResourceConfig.TrainingPlanArn"),
        *_trained_or_served(
            "TrainHubModel", "InputDataConfig[].DataSource.S3DataSource.HubAccessConfig.HubContentArn"
        ),
    ),
    "CreateTrainingPlan": _each("CreateReservedCapacity", "reserved-capacity/*"),
    "CreateTrial": _each("CreateTrial", "experiment/{ExperimentName}"),
    "UpdateCluster": (
        *_each("UpdateClusterSoftware", "{ClusterName|cluster/}"),
        *_each("BatchAddClusterNodes", "{ClusterName|cluster/}"),
        *_each("BatchDeleteClusterNodes", "{ClusterName|cluster/}"),
        *_each("UpdateCluster", "{InstanceGroups[].TrainingPlanArn}", when="InstanceGroups[].TrainingPlanArn"),
        *_each(
            "UpdateCluster",
            "{RestrictedInstanceGroups[].TrainingPlanArn}",
            when="RestrictedInstanceGroups[].TrainingPlanArn",
        ),
    ),
    "UpdateEndpoint": _each("UpdateEndpoint", "endpoint-config/{EndpointConfigName}"),
}

# Members that hold a role which the caller passes on: operations -> paths.
_PASSED: Final[tuple[tuple[str, str], ...]] = (
    (
        """
        CreateAIBenchmarkJob CreateAIRecommendationJob CreateAutoMLJob CreateAutoMLJobV2 CreateCompilationJob
        CreateDataQualityJobDefinition CreateDeviceFleet CreateEdgePackagingJob CreateFeatureGroup
        CreateFlowDefinition CreateImage CreateInferenceExperiment CreateInferenceRecommendationsJob CreateJob
        CreateLabelingJob CreateMlflowApp CreateMlflowTrackingServer CreateModelBiasJobDefinition
        CreateModelExplainabilityJobDefinition CreateModelQualityJobDefinition CreateNotebookInstance
        CreateOptimizationJob CreatePipeline CreateProcessingJob CreateTrainingJob CreateTrainingSession
        RenderUiTemplate UpdateDeviceFleet UpdateImage UpdateNotebookInstance UpdatePipeline
        """,
        "RoleArn",
    ),
    ("CreateModel CreateEndpointConfig CreatePartnerApp", "ExecutionRoleArn"),
    ("CreateAutoMLJobV2", "AutoMLComputeConfig.EmrServerlessComputeConfig.ExecutionRoleARN"),
    (
        "CreateHyperParameterTuningJob",
        "TrainingJobDefinition.RoleArn TrainingJobDefinitions[].RoleArn",
    ),
    (
        "CreateMonitoringSchedule UpdateMonitoringSchedule",
        "MonitoringScheduleConfig.MonitoringJobDefinition.RoleArn",
    ),
    ("CreateAlgorithm CreateModelPackage", "ValidationSpecification.ValidationRole"),
    (
        "CreateCluster UpdateCluster",
        "ClusterRole InstanceGroups[].ExecutionRole RestrictedInstanceGroups[].ExecutionRole",
    ),
    (
        "CreateDomain UpdateDomain",
        "DefaultUserSettings.ExecutionRole DefaultSpaceSettings.ExecutionRole",
    ),
    ("CreateDomain", "DomainSettings.RStudioServerProDomainSettings.DomainExecutionRoleArn"),
    ("UpdateDomain", "DomainSettingsForUpdate.RStudioServerProDomainSettingsForUpdate.DomainExecutionRoleArn"),
    ("CreateUserProfile UpdateUserProfile", "UserSettings.ExecutionRole"),
    ("CreateProject", "TemplateProviders[].CfnTemplateProvider.RoleARN"),
)

PASSED_ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    operation: tuple(
        path for operations, paths in _PASSED if operation in operations.split() for path in paths.split()
    )
    for operation in {name for operations, _ in _PASSED for name in operations.split()}
}

# Members that look like a passed role and are none, with the reason. A path ends here, or stands above.
NOT_PASSED: Final[Mapping[str, str]] = {
    "AmazonForecastRoleArn": "Canvas passes it itself, later, to another service",
    "AmazonBedrockRoleArn": "Canvas passes it itself, later, to another service",
    "EmrServerlessSettings.ExecutionRoleArn": "Canvas passes it itself, later, to another service",
    "CrossAccountModelRegisterRoleArn": "a role of another account, which is assumed and not passed",
    "AssumableRoleArns": "roles that Studio applications assume",
    "ExecutionRoleArns": "roles of EMR clusters, which Studio applications name to EMR",
    "ClusterRoleArn": "the role of a Redshift cluster",
    "StartPipelineExecution:RoleArn": "taken only by pipelines that AWS manages; others run with their own role",
}

# Where tags in the request are attached, when it is not the first resource of the operation's own rows.
_TAGGED_RESOURCE: Final[Mapping[str, str]] = {
    "CreateClusterSchedulerConfig": "cluster-scheduler-config/*",
    "CreateComputeQuota": "compute-quota/*",
    "CreateHubContentReference": "hub-content/{HubName|id}/ModelReference/{HubContentName}",
    "ImportHubContent": _HUB_CONTENT,
}

# Operations that take tags for what they make or change.
TAGGED: Final[tuple[str, ...]] = tuple(
    """
    CreateAIBenchmarkJob CreateAIRecommendationJob CreateAIWorkloadConfig CreateAction CreateAlgorithm CreateApp
    CreateAppImageConfig CreateArtifact CreateAutoMLJob CreateAutoMLJobV2 CreateCluster CreateClusterExtension
    CreateClusterSchedulerConfig CreateCodeRepository CreateCompilationJob CreateComputeQuota CreateContext
    CreateDataQualityJobDefinition CreateDeviceFleet CreateDomain CreateEdgeDeploymentPlan
    CreateEdgePackagingJob CreateEndpoint CreateEndpointConfig CreateExperiment CreateFeatureGroup
    CreateFlowDefinition CreateHub CreateHubContentReference CreateHumanTaskUi CreateHyperParameterTuningJob
    CreateImage CreateInferenceComponent CreateInferenceExperiment CreateInferenceRecommendationsJob
    CreateInferenceRouter CreateJob CreateLabelingJob CreateMlflowApp CreateMlflowTrackingServer CreateModel
    CreateModelBiasJobDefinition CreateModelCard CreateModelExplainabilityJobDefinition CreateModelPackage
    CreateModelPackageGroup CreateModelQualityJobDefinition CreateMonitoringSchedule CreateNotebookInstance
    CreateNotebookInstanceLifecycleConfig CreateOptimizationJob CreatePartnerApp CreatePipeline
    CreateProcessingJob CreateProject CreateSpace CreateStudioLifecycleConfig CreateTrainingJob
    CreateTrainingPlan CreateTrainingSession CreateTransformJob CreateTrial CreateTrialComponent
    CreateUserProfile CreateWorkforce CreateWorkteam ImportHubContent RegisterDevices UpdatePartnerApp
    UpdateProject
    """.split()
)

# Create calls to which Studio adds its own tags (sagemaker:domain-arn, user-profile-arn, space-arn).
AUTO_TAGGED: Final[frozenset[str]] = frozenset(name for name in TAGGED if name.startswith(("Create", "Import")))

# Service-linked roles that an operation makes when they are missing: the caller needs
# iam:CreateServiceLinkedRole then. operation -> (role name, service). CreateEndpoint does for endpoints in a VPC,
# and goes on without the role when the caller may not make it.
SERVICE_LINKED: Final[Mapping[str, tuple[str, str]]] = {
    "CreateDomain": ("AWSServiceRoleForAmazonSageMakerNotebooks", "sagemaker.amazonaws.com"),
    "CreateCluster": ("AWSServiceRoleForSageMakerHyperPod", "hyperpod.sagemaker.amazonaws.com"),
    "CreateEndpoint": ("AWSServiceRoleForSageMakerInference", "inference.sagemaker.amazonaws.com"),
}
# Of these, the operations that do not go on without their role.
LINKED_FIRST: Final = frozenset(SERVICE_LINKED) - {"CreateEndpoint"}


def _own_rows() -> Iterator[tuple[str, tuple[Requirement, ...]]]:
    for template, noun, verbs in NAMED:
        for verb in verbs.split():
            yield verb + noun, _each(verb + noun, template)
    for operation in WITHOUT_RESOURCE:
        yield operation, _each(operation, "*")
    yield from IRREGULAR.items()


def _passed(operation: str) -> tuple[Requirement, ...]:
    service = "job.sagemaker.amazonaws.com" if operation == "CreateJob" else "sagemaker.amazonaws.com"
    return tuple(
        Requirement(
            action="iam:PassRole",
            on="{" + path + "}",
            when=path,
            keys=(("iam:PassedToService", f"'{service}'"),),
            source=SOURCE,
        )
        for path in PASSED_ROLES.get(operation, ())
    )


def _tagged(operation: str, own: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
    if operation not in TAGGED:
        return ()
    if operation == "CreateModelPackage":  # the new resource depends on whether it is a version of a group
        return tuple(
            Requirement(action="sagemaker:AddTags", on=row.on, when=f"Tags and {row.when}", source=SOURCE)
            for row in own
        )
    on = _TAGGED_RESOURCE.get(operation, own[0].on)
    return (Requirement(action="sagemaker:AddTags", on=on, when="Tags", source=SOURCE),)


# The order of a call's checks: its own action, other actions, roles passed, tags.
ROWS: Final[Mapping[str, tuple[Requirement, ...]]] = {
    operation: (*own, *ALSO.get(operation, ()), *_passed(operation), *_tagged(operation, own))
    for operation, own in _own_rows()
}
