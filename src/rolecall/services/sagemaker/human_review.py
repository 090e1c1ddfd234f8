"""Who labels and reviews: the workforce of an account, its work teams, review workflows and task templates.

An account has one private workforce in a Region. Vendors' teams are subscribed to at AWS Marketplace, which is not
there, so nothing is subscribed to.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import model
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import Body, Hooks, find, named
from rolecall.services.sagemaker.lists import every
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

WORKFORCE: Final = BY_TYPE["workforce"]
WORKTEAM: Final = BY_TYPE["workteam"]
FLOW: Final = BY_TYPE["flow-definition"]
TEMPLATE: Final = BY_TYPE["human-task-ui"]
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
# {{ task.input.name }}, with filters that change nothing that is to be seen here.
PLACE: Final = re.compile(r"\{\{-?\s*([A-Za-z_][\w.]*)\s*((?:\|[^|}]*)*)\s*-?\}\}")
TAG: Final = re.compile(r"\{%-?\s*(\w+)[^%]*%\}")


# ---- the workforce


def _prepare_workforce(call: Call, unit: Unit, body: Body) -> Body:
    for held in every(call, unit, WORKFORCE):
        if held.name != body["WorkforceName"]:
            raise refuse("one workforce", name=held.name)
    if bool(body.get("CognitoConfig")) == bool(body.get("OidcConfig")):
        raise refuse("one identity source")
    domain = call.platform.new_id("", 10, LETTERS)
    return {**_stored(call, body), "SubDomain": f"{domain}.labeling.{call.region}.sagemaker.aws"}


def _update_workforce(call: Call, unit: Unit, item: Item, new: Body) -> Body:
    return _stored(call, new)


def _stored(call: Call, body: Body) -> Body:
    """No operation shows a provider's client secret, so it is not kept. In a VPC a workforce gets an endpoint."""
    made = dict(body)
    if made.get("OidcConfig"):
        made["OidcConfig"] = {name: one for name, one in made["OidcConfig"].items() if name != "ClientSecret"}
    network = made.get("WorkforceVpcConfig")
    if network is not None:
        parts = [bool(network.get(member)) for member in ("VpcId", "SecurityGroupIds", "Subnets")]
        if any(parts) and not all(parts):
            raise refuse("workforce network")
        endpoint = call.platform.new_id("vpce-", 22, "0123456789abcdef")
        made["WorkforceVpcConfig"] = {**network, "VpcEndpointId": endpoint} if any(parts) else None
    return made


# ---- teams


def _prepare_team(call: Call, unit: Unit, body: Body) -> Body:
    name = body.pop("WorkforceName", None)
    workforce = find(call, unit, WORKFORCE, str(name)) if name else next(every(call, unit, WORKFORCE), None)
    if workforce is None:
        return body
    return {**body, "WorkforceArn": workforce.arn, "SubDomain": workforce.body["SubDomain"]}


def _delete_workforce(call: Call, unit: Unit, item: Item) -> None:
    for team in every(call, unit, WORKTEAM):
        if team.body.get("WorkforceArn") == item.arn:
            raise refuse("workforce has teams", arn=item.arn, user=team.name)


def delete_team(call: Call, unit: Unit) -> Mapping[str, Any]:
    unit.remove_item(named(call, unit, WORKTEAM).id)
    return {"Success": True}


def describe_subscription(call: Call, reader: Reader) -> Mapping[str, Any]:
    raise refuse("subscription unknown", arn=call.parameters["WorkteamArn"])


def list_subscriptions(call: Call, reader: Reader) -> Mapping[str, Any]:
    nothing: list[Body] = []
    shown, _ = page_of(nothing, 1, call.parameters.get("NextToken"))
    return {"SubscribedWorkteams": shown}


# ---- workflows and templates


def _prepare_flow(call: Call, unit: Unit, body: Body) -> Body:
    loop = body.get("HumanLoopConfig") or {}
    if loop.get("HumanTaskUiArn"):
        find(call, unit, TEMPLATE, str(loop["HumanTaskUiArn"]))
    if ":workteam/private-crowd/" in str(loop.get("WorkteamArn") or ""):
        find(call, unit, WORKTEAM, str(loop["WorkteamArn"]))
    return body


def _prepare_template(call: Call, unit: Unit, body: Body) -> Body:
    content = str(body["UiTemplate"]["Content"])
    digest = hashlib.sha256(content.encode()).hexdigest()
    return {**body, "UiTemplate": {"ContentSha256": digest}, "_Content": content}


def render_template(call: Call, reader: Reader) -> Mapping[str, Any]:
    """The template with the task's input in its places. Tags of its language are told, and left as they are."""
    given = call.parameters
    inline, arn = given.get("UiTemplate"), given.get("HumanTaskUiArn")
    if bool(inline) == bool(arn):
        raise refuse("one template")
    content = str(inline["Content"]) if inline else str(find(call, reader, TEMPLATE, str(arn)).body["_Content"])
    errors: list[Body] = []
    try:
        task: Any = {"task": {"input": json.loads(str(given["Task"]["Input"]))}}
    except (ValueError, RecursionError):
        task = {}
        errors.append({"Code": "INVALID_INPUT", "Message": "Task.Input is not a JSON document."})
    for tag in dict.fromkeys(TAG.findall(content)):
        errors.append({"Code": "UNSUPPORTED_TAG", "Message": f"The tag {tag} is not rendered here."})

    def filled(place: re.Match[str]) -> str:
        value = _value(task, place[1])
        if value is None:
            errors.append({"Code": "UNDEFINED_VARIABLE", "Message": f"{place[1]} has no value."})
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    rendered = PLACE.sub(filled, content)
    return model.answer(call.operation, {"RenderedContent": rendered, "Errors": errors})


def _value(held: Any, path: str) -> Any:
    for step in path.split("."):
        if not isinstance(held, Mapping) or step not in held:
            return None
        held = held[step]
    return held


HOOKS: Final = {
    "workforce": Hooks(prepare=_prepare_workforce, update=_update_workforce, delete=_delete_workforce),
    "workteam": Hooks(prepare=_prepare_team),
    "flow-definition": Hooks(prepare=_prepare_flow),
    "human-task-ui": Hooks(prepare=_prepare_template),
}

OPERATIONS: Final = {
    "DeleteWorkteam": Operation(delete_team, writes=True),
    "DescribeSubscribedWorkteam": Operation(describe_subscription, writes=False),
    "ListSubscribedWorkteams": Operation(list_subscriptions, writes=False),
    "RenderUiTemplate": Operation(render_template, writes=False),
}
