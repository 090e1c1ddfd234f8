"""Reads the decision cases of `cases/`: one format for every engine that must agree.

A case has a name, a source and one want. Its request is in the neutral form of `rolecall decide`, with three
conveniences: a principal may be one of PRINCIPALS by name, a resource may be its ARN alone, and a policy may be
its statement or statements alone (version 2012-10-17).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct, field

CASES: Final = Path(__file__).parent / "cases"

ACCOUNT: Final = "111122223333"
OTHER: Final = "444455556666"

PRINCIPALS: Final[Mapping[str, Mapping[str, Any]]] = {
    "root": {"type": "root", "arn": f"arn:aws:iam::{ACCOUNT}:root"},
    "user": {"type": "user", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice"},
    "role session": {
        "type": "role_session",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/DataSci/nb1",
        "role_arn": f"arn:aws:iam::{ACCOUNT}:role/DataSci",
    },
    "service-linked role": {
        "type": "service_linked_role",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForAmazonSageMakerNotebooks/s",
        "role_arn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/sagemaker.amazonaws.com/"
        "AWSServiceRoleForAmazonSageMakerNotebooks",
    },
    "federated user": {
        "type": "federated_user",
        "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
        "issuer_arn": f"arn:aws:iam::{ACCOUNT}:user/bob",
    },
    "sagemaker": {"type": "service", "arn": "sagemaker.amazonaws.com"},
    "anonymous": {"type": "anonymous", "arn": "*"},
}
# Keys of every request; a case that wants one absent gives it the empty set.
ORDINARY: Final = {"aws:RequestedRegion": "us-east-1", "aws:SecureTransport": "true", "aws:ViaAWSService": "false"}
POLICY_FIELDS: Final = ("boundary", "endpoint_policy", "resource_policy")
LIST_FIELDS: Final = ("identity_policies", "session_policies")
LEVEL_FIELDS: Final = ("scps", "rcps")


class DecisionCase(Struct, frozen=True, forbid_unknown_fields=True):
    """want: the decision. by: fields of the answer's `by` that must agree, null for none. message: the whole text.

    point: the open point (policy/open_points.py) that the case shows; otherwise: the decision with its switch
    turned. trap: the number of the trap in the reference. medium: the want rests on our reading.
    """

    name: str
    source: str
    request: dict[str, Any]
    want: str
    by: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET
    message: str | None = None
    depends_on: list[str] = field(default_factory=list)
    profile: str = "reference"
    point: str | None = None
    otherwise: str | None = None
    trap: int | None = None
    medium: bool = False


def decision_cases(topic: str) -> Iterator[DecisionCase]:
    """The cases of one folder."""
    paths = sorted((CASES / topic).glob("*.yaml"))
    assert paths, f"no cases in {topic}"
    for path in paths:
        yield from msgspec.yaml.decode(path.read_bytes(), type=list[DecisionCase])


def neutral(case: DecisionCase) -> dict[str, Any]:
    """The request of a case in full, as `rolecall decide` reads it."""
    request = dict(case.request)
    principal, resource = request["principal"], request["resource"]
    request["id"] = case.name
    request["context"] = ORDINARY | request.get("context", {})
    if isinstance(principal, str):
        request["principal"] = PRINCIPALS[principal]
    elif "is" in principal:
        request["principal"] = {**PRINCIPALS[principal["is"]], **{k: v for k, v in principal.items() if k != "is"}}
    if isinstance(resource, str):
        request["resource"] = {"arn": resource, "account": account_of(resource)}
    for name in POLICY_FIELDS:
        if request.get(name) is not None:
            request[name] = document(request[name])
    for name in LIST_FIELDS:
        request[name] = [document(policy) for policy in request.get(name, [])]
    for name in LEVEL_FIELDS:
        request[name] = [[document(policy) for policy in level] for level in request.get(name, [])]
    return request


def account_of(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4] else ACCOUNT


def document(policy: Any) -> Any:
    """A document of its statements; what is a document already stays."""
    if isinstance(policy, list):
        return {"Version": "2012-10-17", "Statement": policy}
    if "Effect" in policy:
        return {"Version": "2012-10-17", "Statement": [policy]}
    if "document" in policy:
        return {**policy, "document": document(policy["document"])}
    return policy
