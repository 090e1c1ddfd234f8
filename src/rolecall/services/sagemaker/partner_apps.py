"""Partner applications: their address and their version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import presigned
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.items import Body, Hooks, named
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

APP: Final = BY_TYPE["partner-app"]


def _address(item: Item) -> str:
    return f"https://partner-{item.arn.rpartition('/')[2].lower()}.studio.{item.region}.sagemaker.aws"


def _prepare(call: Call, unit: Unit, body: Body) -> Body:
    _check(body)
    return body


def _check(body: Mapping[str, Any]) -> None:
    """Identity Center is named exactly when it authenticates the users."""
    if (body.get("AuthType") == "IDC") is not bool(body.get("IdcConfig")):
        raise refuse("identity center")


def _update(call: Call, unit: Unit, item: Item, new: Body) -> Body:
    version = new.pop("AppVersion", None)
    if version is not None:
        new["Version"] = version
    if new.get("AuthType") == "IAM":
        new["IdcConfig"] = None
    _check({**item.body, **new})
    return new


def _show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    return {**shown, "BaseUrl": _address(item)}


def app_url(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = named(call, reader, APP)
    return {"Url": presigned.url_to(call, item, APP.noun, _address(item))}


HOOKS: Final = {"partner-app": Hooks(prepare=_prepare, update=_update, show=_show)}

OPERATIONS: Final = {"CreatePartnerAppPresignedUrl": Operation(app_url, writes=False)}
