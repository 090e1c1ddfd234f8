"""The examples hold what they say: every case passes, all is touched, and a hole in them is found and named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from rolecall.cli.test import test as command

ROOT = Path(__file__).parents[1]
PLATFORM = ROOT / "examples" / "ml-platform"


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example to work in."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    copied = Path(shutil.copytree(PLATFORM, tmp_path / "ml-platform"))
    monkeypatch.chdir(copied)
    return copied


def run(*options: str) -> Result:
    return CliRunner().invoke(command, options)


def line_of(path: Path, text: str) -> int:
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line)


def test_every_case_passes_all_is_touched_and_every_mutant_noticed(platform: Path) -> None:
    found = run("--coverage", "--mutate", "--format", "json")
    assert found.exit_code == 0, found.stdout
    said = json.loads(found.stdout)
    assert (said["failed"], said["skipped"]) == (0, 0)
    assert said["passed"] >= 60
    assert said["coverage"] == {"percent": 100, "total": said["coverage"]["total"], "untouched": []}
    assert said["mutation"]["total"] > 100
    assert said["mutation"]["unnoticed"] == []
    assert f"| {said['passed']} cases |" in (PLATFORM / "README.md").read_text()


@pytest.mark.parametrize(
    ("case", "file", "line", "change"),
    [
        (
            "no large instances behind small ones",
            "policies/data-scientist.json",
            '"sagemaker:InstanceTypes": [',
            "turned into ForAnyValue:StringEquals",
        ),
        ("production does not", "policies/ml-engineer.json", '"Sid": "LeaveProductionAlone"', "dropped"),
        (
            "long-term keys delete nothing either",
            "policies/platform-admin.json",
            "BoolIfExists",
            "loses IfExists",
        ),
    ],
)
def test_a_missing_case_is_found_and_named(platform: Path, case: str, file: str, line: str, change: str) -> None:
    """The holes that the example's README invites to make."""
    assert case in (PLATFORM / "README.md").read_text()
    found = run("--mutate", "-k", f'not "{case}"')
    assert found.exit_code == 1
    unnoticed = [each for each in found.stdout.splitlines() if each.startswith("unnoticed")]
    # A statement is named by the line on which it begins, which is the one before its Sid.
    at = line_of(platform / file, line) - (1 if line.startswith('"Sid"') else 0)
    assert len(unnoticed) == 1
    assert unnoticed[0].startswith(f"unnoticed  {file}:{at}: ")
    assert unnoticed[0].endswith(change)


def test_a_weakness_planted_in_a_policy_is_found_and_named(platform: Path) -> None:
    """An Allow that no case looks at: every case still passes, and nobody would miss it."""
    path = platform / "policies" / "inference-execution.json"
    policy = json.loads(path.read_text())
    policy["Statement"].append({"Sid": "JustForNow", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"})
    path.write_text(json.dumps(policy, indent=2))
    assert run().exit_code == 0
    found = run("--mutate", "--coverage")
    at = line_of(path, "JustForNow") - 1
    assert (
        f"untouched  policies/inference-execution.json:{at}: statement 1 JustForNow: never matched" in found.stdout
    )
    assert f"unnoticed  policies/inference-execution.json:{at}: statement 1 JustForNow: dropped" in found.stdout


def test_a_guard_taken_out_of_a_policy_fails_a_case(platform: Path) -> None:
    path = platform / "policies" / "data-scientist.json"
    policy = json.loads(path.read_text())
    del policy["Statement"][1]["Condition"]["Null"]
    path.write_text(json.dumps(policy, indent=2))
    found = run()
    assert found.exit_code == 1
    assert "no job that says nothing of its instances" in found.stdout


@pytest.mark.parametrize("name", [".github/workflows/policies.yml", ".gitlab-ci.yml", ".pre-commit-config.yaml"])
def test_recipes_are_yaml_and_run_the_tests(name: str) -> None:
    text = (PLATFORM / name).read_text()
    assert isinstance(yaml.safe_load(text), dict)
    assert "rolecall" in text


def test_the_hook_is_what_pre_commit_expects() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"] == "rolecall test"
    assert hook["language"] == "python"
    config = yaml.safe_load((PLATFORM / ".pre-commit-config.yaml").read_text())
    assert [each["id"] for each in config["repos"][0]["hooks"]] == [hook["id"]]
