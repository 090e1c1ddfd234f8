"""Every fault alone: it is found, named, and gone when the repairs are made."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from rolecall import catalog
from rolecall.analysis.doctor import CODES, Data, Examination, Patient, Studio, Surroundings, Use, examine
from rolecall.analysis.worlds import FileWorld, Library, read_world
from rolecall.policy.findings import Severity

ROLE = "arn:aws:iam::123456789012:role/Exec"
DOMAIN = Studio("d-research1", profile="ann", space="ann-lab")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
CASES = Path(__file__).parents[2] / "cases" / "doctor" / "faults.yaml"

BASE: dict[str, dict[str, Any]] = {
    "Create": {"Action": ["sagemaker:CreateTrainingJob", "sagemaker:CreateModel"], "Resource": "*"},
    "Tag": {
        "Action": "sagemaker:AddTags",
        "Resource": "arn:aws:sagemaker:*:123456789012:*/*",
        "Condition": {"Null": {"sagemaker:TaggingAction": "false"}},
    },
    "Pass": {
        "Action": "iam:PassRole",
        "Resource": ROLE,
        "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    },
    "Data": {
        "Action": ["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
        "Resource": ["arn:aws:s3:::ml-data", "arn:aws:s3:::ml-data/*"],
    },
    "Images": {
        "Action": [
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
        ],
        "Resource": "*",
    },
    "Metrics": {"Action": "cloudwatch:PutMetricData", "Resource": "*"},
    "Logs": {
        "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": "arn:aws:logs:*:123456789012:log-group:/aws/sagemaker/*",
    },
}


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """One change of the base. without: statements that go; statements: that come; the others change one."""

    name: str
    source: str
    found: list[str]
    without: list[str] = []
    statements: list[dict[str, Any]] = []
    action: dict[str, Any] = {}
    resource: dict[str, Any] = {}
    condition: dict[str, Any] = {}
    managed: str | None = None
    trust: dict[str, Any] | None = None
    boundary: list[dict[str, Any]] = []
    scps: list[dict[str, Any]] = []
    inputs: list[str] = []
    outputs: list[str] = []
    keys: list[str] = []
    network: bool = False
    concerns: list[str] = []
    key: str = ""
    guards: list[str] = []
    suggestion: bool = False
    repaired: bool = True
    tags: dict[str, str] = {}

    @property
    def data(self) -> Data:
        return Data(tuple(self.inputs), tuple(self.outputs), tuple(self.keys), self.network)

    def world(self) -> dict[str, Any]:
        statements = []
        for sid, statement in BASE.items():
            if sid in self.without:
                continue
            made = {"Sid": sid, "Effect": "Allow", **statement}
            for element, changes in (
                ("Action", self.action),
                ("Resource", self.resource),
                ("Condition", self.condition),
            ):
                if sid in changes:
                    made[element] = changes[sid]
            statements.append(made)
        own: Any = {"name": "own", "document": document([*statements, *self.statements])}
        role: dict[str, Any] = {
            "trust": document([self.trust]) if self.trust else "sagemaker.amazonaws.com",
            "policies": [self.managed or own],
            "tags": self.tags,
        }
        world: dict[str, Any] = {"roles": {"Exec": role}}
        if self.boundary:
            world["policies"] = {"Limit": document(self.boundary)}
            role["boundary"] = "Limit"
        if self.scps:
            world["scps"] = [{"name": "guard", "document": document(self.scps)}]
        return copy.deepcopy(world)


ALL = msgspec.yaml.decode(CASES.read_bytes(), type=list[Case])


def document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def examined(
    world: Mapping[str, Any], data: Data | None = None, studio: Studio | None = DOMAIN, *uses: Use
) -> Examination:
    text = msgspec.json.encode(world).decode()
    found = FileWorld(read_world(Library(lambda _: text, catalog.load()), "world.json"))
    record = found.principal(ROLE)
    assert record is not None
    patient = Patient(
        role=record,
        region="us-east-1",
        now=NOW,
        studio=studio,
        data=data or Data(),
        uses=frozenset(uses or (Use.JOBS, Use.STUDIO)),
    )
    return examine(patient, Surroundings(found, found, found), catalog.load())


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_a_fault_is_found_and_gone_after_its_repairs(case: Case) -> None:
    found = examined(case.world(), case.data)
    assert sorted(finding.code for finding in found.findings) == sorted(case.found)
    concerned = {each for finding in found.findings for each in finding.concerns}
    assert set(case.concerns) <= concerned
    assert set(case.guards) <= set(found.guards)
    if case.key:
        assert case.key in {finding.key for finding in found.findings}
    for finding in found.findings:
        assert finding.denial
        assert (finding.repair is not None) is case.repaired, finding.code
        assert finding.repair is None or finding.repair.suggestion is case.suggestion
    assert found.clean_after is (case.repaired if case.found else None)


@pytest.mark.parametrize(
    "case", [case for case in ALL if case.found and case.repaired], ids=lambda case: case.name
)
def test_the_repaired_set_up_is_clean_when_it_is_examined_anew(case: Case) -> None:
    """The repairs as they are printed, written into the files by hand."""
    world = case.world()
    found = examined(world, case.data)
    for finding in found.findings:
        assert finding.repair is not None
        for change in finding.repair.changes:
            _write(world, change)
    assert examined(world, case.data).findings == ()


def _write(world: dict[str, Any], change: Any) -> None:
    role = world["roles"]["Exec"]
    match change.policy_type:
        case "identity":
            if change.kind == "add-policy":
                role["policies"].append(
                    {"name": f"new{len(role['policies'])}", "document": document([change.after])}
                )
                return
            statements = role["policies"][0]["document"]["Statement"]
        case "trust":
            if isinstance(role["trust"], str):
                raise AssertionError("a short trust needs no repair")
            statements = role["trust"]["Statement"]
        case "boundary":
            statements = world["policies"]["Limit"]["Statement"]
        case "scp":
            statements = world["scps"][0]["document"]["Statement"]
        case other:
            raise AssertionError(other)
    if change.statement is None:
        statements.append(change.after)
    elif change.after is None:
        del statements[change.statement]
    else:
        statements[change.statement] = change.after


def test_every_code_has_a_case() -> None:
    shown = {code for case in ALL for code in case.found}
    assert set(CODES) - shown == {"not-in-domain"}


def test_outside_studio_missing_tags_are_a_warning() -> None:
    without = next(case for case in ALL if case.name == "no AddTags at all")
    (finding,) = examined(without.world(), None, None, Use.JOBS).findings
    assert (finding.code, finding.severity) == ("add-tags-missing", Severity.WARNING)
    (finding,) = examined(without.world(), None, None, Use.PIPELINES).findings
    assert finding.severity is Severity.ERROR


def test_a_trust_for_training_jobs_alone_is_a_warning_outside_studio() -> None:
    case = next(case for case in ALL if case.name == "a trust policy for training jobs, in Studio")
    (finding,) = examined(case.world(), None, None, Use.JOBS).findings
    assert finding.severity is Severity.WARNING
    assert "training jobs" not in finding.concerns


def test_two_faults_are_two_findings() -> None:
    limit = next(case for case in ALL if case.name == "a boundary without AddTags")
    world = limit.world()
    statements = world["roles"]["Exec"]["policies"][0]["document"]["Statement"]
    world["roles"]["Exec"]["policies"][0]["document"]["Statement"] = [
        statement for statement in statements if statement["Sid"] != "Tag"
    ]
    found = examined(world)
    assert {finding.code for finding in found.findings} == {"boundary", "add-tags-missing"}
    assert found.clean_after


def test_what_nobody_meant_to_allow_is_no_fault() -> None:
    found = examined(ALL[0].world())
    assert found.granted == ("CreateModel", "CreateTrainingJob")
    assert "CreateEndpoint" in found.not_granted


def test_a_role_that_nobody_in_the_domain_works_as_is_told() -> None:
    studio = Studio("d-research1", workers={"user profile ann": "arn:aws:iam::123456789012:role/Other"})
    (finding,) = examined(ALL[0].world(), None, studio).findings
    assert finding.code == "not-in-domain"
    assert "user profile ann" in finding.concerns[0]
