"""ECR as SDKs see it: repositories, declared images, and who may pull."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.server import Running, running

OURS, THEIRS = "111111111111", "222222222222"
MANIFEST = json.dumps({"schemaVersion": 2, "config": {"size": 10}, "layers": [{"size": 5}, {"size": 7}]})
DIGEST = f"sha256:{hashlib.sha256(MANIFEST.encode()).hexdigest()}"
PULLING = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]


@pytest.fixture(scope="module")
def up() -> Iterator[Running]:
    with running(accounts=(OURS, THEIRS)) as server:
        yield server


def root(up: Running, account: str, service: str) -> Any:
    key = next(key for key in up.roots if key.account == account)
    return up.client(service, aws_access_key_id=key.access_key_id, aws_secret_access_key=key.secret_access_key)


@pytest.fixture
def ecr(up: Running) -> Iterator[Any]:
    client = root(up, OURS, "ecr")
    client.create_repository(repositoryName="team/train", tags=[{"Key": "Team", "Value": "ml"}])
    client.put_image(repositoryName="team/train", imageManifest=MANIFEST, imageTag="1")
    yield client
    client.delete_repository(repositoryName="team/train", force=True)


@pytest.fixture
def puller(up: Running, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A user of the account that the test names, with the statement it names."""
    account, *statements = request.param
    iam = root(up, account, "iam")
    iam.create_user(UserName="u")
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    if statements:
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="u")["AccessKey"]
    yield up.client_with(key, "ecr")
    iam.delete_access_key(UserName="u", AccessKeyId=key["AccessKeyId"])
    if statements:
        iam.delete_user_policy(UserName="u", PolicyName="p")
    iam.delete_user(UserName="u")


def pull(client: Any) -> Any:
    return client.batch_get_image(registryId=OURS, repositoryName="team/train", imageIds=[{"imageTag": "1"}])


def refused(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as problem:
        call(**parameters)
    return problem.value.response["Error"]["Code"], problem.value.response["Error"]["Message"]


def may(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


def lets(*principals: str) -> str:
    """A repository policy, which has no Resource element."""
    statement = {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": PULLING}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_declared_image_is_found_by_tag_and_digest(ecr: Any) -> None:
    found = pull(ecr)["images"][0]
    assert found["imageId"] == {"imageDigest": DIGEST, "imageTag": "1"}
    assert found["imageManifest"] == MANIFEST
    detail = ecr.describe_images(repositoryName="team/train", imageIds=[{"imageDigest": DIGEST}])["imageDetails"]
    assert (detail[0]["imageTags"], detail[0]["imageSizeInBytes"]) == (["1"], 22)


def test_an_image_is_no_repository_to_tag(ecr: Any) -> None:
    arn = f"arn:aws:ecr:us-east-1:{OURS}:repository/team/train/{DIGEST}"
    code, _ = refused(ecr.tag_resource, resourceArn=arn, tags=[{"Key": "a", "Value": "b"}])
    assert code == "RepositoryNotFoundException"


def test_a_tag_moves_unless_it_may_not(ecr: Any) -> None:
    other = MANIFEST.replace("7", "8")
    ecr.put_image(repositoryName="team/train", imageManifest=other, imageTag="1")
    assert pull(ecr)["images"][0]["imageManifest"] == other
    ecr.put_image_tag_mutability(repositoryName="team/train", imageTagMutability="IMMUTABLE")
    code, _ = refused(ecr.put_image, repositoryName="team/train", imageManifest=MANIFEST, imageTag="1")
    assert code == "ImageTagAlreadyExistsException"


@pytest.mark.parametrize(
    ("operation", "parameters", "error"),
    [
        ("describe_repositories", {"repositoryNames": ["none"]}, (
            "RepositoryNotFoundException",
            f"The repository with name 'none' does not exist in the registry with id '{OURS}'")),
        ("create_repository", {"repositoryName": "team/train"}, (
            "RepositoryAlreadyExistsException",
            f"The repository with name 'team/train' already exists in the registry with id '{OURS}'")),
        ("get_repository_policy", {"repositoryName": "team/train"}, (
            "RepositoryPolicyNotFoundException",
            "Repository policy does not exist for the repository with name 'team/train' in the registry with id "
            f"'{OURS}'")),
        ("delete_repository", {"repositoryName": "team/train"}, ("RepositoryNotEmptyException", None)),
        ("set_repository_policy", {"repositoryName": "team/train", "policyText": "{"},
         ("InvalidParameterException", None)),
        ("get_download_url_for_layer", {"repositoryName": "team/train", "layerDigest": "sha256:00"},
         ("LayersNotFoundException", None)),
    ],
)  # fmt: skip
def test_what_is_refused(ecr: Any, operation: str, parameters: dict[str, Any], error: tuple[str, str]) -> None:
    code, message = refused(getattr(ecr, operation), **parameters)
    assert code == error[0]
    assert error[1] is None or message == error[1]


# Amazon ECR User Guide, "Private repository policies": in one account either suffices, across accounts both must.


@pytest.mark.parametrize("puller", [(OURS, may(*PULLING))], indirect=True)
def test_an_identity_policy_suffices_in_the_account(ecr: Any, puller: Any) -> None:
    assert pull(puller)["images"]


@pytest.mark.parametrize("puller", [(OURS,)], indirect=True)
def test_a_repository_policy_suffices_in_the_account(ecr: Any, puller: Any) -> None:
    assert refused(lambda: pull(puller))[0] == "AccessDeniedException"
    ecr.set_repository_policy(repositoryName="team/train", policyText=lets(f"arn:aws:iam::{OURS}:user/u"))
    assert pull(puller)["images"]


@pytest.mark.parametrize("puller", [(THEIRS, may(*PULLING))], indirect=True)
def test_another_account_needs_both(ecr: Any, puller: Any) -> None:
    assert refused(lambda: pull(puller))[0] == "AccessDeniedException"
    ecr.set_repository_policy(repositoryName="team/train", policyText=lets(THEIRS))
    assert pull(puller)["images"]


@pytest.mark.parametrize("puller", [(THEIRS,)], indirect=True)
def test_the_repository_policy_alone_does_not_suffice_from_another_account(ecr: Any, puller: Any) -> None:
    ecr.set_repository_policy(repositoryName="team/train", policyText=lets(THEIRS))
    assert refused(lambda: pull(puller))[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    "puller",
    [(OURS, may("ecr:*", Condition={"StringEquals": {"ecr:ResourceTag/Team": "ml"}}))],
    indirect=True,
)
def test_tags_of_the_repository_are_conditions(ecr: Any, puller: Any) -> None:
    assert pull(puller)["images"]
    ecr.untag_resource(resourceArn=f"arn:aws:ecr:us-east-1:{OURS}:repository/team/train", tagKeys=["Team"])
    assert refused(lambda: pull(puller))[0] == "AccessDeniedException"


@pytest.mark.parametrize("puller", [(OURS, may("ecr:GetAuthorizationToken"))], indirect=True)
def test_a_login_is_a_permission_on_everything(puller: Any) -> None:
    told = puller.get_authorization_token()["authorizationData"][0]
    assert told["proxyEndpoint"] == f"https://{OURS}.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize("puller", [(OURS, may("ecr:CreateRepository"))], indirect=True)
def test_tags_at_creation_need_their_own_permission(puller: Any) -> None:
    code, message = refused(
        puller.create_repository, repositoryName="tagged", tags=[{"Key": "Team", "Value": "ml"}]
    )
    assert code == "AccessDeniedException"
    assert "ecr:TagResource" in message
