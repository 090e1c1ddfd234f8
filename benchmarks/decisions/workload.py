"""The three workloads: principals, policies and requests of a SageMaker account, from a seed.

AWS's managed SageMaker policies stand beside the kinds of policies that platform teams write (templates.py).
Requests are drawn until half are allowed and a fifth explicitly denied. Only what moto, Cedar, iam-simulate and
rolecall can all express is in them: users, identity policies, boundaries, SCPs.
"""

from __future__ import annotations

import json
import random
import re
from bisect import bisect
from pathlib import Path
from typing import Any, Final

import botocore.session
from msgspec import Struct

from benchmarks.decisions.templates import ACCOUNT, BOUNDARIES, SCPS, team_policies
from rolecall import catalog
from rolecall.decision import Context, PoliciesInForce, Principal, PrincipalType, Request, Resource, SourcedPolicy
from rolecall.decision.compiled import Engine
from rolecall.decision.result import Outcome
from rolecall.policy.document import Policy, PolicyType
from rolecall.policy.parser import parse

REGIONS: Final = ("us-east-1", "eu-west-1", "us-west-2", "ap-south-1")
ENVIRONMENTS: Final = ("dev", "test", "prod")
TEAMS: Final = tuple(f"team{number:02d}" for number in range(40))
INSTANCES: Final = (
    ("ml.m5.large", 30),
    ("ml.m5.4xlarge", 20),
    ("ml.c5.xlarge", 15),
    ("ml.g4dn.xlarge", 10),
    ("ml.g5.12xlarge", 5),
    ("ml.p3.2xlarge", 5),
    ("ml.p4d.24xlarge", 3),
    ("ml.t3.medium", 12),
)
# What people do most, before a long tail of everything else.
HOT: Final = tuple(
    f"sagemaker:{name}"
    for name in (
        "DescribeTrainingJob",
        "CreateTrainingJob",
        "ListTrainingJobs",
        "AddTags",
        "InvokeEndpoint",
        "DescribeEndpoint",
        "CreateModel",
        "CreateEndpointConfig",
        "ListTags",
        "DeleteModel",
    )
)
BESIDES: Final = (
    ("s3:GetObject", "arn:aws:s3:::sagemaker-{region}-{account}/{team}/data-{number}.csv"),
    ("s3:PutObject", "arn:aws:s3:::{team}-artifacts/run-{number}"),
    ("ecr:BatchGetImage", "arn:aws:ecr:{region}:{account}:repository/sagemaker-{team}"),
    ("logs:PutLogEvents", "arn:aws:logs:{region}:{account}:log-group:/aws/sagemaker/TrainingJobs:{number}"),
    ("iam:PassRole", "arn:aws:iam::{account}:role/{team}-exec-{number}"),
    ("ec2:CreateNetworkInterface", "*"),
    ("glue:GetTable", "arn:aws:glue:{region}:{account}:table/db/{team}"),
    ("lambda:InvokeFunction", "arn:aws:lambda:{region}:{account}:function:SageMaker-{team}"),
)
VERBS: Final = re.compile(r"(?:[A-Z][a-z]+?)(?=[A-Z])")
MULTIVALUED: Final = (
    "aws:TagKeys",
    "sagemaker:InstanceTypes",
    "sagemaker:VpcSubnets",
    "sagemaker:VpcSecurityGroupIds",
)


class Size(Struct, frozen=True):
    """How much there is of what."""

    name: str
    principals: int
    team_policies: int
    requests: int


SIZES: Final = (
    Size("1 principal", 1, 6, 20_000),
    Size("100 principals", 100, 160, 20_000),
    Size("10,000 principals", 10_000, 2_000, 50_000),
)


class User(Struct, frozen=True):
    """identity, boundary, scps: names of policies."""

    arn: str
    name: str
    tags: dict[str, str]
    identity: list[str]
    boundary: str
    scps: list[str]


class Asked(Struct, frozen=True):
    """One request. user: its number. outcome: allow, explicit_deny or implicit_deny."""

    user: int
    action: str
    resource: str
    context: dict[str, str | list[str]]
    outcome: str


class Workload(Struct, frozen=True):
    """Everything that a peer reads. `number_of_statements` counts those of all policies."""

    name: str
    account: str
    policies: dict[str, dict[str, Any]]
    users: list[User]
    requests: list[Asked]

    @property
    def number_of_statements(self) -> int:
        return sum(len(document["Statement"]) for document in self.policies.values())


class Ours(Struct, frozen=True):
    """The workload as rolecall takes it."""

    policies: list[PoliciesInForce]
    principals: list[Principal]


def parsed(workload_policies: dict[str, dict[str, Any]], users: list[User], account: str) -> Ours:
    """Documents are parsed once each and shared, as a server does."""
    known: dict[tuple[str, PolicyType], Policy] = {}

    def policy(name: str, kind: PolicyType) -> SourcedPolicy:
        if (name, kind) not in known:
            known[name, kind] = parse(workload_policies[name], kind)
        return SourcedPolicy(known[name, kind], arn=f"arn:aws:iam::{account}:policy/{name}", name=name)

    scps: dict[tuple[str, ...], tuple[tuple[SourcedPolicy, ...], ...]] = {}
    boundaries: dict[str, SourcedPolicy] = {}
    made = []
    for user in users:
        above = scps.setdefault(tuple(user.scps), (tuple(policy(name, PolicyType.SCP) for name in user.scps),))
        boundary = boundaries.setdefault(user.boundary, policy(user.boundary, PolicyType.BOUNDARY))
        identity = tuple(policy(name, PolicyType.IDENTITY) for name in user.identity)
        made.append(PoliciesInForce(identity=identity, boundary=boundary, scps=above))
    principals = [Principal(user.arn, account, PrincipalType.USER, tags=user.tags) for user in users]
    return Ours(made, principals)


def request_of(asked: Asked, principal: Principal) -> Request:
    """Builds everything that a decision needs from what came in."""
    return Request(
        principal, asked.action, Resource(asked.resource, ACCOUNT), Context(asked.context, multivalued=MULTIVALUED)
    )


def generate(size: Size, seed: int) -> Workload:
    return _Generating(size, random.Random(f"{seed} {size.name}")).workload()


class _Generating:
    def __init__(self, size: Size, random: random.Random) -> None:
        self.size = size
        self.random = random
        self.policies: dict[str, dict[str, Any]] = {}
        self.by_team: dict[str, list[str]] = {}
        self.actions = self._actions()
        self.reach: list[float] = []
        for place in range(len(self.actions)):
            self.reach.append((self.reach[-1] if self.reach else 0.0) + 1 / (place + 1))

    def _actions(self) -> list[str]:
        operations = botocore.session.get_session().get_service_model("sagemaker").operation_names
        tail = [f"sagemaker:{name}" for name in sorted(operations) if f"sagemaker:{name}" not in HOT]
        self.random.shuffle(tail)
        return [*HOT, "sagemaker:InvokeEndpointAsync", *tail]

    def workload(self) -> Workload:
        self._write_policies()
        users = [self._user(number) for number in range(self.size.principals)]
        ours = parsed(self.policies, users, ACCOUNT)
        return Workload(self.size.name, ACCOUNT, self.policies, users, self._requests(users, ours))

    def _write_policies(self) -> None:
        managed = {policy.name: policy for policy in catalog.load().managed_policies()}
        for name in ("AmazonSageMakerFullAccess", "AmazonSageMakerReadOnly"):
            self.policies[name] = json.loads(managed[name].text)
        variant = 0
        written = 0
        while written < self.size.team_policies:
            team = TEAMS[variant % len(TEAMS)]
            for kind, statements in team_policies(team, variant, self.random).items():
                if written < self.size.team_policies:
                    name = f"{kind}-{team}-{variant}"
                    self._write(name, statements)
                    self.by_team.setdefault(team, []).append(name)
                    written += 1
            variant += 1
        for name, statements in (*BOUNDARIES.items(), *SCPS.items()):
            self._write(name, statements)

    def _write(self, name: str, statements: list[dict[str, Any]]) -> None:
        self.policies[name] = {"Version": "2012-10-17", "Statement": statements}

    def _user(self, number: int) -> User:
        team = self.random.choice(sorted(self.by_team))
        own = self.by_team[team]
        count = 6 if self.size.principals == 1 else self.random.randint(1, 8)
        return User(
            arn=f"arn:aws:iam::{ACCOUNT}:user/u{number}",
            name=f"u{number}",
            tags={"team": team, "role": self.random.choice(("ds", "ds", "eng", "admin"))},
            identity=[
                "AmazonSageMakerFullAccess",
                "AmazonSageMakerReadOnly",
                *self.random.sample(own, min(count, len(own))),
            ],
            boundary=sorted(BOUNDARIES)[number % 3 if self.size.principals > 1 else 1],
            scps=list(SCPS),
        )

    def _requests(self, users: list[User], ours: Ours) -> list[Asked]:
        """Half allowed, a fifth explicitly denied; what is over the share of its outcome is thrown away."""
        engine = Engine()
        total = self.size.requests
        left = {Outcome.ALLOW: total // 2, Outcome.EXPLICIT_DENY: total // 5}
        left[Outcome.IMPLICIT_DENY] = total - sum(left.values())
        prepared = [engine.prepare(policies) for policies in ours.policies]
        requests: list[Asked] = []
        while len(requests) < total:
            asked = self._request(users)
            outcome = prepared[asked.user](request_of(asked, ours.principals[asked.user])).outcome
            if left[outcome] > 0:
                left[outcome] -= 1
                requests.append(Asked(asked.user, asked.action, asked.resource, asked.context, outcome.value))
        return requests

    def _request(self, users: list[User]) -> Asked:
        pick = self.random
        number = pick.randrange(len(users))
        user = users[number]
        own = user.tags["team"]
        team = pick.choice((own, own, own, pick.choice(TEAMS)))
        region = pick.choices(REGIONS, (60, 20, 15, 5))[0]
        count = pick.randrange(200)
        context = self._common(user, number, region)
        if pick.random() < 0.18:
            action, pattern = pick.choice(BESIDES)
            resource = pattern.format(region=region, account=ACCOUNT, team=team, number=count)
            if action == "iam:PassRole":
                passed = ("sagemaker.amazonaws.com", "sagemaker.amazonaws.com", "ec2.amazonaws.com")
                context["iam:PassedToService"] = pick.choice(passed)
            return Asked(number, action, resource, context, "")
        place = bisect(self.reach, pick.random() * self.reach[-1])
        action = self.actions[min(place, len(self.actions) - 1)]
        operation = action.partition(":")[2]
        if operation.startswith(("List", "Search")) and operation != "ListTags":
            return Asked(number, action, "*", context, "")
        kind = "training-job" if operation.endswith("Tags") else _type_of(operation)
        name = f"{team}-{count}" if pick.random() < 0.8 else f"{user.name}-{count % 9}"
        if operation.startswith("Create") or operation == "AddTags":
            self._of_creation(operation, team, count, region, context)
        else:
            for key, value in (("team", team), ("env", pick.choice(ENVIRONMENTS))):
                context[f"aws:ResourceTag/{key}"] = context[f"sagemaker:ResourceTag/{key}"] = value
        return Asked(number, action, f"arn:aws:sagemaker:{region}:{ACCOUNT}:{kind}/{name}", context, "")

    def _common(self, user: User, number: int, region: str) -> dict[str, str | list[str]]:
        pick = self.random
        return {
            "aws:username": user.name,
            "aws:userid": f"AIDA{number:016d}",
            "aws:PrincipalArn": user.arn,
            "aws:PrincipalAccount": ACCOUNT,
            "aws:PrincipalType": "User",
            "aws:PrincipalOrgID": "o-abc123def4",
            "aws:PrincipalTag/team": user.tags["team"],
            "aws:PrincipalTag/role": user.tags["role"],
            "aws:RequestedRegion": region,
            "aws:SourceIp": f"10.{pick.randrange(4)}.0.{pick.randrange(16)}",
            "aws:SecureTransport": "true" if pick.random() < 0.99 else "false",
            "aws:CurrentTime": f"2026-0{pick.randint(1, 9)}-11T08:00:00Z",
            "aws:MultiFactorAuthAge": str(pick.choice((60, 600, 7200))),
            "aws:UserAgent": "Boto3/1.44",
            "aws:ViaAWSService": "false",
        }

    def _of_creation(
        self, operation: str, team: str, count: int, region: str, context: dict[str, str | list[str]]
    ) -> None:
        pick = self.random
        keys = pick.choice(
            (["team"], ["team", "project"], ["team", "project", "owner"], ["team", "secret"], [])
        )
        context.update((f"aws:RequestTag/{key}", team if key == "team" else f"{key}{count % 5}") for key in keys)
        if keys:
            context["aws:TagKeys"] = list(keys)
        if any(word in operation for word in ("Job", "Config", "Notebook")):
            names, weights = zip(*INSTANCES, strict=True)
            context["sagemaker:InstanceTypes"] = pick.choices(names, weights)
            if pick.random() < 0.7:
                context["sagemaker:VpcSubnets"] = [f"subnet-{count % 4}"]
                context["sagemaker:VpcSecurityGroupIds"] = ["sg-1"]
            if pick.random() < 0.6:
                context["sagemaker:VolumeKmsKey"] = f"arn:aws:kms:{region}:{ACCOUNT}:key/k{count % 5}"
        if "Notebook" in operation:
            context["sagemaker:RootAccess"] = pick.choice(("Enabled", "Disabled"))
            context["sagemaker:DirectInternetAccess"] = pick.choice(("Enabled", "Disabled"))


def _type_of(operation: str) -> str:
    """`CreateTrainingJob` acts on a `training-job`."""
    named = VERBS.sub("", operation, count=1).removesuffix("s") or "Endpoint"
    return re.sub(r"(?<!^)(?=[A-Z])", "-", named).lower()


def write(workload: Workload, path: Path) -> None:
    import msgspec

    path.write_bytes(msgspec.json.encode(workload))


def read(path: Path) -> Workload:
    import msgspec

    return msgspec.json.decode(path.read_bytes(), type=Workload)
