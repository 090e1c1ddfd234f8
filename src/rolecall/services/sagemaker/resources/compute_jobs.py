"""Jobs that compile, optimize, recommend, benchmark and label, shadow tests, and jobs of a category."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker import lives
from rolecall.services.sagemaker.errors import JOB_TAKEN
from rolecall.services.sagemaker.resources.row import DESCENDING, ResourceType

ROWS: Final = (
    ResourceType(
        type="compilation-job",
        noun="CompilationJob",
        verbs="Create Describe List Delete Stop",
        status="CompilationJobStatus",
        label="compilation job",
        also={
            "FailureReason": "FailureReason|",
            "CompilationStartTime": "_Started",
            "CompilationEndTime": "_Ended",
            "CompilationTargetDevice": "OutputConfig.TargetDevice",
            "CompilationTargetPlatformOs": "OutputConfig.TargetPlatform.Os",
            "CompilationTargetPlatformArch": "OutputConfig.TargetPlatform.Arch",
            "CompilationTargetPlatformAccelerator": "OutputConfig.TargetPlatform.Accelerator",
        },
        needs={"ModelPackageVersionArn": "model-package"},
        life=lives.CONVERSION,
        taken=JOB_TAKEN,
    ),
    ResourceType(
        type="optimization-job",
        noun="OptimizationJob",
        verbs="Create Describe List Delete Stop",
        status="OptimizationJobStatus",
        label="optimization job",
        page=50,
        also={"OptimizationStartTime": "_Started", "OptimizationEndTime": "_Ended"},
        filters={"OptimizationContains": "OptimizationTypes[]"},
        life=lives.CONVERSION,
        taken=JOB_TAKEN,
    ),
    ResourceType(
        type="inference-recommendations-job",
        noun="InferenceRecommendationsJob",
        verbs="Create Describe List Stop",
        name="JobName",
        arn_name="JobArn",
        status="Status",
        label="inference recommendations job",
        also={
            "JobDescription": "JobDescription|",
            "CompletionTime": "_Ended",
            "ModelName": "InputConfig.ModelName",
            "ModelPackageVersionArn": "InputConfig.ModelPackageVersionArn",
            "SamplePayloadUrl": "InputConfig.ContainerConfig.PayloadConfig.SamplePayloadUrl",
        },
        filters={
            "ModelNameEquals": "InputConfig.ModelName",
            "ModelPackageVersionArnEquals": "InputConfig.ModelPackageVersionArn",
        },
        needs={"InputConfig.ModelName": "model", "InputConfig.ModelPackageVersionArn": "model-package"},
        life=lives.RECOMMENDATION,
        taken=JOB_TAKEN,
    ),
    ResourceType(
        type="ai-workload-config",
        noun="AIWorkloadConfig",
        order=DESCENDING,
    ),
    ResourceType(
        type="ai-benchmark-job",
        noun="AIBenchmarkJob",
        verbs="Create Describe List Delete Stop",
        status="AIBenchmarkJobStatus",
        label="AI benchmark job",
        order=DESCENDING,
        also={"StartTime": "_Started", "EndTime": "_Ended"},
        needs={"AIWorkloadConfigIdentifier": "ai-workload-config"},
        life=lives.JOB,
        taken=JOB_TAKEN,
    ),
    ResourceType(
        type="ai-recommendation-job",
        noun="AIRecommendationJob",
        verbs="Create Describe List Delete Stop",
        status="AIRecommendationJobStatus",
        label="AI recommendation job",
        order=DESCENDING,
        also={"StartTime": "_Started", "EndTime": "_Ended"},
        defaults={"OptimizeModel": True},
        needs={"AIWorkloadConfigIdentifier": "ai-workload-config"},
        life=lives.JOB,
        taken=JOB_TAKEN,
    ),
    ResourceType(
        type="labeling-job",
        noun="LabelingJob",
        verbs="Create Describe List Stop",
        aliases={"ListLabelingJobsForWorkteam": "List"},
        filters={
            "WorkteamArn": "HumanTaskConfig.WorkteamArn",
            "JobReferenceCodeContains": "JobReferenceCode",
        },
        status="LabelingJobStatus",
        label="labeling job",
        also={
            "WorkteamArn": "HumanTaskConfig.WorkteamArn",
            "NumberOfHumanWorkersPerDataObject": "HumanTaskConfig.NumberOfHumanWorkersPerDataObject",
            "PreHumanTaskLambdaArn": "HumanTaskConfig.PreHumanTaskLambdaArn",
            "AnnotationConsolidationLambdaArn": (
                "HumanTaskConfig.AnnotationConsolidationConfig.AnnotationConsolidationLambdaArn"
            ),
        },
        defaults={
            "LabelCounters": {
                "TotalLabeled": 0,
                "HumanLabeled": 0,
                "MachineLabeled": 0,
                "FailedNonRetryableError": 0,
                "Unlabeled": 0,
            },
        },
        life=lives.LABELING,
        taken=JOB_TAKEN,
    ),
    ResourceType(
        type="inference-experiment",
        noun="InferenceExperiment",
        verbs="Create Describe List Start Update Delete",
        name="Name",
        status="Status",
        also={"Arn": "InferenceExperimentArn", "CompletionTime": "_Ended", "StatusReason": "_Reason"},
        filters={"Type": "Type"},
        needs={"ModelVariants[].ModelName": "model", "EndpointName": "endpoint"},
        life=lives.SHADOW,
    ),
    ResourceType(
        type="job",
        noun="Job",
        verbs="Create Describe List Delete Stop",
        parent="JobCategory",
        arn="job/{parent}/{key}",
        status="JobStatus",
        label="job",
        page=50,
        order=DESCENDING,
        also={"JobSecondaryStatus": "SecondaryStatus", "EndTime": "_Ended"},
        life=lives.CATEGORY_JOB,
        taken=JOB_TAKEN,
    ),
)
