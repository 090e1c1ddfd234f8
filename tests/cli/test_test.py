"""`rolecall test`: what it prints, writes and exits with."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from rolecall.cli.main import main
from rolecall.cli.test import test as command

POLICY = """{
 "Version": "2012-10-17",
 "Statement": [{"Sid": "List", "Effect": "Allow", "Action": "sagemaker:ListModels", "Resource": "*"}]
}"""
TESTS = """
world: {users: {ann: {policies: [p.json]}}}
defaults: {principal: user/ann}
cases:
  - {name: models are listed, action: "sagemaker:ListModels", expect: allow}
  - {name: endpoints are not, action: "sagemaker:ListEndpoints", expect: deny, because: identity}
"""
FAILING = TESTS + "  - {name: jobs are listed, action: 'sagemaker:ListTrainingJobs', expect: allow}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    (tmp_path / "p.json").write_text(POLICY)
    (tmp_path / "a.rolecall.yaml").write_text(TESTS)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def code_of(*arguments: str) -> int:
    """The exit code of the whole command line, errors included."""
    with pytest.raises(SystemExit) as end:
        main(["test", *arguments])
    return int(end.value.code or 0)


def test_passing_cases_are_counted(folder: Path) -> None:
    found = run()
    assert (found.exit_code, found.stdout) == (0, "2 passed\n")


def test_a_failing_case_exits_with_1_and_is_told(folder: Path) -> None:
    (folder / "a.rolecall.yaml").write_text(FAILING)
    found = run()
    assert found.exit_code == 1
    assert found.stdout.startswith("FAILED  a.rolecall.yaml:7 jobs are listed\n")
    assert "no identity policy has a statement for sagemaker:ListTrainingJobs (p)" in found.stdout
    assert found.stdout.endswith("1 failed, 2 passed\n")


def test_a_mistake_in_a_file_exits_with_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.rolecall.yaml").write_text(TESTS.replace("ListEndpoints", "ListEndpont"))
    assert code_of() == 2
    assert "a.rolecall.yaml:6:" in capsys.readouterr().err


def test_a_folder_without_tests_exits_with_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.rolecall.yaml").unlink()
    assert code_of() == 2
    assert "they are named *.rolecall.yaml" in capsys.readouterr().err


def test_choosing_nothing_exits_with_2(folder: Path) -> None:
    assert code_of("-k", "nothing of that name") == 2


def test_cases_are_chosen_by_name(folder: Path) -> None:
    assert run("-k", "models or endpoints").stdout == "2 passed\n"
    assert run("-k", "not models").stdout == "1 passed\n"


def test_files_are_found_in_folders_but_not_in_hidden_ones(folder: Path) -> None:
    for name in ("deep/er", ".hidden", "node_modules"):
        (folder / name).mkdir(parents=True)
        (folder / name / "b.rolecall.yaml").write_text(TESTS.replace("p.json", str(folder / "p.json")))
    assert run().stdout == "4 passed\n"


def test_a_named_file_needs_no_name_of_its_own(folder: Path) -> None:
    (folder / "tests.yml").write_text(TESTS)
    assert run("tests.yml").stdout == "2 passed\n"


def test_coverage_is_printed_and_may_be_demanded(folder: Path) -> None:
    found = run("--coverage", "-k", "endpoints")
    assert found.exit_code == 0
    assert "untouched  p.json:3: statement 0 List: never matched" in found.stdout
    assert "coverage: 0 of 1 statements and conditions (0 %)" in found.stdout
    assert run("--fail-under", "1", "-k", "endpoints").exit_code == 1
    assert run("--fail-under", "100").exit_code == 0


def test_unnoticed_mutants_exit_with_1(folder: Path) -> None:
    assert run("--mutate").exit_code == 0
    found = run("--mutate", "-k", "models")
    assert found.exit_code == 1
    assert "unnoticed  p.json:3: statement 0 List: Action widened to sagemaker:*" in found.stdout


def test_mutants_wait_for_cases_that_pass(folder: Path) -> None:
    (folder / "a.rolecall.yaml").write_text(FAILING)
    found = run("--mutate")
    assert found.exit_code == 1
    assert "mutants are tried when all cases pass" in found.stderr


def test_json_has_every_case(folder: Path) -> None:
    (folder / "a.rolecall.yaml").write_text(FAILING)
    found = json.loads(run("--format", "json", "--coverage").stdout)
    assert found["schema_version"] == 1
    assert (found["passed"], found["failed"], found["skipped"]) == (2, 1, 0)
    assert [case["outcome"] for case in found["cases"]] == ["passed", "passed", "failed"]
    assert found["cases"][2]["message"] == "expected allow, got deny"
    assert found["coverage"]["percent"] == 100


def test_github_gets_annotations_that_hold_on_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.rolecall.yaml").write_text(FAILING.replace("jobs are listed", "'jobs: 100 %, all'"))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    found = [line for line in run().stdout.splitlines() if line.startswith("::")]
    assert len(found) == 1
    assert found[0].startswith("::error file=a.rolecall.yaml,line=7,title=jobs%3A 100 %25%2C all::expected allow")
    assert "%0A" in found[0]


def test_github_shows_ten_and_says_how_many_more(folder: Path) -> None:
    more = "".join(
        f"  - {{name: case {number}, action: 'sagemaker:ListApps', expect: allow}}\n" for number in range(13)
    )
    (folder / "a.rolecall.yaml").write_text(TESTS + more)
    found = [line for line in run("--format", "github").stdout.splitlines() if line.startswith("::")]
    assert len(found) == 11
    assert found[-1] == "::notice::3 more in the log"


def test_junit_has_a_suite_a_file_and_a_case_a_case(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "b.rolecall.yaml").write_text(
        FAILING.replace("p.json", "../p.json")
        + "  - {name: \"\\x07\", action: 's3:ListAllMyBuckets', expect: deny, skip: x}\n"
    )
    run("--junit", "found.xml")
    root = ElementTree.parse(folder / "found.xml").getroot()
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
    }
    assert [suite.get("name") for suite in root] == ["a.rolecall.yaml", "sub/b.rolecall.yaml"]
    case = root[1][2]
    assert (case.get("classname"), case.get("name"), case.get("file"), case.get("line")) == (
        "sub.b",
        "jobs are listed",
        "sub/b.rolecall.yaml",
        "7",
    )
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "expected allow, got deny"
    assert "sagemaker:ListTrainingJobs" in (failure.text or "")
    assert root[1][3].find("skipped") is not None


def test_a_profile_decides_as_the_page_says(folder: Path) -> None:
    """In the guide's profile SageMaker statements match with Resource "*" only."""
    (folder / "p.json").write_text(
        POLICY.replace("ListModels", "DeleteModel").replace(
            '"Resource": "*"', '"Resource": "arn:aws:sagemaker:*:*:model/*"'
        )
    )
    (folder / "a.rolecall.yaml").write_text(
        "world: {users: {ann: {policies: [p.json]}}}\n"
        "defaults: {principal: user/ann}\n"
        "cases: [{name: a, action: 'sagemaker:DeleteModel', resource: model/m, expect: allow}]\n"
    )
    assert run().exit_code == 0
    assert run("--profile", "guide").exit_code == 1
