"""Requests of moto's tests made such as AWS takes them, so that what the tests are about can be seen.

Many tests send what SageMaker refuses before it looks further: an ARN that is no role's, a definition that is no
JSON, a place that is no URI. Here those members are replaced by valid ones. Runs in moto's environment.
"""

import json
import re

NO_ROLE = re.compile(r"arn:aws:sagemaker:[a-z0-9-]+:000000000000:x-x/.*|arn:aws:iam::\{ACCOUNT_ID\}:role/.*")
ROLE = "arn:aws:iam::123456789012:role/FakeRole"
PIPELINE = json.dumps(
    {"Version": "2020-12-01", "Steps": [{"Name": "end", "Type": "Fail", "Arguments": {"ErrorMessage": "end"}}]}
)
CONTAINER = {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1"}
TRAINING = {
    "AlgorithmSpecification": {"TrainingInputMode": "File", "TrainingImage": "123456789012.dkr.ecr/x:1"},
    "RoleArn": ROLE,
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}


def mended(operation: str, parameters, shape):
    """The parameters with what the model refuses replaced, and what is needed beside added."""
    made = _mended(parameters, shape)
    if operation in ("CreatePipeline", "UpdatePipeline") and "PipelineDefinition" in made:
        try:
            json.loads(made["PipelineDefinition"])
        except ValueError:
            made["PipelineDefinition"] = PIPELINE
    if operation == "CreateHyperParameterTuningJob":
        if not {"TrainingJobDefinition", "TrainingJobDefinitions"} & made.keys():
            made["TrainingJobDefinition"] = TRAINING
        made["HyperParameterTuningJobConfig"].setdefault("ParameterRanges", {})
    if operation == "CreateModel" and not {"PrimaryContainer", "Containers"} & made.keys():
        made["PrimaryContainer"] = CONTAINER
    return made


def needed_before(operation: str, parameters) -> list:
    """Calls that make what a request names: the model of a transform job."""
    if operation != "CreateTransformJob":
        return []
    name = parameters["ModelName"]
    return [("CreateModel", {"ModelName": name, "ExecutionRoleArn": ROLE, "PrimaryContainer": CONTAINER})]


def _mended(value, shape):
    if shape is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            name: _mended(inner, shape.members[name]) if name in shape.members else inner
            for name, inner in value.items()
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_mended(inner, shape.member) for inner in value][: int(shape.metadata.get("max", 1 << 30))]
    if shape.type_name == "string" and isinstance(value, str):
        return _text(value, shape)
    return value


def _text(value: str, shape) -> str:
    if NO_ROLE.fullmatch(value):
        return ROLE
    allowed = shape.metadata.get("enum")
    if allowed:
        return next((one for one in allowed if _bare(one) == _bare(value)), value)
    pattern = shape.metadata.get("pattern", "")
    if pattern and not _fits(pattern, value):
        tries = (value.replace("_", "-"), f"s3://bucket/{value}", f"https://example.com/{value}")
        return next((one for one in tries if _fits(pattern, one)), value)
    return value


def _bare(text: str) -> str:
    return text.replace("_", "").lower()


def _fits(pattern: str, value: str) -> bool:
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return True  # a construct of Java's: not judged here
