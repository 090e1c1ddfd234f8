"""A newcomer's way through the guides, from their text alone, in an empty folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rolecall import catalog
from rolecall.analysis.doctor import CODES
from rolecall.analysis.worlds import Library, read_world

DOCS = Path(__file__).parents[1] / "docs"
STEP = re.compile(
    r"<!-- (?P<kind>file|run|printed|statement)(?:: (?P<name>\S+))? -->\n```\w*\n(?P<text>.*?)```", re.DOTALL
)
FENCED = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
ANY_POLICY = '{"Version": "2012-10-17", "Statement": [%s]}'
BY_FILE = {
    "trust": '{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}',
    "bucket": '{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}',
}
PLAIN = '{"Effect": "Allow", "Action": "sagemaker:ListModels", "Resource": "*"}'


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command as the newcomer types it, with rolecall on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_"))}
    return subprocess.run(
        command, cwd=folder, env={**clean, "PATH": path}, capture_output=True, text=True, check=False
    )


def followed(guide: str, folder: Path) -> list[str]:
    """The steps of a guide, taken one after the other; what it says is printed is compared."""
    printed, steps = "", []
    for step in STEP.finditer((DOCS / guide).read_text("utf-8")):
        kind, name, text = step["kind"], step["name"], step["text"]
        steps.append(kind)
        match kind:
            case "file":
                (folder / name).write_text(text)
            case "statement":
                policy = json.loads((folder / name).read_text())
                policy["Statement"].append(json.loads(text))
                (folder / name).write_text(json.dumps(policy, indent=2))
            case "run":
                done = run(folder, *text.split())
                assert done.returncode == int(name), done.stdout + done.stderr
                printed = done.stdout
            case "printed":
                assert printed == text
    return steps


def test_ten_minutes_with_policy_tests(tmp_path: Path) -> None:
    """Write a policy and three cases, see one fail with its reason, repair it, coverage 100 %."""
    steps = followed("POLICY-TESTS.md", tmp_path)
    assert steps == ["file", "file", "run", "printed", "statement", "run", "printed"]


def test_a_first_visit_to_the_doctor(tmp_path: Path) -> None:
    """A role that fails in Studio is repaired with what the doctor prints."""
    steps = followed("DOCTOR.md", tmp_path)
    assert steps == ["file", "file", "run", "printed", "statement", "run", "printed"]


def test_requests_from_a_file(tmp_path: Path) -> None:
    assert followed("DECIDE.md", tmp_path) == ["file", "run", "printed"]


def test_the_doctors_faults_are_told() -> None:
    text = (DOCS / "DOCTOR.md").read_text("utf-8")
    for code in CODES.values():
        assert f"| `{code.name}` | {code.severity.value} | {code.title} |" in text


def test_the_first_test_of_the_pytest_guide(tmp_path: Path) -> None:
    files = [step for step in STEP.finditer((DOCS / "PYTEST.md").read_text("utf-8")) if step["kind"] == "file"]
    for step in files:
        (tmp_path / step["name"]).write_text(step["text"])
    done = run(tmp_path, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert done.stdout.strip().splitlines()[-1].startswith("3 passed"), done.stdout
    alone = run(tmp_path, sys.executable, "without_pytest.py")
    assert re.fullmatch(r"arn:aws:iam::[0-9]{12}:root\n", alone.stdout), alone.stderr


def worlds() -> list[str]:
    text = (DOCS / "POLICY-TESTS.md").read_text("utf-8")
    section = text[text.index("\n## Worlds") : text.index("\n## What is not tested")]
    return FENCED.findall(section)


@pytest.mark.parametrize("number", range(len(worlds())))
def test_the_worlds_of_the_guide_can_be_read(number: int) -> None:
    def read_file(name: str) -> str:
        if name == "world.yaml":
            return worlds()[number]
        kind = next((kind for kind in BY_FILE if kind in name), None)
        return ANY_POLICY % (PLAIN if kind is None else BY_FILE[kind])

    assert read_world(Library(read_file, catalog.load()), "world.yaml").accounts


@pytest.mark.parametrize("name", ["POLICY-TESTS.md", "PYTEST.md"])
def test_sections_that_a_guide_links_to_are_there(name: str) -> None:
    text = (DOCS / name).read_text("utf-8")
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors
