"""Virtual MFA devices, and calls that carry their codes. Codes are RFC 6238's, made by `code_at`."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest

from rolecall.credentials.errors import SecretDamaged
from rolecall.services import mfa_codes
from rolecall.services.mfa_codes import PERIOD, code_at, last_of_two
from rolecall.services.sts.preparation import prepare
from rolecall.wire.errors import AwsError
from services.accounts import ACCOUNT, Accounts, fits

SERIAL = f"arn:aws:iam::{ACCOUNT}:mfa/phone"
# The seed of RFC 6238's appendix B, "12345678901234567890".
RFC_SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")]
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert code_at(RFC_SEED, seconds // PERIOD) == code


def test_two_codes_are_found_though_another_period_has_the_first_of_them() -> None:
    """In the day that enabling is patient for, one code of six digits comes up more than once."""
    now = datetime(2026, 11, 23, 21, 30, 50, tzinfo=UTC)
    current = int(now.timestamp()) // PERIOD
    seen: dict[str, int] = {}
    repeated = []
    for counter in range(current - 2880, current + 2880):
        known = seen.setdefault(code_at(RFC_SEED, counter), counter)
        repeated += [] if known == counter else [counter]
    assert repeated
    for counter in repeated:
        codes = code_at(RFC_SEED, counter), code_at(RFC_SEED, counter + 1)
        assert last_of_two(RFC_SEED, *codes, now, 2880) == counter + 1


@pytest.fixture
def seed(here: Accounts) -> str:
    """The seed of a device that bob has."""
    here.iam("CreateUser", UserName="bob")
    device = here.iam("CreateVirtualMFADevice", VirtualMFADeviceName="phone")["VirtualMFADevice"]
    assert device["SerialNumber"] == SERIAL
    made: str = device["Base32StringSeed"].decode()
    here.iam(
        "EnableMFADevice",
        UserName="bob",
        SerialNumber=SERIAL,
        AuthenticationCode1=code(made, here.now, -1),
        AuthenticationCode2=code(made, here.now, 0),
    )
    here.wait(seconds=60)
    return made


def code(seed: str, now: datetime, periods: int = 0) -> str:
    return code_at(seed, int(now.timestamp()) // PERIOD + periods)


def test_two_codes_that_do_not_follow_each_other(here: Accounts) -> None:
    here.iam("CreateUser", UserName="bob")
    made = here.iam("CreateVirtualMFADevice", VirtualMFADeviceName="phone")["VirtualMFADevice"]
    one = code(made["Base32StringSeed"].decode(), here.now)
    with pytest.raises(AwsError) as raised:
        here.iam(
            "EnableMFADevice",
            UserName="bob",
            SerialNumber=SERIAL,
            AuthenticationCode1=one,
            AuthenticationCode2=one,
        )
    assert (raised.value.code, raised.value.status) == ("InvalidAuthenticationCode", 403)


def test_a_device_in_use(here: Accounts, seed: str) -> None:
    fits({"MFADevices": [{"UserName": "bob", "SerialNumber": SERIAL}]}, here.iam("ListMFADevices", UserName="bob"))
    fits(
        {"VirtualMFADevices": [{"SerialNumber": SERIAL, "User": {"UserName": "bob"}, "Base32StringSeed": None}]},
        here.iam("ListVirtualMFADevices", AssignmentStatus="Assigned"),
    )
    assert here.iam("ListVirtualMFADevices", AssignmentStatus="Unassigned")["VirtualMFADevices"] == []
    assert here.iam("GetAccountSummary")["SummaryMap"]["MFADevicesInUse"] == 1
    with pytest.raises(AwsError, match="DeleteConflict"):
        here.iam("DeleteVirtualMFADevice", SerialNumber=SERIAL)
    with pytest.raises(AwsError, match="must delete MFA device first"):
        here.iam("DeleteUser", UserName="bob")
    here.iam("DeactivateMFADevice", UserName="bob", SerialNumber=SERIAL)
    here.iam("DeleteVirtualMFADevice", SerialNumber=SERIAL)
    here.iam("DeleteUser", UserName="bob")


def test_a_code_is_good_once(here: Accounts, seed: str) -> None:
    bob = here.user("bob")
    given = {"SerialNumber": SERIAL, "TokenCode": code(seed, here.now)}
    caller = here.session(here.sts("GetSessionToken", bob, **given)["Credentials"])
    assert caller.session is not None
    assert datetime.fromtimestamp(caller.session.mfa_time or 0, UTC) == here.now
    assert here.iam("ListUsers", caller)["Users"], "with MFA a session token may call IAM"
    with pytest.raises(AwsError) as raised:
        here.sts("GetSessionToken", bob, **given)
    assert raised.value.message == "MultiFactorAuthentication failed with invalid MFA one time pass code. "


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"SerialNumber": SERIAL},
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
        ),
        (
            {"SerialNumber": f"{SERIAL}-of-eve", "TokenCode": "123456"},
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number "
            "is valid and associated with this user.",
        ),
    ],
)
def test_codes_that_are_refused(given: dict[str, str], message: str, here: Accounts, seed: str) -> None:
    with pytest.raises(AwsError) as raised:
        here.sts("GetSessionToken", here.user("bob"), **given)
    assert (raised.value.code, raised.value.status, raised.value.message) == ("AccessDenied", 403, message)


def test_a_role_session_with_a_code_has_mfa(here: Accounts, seed: str) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
    here.iam(
        "CreateRole",
        RoleName="r",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}),
    )
    bob = here.user("bob")
    given = {
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r",
        "RoleSessionName": "s1",
        "SerialNumber": SERIAL,
        "TokenCode": code(seed, here.now),
    }
    with here.store.read() as reader:
        made = prepare("AssumeRole", given, bob, reader, here.now, here.platform)
    assert made.keys == {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"}
    caller = here.session(here.sts("AssumeRole", bob, **given)["Credentials"])
    assert caller.session is not None
    assert caller.session.mfa_time is not None


def test_a_role_session_cannot_use_a_device_that_is_nobodys(here: Accounts, seed: str) -> None:
    """It has no devices of its own, and who makes a device knows its seed."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
    here.iam(
        "CreateRole",
        RoleName="r",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}),
    )
    target = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r", "RoleSessionName": "s1"}
    session = here.session(here.sts("AssumeRole", here.user("bob"), **target)["Credentials"])
    loose = here.iam("CreateVirtualMFADevice", VirtualMFADeviceName="loose")["VirtualMFADevice"]
    given = {
        **target,
        "SerialNumber": loose["SerialNumber"],
        "TokenCode": code(loose["Base32StringSeed"].decode(), here.now),
    }
    with here.store.read() as reader, pytest.raises(AwsError, match="unable to validate MFA code"):
        prepare("AssumeRole", given, session, reader, here.now, here.platform)


def test_a_seed_is_sealed_at_rest(here: Accounts, seed: str) -> None:
    """Whoever reads the database cannot make codes; the seed opens only under its own serial number."""
    with here.store.read() as reader:
        device = reader.item_by_arn(SERIAL)
        assert device is not None
    assert seed not in repr(device.body)
    assert mfa_codes.seed_of(here.platform, device) == seed
    with pytest.raises(SecretDamaged):
        mfa_codes.seed_of(here.platform, msgspec.structs.replace(device, arn=f"{SERIAL}-2"))
