"""`rolecall doctor` on a server, in an export, in a world and in policy files, with the exit codes for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from rolecall.cli.doctor import doctor
from rolecall.cli.export import export
from rolecall.cli.seed import client
from rolecall.connection import RUN_FILE, from_folder
from rolecall.errors import InputError
from rolecall.server import Running, Settings, running
from rolecall.server.run import write_run_file

STUDIO = "arn:aws:iam::123456789012:role/Studio"
SCP = "SERVICE_CONTROL_POLICY"
ADMIN = "arn:aws:iam::123456789012:role/Admin"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sagemaker:CreateTrainingJob", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": ["iam:PassRole", "s3:*", "ecr:*", "logs:*", "cloudwatch:*"],
            "Resource": "*",
        },
    ],
}


class Place:
    """A server's folder, and a domain on it."""

    def __init__(self, folder: Path, domain: str) -> None:
        self.folder = folder
        self.domain = domain


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("data")
    with running(Settings(data=folder, port=0, ephemeral=True)) as server:
        write_run_file(folder / RUN_FILE, server)
        yield Place(folder, furnish(server))


def furnish(server: Running) -> str:
    iam, sagemaker = server.client("iam"), server.client("sagemaker")
    for name in ("Studio", "Admin"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="Studio", PolicyName="studio", PolicyDocument=json.dumps(POLICY))
    iam.attach_role_policy(RoleName="Admin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    made = sagemaker.create_domain(
        DomainName="lab",
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": STUDIO},
        SubnetIds=["subnet-12345678"],
        VpcId="vpc-12345678",
    )
    return str(made["DomainArn"].rpartition("/")[2])


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(doctor, list(arguments))


def data(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stdout))


def test_a_server_is_asked(place: Place) -> None:
    asked = ask("--role", STUDIO, "--domain", place.domain, "--data", str(place.folder), "--format", "json")
    assert asked.exit_code == 1
    (finding,) = data(asked)["findings"]
    assert (finding["code"], finding["severity"]) == ("add-tags-missing", "ERROR")
    assert finding["action"] == "sagemaker:AddTags"
    assert data(asked)["clean_after_repairs"] is True
    clean = ask("--role", ADMIN, "--data", str(place.folder))
    assert clean.exit_code == 0
    assert "Nothing found." in clean.stdout


def test_the_server_says_the_same_before_and_after_the_repair(tmp_path: Path) -> None:
    """Studio's own call is denied as told; with the statement that was offered on the role, it passes."""
    with running(Settings(data=tmp_path, port=0, ephemeral=True)) as server:
        write_run_file(tmp_path / RUN_FILE, server)
        domain = furnish(server)
        server.client("sagemaker").create_user_profile(DomainId=domain, UserProfileName="ann")
        base = ("--role", STUDIO, "--domain", domain, "--data", str(tmp_path), "--format", "json")
        (finding,) = data(ask(*base))["findings"]
        with pytest.raises(ClientError, match="not authorized to perform: sagemaker:AddTags"):
            train(tmp_path, domain)
        statement = finding["repair"]["changes"][0]["after"]
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        server.client("iam").put_role_policy(RoleName="Studio", PolicyName="tags", PolicyDocument=document)
        assert data(ask(*base))["findings"] == []
        assert train(tmp_path, domain)["TrainingJobArn"].endswith(":training-job/first")


def train(folder: Path, domain: str) -> dict[str, Any]:
    """Ann starts a training job in Studio, under her execution role."""
    profile = f"arn:aws:sagemaker:us-east-1:123456789012:user-profile/{domain}/ann"
    ann = client(from_folder(folder).acting_as(profile), "sagemaker", "us-east-1")
    started: dict[str, Any] = ann.create_training_job(
        TrainingJobName="first",
        RoleArn=STUDIO,
        AlgorithmSpecification={"TrainingImage": "my-image", "TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": "s3://my-bucket/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
    )
    return started


def test_an_export_is_asked(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "account.json"
    exported = CliRunner().invoke(export, ["--data", str(place.folder), "--format", "aws", "-o", str(file)])
    assert exported.exit_code == 0
    for option in ("--from", "--account"):
        asked = ask("--role", "Studio", "--domain", "d-any", option, str(file), "--format", "json")
        assert asked.exit_code == 1
        assert [finding["code"] for finding in data(asked)["findings"]] == ["add-tags-missing"]


def test_a_world_is_asked_and_its_domain_found(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps(POLICY))
    world = tmp_path / "world.yaml"
    world.write_text(
        "roles:\n  Studio: {trust: sagemaker.amazonaws.com, policies: [p.json]}\n"
        "domains:\n  lab: {id: d-lab1, execution_role: Studio, user_profiles: {ann: {}}}\n"
    )
    asked = ask("--role", STUDIO, "--from", str(world), "--format", "json")
    assert data(asked)["studio"] == "domain d-lab1, user profile ann"
    assert [finding["severity"] for finding in data(asked)["findings"]] == ["ERROR"]
    assert isinstance(ask("--role", STUDIO, "--from", str(world), "--domain", "d-other").exception, InputError)


def test_policy_files_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.json").write_text(json.dumps(POLICY))
    deny = [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]
    (tmp_path / "scp.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": deny}))
    (tmp_path / "trust.json").write_text(json.dumps(TRUST).replace("sagemaker.", "ec2."))
    asked = ask("--role", STUDIO, "--policy", "p.json", "--scp", "scp.json", "--format", "json")
    codes = {finding["code"] for finding in data(asked)["findings"]}
    assert codes == {"guardrail", "add-tags-missing"}
    guardrail = next(each for each in data(asked)["findings"] if each["code"] == "guardrail")
    assert guardrail["repair"]["suggestion"] is True
    asked = ask("--role", STUDIO, "--policy", "p.json", "--trust", "trust.json")
    assert "trust-missing: SageMaker may not assume the role" in asked.stdout
    assert asked.exit_code == 1


def test_a_caller_of_its_own_passes_the_role(place: Place) -> None:
    asked = ask("--role", STUDIO, "--caller", ADMIN, "--data", str(place.folder), "--format", "json")
    assert data(asked)["caller"] == ADMIN
    assert data(asked)["findings"] == []
    assert "CreateEndpoint" in data(asked)["granted"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--role", "arn:aws:iam::123456789012:role/Studi"), "did you mean"),
        (("--role", "Nobody"), "there is no role Nobody"),
        (("--role", STUDIO, "--domain", "d-nowhere"), "d-nowhere"),
        (("--role", STUDIO, "--caller", "Nobody"), "there is no user or role Nobody"),
        (("--role", "arn:aws:iam::123456789012:role/aws-service-role/x.amazonaws.com/X"), "service-linked"),
        (("--role", STUDIO, "--input", "s3://"), "no place in S3"),
        (("--role", STUDIO, "--key", "alias/mine"), "no KMS key"),
        (("--role", STUDIO, "--policy", "nowhere.json"), "nowhere.json"),
        (("--role", STUDIO, "--policy", "policy.txt"), "expected a file that ends in .json"),
        (("--role", STUDIO, "--policy", "arn:aws:iam::aws:policy/Nope"), "there is no AWS managed policy"),
    ],
)
def test_what_does_not_exist_is_an_error(place: Place, arguments: tuple[str, ...], said: str) -> None:
    problem = ask(*arguments, "--data", str(place.folder)).exception
    assert isinstance(problem, InputError)
    assert said in str(problem)
    assert problem.exit_code == 2


def test_text_fits_a_terminal_but_for_what_is_copied(place: Place) -> None:
    printed = ask("--role", STUDIO, "--domain", place.domain, "--data", str(place.folder)).stdout
    prose = [line for line in printed.splitlines() if '"' not in line]
    assert max(map(len, prose)) <= 80
    assert "With these repairs nothing is left, as decided again." in " ".join(printed.split())


def test_sarif_and_junit_say_the_same(place: Place) -> None:
    base = ("--role", STUDIO, "--domain", place.domain, "--data", str(place.folder))
    sarif = json.loads(ask(*base, "--format", "sarif").stdout)
    assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == ["doctor/add-tags-missing"]
    root = ElementTree.fromstring(ask(*base, "--format", "junit").stdout)
    assert (root.get("tests"), root.get("failures")) == ("1", "1")
    assert root.find("./testsuite/testcase/failure") is not None


def test_the_severity_of_a_failure_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    base = ("--role", STUDIO, "--policy", "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    assert ask(*base).exit_code == 0
    assert ask(*base, "--severity", "suggestion").exit_code == 1


def test_guardrails_of_the_server_are_known(tmp_path: Path) -> None:
    """An SCP of the organization is found, and its repair is a suggestion to whoever manages it."""
    accounts = ("123456789012", "999999999999")
    with running(Settings(data=tmp_path, port=0, ephemeral=True, accounts=accounts)) as server:
        write_run_file(tmp_path / RUN_FILE, server)
        domain = furnish(server)
        key = server.roots[1]
        managing = server.client(
            "organizations",
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret_access_key,
        )
        managing.create_organization(FeatureSet="ALL")
        root = managing.list_roots()["Roots"][0]["Id"]
        managing.enable_policy_type(RootId=root, PolicyType=SCP)
        invited = managing.invite_account_to_organization(Target={"Id": accounts[0], "Type": "ACCOUNT"})
        server.client("organizations").accept_handshake(HandshakeId=invited["Handshake"]["Id"])
        deny = [{"Effect": "Deny", "Action": "sagemaker:AddTags", "Resource": "*"}]
        policy = managing.create_policy(
            Name="no-tags",
            Description="",
            Type=SCP,
            Content=json.dumps({"Version": "2012-10-17", "Statement": deny}),
        )["Policy"]["PolicySummary"]["Id"]
        managing.attach_policy(PolicyId=policy, TargetId=root)
        asked = ask("--role", ADMIN, "--domain", domain, "--data", str(tmp_path), "--format", "json")
    assert isinstance(asked.exception, SystemExit), asked.exception
    found = {finding["code"]: finding for finding in data(asked)["findings"]}
    assert found["guardrail"]["policy"] == "no-tags"
    assert found["guardrail"]["repair"]["suggestion"] is True
