"""Signing certificates of users and root: stored, listed, switched on and off. Nothing takes their signatures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.hashes import SHA256

from rolecall.services.call import Call, Operation
from rolecall.services.iam import certificates, users
from rolecall.services.iam.access_keys import ROOT_NAME
from rolecall.services.iam.errors import fault
from rolecall.services.iam.paging import page
from rolecall.services.iam.quotas import SIGNING_CERTIFICATES_PER_USER
from rolecall.services.iam.user_credentials import SIGNING_CERTIFICATE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

ID_LENGTH: Final = 32


def _view(item: Item, user: Item) -> dict[str, Any]:
    return {
        "UserName": user.name if user.type == "user" else ROOT_NAME,
        "CertificateId": item.name,
        "CertificateBody": item.body["Body"],
        "Status": item.status,
        "UploadDate": item.created,
    }


def upload(call: Call, unit: Unit) -> Mapping[str, Any]:
    user = users.named_or_calling_owner(call, unit)
    body = call.parameters["CertificateBody"]
    print_of_it = certificates.read(body).fingerprint(SHA256()).hex()
    present = SIGNING_CERTIFICATE.of(user, unit)
    if any(one.body["Fingerprint"] == print_of_it for one in present):
        raise fault("certificate exists")
    if len(present) >= SIGNING_CERTIFICATES_PER_USER:
        raise fault("quota", quota="CertificatesPerUser", limit=SIGNING_CERTIFICATES_PER_USER)
    ident = call.platform.new_id("", ID_LENGTH)
    item = SIGNING_CERTIFICATE.add(call, unit, user, ident, {"Body": body, "Fingerprint": print_of_it})
    return {"Certificate": _view(item, user)}


def list_certificates(call: Call, reader: Reader) -> Mapping[str, Any]:
    user = users.named_or_calling_owner(call, reader)
    found, tail = page(call, SIGNING_CERTIFICATE.of(user, reader), lambda item: item.name)
    return {"Certificates": [_view(item, user) for item in found], **tail}


OPERATIONS: Final = {
    "UploadSigningCertificate": Operation(handler=upload, writes=True),
    "ListSigningCertificates": Operation(handler=list_certificates, writes=False),
    "UpdateSigningCertificate": Operation(handler=SIGNING_CERTIFICATE.set_status, writes=True),
    "DeleteSigningCertificate": Operation(handler=SIGNING_CERTIFICATE.delete, writes=True),
}
