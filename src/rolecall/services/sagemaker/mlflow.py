"""MLflow tracking servers and applications: their addresses, and which application is whose default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import errors, presigned
from rolecall.services.sagemaker.generic import update
from rolecall.services.sagemaker.items import Body, Hooks, find, named
from rolecall.services.sagemaker.lists import every
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.errors import NameTaken
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

SERVER: Final = BY_TYPE["mlflow-tracking-server"]
APP: Final = BY_TYPE["mlflow-app"]
DOMAIN: Final = BY_TYPE["domain"]


# ---- tracking servers


def _address(item: Item) -> str:
    return f"https://{item.name.lower()}.{item.region}.experiments.sagemaker.aws"


def _show_server(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    shown["TrackingServerUrl"] = _address(item)
    shown["IsActive"] = "Active" if item.status in (*presigned.RUNNING, "Updating") else "Inactive"
    return shown


def _prepare_server(call: Call, unit: Unit, body: Body) -> Body:
    return {"S3BucketOwnerAccountId": call.account, **body}


def server_url(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = named(call, reader, SERVER)
    return {"AuthorizedUrl": presigned.url_to(call, item, SERVER.noun, _address(item))}


# ---- applications


def _prepare_app(call: Call, unit: Unit, body: Body) -> Body:
    _only_default(call, unit, body, "")
    return body


def _update_app(call: Call, unit: Unit, item: Item, new: Body) -> Body:
    _only_default(call, unit, new, item.arn)
    return new


def _only_default(call: Call, unit: Unit, body: Mapping[str, Any], arn: str) -> None:
    """A domain, or the account, has one default: others are none any more."""
    domains = [str(one) for one in body.get("DefaultDomainIdList") or ()]
    for domain in domains:
        find(call, unit, DOMAIN, domain)
    of_account = body.get("AccountDefaultStatus") == "ENABLED"
    if not domains and not of_account:
        return
    for other in list(every(call, unit, APP)):
        kept = [one for one in other.body.get("DefaultDomainIdList") or () if one not in domains]
        changed: Body = {**other.body, "DefaultDomainIdList": kept or None}
        if of_account:
            changed["AccountDefaultStatus"] = "DISABLED"
        if other.arn != arn and changed != other.body:
            unit.change_item(msgspec.structs.replace(other, body=changed))


def update_app(call: Call, unit: Unit) -> Mapping[str, Any]:
    """An application can be given another name: it is no part of its ARN."""
    name = call.parameters.get("Name")
    if name is not None:
        item = named(call, unit, APP)
        body = {**item.body, "Name": str(name)}
        try:
            unit.change_item(msgspec.structs.replace(item, name=str(name), body=body))
        except NameTaken as taken:
            raise errors.made(APP.taken, name=name, arn=item.arn, noun=APP.noun) from taken
    return update(call, unit, APP, HOOKS["mlflow-app"])


def app_url(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = named(call, reader, APP)
    name = item.arn.rpartition("/")[2].lower()
    address = f"https://{name}.mlflow.{item.region}.sagemaker.aws"
    return {"AuthorizedUrl": presigned.url_to(call, item, APP.noun, address)}


HOOKS: Final = {
    "mlflow-tracking-server": Hooks(prepare=_prepare_server, show=_show_server),
    "mlflow-app": Hooks(prepare=_prepare_app, update=_update_app),
}

OPERATIONS: Final = {
    "CreatePresignedMlflowTrackingServerUrl": Operation(server_url, writes=False),
    "UpdateMlflowApp": Operation(update_app, writes=True),
    "CreatePresignedMlflowAppUrl": Operation(app_url, writes=False),
}
