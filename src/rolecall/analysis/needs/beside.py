"""Actions of other services that AWS documents for a caller: KMS grants, network interfaces, EKS, Cognito.

The server decides on those of services that it serves; here they are told, each with the case it is needed in. A
case that the request's own members settle is settled; what only AWS can know (does the role exist yet?) stays as a
condition in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from rolecall.authorization.api_call import ApiCall
from rolecall.authorization.condition_keys import catalog_prefix
from rolecall.authorization.paths import find, text_of
from rolecall.authorization.rows.sagemaker import LINKED_FIRST
from rolecall.catalog import Catalog, Dependent

# Where operations name the key that encrypts their machines' storage, and the network they join.
VOLUME_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "CreateTrainingJob": ("ResourceConfig.VolumeKmsKeyId",),
    "CreateHyperParameterTuningJob": (
        "TrainingJobDefinition.ResourceConfig.VolumeKmsKeyId",
        "TrainingJobDefinitions[].ResourceConfig.VolumeKmsKeyId",
    ),
    "CreateProcessingJob": ("ProcessingResources.ClusterConfig.VolumeKmsKeyId",),
    "CreateTransformJob": ("TransformResources.VolumeKmsKeyId",),
    "CreateAutoMLJob": ("AutoMLJobConfig.SecurityConfig.VolumeKmsKeyId",),
    "CreateAutoMLJobV2": ("SecurityConfig.VolumeKmsKeyId",),
    "CreateDomain": ("KmsKeyId",),
    "CreateNotebookInstance": ("KmsKeyId",),
    "CreateInferenceRecommendationsJob": ("InputConfig.VolumeKmsKeyId", "OutputConfig.KmsKeyId"),
}
NETWORKS: Final[Mapping[str, str]] = {"CreateNotebookInstance": "SubnetId"}


class Beside(Struct, frozen=True):
    action: str
    resource: str
    why: str
    when: str = ""


def beside(call: ApiCall, catalog: Catalog) -> Iterator[Beside]:
    """Documented actions that no requirement row asks for, as far as the request may bring them up."""
    prefix = catalog_prefix(call.service)
    action = catalog.action(f"{prefix}:{call.operation}")
    for one in action.dependents if action is not None else ():
        service = one.action.partition(":")[0]
        linking = one.action == "iam:CreateServiceLinkedRole" and call.operation not in LINKED_FIRST
        if service in (prefix, "iam") and not linking:
            continue  # these are checked
        settle = SETTLED.get(service)
        if settle is None:
            yield Beside(one.action, "*", _why(one), one.when)
            continue
        for resource in settle(call, one):
            yield Beside(one.action, resource, _why(one), _rest(one) if settled(one, call) else one.when)


def settled(one: Dependent, call: ApiCall) -> bool:
    """Whether the request itself says that the case is given."""
    service = one.action.partition(":")[0]
    return service != "iam" and (service != "kms" or call.operation in VOLUME_KEYS)


def _why(one: Dependent) -> str:
    return WHY.get(one.action.partition(":")[0], "AWS documents it for this operation")


def _rest(one: Dependent) -> str:
    """The case as far as the request does not say it: what stands behind the member that brings it up."""
    return one.when.partition(" and ")[2]


def _keys(call: ApiCall, one: Dependent) -> Iterator[str]:
    """The keys that the request names, as resources; the documented case where it is not in the request at all."""
    paths = VOLUME_KEYS.get(call.operation)
    if paths is None:
        yield "*"
        return
    for path in paths:
        for found in find(path, call.parameters):
            text = text_of(found.value)
            if text:
                yield key_arn(text, call)


def key_arn(text: str, call: ApiCall) -> str:
    """A key by its ARN; of an alias only the key store knows the key."""
    if text.startswith("arn:") and ":key/" in text:
        return text
    home = f"arn:{call.partition}:kms:{call.region}:{call.account}:key"
    return f"{home}/*" if "alias/" in text else f"{home}/{text}"


def _interfaces(call: ApiCall, one: Dependent) -> Iterator[str]:
    path = NETWORKS.get(call.operation)
    if path is None or find(path, call.parameters):
        if "accelerator" in one.when and not find("AcceleratorTypes[]", call.parameters):
            return
        yield "*"


def _linked(call: ApiCall, one: Dependent) -> Iterator[str]:
    yield f"arn:{call.partition}:iam::{call.account}:role/aws-service-role/*"


def _secrets(call: ApiCall, one: Dependent) -> Iterator[str]:
    if find("DefaultCodeRepository", call.parameters) or find("AdditionalCodeRepositories[]", call.parameters):
        yield "*"


# How the cases of a service are settled by the request; other services' stay as they are documented.
SETTLED: Final[Mapping[str, Callable[[ApiCall, Dependent], Iterator[str]]]] = {
    "kms": _keys,
    "elasticfilesystem": lambda call, one: iter(["*"] if find("KmsKeyId", call.parameters) else []),
    "ec2": _interfaces,
    "iam": _linked,
    "secretsmanager": _secrets,
}
WHY: Final[Mapping[str, str]] = {
    "kms": "SageMaker lets its machines use the key that the call names",
    "ec2": "network interfaces and images are the caller's affair",
    "iam": "the service-linked role is made when it is missing",
    "eks": "the cluster stands on Amazon EKS",
    "cognito-idp": "the workforce lives in a user pool",
    "elasticfilesystem": "the domain's home directories are encrypted with the key",
    "secretsmanager": "the Git repository's secret is read",
    "aws-marketplace": "subscriptions are looked up",
}
