"""Server certificates: an account's certificates for load balancers and distributions, with their private keys.

The private key is kept sealed and, as on AWS, never given out again.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.iam import certificates, tags
from rolecall.services.iam.documents import kept
from rolecall.services.iam.entities import SERVER_CERTIFICATE, add, find, path_prefix, rename
from rolecall.services.iam.paging import stored
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing


def metadata(item: Item) -> dict[str, Any]:
    return {
        "Path": item.path,
        "ServerCertificateName": item.name,
        "ServerCertificateId": item.unique_id,
        "Arn": item.arn,
        "UploadDate": item.created,
        "Expiration": datetime.fromisoformat(item.body["Expiration"]),
    }


def upload(call: Call, unit: Unit) -> Mapping[str, Any]:
    body, private_key = call.parameters["CertificateBody"], call.parameters["PrivateKey"]
    certificate = certificates.read(body)
    certificates.check_pair(certificate, private_key)
    chain = call.parameters.get("CertificateChain")
    if chain is not None:
        certificates.check_chain(chain)
    sealing_name = call.platform.new_id("", 24)
    sealed = call.platform.seal_secret(sealing_name, private_key)
    new_tags = tags.requested(call)
    item = add(
        call,
        unit,
        SERVER_CERTIFICATE,
        body={
            "Body": unit.put_document(body),
            **({} if chain is None else {"Chain": unit.put_document(chain)}),
            "_PrivateKey": [sealing_name, base64.b64encode(sealed).decode()],
            "Expiration": certificate.not_valid_after_utc.replace(microsecond=0).isoformat(),
        },
        tags=new_tags,
    )
    return tags.with_tags({"ServerCertificateMetadata": metadata(item)}, new_tags)


def get(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = find(call, reader, SERVER_CERTIFICATE)
    view: dict[str, Any] = {
        "ServerCertificateMetadata": metadata(item),
        "CertificateBody": kept(reader, item.body["Body"]),
        "Tags": tags.shown(reader.tags(item.id)),
    }
    if "Chain" in item.body:
        view["CertificateChain"] = kept(reader, item.body["Chain"])
    return {"ServerCertificate": view}


def list_certificates(call: Call, reader: Reader) -> Mapping[str, Any]:
    found, tail = stored(
        call,
        reader,
        Listing(account=call.account, service="iam", type=SERVER_CERTIFICATE.type, path_prefix=path_prefix(call)),
    )
    return {"ServerCertificateMetadataList": [metadata(item) for item in found], **tail}


def update(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = find(call, unit, SERVER_CERTIFICATE)
    new_name, new_path = call.parameters.get("NewServerCertificateName"), call.parameters.get("NewPath")
    rename(call, unit, SERVER_CERTIFICATE, item, new_name, new_path)
    return {}


def delete(call: Call, unit: Unit) -> Mapping[str, Any]:
    unit.remove_item(find(call, unit, SERVER_CERTIFICATE).id)
    return {}


OPERATIONS: Final = {
    "UploadServerCertificate": Operation(handler=upload, writes=True),
    "GetServerCertificate": Operation(handler=get, writes=False),
    "ListServerCertificates": Operation(handler=list_certificates, writes=False),
    "UpdateServerCertificate": Operation(handler=update, writes=True),
    "DeleteServerCertificate": Operation(handler=delete, writes=True),
}
