"""`rolecall snapshot`: what a person sees, and that a server goes on from a restored one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rolecall.cli.snapshot import snapshot
from rolecall.errors import InputError, StartError
from rolecall.server import running


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROLECALL_KEY", raising=False)


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(snapshot, list(map(str, arguments)))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_server_goes_on_from_a_restored_snapshot(tmp_path: Path) -> None:
    with running(data=tmp_path / "old") as up:
        up.client("iam").create_user(UserName="ann")
        root = up.access_key_id, up.secret_access_key
        saved = run("save", tmp_path / "s.db", "--data", tmp_path / "old")  # while it runs
        up.client("iam").create_user(UserName="later")
    assert saved.exit_code == 0
    assert "1 access keys" in saved.stdout
    restored = run("restore", tmp_path / "s.db", "--data", tmp_path / "new")
    assert restored.exit_code == 0
    assert "key that is not here" in restored.stderr
    with pytest.raises(StartError, match="key that is not here"), running(data=tmp_path / "new"):
        pass
    shutil.copy(tmp_path / "old" / "key", tmp_path / "new" / "key")
    with running(data=tmp_path / "new") as up:
        assert (up.access_key_id, up.secret_access_key) == root
        assert [user["UserName"] for user in up.client("iam").list_users()["Users"]] == ["ann"]


def test_with_the_key_in_place_nothing_is_warned_of(tmp_path: Path) -> None:
    with running(data=tmp_path / "old"):
        run("save", tmp_path / "s.db", "--data", tmp_path / "old")
    (tmp_path / "new").mkdir(mode=0o700)
    shutil.copy(tmp_path / "old" / "key", tmp_path / "new" / "key")
    assert run("restore", tmp_path / "s.db", "--data", tmp_path / "new").stderr == ""


def test_a_server_moves_from_a_file_to_postgresql(tmp_path: Path, schema_url: str) -> None:
    with running(data=tmp_path / "old") as up:
        up.client("iam").create_user(UserName="ann", Tags=[{"Key": "team", "Value": "ml"}])
        root = up.access_key_id
    run("save", tmp_path / "s.db", "--data", tmp_path / "old")
    assert run("restore", tmp_path / "s.db", "--database", schema_url, "--data", tmp_path / "old").exit_code == 0
    with running(data=tmp_path / "old", database=schema_url, ephemeral=False) as up:
        iam = up.client("iam")
        assert up.access_key_id == root
        assert iam.list_user_tags(UserName="ann")["Tags"] == [{"Key": "team", "Value": "ml"}]
        iam.create_user(UserName="ben")


def test_show_counts_and_says_it_as_data(tmp_path: Path) -> None:
    with running(data=tmp_path / "old"):
        run("save", tmp_path / "s.db", "--data", tmp_path / "old")
    assert "is whole" in run("show", tmp_path / "s.db").stdout
    told = json.loads(run("show", tmp_path / "s.db", "--format", "json").stdout)
    assert told["rows"]["access_key"] == 1


def test_what_cannot_be_done_is_one_line(tmp_path: Path) -> None:
    with running(data=tmp_path / "old"):
        run("save", tmp_path / "s.db", "--data", tmp_path / "old")
        with pytest.raises(InputError, match="exists already"):
            run("save", tmp_path / "s.db", "--data", tmp_path / "old")
    with pytest.raises(InputError, match="exists already"):
        run("restore", tmp_path / "s.db", "--data", tmp_path / "old")
    with pytest.raises(InputError, match="there is no"):
        run("restore", tmp_path / "none.db", "--data", tmp_path / "other")
    with pytest.raises(InputError, match="there is no"):
        run("save", tmp_path / "t.db", "--data", tmp_path / "nothing")
