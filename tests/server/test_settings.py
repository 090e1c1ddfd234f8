"""Settings from flags and the environment."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from rolecall.errors import InputError
from rolecall.server.accounts import RootKey
from rolecall.server.run import Running, write_run_file
from rolecall.server.settings import VARIABLES, Settings, make_settings


def test_nothing_given_gives_the_documented_defaults() -> None:
    assert make_settings({}) == Settings()
    settings = make_settings({})
    assert (settings.host, settings.port) == ("127.0.0.1", 4750)
    assert (settings.accounts, settings.region) == (("123456789012",), "us-east-1")
    assert settings.allow_reset is False


def test_the_environment_counts_and_flags_win() -> None:
    environment = {"ROLECALL_PORT": "5000", "ROLECALL_ACCOUNTS": "111111111111, 222222222222"}
    settings = make_settings(environment, port=6000, host=None, accounts=())
    assert settings.port == 6000
    assert settings.accounts == ("111111111111", "222222222222")


def test_every_setting_has_a_variable() -> None:
    assert set(VARIABLES) == set(Settings.__struct_fields__)


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"ROLECALL_PORT": "many"}, "ROLECALL_PORT='many'"),
        ({"ROLECALL_PORT": "70000"}, "port 70000"),
        ({"ROLECALL_PROFILE": "loose"}, "reference or guide"),
        ({"ROLECALL_ACCOUNTS": "12"}, "12 digits"),
        ({"ROLECALL_ACCOUNTS": "111111111111,111111111111"}, "twice"),
        ({"ROLECALL_TIME_SCALE": "0"}, "above 0"),
        ({"ROLECALL_ALLOW_RESET": "perhaps"}, "yes or no"),
        ({"ROLECALL_EPHEMERAL": "1", "ROLECALL_DATABASE": "postgresql://x"}, "--database"),
    ],
)
def test_what_cannot_be_used_is_named(environment: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        make_settings(environment)


def test_the_run_file_is_its_owners_alone(tmp_path: Path) -> None:
    key = RootKey("111111111111", "AKIAFIRST", "secret")
    up = Running("http://127.0.0.1:1", key.access_key_id, key.secret_access_key, "us-east-1", key.account, (key,))
    path = tmp_path / "new" / "run.json"
    write_run_file(path, up)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = json.loads(path.read_text())
    assert content["endpoint"] == "http://127.0.0.1:1"
    assert content["pid"] == os.getpid()
    assert content["accounts"] == {"111111111111": {"access_key_id": "AKIAFIRST", "secret_access_key": "secret"}}
