"""What SSH keys, signing certificates and service-specific credentials have in common.

Each belongs to a user, has an id and a status, and is gone before its user can be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from rolecall.services.call import Call
from rolecall.services.iam import users
from rolecall.services.iam.entities import every, second
from rolecall.services.iam.errors import fault
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

ACTIVE: Final = "Active"


class CredentialKind(Struct, frozen=True):
    """A kind of credential: its type in the store, the member that names it, the error of one that is missing."""

    type: str
    id_member: str
    missing: str

    def of(self, user: Item, reader: Reader) -> list[Item]:
        """Those of a user, in the order of their ids."""
        return list(every(reader, user.account, self.type, parent=user.unique_id))

    def add(self, call: Call, unit: Unit, user: Item, ident: str, body: Mapping[str, Any]) -> Item:
        now = second(call.now)
        return unit.add_item(
            Item(
                account=call.account,
                service="iam",
                type=self.type,
                name=ident,
                parent=user.unique_id,
                arn=f"arn:{call.partition}:iam::{call.account}:{self.type}/{ident}",
                status=ACTIVE,
                created=now,
                modified=now,
                body=dict(body),
            )
        )

    def named(self, call: Call, reader: Reader) -> tuple[Item, Item]:
        """The owner and the credential that the request names; NoSuchEntity for either that is not there."""
        user = users.named_or_calling_owner(call, reader)
        ident = call.parameters[self.id_member]
        item = reader.item(call.account, "iam", self.type, ident, parent=user.unique_id)
        if item is None:
            raise fault(self.missing, id=ident)
        return user, item

    def set_status(self, call: Call, unit: Unit) -> Mapping[str, Any]:
        """The Update operation of the kind."""
        _, item = self.named(call, unit)
        status = call.parameters["Status"]
        if status == "Expired":  # credentials expire by themselves
            raise fault("bad status", status=status)
        unit.change_item(msgspec.structs.replace(item, status=status, modified=second(call.now)))
        return {}

    def delete(self, call: Call, unit: Unit) -> Mapping[str, Any]:
        """The Delete operation of the kind."""
        _, item = self.named(call, unit)
        unit.remove_item(item.id)
        return {}


SSH_KEY: Final = CredentialKind("ssh-public-key", "SSHPublicKeyId", "no SSH key")
SIGNING_CERTIFICATE: Final = CredentialKind("signing-certificate", "CertificateId", "no signing certificate")
SERVICE_CREDENTIAL: Final = CredentialKind(
    "service-credential", "ServiceSpecificCredentialId", "no service credential"
)
