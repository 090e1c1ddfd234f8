"""A sealing key is exchanged without anybody noticing: two keys, everything sealed anew, one key."""

from __future__ import annotations

import base64
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.errors import StartError
from rolecall.server import running
from rolecall.services import mfa_codes


def new_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def who(up: Any, key: Any) -> str:
    return str(up.client_with(key, "sts").get_caller_identity()["Arn"])


def with_role(up: Any) -> Any:
    """A user with a key and an MFA device, and a session of a role."""
    iam = up.client("iam")
    iam.create_user(UserName="ann")
    iam.put_user_policy(
        UserName="ann",
        PolicyName="p",
        PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
    )
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    session = up.client_with(key, "sts").get_session_token()["Credentials"]
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    return key, session, device["SerialNumber"], device["Base32StringSeed"].decode()


@pytest.fixture(params=["file", "variable"])
def use(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put keys where a server finds them."""

    def put(*keys: str) -> None:
        if request.param == "variable":
            monkeypatch.setenv("ROLECALL_KEY", ",".join(keys))
            return
        tmp_path.mkdir(exist_ok=True)
        (tmp_path / "key").touch(mode=0o600)
        (tmp_path / "key").write_text("\n".join(keys) + "\n")

    return put


def test_a_key_is_exchanged_in_three_starts(use: Any, tmp_path: Path) -> None:
    old, new = new_key(), new_key()
    use(old)
    with running(data=tmp_path) as up:
        key, session, serial, seed = with_role(up)
        root = up.access_key_id
    use(old, new)  # every gateway learns the new key first
    with running(data=tmp_path) as up:
        assert who(up, key) == who(up, session)
    use(new, old)
    with running(data=tmp_path) as up:
        assert who(up, key) == who(up, session)
        later = up.client_with(key, "sts").get_session_token()["Credentials"]
    use(new)
    with running(data=tmp_path) as up:
        assert up.access_key_id == root
        assert who(up, key) == who(up, later)
        with pytest.raises(ClientError) as caught:
            who(up, session)  # sealed with the key that is gone
        assert caught.value.response["Error"]["Code"] == "InvalidClientTokenId"
        # The seed of the device was sealed anew as well: its codes count.
        now = int(time.time()) // mfa_codes.PERIOD
        codes = [mfa_codes.code_at(seed, now - 1), mfa_codes.code_at(seed, now)]
        up.client("iam").enable_mfa_device(
            UserName="ann", SerialNumber=serial, AuthenticationCode1=codes[0], AuthenticationCode2=codes[1]
        )


def test_a_key_dropped_too_early_is_said_at_the_start(use: Any, tmp_path: Path) -> None:
    old, new = new_key(), new_key()
    use(old)
    with running(data=tmp_path):
        pass
    use(new)
    with pytest.raises(StartError, match="sealed with a key that is not here"), running(data=tmp_path):
        pass
    use(old)
    with running(data=tmp_path) as up:
        assert who(up, {"AccessKeyId": up.access_key_id, "SecretAccessKey": up.secret_access_key})


def test_gateways_share_a_key_and_know_each_others_sessions(schema_url: str, tmp_path: Path) -> None:
    with running(data=tmp_path / "a", database=schema_url, ephemeral=False) as one:
        (tmp_path / "b").mkdir(mode=0o700)
        shutil.copy(tmp_path / "a" / "key", tmp_path / "b" / "key")
        with running(data=tmp_path / "b", database=schema_url, ephemeral=False) as two:
            key, session, _, _ = with_role(one)
            assert who(two, key) == who(one, key) == who(two, session)
            two.client("iam").delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
            with pytest.raises(ClientError):
                who(one, key)
            assert one.access_key_id == two.access_key_id
