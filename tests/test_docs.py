"""What the documents tell works: the README's first use is run as it stands, and what they name exists."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from clients.server_process import clean_environment
from rolecall.cli.main import COMMANDS, group
from rolecall.tour.sections import SECTIONS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MARKED = re.compile(r"<!-- test: (?P<name>[\w.]+) -->\n```\w*\n(?P<text>.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)(?P<target>[^)#]+)")
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks() -> dict[str, str]:
    return {found["name"]: found["text"] for found in MARKED.finditer(README)}


@pytest.fixture
def visitor(tmp_path: Path) -> dict[str, str]:
    """A clone as the README's reader has it: `.venv` beside, an empty home, a free port."""
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    return {**clean_environment(), "HOME": str(tmp_path), "ROLECALL_PORT": "0"}


@pytest.mark.clients
def test_the_first_use_of_the_readme_works(tmp_path: Path, visitor: dict[str, str], awscli: list[str]) -> None:
    parts = blocks()
    (tmp_path / "first_use.py").write_text(parts["first_use.py"], encoding="utf-8")
    # The reader's `aws` is whatever he installed; ours lies in its own environment.
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "aws").write_text(f'#!/bin/sh\nexec {" ".join(awscli)} "$@"\n')
    (tmp_path / "bin" / "aws").chmod(0o755)
    visitor["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{visitor['PATH']}"
    server = subprocess.Popen(
        ["sh", "-c", f"exec {parts['background'].strip()}"],
        cwd=tmp_path,
        env=visitor,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        script = f"""set -eu
{parts["shell"]}
.venv/bin/python first_use.py | tee printed
{parts["explain"].replace("REQUEST-ID", '"$(sed -n "s/^request id: //p" printed)"')}
{parts["aws"]}
"""
        told = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=visitor, capture_output=True, text=True, check=False
        )
    finally:
        server.terminate()
        server.wait(timeout=20)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "arn:aws:sagemaker:us-east-1:123456789012:training-job/small" in told.stdout
    assert "because no identity-based policy allows the sagemaker:CreateTrainingJob action" in told.stdout
    # What explain must name: the condition, what was seen, what was wanted.
    explained = told.stdout.partition("request id:")[2]
    assert "sagemaker:InstanceTypes" in explained
    assert "ml.p4d.24xlarge" in explained
    assert "ml.m5.*" in explained
    assert '"UserName": "ana"' in told.stdout


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for found in LINK.finditer(path.read_text(encoding="utf-8")):
        assert (path.parent / found["target"]).exists(), found["target"]


def test_the_readme_names_every_command() -> None:
    missing = [name for name in COMMANDS if f"`rolecall {name}" not in README]
    assert not missing


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts[0]}"


def test_the_map_names_files_that_exist() -> None:
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:src|tests|docs)/[\w./-]+|[a-z_]+/(?:[\w-]+/)*[\w-]+\.(?:py|json|yaml))`", text))
    missing = [
        name
        for name in sorted(named)
        if not (ROOT / name).exists() and not (ROOT / "src" / "rolecall" / name).exists()
    ]
    assert not missing
    assert named


def test_the_mission_names_checks_that_exist() -> None:
    text = (ROOT / "docs" / "MISSION.md").read_text(encoding="utf-8")
    sections = {section.name: {check.title for check in section.checks} for section in SECTIONS}
    # `section: title` itself is how the page says what stands between its backquotes.
    named = [found.split(": ", 1) for found in re.findall(r"`([a-z-]+: (?!title`)[^`]+)`", text)]
    assert [pair for pair in named if pair[1] not in sections.get(pair[0], set())] == []
    assert {pair[0] for pair in named} == set(sections)


def test_the_mission_names_tests_that_exist() -> None:
    text = (ROOT / "docs" / "MISSION.md").read_text(encoding="utf-8")
    named = re.findall(r"`tests/([\w/]+\.py): (\w+)`", text)
    assert named
    missing = [
        f"{file}: {name}"
        for file, name in named
        if f"def {name}(" not in (ROOT / "tests" / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_no_statement_of_the_mission_stands_alone() -> None:
    """Every row that is no heading names a check, a test or a command."""
    text = (ROOT / "docs" / "MISSION.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]
    assert [row[0] for row in rows if not row[0].startswith("**") and (len(row) < 2 or "`" not in row[1])] == []
