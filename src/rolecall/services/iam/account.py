"""The account itself: its alias, its summary, its preferences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.iam import quotas
from rolecall.services.iam.access_keys import ROOT_ITEM
from rolecall.services.iam.entities import every, second
from rolecall.services.iam.errors import fault
from rolecall.services.iam.paging import page
from rolecall.services.iam.passwords import root_has_password
from rolecall.store.errors import NameTaken
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

ALIAS: Final = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]")

# Quotas that GetAccountSummary tells; counts are added by type.
QUOTAS: Final[Mapping[str, int]] = {
    "UsersQuota": quotas.PER_ACCOUNT["user"][1],
    "GroupsQuota": quotas.PER_ACCOUNT["group"][1],
    "RolesQuota": quotas.PER_ACCOUNT["role"][1],
    "PoliciesQuota": quotas.PER_ACCOUNT["policy"][1],
    "InstanceProfilesQuota": quotas.PER_ACCOUNT["instance-profile"][1],
    "ServerCertificatesQuota": 20,
    "UserPolicySizeQuota": quotas.INLINE_CHARACTERS["user"],
    "GroupPolicySizeQuota": quotas.INLINE_CHARACTERS["group"],
    "RolePolicySizeQuota": quotas.INLINE_CHARACTERS["role"],
    "AssumeRolePolicySizeQuota": quotas.TRUST_CHARACTERS,
    "PolicySizeQuota": quotas.POLICY_CHARACTERS,
    "PolicyVersionsInUseQuota": 10000,
    "VersionsPerPolicyQuota": quotas.VERSIONS_PER_POLICY,
    "GroupsPerUserQuota": quotas.GROUPS_PER_USER,
    "AccessKeysPerUserQuota": quotas.ACCESS_KEYS_PER_USER,
    "SigningCertificatesPerUserQuota": 2,
    "AttachedPoliciesPerUserQuota": quotas.ATTACHED["user"][1],
    "AttachedPoliciesPerGroupQuota": quotas.ATTACHED["group"][1],
    "AttachedPoliciesPerRoleQuota": quotas.ATTACHED["role"][1],
}
COUNTED: Final[Mapping[str, tuple[str, ...]]] = {
    "Users": ("user",),
    "Groups": ("group",),
    "Roles": ("role",),
    "Policies": ("policy",),
    "PolicyVersionsInUse": ("policy-version",),
    "InstanceProfiles": ("instance-profile",),
    "ServerCertificates": ("server-certificate",),
    "Providers": ("oidc-provider", "saml-provider"),
    "MFADevices": ("mfa",),
}


def get_account_summary(call: Call, reader: Reader) -> Mapping[str, Any]:
    summary: dict[str, int] = dict(QUOTAS)
    for name, types in COUNTED.items():
        summary[name] = sum(reader.count(call.account, "iam", type, parent=None) for type in types)
    devices = list(every(reader, call.account, "mfa", parent=None))
    summary["MFADevicesInUse"] = sum("EnableDate" in device.body for device in devices)
    summary["AccountMFAEnabled"] = int(any(device.body.get("User") == call.account for device in devices))
    summary["AccountAccessKeysPresent"] = int(bool(reader.access_keys(call.account, ROOT_ITEM)))
    summary["AccountPasswordPresent"] = int(root_has_password(reader, call.account))
    certificates = reader.count(call.account, "iam", "signing-certificate", parent=call.account)
    summary["AccountSigningCertificatesPresent"] = int(bool(certificates))
    summary["GlobalEndpointTokenVersion"] = TOKEN_VERSIONS[_token_version(reader, call.account)]
    return {"SummaryMap": summary}


# Versions of the tokens that the global endpoint of STS gives. Ours are valid in every region in either case.
TOKEN_VERSIONS: Final[Mapping[str, int]] = {"v1Token": 1, "v2Token": 2}
TOKEN_SETTING: Final = "global-endpoint-token:"


def _token_version(reader: Reader, account: str) -> str:
    return reader.setting(TOKEN_SETTING + account) or "v1Token"


def set_security_token_service_preferences(call: Call, unit: Unit) -> Mapping[str, Any]:
    unit.put_setting(TOKEN_SETTING + call.account, call.parameters["GlobalEndpointTokenVersion"])
    return {}


def create_account_alias(call: Call, unit: Unit) -> Mapping[str, Any]:
    alias = call.parameters["AccountAlias"]
    if not ALIAS.fullmatch(alias):
        raise fault("bad name", member="accountAlias")
    for old in every(unit, call.account, "account-alias"):
        if old.name == alias:
            raise fault("alias exists", name=alias)
        unit.remove_item(old.id)  # an account has one alias: a new one takes its place
    now = second(call.now)
    try:
        unit.add_item(
            Item(
                account=call.account,
                service="iam",
                type="account-alias",
                name=alias,
                arn=f"arn:{call.partition}:iam:::account-alias/{alias}",  # no account: unique among all
                created=now,
                modified=now,
            )
        )
    except NameTaken:
        raise fault("alias exists", name=alias) from None
    return {}


def delete_account_alias(call: Call, unit: Unit) -> Mapping[str, Any]:
    alias = unit.item(call.account, "iam", "account-alias", call.parameters["AccountAlias"])
    if alias is None:
        raise fault("no alias", name=call.parameters["AccountAlias"])
    unit.remove_item(alias.id)
    return {}


def list_account_aliases(call: Call, reader: Reader) -> Mapping[str, Any]:
    names = [alias.name for alias in every(reader, call.account, "account-alias")]
    found, tail = page(call, names, str)
    return {"AccountAliases": found, **tail}


OPERATIONS: Final = {
    "SetSecurityTokenServicePreferences": Operation(handler=set_security_token_service_preferences, writes=True),
    "GetAccountSummary": Operation(handler=get_account_summary, writes=False),
    "CreateAccountAlias": Operation(handler=create_account_alias, writes=True),
    "DeleteAccountAlias": Operation(handler=delete_account_alias, writes=True),
    "ListAccountAliases": Operation(handler=list_account_aliases, writes=False),
}
