"""The command line's frame: what is not known is a usage error, failures are one line."""

from __future__ import annotations

import pytest

from rolecall.cli import main as command_line
from rolecall.errors import InputError


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        command_line.main(list(arguments))
    assert isinstance(left.value.code, int)
    return left.value.code


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("nonsense") == 2
    assert "nonsense" in capsys.readouterr().err


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    printed = capsys.readouterr().out
    assert all(f"\n  {name} " in printed for name in command_line.COMMANDS)


def test_a_failure_of_ours_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("ROLECALL_PORT", "many")
    assert run("up", "--data", str(tmp_path)) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("rolecall: ROLECALL_PORT='many'")
    assert len(printed.splitlines()) == 1
    assert InputError.exit_code == 2
