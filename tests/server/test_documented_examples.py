"""AWS's documented example policies, each played with boto3 against a running server: what it allows and denies.

The examples are tests/cases/documented/*.yaml. Where AWS published a mistake, the call says what really happens
and carries a `finding`. A call is the plainest request of its operation (requests.yaml) with its own members put
in; a member set to null is taken out. `decided` plays a policy in the engine where no client of ours can bring
the key (a VPC, another network).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import boto3
import msgspec
import pytest
from botocore.exceptions import ClientError
from msgspec import Struct, field

from case_files import DecisionCase, neutral
from rolecall import catalog
from rolecall.connection import Connection
from rolecall.decision.neutral import read_request
from rolecall.decision.neutral_answer import answer
from rolecall.server import Running, running
from rolecall.services import sagemaker
from server.conftest import SAGEMAKER

FOLDER: Final = Path(__file__).parents[1] / "cases" / "documented"
PASS_ROLE: Final = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
# Control creation …: 1 to 9; tagging: 10 to 13; search: 14.
KNOWN_MISTAKES: Final = (
    "One file system through one security group: through none at all",
    "Training only in a VPC: with another security group",
    "Encryption of input data: a flow definition has no such key in any request",
    "Encryption of input data, as first published: an action that does not exist",
    "Encryption of a notebook's volume: the key that the example means",
    "Instance types: a request that names no instance type",
    "A notebook without internet and without root: an update of something else",
    "Guardrail: volumes under a key: any update of a notebook",
    "Guardrail: in a VPC: a notebook with a subnet and no security group",
    "Keep the resources of a domain apart, as published",
    "Demand a tag of what is created: with the tag",
    "Demand a tag of what is created, with the configuration: with the tag",
    "Keep a project's resources from others: a new model with tags",
    "What a search shows, as published",
)
PAGES: Final = ("condition-keys", "tags", "identity-based")


class Before(Struct, frozen=True, forbid_unknown_fields=True):
    """A call by root that sets the scene."""

    call: str
    parameters: dict[str, Any] = field(default_factory=dict, name="with")


class ExampleCall(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """denied: the action that is refused; None: allowed. who: a user profile instead of the example's user."""

    name: str
    call: str
    parameters: dict[str, Any] = field(default_factory=dict, name="with")
    who: str | None = field(default=None, name="as")
    before: list[Before] = field(default_factory=list)
    denied: str | None = None
    message: str | None = None
    finding: str | None = None
    note: str | None = None


class Decided(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    action: str
    context: dict[str, Any]
    want: str
    resource: str = "*"
    note: str | None = None


class Example(Struct, frozen=True, forbid_unknown_fields=True):
    """policy: its statements; text: the document where JSON must stand as published; attached: an ARN.

    besides: what the example presupposes. refused: what IAM says to the policy. pass_role: whether the holder may
    pass roles without the example saying so.
    """

    name: str
    source: str
    policy: list[dict[str, Any]] = field(default_factory=list)
    text: str | None = None
    attached: str | None = None
    besides: list[dict[str, Any]] = field(default_factory=list)
    calls: list[ExampleCall] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    refused: str | None = None
    finding: str | None = None
    pass_role: bool = True


def examples(page: str) -> list[Example]:
    return msgspec.yaml.decode((FOLDER / f"{page}.yaml").read_bytes(), type=list[Example])


REQUESTS: Final[Mapping[str, Any]] = msgspec.yaml.decode((FOLDER / "requests.yaml").read_bytes())


class Scene:
    """A server with a role that SageMaker can assume, and a Studio domain with the user profiles ann and ben."""

    def __init__(self, server: Running, role: str, domain: str) -> None:
        self.server, self.role, self.domain = server, role, domain
        # One session: it reads the models of the services once.
        self._boto: Any = boto3.session.Session(region_name=server.region)
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, keys: Mapping[str, Any]) -> Any:
        """A client of these keys, made once."""
        place = (service, keys["aws_access_key_id"])
        if place not in self._clients:
            self._clients[place] = self._boto.client(service, endpoint_url=self.server.endpoint, **keys)
        return self._clients[place]

    def root(self, service: str) -> Any:
        up = self.server
        return self.client(
            service,
            {"aws_access_key_id": up.access_key_id, "aws_secret_access_key": up.secret_access_key},
        )

    def send(self, clients: Any, call: str, given: Mapping[str, Any], user: str) -> dict[str, Any]:
        filled = {
            "{role}": self.role,
            "{domain}": self.domain,
            "{user}": user,
            "{name}": f"n-{uuid.uuid4().hex[:10]}",
        }
        parameters = _filled(_merged(REQUESTS.get(call, {}), given), filled)
        service = "sagemaker" if call in SAGEMAKER_CALLS else "iam"
        operation = clients(service)
        return dict(getattr(operation, _snake(operation, call))(**parameters))


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with running(time_scale=1e6) as up:
        iam, sage = up.client("iam"), up.client("sagemaker")
        roles = {
            name: iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(SAGEMAKER))["Role"]["Arn"]
            for name in ("Exec", "Studio")
        }
        domain = sage.create_domain(
            DomainName="studio",
            AuthMode="IAM",
            DefaultUserSettings={"ExecutionRole": roles["Studio"]},
            DefaultSpaceSettings={"ExecutionRole": roles["Studio"]},
            SubnetIds=["subnet-12345678"],
            VpcId="vpc-12345678",
        )["DomainArn"].rpartition("/")[2]
        for name in ("ann", "ben"):
            sage.create_user_profile(DomainId=domain, UserProfileName=name)
        yield Scene(up, roles["Exec"], domain)


@pytest.mark.parametrize("page", PAGES)
def test_documented_policies_do_what_they_do_on_aws(page: str, scene: Scene, subtests: pytest.Subtests) -> None:
    for example in examples(page):
        with subtests.test(example.name):
            play(example, scene, subtests)


def play(example: Example, scene: Scene, subtests: pytest.Subtests) -> None:
    iam = scene.root("iam")
    user = f"u-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    text = example.text or json.dumps({"Version": "2012-10-17", "Statement": example.policy})
    if example.refused is not None:
        with pytest.raises(ClientError) as caught:
            iam.put_user_policy(UserName=user, PolicyName="example", PolicyDocument=text)
        assert caught.value.response["Error"]["Code"] == "MalformedPolicyDocument"
        assert caught.value.response["Error"]["Message"] == example.refused
        return
    studio = any(call.who for call in example.calls)
    holder = {"RoleName": "Studio"} if studio else {"UserName": user}
    kind = "role" if studio else "user"
    put = getattr(iam, f"put_{kind}_policy")
    besides = [*example.besides, *([PASS_ROLE] if example.pass_role else [])]
    if example.attached:
        getattr(iam, f"attach_{kind}_policy")(**holder, PolicyArn=example.attached)
    else:
        put(**holder, PolicyName="example", PolicyDocument=text)
    if besides:
        put(**holder, PolicyName="besides", PolicyDocument=_document(besides))
    for call in example.calls:
        for one in call.before:
            scene.send(scene.root, one.call, one.parameters, user)
        with subtests.test(f"{example.name}: {call.name}"):
            check(call, _clients(call, scene, key), scene, user)
    for asked in example.decided:
        with subtests.test(f"{example.name}: {asked.name}"):
            request = {
                "principal": "user",
                "action": asked.action,
                "resource": asked.resource,
                "context": asked.context,
                "identity_policies": [json.loads(text)],
            }
            case = DecisionCase(name=asked.name, source=example.source, request=request, want=asked.want)
            said = answer(read_request(json.dumps(neutral(case)), catalog.load().multivalued))
            assert said["decision"] == asked.want


def check(call: ExampleCall, clients: Any, scene: Scene, user: str) -> None:
    try:
        headers = scene.send(clients, call.call, call.parameters, user)["ResponseMetadata"]["HTTPHeaders"]
        error = None
    except ClientError as problem:
        headers = problem.response["ResponseMetadata"]["HTTPHeaders"]
        error = problem.response["Error"]
    decision = headers["x-rolecall-decision"]
    if call.denied is None:
        assert decision == "allow", f"{decision}: {error}"
        # What is not served yet is decided all the same; anything served must have succeeded.
        assert error is None or call.call not in sagemaker.OPERATIONS, error
    else:
        assert f"action={call.denied} " in f"{decision} ", f"{decision}: {error}"
        assert error is not None
        assert error["Code"] in ("AccessDeniedException", "AccessDenied")
        assert f"is not authorized to perform: {call.denied} " in error["Message"]
    if call.message is not None:
        assert error is not None
        assert error["Message"] == call.message.replace("{user}", user)


def test_every_published_mistake_is_a_finding() -> None:
    """The known mistakes and surprises in AWS's own examples, each asserted above as what it really does."""
    found = [example.name for page in PAGES for example in examples(page) if example.finding]
    found += [
        f"{example.name}: {call.name}"
        for page in PAGES
        for example in examples(page)
        for call in example.calls
        if call.finding
    ]
    assert sorted(found) == sorted(KNOWN_MISTAKES)


def _clients(call: ExampleCall, scene: Scene, key: Mapping[str, Any]) -> Any:
    if call.who is None:
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        return lambda service: scene.client(service, keys)
    profile = f"arn:aws:sagemaker:us-east-1:123456789012:user-profile/{scene.domain}/{call.who}"
    acting = Connection(
        endpoint=scene.server.endpoint,
        access_key_id=scene.server.access_key_id,
        secret_access_key=scene.server.secret_access_key,
    ).acting_as(profile)
    return lambda service: scene.client(service, acting.keys())


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _merged(base: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(base)
    for name, value in given.items():
        if value is None:
            made.pop(name, None)
        elif isinstance(value, dict) and isinstance(made.get(name), dict):
            made[name] = _merged(made[name], value)
        else:
            made[name] = value
    return made


def _filled(value: Any, filled: Mapping[str, str]) -> Any:
    match value:
        case str():
            for name, text in filled.items():
                value = value.replace(name, text)
            return value
        case dict():
            return {name: _filled(one, filled) for name, one in value.items()}
        case list():
            return [_filled(one, filled) for one in value]
    return value


def _snake(client: Any, operation: str) -> str:
    methods: Mapping[str, str] = client.meta.method_to_api_mapping
    return next(name for name, known in methods.items() if known == operation)


SAGEMAKER_CALLS: Final = frozenset(sagemaker.OPERATIONS)
