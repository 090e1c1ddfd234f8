"""`rolecall tour`: lists, plays one section, and says with its exit code whether all was right."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from rolecall.tour.check import Allowed, Refused
from rolecall.tour.guide import guide
from rolecall.tour.sections import SECTIONS, limits

ROLECALL = Path(sys.executable).with_name("rolecall")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROLECALL, "tour", *arguments], capture_output=True, text=True, check=False)


def test_the_list_names_every_section() -> None:
    listed = run("--list")
    assert listed.returncode == 0
    for section in SECTIONS:
        assert f"{section.name}: {section.title}" in listed.stdout


def test_an_unknown_section_is_a_usage_error_that_names_the_sections() -> None:
    tried = run("--section", "nonsense")
    assert tried.returncode == 2
    assert "limits" in tried.stderr


def test_one_section_is_played_and_told(tmp_path: Path) -> None:
    page = tmp_path / "tour.html"
    played = run("--section", "limits", "--html", str(page))
    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stdout.splitlines()[-1].startswith(f"{len(limits.SECTION.checks)} checks, all right")
    assert "because no session policy allows the sagemaker:CreateTrainingJob action" in " ".join(
        played.stdout.split()
    )
    assert page.read_text().count("<summary>Trace</summary>") == len(limits.SECTION.checks)


def test_json_holds_every_check() -> None:
    played = run("--section", "limits", "--format", "json")
    answer = json.loads(played.stdout)
    assert [check["title"] for check in answer["checks"]] == [check.title for check in limits.SECTION.checks]
    assert answer["wrong"] == 0


@pytest.mark.parametrize("falsehood", [Allowed(), Refused("ValidationException", "something else")])
def test_a_wrong_expectation_is_found_and_told(
    falsehood: Allowed | Refused, capsys: pytest.CaptureFixture[str]
) -> None:
    told_wrong = "The role allows it, the session policy does not"
    checks = tuple(
        replace(check, outcome=falsehood) if check.title == told_wrong else check
        for check in limits.SECTION.checks
    )
    wrong = guide([replace(limits.SECTION, checks=checks)], started=0.0, keep=False, html=None, as_json=False)
    assert wrong == 1
    printed = capsys.readouterr().out
    assert f"{told_wrong} " in printed
    assert "1 wrong" in printed.splitlines()[-1]
