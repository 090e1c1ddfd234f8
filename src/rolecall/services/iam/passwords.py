"""Passwords: login profiles of users and the account's password policy. A password is kept as a salted hash."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.credentials.claims import SessionKind
from rolecall.decision.request import PrincipalType
from rolecall.services.call import Call, Operation
from rolecall.services.iam.access_keys import ROOT_NAME
from rolecall.services.iam.entities import USER, change_body, find, root_arn, second
from rolecall.services.iam.errors import fault
from rolecall.services.iam.users import calling_user, named_or_calling_user
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

PROFILE: Final = "login-profile"
POLICY: Final = "password-policy"
SYMBOLS: Final = frozenset("!@#$%^&*()_+-=[]{}|'")

# What UpdateAccountPasswordPolicy sets for members that it does not get.
DEFAULTS: Final[Mapping[str, Any]] = {
    "MinimumPasswordLength": 6,
    "RequireSymbols": False,
    "RequireNumbers": False,
    "RequireUppercaseCharacters": False,
    "RequireLowercaseCharacters": False,
    "AllowUsersToChangePassword": False,
}
OPTIONAL: Final = ("MaxPasswordAge", "PasswordReusePrevention", "HardExpiry")

# An account without a policy of its own: eight characters of three kinds.
UNSET_LENGTH: Final = 8
UNSET_KINDS: Final = 3
LONGEST: Final = 128


def _profile(reader: Reader, user: Item) -> Item | None:
    return reader.item(user.account, "iam", PROFILE, user.unique_id)


def _existing(reader: Reader, user: Item) -> Item:
    profile = _profile(reader, user)
    if profile is None:
        raise fault("no login profile", name=user.name)
    return profile


def _policy(reader: Reader, account: str) -> Item | None:
    return reader.item(account, "iam", POLICY, "policy")


def _kinds(password: str) -> dict[str, bool]:
    return {
        "RequireSymbols": any(letter in SYMBOLS for letter in password),
        "RequireNumbers": any(letter.isdigit() for letter in password),
        "RequireUppercaseCharacters": any(letter.isupper() for letter in password),
        "RequireLowercaseCharacters": any(letter.islower() for letter in password),
    }


def _check(reader: Reader, account: str, password: str) -> None:
    policy = _policy(reader, account)
    kinds = _kinds(password)
    if policy is None:
        fits = len(password) >= UNSET_LENGTH and sum(kinds.values()) >= UNSET_KINDS
    else:
        fits = len(password) >= policy.body["MinimumPasswordLength"] and all(
            has for kind, has in kinds.items() if policy.body[kind]
        )
    if not fits or len(password) > LONGEST:
        raise fault("bad password")


def _hashed(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=salt.encode(), n=2**14, r=8, p=1).hex()


def _secret(call: Call, password: str) -> dict[str, Any]:
    salt = call.platform.new_id("", 26)
    return {"Salt": salt, "Hash": _hashed(password, salt), "Changed": second(call.now).isoformat()}


def _is(profile: Item, password: str) -> bool:
    return hmac.compare_digest(profile.body.get("Hash", ""), _hashed(password, profile.body.get("Salt", "")))


def _view(user: Item, profile: Item) -> dict[str, Any]:
    return {
        "UserName": user.name,
        "CreateDate": profile.created,
        "PasswordResetRequired": profile.body["PasswordResetRequired"],
    }


# Whether an account's root has no password any more: a session of AssumeRoot took it away.
ROOT_WITHOUT: Final = "root-without-password:"


def root_has_password(reader: Reader, account: str) -> bool:
    return reader.setting(ROOT_WITHOUT + account) != "true"


def _is_root_task(call: Call) -> bool:
    """Whether a session of AssumeRoot asks about the root user itself: nobody else reaches root's password."""
    session = call.caller.session
    is_assumed = session is not None and session.kind is SessionKind.ASSUMED_ROOT
    return is_assumed and not call.parameters.get("UserName")


def _root_profile(call: Call, reader: Reader) -> dict[str, Any]:
    root = reader.item_by_arn(root_arn(call))
    if root is None or not root_has_password(reader, call.account):
        raise fault("no login profile", name=ROOT_NAME)
    return {"UserName": ROOT_NAME, "CreateDate": root.created, "PasswordResetRequired": False}


def create_login_profile(call: Call, unit: Unit) -> Mapping[str, Any]:
    if _is_root_task(call):
        # No password is set: its owner may recover one.
        if root_has_password(unit, call.account):
            raise fault("login profile exists", name=ROOT_NAME)
        unit.put_setting(ROOT_WITHOUT + call.account, "false")
        return {"LoginProfile": _root_profile(call, unit)}
    user = named_or_calling_user(call, unit)
    if _profile(unit, user) is not None:
        raise fault("login profile exists", name=user.name)
    password = call.parameters.get("Password")
    if password is None:
        raise fault("bad password")
    _check(unit, call.account, password)
    now = second(call.now)
    profile = unit.add_item(
        Item(
            account=call.account,
            service="iam",
            type=PROFILE,
            name=user.unique_id,
            arn=f"arn:{call.partition}:iam::{call.account}:{PROFILE}/{user.unique_id}",
            created=now,
            modified=now,
            body={
                "PasswordResetRequired": bool(call.parameters.get("PasswordResetRequired")),
                **_secret(call, password),
            },
        )
    )
    return {"LoginProfile": _view(user, profile)}


def get_login_profile(call: Call, reader: Reader) -> Mapping[str, Any]:
    if _is_root_task(call):
        return {"LoginProfile": _root_profile(call, reader)}
    user = named_or_calling_user(call, reader)
    return {"LoginProfile": _view(user, _existing(reader, user))}


def update_login_profile(call: Call, unit: Unit) -> Mapping[str, Any]:
    profile = _existing(unit, find(call, unit, USER))
    changes: dict[str, Any] = {}
    if call.parameters.get("Password") is not None:
        _check(unit, call.account, call.parameters["Password"])
        changes |= _secret(call, call.parameters["Password"])
    if call.parameters.get("PasswordResetRequired") is not None:
        changes["PasswordResetRequired"] = call.parameters["PasswordResetRequired"]
    change_body(call, unit, profile, **changes)
    return {}


def delete_login_profile(call: Call, unit: Unit) -> Mapping[str, Any]:
    if _is_root_task(call):
        _root_profile(call, unit)
        unit.put_setting(ROOT_WITHOUT + call.account, "true")
        return {}
    unit.remove_item(_existing(unit, named_or_calling_user(call, unit)).id)
    return {}


def change_password(call: Call, unit: Unit) -> Mapping[str, Any]:
    if call.caller.principal.type is not PrincipalType.USER:
        raise fault("root has no password")
    user = calling_user(call, unit)
    assert user is not None  # root was turned away above
    profile = _existing(unit, user)
    if not _is(profile, call.parameters["OldPassword"]):
        raise fault("wrong password")
    _check(unit, call.account, call.parameters["NewPassword"])
    change_body(call, unit, profile, PasswordResetRequired=False, **_secret(call, call.parameters["NewPassword"]))
    return {}


def update_account_password_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = {
        name: call.parameters[name] for name in (*DEFAULTS, *OPTIONAL) if call.parameters.get(name) is not None
    }
    body = {**DEFAULTS, **given}
    now = second(call.now)
    policy = _policy(unit, call.account)
    if policy is not None:
        unit.change_item(msgspec.structs.replace(policy, body=body, modified=now))
        return {}
    unit.add_item(
        Item(
            account=call.account,
            service="iam",
            type=POLICY,
            name="policy",
            arn=f"arn:{call.partition}:iam::{call.account}:{POLICY}",
            created=now,
            modified=now,
            body=body,
        )
    )
    return {}


def get_account_password_policy(call: Call, reader: Reader) -> Mapping[str, Any]:
    policy = _policy(reader, call.account)
    if policy is None:
        raise fault("no password policy", account=call.account)
    return {"PasswordPolicy": {**policy.body, "ExpirePasswords": policy.body.get("MaxPasswordAge", 0) > 0}}


def delete_account_password_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    policy = _policy(unit, call.account)
    if policy is None:
        raise fault("no password policy to delete")
    unit.remove_item(policy.id)
    return {}


OPERATIONS: Final = {
    "CreateLoginProfile": Operation(handler=create_login_profile, writes=True),
    "GetLoginProfile": Operation(handler=get_login_profile, writes=False),
    "UpdateLoginProfile": Operation(handler=update_login_profile, writes=True),
    "DeleteLoginProfile": Operation(handler=delete_login_profile, writes=True),
    "ChangePassword": Operation(handler=change_password, writes=True),
    "UpdateAccountPasswordPolicy": Operation(handler=update_account_password_policy, writes=True),
    "GetAccountPasswordPolicy": Operation(handler=get_account_password_policy, writes=False),
    "DeleteAccountPasswordPolicy": Operation(handler=delete_account_password_policy, writes=True),
}
