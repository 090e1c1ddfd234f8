"""Jobs that train, process, transform and tune."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker import lives
from rolecall.services.sagemaker.errors import IN_USE, JOB_TAKEN, JOB_UNKNOWN, Refusal
from rolecall.services.sagemaker.resources.row import DESCENDING, NAME, ResourceType

_JOB_NETWORK: Final = {
    "EnableNetworkIsolation": False,
    "EnableInterContainerTrafficEncryption": False,
    "EnableManagedSpotTraining": False,
}

ROWS: Final = (
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
        life=lives.TRAINING,
        unknown=JOB_UNKNOWN,
        taken=Refusal(
            IN_USE,
            "Training job names must be unique within an AWS account and region, "
            "and a training job with this name already exists ({arn})",
        ),
    ),
    ResourceType(
        type="processing-job",
        noun="ProcessingJob",
        verbs="Create Describe List Delete Stop",
        status="ProcessingJobStatus",
        label="processing job",
        also={"ProcessingStartTime": "_Started", "ProcessingEndTime": "_Ended"},
        defaults={
            "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
            "ProcessingInputs[].AppManaged": False,
            "ProcessingOutputConfig.Outputs[].AppManaged": False,
        },
        life=lives.JOB,
        unknown=JOB_UNKNOWN,
        taken=JOB_TAKEN,
    ),
    ResourceType(
        type="transform-job",
        noun="TransformJob",
        verbs="Create Describe List Stop",
        status="TransformJobStatus",
        label="transform job",
        also={"TransformStartTime": "_Started", "TransformEndTime": "_Ended"},
        order=DESCENDING,
        defaults={
            "TransformInput.CompressionType": "None",
            "TransformInput.SplitType": "None",
            "TransformOutput.AssembleWith": "None",
            "TransformOutput.KmsKeyId": "",
            "DataProcessing": {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"},
        },
        life=lives.JOB,
        unknown=JOB_UNKNOWN,
        taken=JOB_TAKEN,
    ),
    ResourceType(
        type="hyper-parameter-tuning-job",
        noun="HyperParameterTuningJob",
        verbs="Create Describe List Delete Stop",
        status="HyperParameterTuningJobStatus",
        label="hyper parameter tuning job",
        sort=NAME,
        life=lives.JOB,
        unknown=JOB_UNKNOWN,
        taken=JOB_TAKEN,
    ),
)
