"""`rolecall explain` end to end: a denial is explained, its repair is made, and the same call is allowed."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from msgspec import Struct

from rolecall.cli.main import main
from rolecall.server import Running, running

pytestmark = pytest.mark.clients

ACCOUNT = "123456789012"
SAGEMAKER = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
CREATE = "sagemaker:CreateTrainingJob"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as up:
        yield up


class Scene(Struct, frozen=True):
    """A user with a key, a role that SageMaker can assume, and fresh names."""

    server: Running
    name: str
    key: dict[str, Any]
    role: str

    @property
    def iam(self) -> Any:
        return self.server.client("iam")

    def may(self, *statements: dict[str, Any]) -> None:
        self.iam.put_user_policy(UserName=self.name, PolicyName="own", PolicyDocument=document(*statements))

    def client(self, service: str) -> Any:
        return self.server.client_with(self.key, service)

    def managed(self, *statements: dict[str, Any]) -> str:
        name = f"managed-{uuid.uuid4().hex[:8]}"
        made = self.iam.create_policy(PolicyName=name, PolicyDocument=document(*statements))
        return str(made["Policy"]["Arn"])

    def train(self, **more: Any) -> Any:
        return self.client("sagemaker").create_training_job(
            **{
                "TrainingJobName": f"job-of-{self.name}",
                "RoleArn": self.role,
                "AlgorithmSpecification": {
                    "TrainingImage": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/train:1",
                    "TrainingInputMode": "File",
                },
                "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
                "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
                "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
                **more,
            }
        )


@pytest.fixture
def scene(server: Running, monkeypatch: pytest.MonkeyPatch) -> Scene:
    iam, name = server.client("iam"), f"user-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    role = iam.create_role(RoleName=f"role-{name}", AssumeRolePolicyDocument=document(SAGEMAKER))["Role"]["Arn"]
    act_as_root(server, monkeypatch)
    return Scene(server, name, key, role)


def act_as_root(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.secret_access_key)
    monkeypatch.setenv("AWS_REGION", server.region)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


def denied(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")
    return str(caught.value.response["ResponseMetadata"]["RequestId"])


def permitted(call: Callable[[], Any]) -> None:
    """The call gets past authorization: a job of the name may be there already."""
    try:
        call()
    except ClientError as problem:
        if problem.response["Error"]["Code"] != "ResourceInUse":
            raise


Shell = Callable[..., tuple[int, str, str]]


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        until = time.monotonic() + 10
        while True:
            with pytest.raises(SystemExit) as left:
                main(arguments)
            out, err = capsys.readouterr()
            # Records of denials are written a moment later.
            if not err.startswith("rolecall: Not") or time.monotonic() > until:
                return int(left.value.code or 0), out, err

    return run


# Every denial: what is set up, the call, what the explanation names. The call is made, denied, repaired, repeated.


def no_policy(scene: Scene) -> Callable[[], Any]:
    return lambda: scene.client("sagemaker").list_models()


def another_action(scene: Scene) -> Callable[[], Any]:
    scene.may({"Effect": "Allow", "Action": "iam:GetRole", "Resource": scene.role})
    return lambda: scene.client("iam").list_role_tags(RoleName=scene.role.rpartition("/")[2])


def another_resource(scene: Scene) -> Callable[[], Any]:
    scene.may(allow("iam:GetRole", Resource=scene.role + "-other"))
    return lambda: scene.client("iam").get_role(RoleName=scene.role.rpartition("/")[2])


def condition_value(scene: Scene) -> Callable[[], Any]:
    wanted = {"StringLike": {"sagemaker:InstanceTypes": ["ml.t3.*", "ml.c5.*"]}}
    condition = {"ForAllValues:StringLike": wanted["StringLike"]}
    scene.may({**allow(CREATE), "Condition": condition}, allow("iam:PassRole"))
    return scene.train


def missing_key(scene: Scene) -> Callable[[], Any]:
    scene.may({**allow("iam:GetUser"), "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}})
    return lambda: scene.client("iam").get_user()


def deny_statement(scene: Scene) -> Callable[[], Any]:
    scene.may(EVERYTHING, {**allow("sagemaker:ListModels"), "Effect": "Deny", "Sid": "NoModels"})
    return lambda: scene.client("sagemaker").list_models()


def deny_of_a_group(scene: Scene) -> Callable[[], Any]:
    group = f"group-{scene.name}"
    scene.iam.create_group(GroupName=group)
    scene.iam.add_user_to_group(GroupName=group, UserName=scene.name)
    arn = scene.managed({**allow("sagemaker:*"), "Effect": "Deny"})
    scene.iam.attach_group_policy(GroupName=group, PolicyArn=arn)
    scene.may(EVERYTHING)
    return lambda: scene.client("sagemaker").list_models()


def boundary(scene: Scene) -> Callable[[], Any]:
    arn = scene.managed(allow("s3:*"))
    scene.iam.put_user_permissions_boundary(UserName=scene.name, PermissionsBoundary=arn)
    scene.may(EVERYTHING)
    return lambda: scene.client("sagemaker").list_models()


def boundary_and_identity(scene: Scene) -> Callable[[], Any]:
    arn = scene.managed(allow("s3:*"))
    scene.iam.put_user_permissions_boundary(UserName=scene.name, PermissionsBoundary=arn)
    return lambda: scene.client("sagemaker").list_models()


def pass_role(scene: Scene) -> Callable[[], Any]:
    scene.may(allow("sagemaker:*"))
    return scene.train


def add_tags(scene: Scene) -> Callable[[], Any]:
    scene.may(allow(CREATE, "iam:PassRole"))
    return lambda: scene.train(Tags=[{"Key": "team", "Value": "red"}])


def trust(scene: Scene) -> Callable[[], Any]:
    scene.iam.create_user(UserName=f"{scene.name}-b")
    other = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{scene.name}-b"}
    scene.iam.update_assume_role_policy(
        RoleName=scene.role.rpartition("/")[2],
        PolicyDocument=document(SAGEMAKER, {"Effect": "Allow", "Principal": other, "Action": "sts:AssumeRole"}),
    )
    return lambda: scene.client("sts").assume_role(RoleArn=scene.role, RoleSessionName="s1")


DENIALS = [
    (no_policy, "no identity policy allows sagemaker:ListModels"),
    (another_action, "no identity policy allows iam:ListRoleTags"),
    (another_resource, "but for one element"),
    (condition_value, "sagemaker:InstanceTypes"),
    (missing_key, "aws:MultiFactorAuthPresent"),
    (deny_statement, "statement 1 (NoModels) of the identity policy own denies it"),
    (deny_of_a_group, "denies it"),
    (boundary, "no permissions boundary allows sagemaker:ListModels"),
    (boundary_and_identity, "no permissions boundary allows sagemaker:ListModels"),
    (pass_role, "no identity policy allows iam:PassRole"),
    (add_tags, "no identity policy allows sagemaker:AddTags"),
    (trust, "no role trust policy allows sts:AssumeRole"),
]


@pytest.mark.parametrize(("setting", "cause"), DENIALS, ids=lambda each: getattr(each, "__name__", ""))
def test_a_denial_is_explained_repaired_and_then_allowed(
    scene: Scene, shell: Shell, setting: Callable[[Scene], Callable[[], Any]], cause: str
) -> None:
    call = setting(scene)
    request_id = denied(call)
    code, text, _ = shell("explain", request_id)
    assert code == 0
    assert cause in " ".join(text.split())
    assert "What a policy can say:" in text
    assert all(len(line) <= 80 for line in text.splitlines())
    code, text, err = shell("explain", request_id, "--apply")
    assert (code, err) == (0, "")
    assert "allowed" in text
    call()


def test_every_policy_repair_of_a_denial_works_by_its_number(scene: Scene, shell: Shell) -> None:
    call = condition_value(scene)
    request_id = denied(call)
    _, text, _ = shell("explain", request_id, "--format", "json")
    repairs = json.loads(text)["rulings"][-1]["repairs"]["repairs"]
    numbers = [number for number, repair in enumerate(repairs, 1) if repair["side"] == "policy"]
    assert len(numbers) > 1
    for number in numbers:
        condition_value(scene)
        for name in scene.iam.list_user_policies(UserName=scene.name)["PolicyNames"]:
            if name != "own":
                scene.iam.delete_user_policy(UserName=scene.name, PolicyName=name)
        denied(call)
        assert shell("explain", request_id, "--apply", str(number))[0] == 0
        permitted(call)


def test_what_the_caller_can_do_otherwise_works(scene: Scene, shell: Shell) -> None:
    """The tag that an Allow wants is the repair of the request; asking with it is allowed."""
    condition = {"StringEquals": {"aws:RequestTag/team": "red"}}
    scene.may({**allow(CREATE), "Condition": condition}, allow("iam:PassRole", "sagemaker:AddTags"))
    request_id = denied(scene.train)
    _, text, _ = shell("explain", request_id)
    assert "1  send the tag team=red with the request" in text
    code, _, err = shell("explain", request_id, "--apply", "1")
    assert code == 2
    assert "the caller's to make" in err
    scene.train(Tags=[{"Key": "team", "Value": "red"}])


def test_a_tag_that_needs_a_permission_of_its_own_is_told(scene: Scene, shell: Shell) -> None:
    condition = {"StringEquals": {"aws:RequestTag/team": "red"}}
    scene.may({**allow(CREATE), "Condition": condition}, allow("iam:PassRole"))
    _, text, _ = shell("explain", denied(scene.train))
    assert "With tags the call also needs sagemaker:AddTags, which is denied so far." in " ".join(text.split())
    denied(lambda: scene.train(Tags=[{"Key": "team", "Value": "red"}]))


def test_a_session_policy_is_widened_where_the_session_is_made(scene: Scene, shell: Shell) -> None:
    iam, role = scene.iam, f"{scene.name}-session"
    trusting = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{scene.name}"}}
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=document({**trusting, "Action": "sts:AssumeRole"}))
    iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=document(EVERYTHING))

    def models(*statements: dict[str, Any]) -> Any:
        made = scene.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName="s1", Policy=document(*statements)
        )
        return scene.server.client_with(made["Credentials"], "sagemaker").list_models()

    request_id = denied(lambda: models(allow("s3:*")))
    _, text, _ = shell("explain", request_id, "--format", "json")
    told = json.loads(text)["rulings"][-1]["repairs"]
    assert told["causes"] == ["no session policy allows sagemaker:ListModels on it (the action has no resource)"]
    (change,) = next(each for each in told["repairs"] if each["changes"][0]["kind"] == "add-statement")["changes"]
    assert change["policy_type"] == "session"
    models(allow("s3:*"), change["after"])
    code, _, err = shell("explain", request_id, "--apply")
    assert code == 2
    assert "no change that IAM could make" in err


def test_applying_is_itself_authorized(scene: Scene, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.may(allow("sts:DecodeAuthorizationMessage"))
    request_id = denied(lambda: scene.client("sagemaker").list_models())
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", scene.key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", scene.key["SecretAccessKey"])
    code, _, err = shell("explain", request_id, "--apply")
    assert code == 2
    assert "is not authorized to perform: iam:List" in err
    denied(lambda: scene.client("sagemaker").list_models())


def test_the_next_denial_is_told_when_one_change_is_not_enough_for_the_call(scene: Scene, shell: Shell) -> None:
    request_id = denied(scene.train)
    code, text, _ = shell("explain", request_id, "--apply")
    assert code == 1
    assert "iam:PassRole" in text
    code, text, _ = shell("explain", denied(scene.train), "--apply")
    assert code == 0


def test_a_policy_that_has_changed_is_left_alone(scene: Scene, shell: Shell) -> None:
    request_id = denied(deny_statement(scene))
    scene.may(EVERYTHING, {**allow("sagemaker:*"), "Effect": "Deny"})
    code, _, err = shell("explain", request_id, "--apply")
    assert code == 2
    assert "has changed since the request was decided" in err


def test_an_allow_says_what_it_rests_on(scene: Scene, shell: Shell) -> None:
    scene.may({**allow("sagemaker:ListModels"), "Sid": "Models"})
    answer = scene.client("sagemaker").list_models()
    _, text, _ = shell("explain", answer["ResponseMetadata"]["RequestId"])
    assert "identity policy: statement 0 (Models) of own and nothing else" in text


def test_the_encoded_message_of_a_denial_is_decoded_by_sts(scene: Scene, shell: Shell) -> None:
    request_id = denied(deny_statement(scene))
    code, message, _ = shell("explain", request_id, "--encoded")
    assert code == 0
    decoded = scene.server.client("sts").decode_authorization_message(EncodedMessage=message.strip())
    told = json.loads(decoded["DecodedMessage"])
    assert (told["allowed"], told["explicitDeny"]) == (False, True)
    assert told["matchedStatements"]["items"] == [
        {
            "statementId": "NoModels",
            "effect": "DENY",
            "principals": {"items": []},
            "principalGroups": {"items": []},
            "actions": {"items": [{"value": "sagemaker:ListModels"}]},
            "resources": {"items": [{"value": "*"}]},
            "conditions": {"items": []},
        }
    ]
    assert told["context"]["principal"]["name"] == scene.name
    assert told["context"]["action"] == "sagemaker:ListModels"
    with pytest.raises(ClientError) as caught:
        scene.server.client("sts").decode_authorization_message(EncodedMessage=message.strip()[:-2])
    assert caught.value.response["Error"]["Code"] == "InvalidAuthorizationMessageException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    scene.may(allow("s3:*"))
    with pytest.raises(ClientError) as caught:
        scene.client("sts").decode_authorization_message(EncodedMessage=message.strip())
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
