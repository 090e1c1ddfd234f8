"""Principal keys by principal type: the table of SEMANTICS 5.1."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from rolecall.decision.derived_keys import derived_keys
from rolecall.decision.request import Principal, PrincipalType, Resource

ACCOUNT = "111122223333"
S3 = Resource("arn:aws:s3:::b", ACCOUNT)
USER = Principal(f"arn:aws:iam::{ACCOUNT}:user/team/alice", ACCOUNT, PrincipalType.USER, unique_id="AIDAX")
SESSION = Principal(
    f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s",
    ACCOUNT,
    PrincipalType.ROLE_SESSION,
    role_arn=f"arn:aws:iam::{ACCOUNT}:role/ml/R",
    unique_id="AROAX",
)

# type, then username, userid, PrincipalType, PrincipalArn, PrincipalAccount; None: absent.
TABLE = [
    (Principal(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, PrincipalType.ROOT),
     (None, None, "Account", f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)),
    (USER, ("alice", "AIDAX", "User", f"arn:aws:iam::{ACCOUNT}:user/team/alice", ACCOUNT)),
    (replace(USER, unique_id=None), ("alice", None, "User", f"arn:aws:iam::{ACCOUNT}:user/team/alice", ACCOUNT)),
    (SESSION, (None, "AROAX:s", "AssumedRole", f"arn:aws:iam::{ACCOUNT}:role/ml/R", ACCOUNT)),
    (Principal(f"arn:aws:sts::{ACCOUNT}:federated-user/f", ACCOUNT, PrincipalType.FEDERATED_USER),
     (None, None, "FederatedUser", f"arn:aws:sts::{ACCOUNT}:federated-user/f", ACCOUNT)),
    (Principal("sagemaker.amazonaws.com", "", PrincipalType.SERVICE), (None, None, None, None, None)),
    (Principal("*", "anonymous", PrincipalType.ANONYMOUS), (None, None, "Anonymous", None, "anonymous")),
]  # fmt: skip
KEYS = ("aws:username", "aws:userid", "aws:PrincipalType", "aws:PrincipalArn", "aws:PrincipalAccount")


@pytest.mark.parametrize(("principal", "values"), TABLE)
def test_principal_keys(principal: Principal, values: tuple[str | None, ...]) -> None:
    derived = derived_keys(principal, S3, "s3:GetObject")
    assert tuple(derived.get(key) for key in KEYS) == values


def test_tags_feed_their_families() -> None:
    tagged = Resource(f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/m", ACCOUNT, tags={"Team": "red"})
    derived = derived_keys(replace(USER, tags={"team": "blue"}), tagged, "SageMaker:DescribeModel")
    assert derived["aws:PrincipalTag/team"] == "blue"
    assert derived["aws:ResourceTag/Team"] == derived["sagemaker:ResourceTag/Team"] == "red"
    assert "sagemaker:ResourceTag/Team" not in derived_keys(USER, tagged, "s3:GetObject")
