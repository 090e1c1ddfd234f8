"""`rolecall check` as a person and a pipeline use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from rolecall.cli.main import group

GOOD = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sagemaker:Search", "Resource": "*"}]}
BAD = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sagemaker:CreateFlowDefiniton", "Resource": "*"}],
}
FIXABLE = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["sagemaker:Describe*", "sagemaker:DescribeModel"],
            "Resource": "*",
            "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}},
        }
    ],
}
SPARED = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return tmp_path


def write(folder: Path, **documents: Any) -> None:
    for name, document in documents.items():
        text = document if isinstance(document, str) else json.dumps(document, indent=2)
        (folder / f"{name}.json").write_text(text)


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(group, ["check", *arguments], input=text)


def data(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*arguments, "--format", "json").stdout)
    return found


def codes(*arguments: str) -> dict[str, list[str]]:
    return {each["file"]: [found["code"] for found in each["findings"]] for each in data(*arguments)["files"]}


# Exit codes and what is looked at


def test_sound_policy_ends_with_0(folder: Path) -> None:
    write(folder, good=GOOD)
    done = run("good.json")
    assert done.exit_code == 0
    assert "nothing found in 1 policy" in done.output


def test_finding_ends_with_1_and_says_where(folder: Path) -> None:
    write(folder, bad=BAD)
    done = run("bad.json")
    assert done.exit_code == 1
    assert "6:17" in done.output
    assert "INVALID_ACTION (RC601)  Statement[0].Action" in done.output
    assert "guessed from its content" in done.output


@pytest.mark.parametrize(("severity", "code"), [("security-warning", 1), ("error", 0), ("suggestion", 1)])
def test_severity_says_from_where_on_it_fails(folder: Path, severity: str, code: int) -> None:
    write(folder, spared=SPARED)
    assert run("spared.json", "--severity", severity).exit_code == code


def test_alias_does_the_same(folder: Path) -> None:
    write(folder, bad=BAD)
    assert CliRunner().invoke(group, ["lint", "bad.json"]).output == run("bad.json").output


def test_broken_json_is_a_finding_and_the_other_files_are_checked(folder: Path) -> None:
    write(folder, broken='{\n  "Statement": [\n    {"Effect" "Allow"}\n]}', bad=BAD)
    found = data("broken.json", "bad.json")
    assert [each["findings"][0]["code"] for each in found["files"]] == ["JSON_SYNTAX_ERROR", "INVALID_ACTION"]
    assert found["files"][0]["findings"][0]["span"]["start"] == {"line": 3, "column": 15, "offset": 33}
    assert run("broken.json", "bad.json").exit_code == 1


def test_file_that_cannot_be_read_ends_with_2_after_the_others(folder: Path) -> None:
    write(folder, bad=BAD)
    (folder / "latin.json").write_bytes(b'{"Statement": "\xe9"}')
    done = run("nowhere.json", "bad.json", "latin.json")
    assert done.exit_code == 2
    assert "INVALID_ACTION" in done.stdout
    assert "cannot read nowhere.json" in done.stderr
    assert "latin.json is not UTF-8" in done.stderr


def test_folder_is_searched_for_policies(folder: Path) -> None:
    (folder / "policies" / "deep").mkdir(parents=True)
    (folder / "policies" / ".git").mkdir()
    write(folder / "policies" / "deep", bad=BAD)
    write(folder / "policies" / ".git", bad=BAD)
    write(folder / "policies", package={"name": "x", "version": "1"}, broken="{nonsense")
    found = data("policies")
    assert [each["file"] for each in found["files"]] == ["policies/deep/bad.json"]
    assert found["summary"]["without_policy"] == 2


def test_standard_input_is_a_policy(folder: Path) -> None:
    done = run("-", text=json.dumps(BAD))
    assert done.exit_code == 1
    assert "<stdin>" in done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give files"),
        (["good.json", "--ignore", "NOTHING"], "no finding NOTHING"),
        (["good.json", "--boundary", "good.json"], "--as"),
        (["-", "--fix"], "standard input"),
    ],
)
def test_wrong_use_ends_with_2(folder: Path, arguments: list[str], said: str) -> None:
    write(folder, good=GOOD)
    done = run(*arguments)
    assert done.exit_code != 0
    assert said in done.output + str(done.exception)


# Types


def test_type_that_is_given_is_not_guessed(folder: Path) -> None:
    write(folder, scp={"Version": "2012-10-17", "Statement": [{**GOOD["Statement"][0], "Principal": "*"}]})  # type: ignore[dict-item]
    (each,) = data("scp.json", "--type", "scp")["files"]
    assert (each["type"], each["type_guessed"]) == ("scp", False)
    assert [found["code"] for found in each["findings"]] == ["SCP_SYNTAX_ERROR_PRINCIPAL"]


def test_resource_type_brings_its_own_rules(folder: Path) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sqs:SendMessage"}
    write(folder, bucket={"Version": "2012-10-17", "Statement": [{**statement, "Resource": "arn:aws:s3:::b"}]})
    assert codes("bucket.json") == {"bucket.json": []}
    found = codes("bucket.json", "--resource-type", "AWS::S3::Bucket")
    assert found == {"bucket.json": ["UNSUPPORTED_ACTION_IN_POLICY"]}


# All policies of a principal


def test_rules_over_all_policies_are_asked_only_when_told_that_these_are_all(folder: Path) -> None:
    create = {"Effect": "Allow", "Action": "sagemaker:CreateModel", "Resource": "*"}
    write(folder, create={"Version": "2012-10-17", "Statement": [create]})
    assert codes("create.json") == {"create.json": []}
    assert "say --as principal" in run("create.json").output
    assert codes("create.json", "--as", "principal") == {"create.json": ["RC201", "RC303"]}


def test_policies_of_a_principal_complete_each_other(folder: Path) -> None:
    create = {"Effect": "Allow", "Action": "sagemaker:CreateModel", "Resource": "*"}
    tag = {"Effect": "Allow", "Action": "sagemaker:AddTags", "Resource": "*"}
    role = "arn:aws:iam::111122223333:role/ml"
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role}
    write(
        folder,
        create={"Version": "2012-10-17", "Statement": [create]},
        tag={"Version": "2012-10-17", "Statement": [tag, passing]},
        boundary={"Version": "2012-10-17", "Statement": [create]},
    )
    assert codes("create.json", "tag.json", "--as", "principal") == {"create.json": [], "tag.json": []}
    limited = codes("create.json", "tag.json", "--as", "principal", "--boundary", "boundary.json")
    assert limited == {"create.json": ["RC201", "RC303"], "tag.json": ["RC309", "RC309"]}


def test_trust_policy_of_an_execution_role_is_looked_at_with_the_others(folder: Path) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    write(folder, trust={"Version": "2012-10-17", "Statement": [trust]}, good=GOOD)
    assert codes("trust.json", "good.json", "--as", "execution-role") == {"trust.json": ["RC306"], "good.json": []}


# What is left out


def test_ignored_and_requested_codes(folder: Path) -> None:
    write(folder, bad=BAD)
    assert codes("bad.json", "--ignore", "RC601") == {"bad.json": []}
    guardrail = {"Effect": "Deny", "Action": "sagemaker:DeleteDomain", "Resource": "*"}
    write(folder, scp={"Version": "2012-10-17", "Statement": [guardrail]})
    assert codes("scp.json", "--type", "scp") == {"scp.json": []}
    assert codes("scp.json", "--type", "scp", "--also", "RC503") == {"scp.json": ["RC503"]}


SUPPRESSIONS = {
    ".rolecall-ignore.yaml": "suppressions:\n- {code: RC601, file: '*bad.json', reason: it is new}\n",
    "rolecall.toml": '[[suppressions]]\ncode = ["RC601", "RC101"]\nreason = "it is new"\nexpires = 2099-01-01\n',
    "pyproject.toml": '[[tool.rolecall.suppressions]]\ncode = "INVALID_ACTION"\nreason = "it is new"\n',
}


@pytest.mark.parametrize("name", SUPPRESSIONS)
def test_suppressed_finding_is_counted_and_can_be_listed(folder: Path, name: str) -> None:
    write(folder, bad=BAD)
    (folder / name).write_text(SUPPRESSIONS[name])
    done = run("bad.json", "--show-suppressed")
    assert done.exit_code == 0
    assert "1 suppressed" in done.output
    assert "it is new" in done.output
    (hidden,) = data("bad.json")["suppressions"]["suppressed"]
    assert (hidden["code"], hidden["reason"]) == ("INVALID_ACTION", "it is new")


def test_expired_suppression_is_a_finding(folder: Path) -> None:
    write(folder, bad=BAD)
    (folder / "known.yaml").write_text("suppressions:\n- {code: RC601, reason: soon, expires: 2020-01-01}\n")
    done = run("bad.json", "--suppressions", "known.yaml")
    assert done.exit_code == 1
    assert "INVALID_ACTION" in done.output
    assert "known.yaml\n" in done.output
    assert "RC901" in done.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("suppressions:\n- {code: RC601}\n", "reason"),
        ("suppressions:\n- {code: RC601, reason: ' '}\n", "empty reason"),
        ("suppressions:\n- {code: RC999, reason: x}\n", "no finding RC999"),
        ("suppressions:\n- {code: RC601, reason: x, until: 2020-01-01}\n", "until"),
        ("- x\n", "object"),
    ],
)
def test_suppression_that_is_none_is_refused(folder: Path, text: str, said: str) -> None:
    write(folder, bad=BAD)
    (folder / ".rolecall-ignore.yaml").write_text(text)
    done = run("bad.json")
    assert done.exception is not None
    assert said in str(done.exception)


# Repairs


def test_fix_repairs_the_file_and_says_so(folder: Path) -> None:
    write(folder, fixable=FIXABLE)
    done = run("fixable.json", "--fix")
    assert done.exit_code == 0
    assert "fixed: fixable.json RC104" in done.output
    held = json.loads((folder / "fixable.json").read_text())["Statement"][0]
    assert held["Action"] == ["sagemaker:Describe*"]
    assert held["Condition"]["Null"] == {"aws:TagKeys": "false"}
    assert run("fixable.json").exit_code == 0


def test_fix_leaves_what_is_suppressed_or_ignored(folder: Path) -> None:
    write(folder, fixable=FIXABLE)
    (folder / "rolecall.toml").write_text('[[suppressions]]\ncode = "RC104"\nreason = "untagged is fine"\n')
    run("fixable.json", "--fix", "--ignore", "REDUNDANT_ACTION")
    assert json.loads((folder / "fixable.json").read_text()) == FIXABLE


# Other forms


def test_sarif_has_what_its_schema_demands(folder: Path) -> None:
    write(folder, bad=BAD, spared=SPARED)
    (folder / "rolecall.toml").write_text('[[suppressions]]\ncode = "RC601"\nreason = "it is new"\n')
    log = json.loads(run("bad.json", "spared.json", "--format", "sarif").stdout)
    assert (log["version"], log["$schema"]) == ("2.1.0", "https://json.schemastore.org/sarif-2.1.0.json")
    (only,) = log["runs"]
    assert set(only) == {"tool", "columnKind", "results"}
    assert only["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    driver = only["tool"]["driver"]
    assert driver["name"] == "rolecall"
    for rule in driver["rules"]:
        assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
        assert all(rule[name]["text"] for name in ("shortDescription", "fullDescription", "help"))
        assert rule.get("helpUri", "https://").startswith("https://")
    for result in only["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert physical["artifactLocation"] == {
            "uri": physical["artifactLocation"]["uri"],
            "uriBaseId": "%SRCROOT%",
        }
        region = physical["region"]
        assert 1 <= region["startLine"] <= region["endLine"]
        assert region["startColumn"] >= 1
        assert len(result["partialFingerprints"]["rolecall/v1"]) == 32
    hidden = [each for each in only["results"] if each["suppressions"]]
    assert [each["suppressions"] for each in hidden] == [[{"kind": "external", "justification": "it is new"}]]


def test_fingerprint_stays_when_lines_move(folder: Path) -> None:
    def prints() -> list[str]:
        log = json.loads(run("bad.json", "--format", "sarif").stdout)
        return [each["partialFingerprints"]["rolecall/v1"] for each in log["runs"][0]["results"]]

    write(folder, bad=BAD)
    before = prints()
    write(folder, bad=json.dumps(BAD))
    assert prints() == before


def test_junit_has_a_suite_per_file_and_a_case_per_finding(folder: Path) -> None:
    write(folder, bad=BAD, good=GOOD)
    root = ElementTree.fromstring(run("bad.json", "good.json", "--format", "junit").stdout.encode())
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "2", "1")
    bad, good = root
    (case,) = bad
    assert (case.get("classname"), case.get("name"), case.get("line")) == (
        "bad",
        "INVALID_ACTION Statement[0].Action",
        "6",
    )
    assert [each.tag for each in case] == ["failure"]
    assert [(each.get("name"), list(each)) for each in good] == [("no findings", [])]


def test_github_annotations_are_escaped_and_counted(folder: Path) -> None:
    many = [{"Effect": "Allow", "Action": "sagemaker:CreateModle", "Resource": "*"}]
    many += [{"Effect": "Deny", "Action": f"iam:PassRole{number}", "Resource": "*"} for number in range(12)]
    write(folder, many={"Version": "2012-10-17", "Statement": many})
    lines = run("many.json", "--format", "github").stdout.splitlines()
    assert lines[0].startswith("::error file=many.json,line=")
    assert "title=INVALID_ACTION Statement[0].Action::The action sagemaker:CreateModle" in lines[0]
    assert sum(line.startswith("::warning") for line in lines) == 10
    assert lines[-1].startswith("::notice::2 more findings")


def test_github_is_the_form_of_github(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, bad=BAD)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run("bad.json").stdout.startswith("::error")


def test_finding_is_explained_with_its_example(folder: Path) -> None:
    done = run("--explain", "rc104")
    assert done.exit_code == 0
    assert done.output.startswith("# RC104")
    assert "## Repaired" in done.output
