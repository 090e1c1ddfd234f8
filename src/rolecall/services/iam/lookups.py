"""Things that requests name by ARN, and what authorization asks about names (the port `Entities`)."""

from __future__ import annotations

from typing import Final

from rolecall.services import organization
from rolecall.services.call import Call
from rolecall.services.iam.entities import SERVICE_LINKED_PATH
from rolecall.services.iam.errors import fault
from rolecall.services.iam.service_linked_templates import TEMPLATES
from rolecall.services.managed_policies import customer_policy, is_aws_managed
from rolecall.store.ports import Reader
from rolecall.store.records import Item

# What of AWS's policies is refused in words of its own.
OF_AWS: Final = {
    "DeletePolicy": "delete AWS policy",
    "DeletePolicyVersion": "delete AWS policy version",
    "SetDefaultPolicyVersion": "update AWS policy",
}
# Kinds of entities whose names stand in requests without a path.
NAMED: Final = frozenset({"user", "role", "group", "instance-profile", "server-certificate", "mfa"})


def policy(call: Call, reader: Reader) -> Item:
    """The customer managed policy that the request names by ARN. Nobody changes AWS's."""
    arn = checked_arn(call.parameters["PolicyArn"])
    if is_aws_managed(arn):
        told = OF_AWS.get(call.operation, "AWS policy")
        raise fault(told, caller=call.caller.principal.arn, action=f"iam:{call.operation}", arn=arn)
    item = customer_policy(reader, call.account, arn)
    if item is None:
        raise fault("no policy", arn=arn)
    return item


def checked_arn(arn: str) -> str:
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        raise fault("bad ARN", arn=arn)
    return arn


def oidc_provider(call: Call, reader: Reader) -> Item:
    return _by_arn(call, reader, "OpenIDConnectProviderArn", "oidc-provider", "no OIDC provider")


def saml_provider(call: Call, reader: Reader) -> Item:
    return _by_arn(call, reader, "SAMLProviderArn", "saml-provider", "no SAML provider")


def mfa_device(call: Call, reader: Reader) -> Item:
    serial = call.parameters["SerialNumber"]
    item = reader.item_by_arn(serial)
    if item is None or (item.account, item.service, item.type) != (call.account, "iam", "mfa"):
        raise fault("no MFA device", serial=serial)
    return item


def _by_arn(call: Call, reader: Reader, member: str, type: str, missing: str) -> Item:
    arn = checked_arn(call.parameters[member])
    item = reader.item_by_arn(arn)
    if item is None or (item.account, item.service, item.type) != (call.account, "iam", type):
        raise fault(missing, arn=arn)
    return item


class StoreEntities:
    """Implements authorization's port `Entities` over a snapshot of the store."""

    def __init__(self, reader: Reader, partition: str = "aws") -> None:
        self._reader = reader
        self._partition = partition

    def entity_arn(self, account: str, kind: str, name: str) -> str | None:
        if kind not in NAMED:
            return None
        item = self._reader.item(account, "iam", kind, name.lower())
        return item.arn if item is not None and item.name == name else None

    def key_owner(self, account: str, access_key_id: str) -> str | None:
        row = self._reader.access_key(access_key_id)
        if row is None or row["account"] != account:
            return None
        if row["item_id"] == 0:
            return f"arn:{self._partition}:iam::{account}:root"
        owner = self._reader.item_by_id(row["item_id"])
        return None if owner is None else owner.arn

    def credential_service(self, account: str, credential_id: str) -> str | None:
        found = self._reader.item_by_arn(
            f"arn:{self._partition}:iam::{account}:service-credential/{credential_id}"
        )
        return None if found is None else found.body["ServiceName"]

    def service_linked_role(self, account: str, service: str) -> str | None:
        made = TEMPLATES.get(service)
        if made is None:
            return None
        return f"arn:{self._partition}:iam::{account}:role{SERVICE_LINKED_PATH}{service}/{made.role_name}"

    def organization_arn(self, account: str, ident: str) -> str | None:
        return organization.arn_of(self._reader, account, ident)
