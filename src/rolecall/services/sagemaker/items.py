"""What is done with one resource, whatever its type: found, stored, moved on, changed, told.

The handlers of generic.py and the modules of deep types are made of these parts. A type that needs more than its
row gives `Hooks`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from rolecall.services.call import Call
from rolecall.services.sagemaker import errors, lifecycle, model
from rolecall.services.sagemaker import tags as tagging
from rolecall.services.sagemaker.lives import GONE, Turn
from rolecall.services.sagemaker.paths import merged, values
from rolecall.services.sagemaker.resources import ResourceType
from rolecall.store.errors import NameTaken
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

SERVICE: Final = "sagemaker"
# Codes that an operation declares in its model, and which one says the same where it declares another.
DECLARED: Final[Mapping[str, tuple[str, ...]]] = {
    errors.NOT_FOUND: (errors.NOT_FOUND,),
    errors.IN_USE: (errors.IN_USE, errors.CONFLICT),
    errors.CONFLICT: (errors.CONFLICT, errors.IN_USE),
    errors.LIMIT: (errors.LIMIT,),
}
NOT_KEPT: Final = frozenset({"Tags", "ClientToken", "ClientRequestToken"})
Body = dict[str, Any]


def _nothing_to_prepare(call: Call, unit: Unit, body: Body) -> Body:
    return body


def _nothing_to_show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    return shown


def _nothing_to_change(call: Call, unit: Unit, item: Item, new: Body) -> Body:
    return new


def _nothing_to_do(call: Call, unit: Unit, item: Item) -> None:
    return None


class Hooks(Struct, frozen=True):
    """What a type adds. prepare: checks a create and completes the body. created: after it is stored. show:
    completes what Describe and List give back. update: checks and completes the new members of an update. delete:
    checks, and sees to what goes with it."""

    prepare: Callable[[Call, Unit, Body], Body] = _nothing_to_prepare
    created: Callable[[Call, Unit, Item], None] = _nothing_to_do
    show: Callable[[Call, Reader, Item, Body], Body] = _nothing_to_show
    delete: Callable[[Call, Unit, Item], None] = _nothing_to_do
    update: Callable[[Call, Unit, Item, Body], Body] = _nothing_to_change


PLAIN: Final = Hooks()


def refusal(call: Call, wanted: errors.Refusal, **facts: object) -> AwsError:
    """The error of a refusal, under a code that the operation declares; ValidationException where it has none."""
    if wanted.code in DECLARED:
        declared = model.refusals(call.operation)
        code = next((one for one in DECLARED[wanted.code] if one in declared), errors.VALIDATION)
        wanted = msgspec.structs.replace(wanted, code=code)
    return errors.made(wanted, **facts)


def refused(call: Call, situation: str, **facts: object) -> AwsError:
    """The same for a situation of the tables of errors/."""
    return refusal(call, errors.REFUSALS[situation], **facts)


def arn_of(call: Call, kind: ResourceType, key: str, parent: str = "", name: str = "") -> str:
    return f"arn:{call.partition}:{SERVICE}:{call.region}:{call.account}:{kind.path(key, parent, name)}"


def id_of(value: str) -> str:
    """The name in a "name or ARN" member."""
    return value.split(":", 5)[5].partition("/")[2] if value.startswith("arn:") else value


def key_of(kind: ResourceType, parameters: Mapping[str, Any]) -> str:
    """How the thing that a request names is called among its kind."""
    if not kind.key:
        return str(parameters[kind.name_member])
    key = kind.key
    for field in kind.key.split("/"):
        names = field.strip("{}").split(" or ")
        key = key.replace(field, next((str(parameters[name]) for name in names if parameters.get(name)), ""))
    return key


def find(call: Call, reader: Reader, kind: ResourceType, key: str, parent: str = "") -> Item:
    """The resource with a name (or ARN) as it is now; refused when there is none."""
    if key.startswith("arn:"):
        arn, item = key, _by_arn(call, reader, kind, key)
    elif kind.flat:
        arn = arn_of(call, kind, key)
        item = _by_arn(call, reader, kind, arn)
    else:
        parent = id_of(parent)
        arn = arn_of(call, kind, key, parent)
        item = reader.item(call.account, SERVICE, kind.type, key, region=call.region, parent=parent)
    item = lifecycle.at(item, call.now) if item is not None else None
    if item is None:
        raise refusal(call, kind.unknown, arn=arn, name=id_of(key), noun=kind.noun)
    return item


def _by_arn(call: Call, reader: Reader, kind: ResourceType, arn: str) -> Item | None:
    """A region knows its own resources only, whatever ARN it is asked for."""
    item = reader.item_by_arn(arn)
    known = item is not None and (item.service, item.type, item.region) == (SERVICE, kind.type, call.region)
    return item if known else None


def named(call: Call, reader: Reader, kind: ResourceType) -> Item:
    """The resource that a request names by the members of its row."""
    arn = call.parameters.get(kind.arn_member)
    if arn is None and kind.id_name and call.parameters.get(kind.id_name):
        arn = arn_of(call, kind, str(call.parameters[kind.id_name]))
    if arn is not None:
        return find(call, reader, kind, str(arn))
    parent = str(call.parameters[kind.parent]) if kind.parent and not kind.flat else ""
    return find(call, reader, kind, key_of(kind, call.parameters), parent)


def needed(call: Call, reader: Reader, kind: ResourceType, name: str) -> Item:
    """The resource that a request builds on; in another account only where the caller may look at it."""
    item = find(call, reader, kind, name)
    if item.account != call.account and not call.platform.may(
        call, reader, f"{SERVICE}:Describe{kind.noun}", item.arn
    ):
        raise refusal(call, kind.unknown, arn=item.arn, name=id_of(name), noun=kind.noun)
    return item


def add(
    call: Call,
    unit: Unit,
    kind: ResourceType,
    key: str,
    body: Mapping[str, Any],
    *,
    parent: str = "",
    tags: Mapping[str, str] | None = None,
    phase: str = "",
) -> Item:
    """Store a new resource in the first phase of its life; refused when the name is taken."""
    form = kind.assigned
    assigned = form and call.platform.new_id(form.prefix, len(form.prefix) + form.letters, form.alphabet)
    if assigned and kind.id_name:
        body = {**body, kind.id_name: assigned}
    arn = arn_of(call, kind, assigned or key, parent, key)
    taken = refusal(call, kind.taken, arn=arn, name=key, noun=kind.noun)
    if kind.flat:
        held = unit.item_by_arn(arn)
    else:
        held = unit.item(call.account, SERVICE, kind.type, key, region=call.region, parent=parent)
    if held is not None:
        alive = lifecycle.at(held, call.now)
        if alive is not None and alive.status not in lifecycle.life_of(kind.type).replaceable:
            raise taken
        unit.remove_item(held.id)
    item = Item(
        account=call.account,
        region=call.region,
        service=SERVICE,
        type=kind.type,
        name=key,
        parent=parent,
        arn=arn,
        created=call.now,
        modified=call.now,
        status=str(body.get(kind.status) or ""),  # where a request says it; else the life does
        body=model.storable({"CreatedBy": acting(call, kind), "LastModifiedBy": acting(call, kind), **body}),
    )
    try:
        return unit.add_item(lifecycle.begin(item, call.now, call.platform.time_scale, phase), tags)
    except NameTaken as held_already:
        raise taken from held_already


def acting(call: Call, kind: ResourceType) -> Body:
    """A UserContext: who made or changed something. Empty outside of Studio for types without identity."""
    principal = call.caller.principal
    session = call.caller.session
    who: Body = {}
    if kind.identity:
        who["IamIdentity"] = {"Arn": principal.arn}
        if principal.user_id:
            who["IamIdentity"]["PrincipalId"] = principal.user_id
        if session is not None and session.source_identity:
            who["IamIdentity"]["SourceIdentity"] = session.source_identity
    if session is not None and session.studio is not None and session.studio.user_profile_name:
        claim = session.studio
        who["DomainId"] = claim.domain_id
        who["UserProfileName"] = claim.user_profile_name
        who["UserProfileArn"] = (
            f"arn:{call.partition}:{SERVICE}:{call.region}:{call.account}:"
            f"user-profile/{claim.domain_id}/{claim.user_profile_name}"
        )
    return who


def turn(call: Call, unit: Unit, kind: ResourceType, item: Item, to: Turn, **body: Any) -> Item | None:
    """Move an item as a request asks, if its status lets it; None when it is gone by that."""
    if to.allowed and item.status not in to.allowed:
        raise refused(
            call,
            to.refusal,
            label=kind.label or kind.noun,
            noun=kind.label or kind.noun,
            arn=item.arn,
            status=item.status,
            target="Deleting" if to.to == GONE else to.to,
            allowed=", ".join(to.allowed),
        )
    if to.to == GONE:
        unit.remove_item(item.id)
        return None
    item = msgspec.structs.replace(item, body=merged(item.body, body))
    return unit.change_item(lifecycle.enter(item, to.to, call.now))


def view(call: Call, reader: Reader, kind: ResourceType, hooks: Hooks, item: Item) -> Body:
    """Everything that can be said of an item, under the names of the API."""
    shown: Body = {
        kind.created: item.created,
        kind.modified: item.modified,
        kind.name_member: item.name,
        **item.body,
        kind.arn_member: item.arn,
    }
    if kind.parent and item.parent and not kind.parent.endswith("Arn"):
        shown[kind.parent] = item.parent
    if kind.status and item.status:
        shown[kind.status] = item.status
    for member, source in kind.also.items():
        path, bar, otherwise = source.partition("|")
        shown[member] = next(values(shown, path), otherwise if bar else None)
    return hooks.show(call, reader, item, shown)


def answer(call: Call, reader: Reader, kind: ResourceType, hooks: Hooks, item: Item) -> Mapping[str, Any]:
    """What an operation on an item answers."""
    shown = view(call, reader, kind, hooks, item)
    if model.shows_tags(call.operation):
        shown["Tags"] = tagging.members(reader.tags(item.id)) or None
    return model.answer(call.operation, {**shown, kind.wrapped: shown} if kind.wrapped else shown)


def token_of(call: Call) -> str:
    """The token by which a request that is sent again is known; "" for one without."""
    return str(call.parameters.get("ClientToken") or call.parameters.get("ClientRequestToken") or "")


def without(item: Item, new: Body) -> tuple[Item, Body]:
    """An item without what the `…ToRemove` members of an update name: entries of the map of the same name."""
    kept = dict(item.body)
    for member in [name for name in new if name.endswith("ToRemove")]:
        stem = member.removesuffix("ToRemove")
        gone = new.pop(member) or ()
        kept[stem] = {name: value for name, value in (kept.get(stem) or {}).items() if name not in gone}
    return msgspec.structs.replace(item, body=kept), new


def change(call: Call, unit: Unit, kind: ResourceType, item: Item, new: Mapping[str, Any]) -> Item:
    """Give an item new members: at once, or when its update is through."""
    to = lifecycle.life_of(kind.type).update
    if to is not None:
        arrival = dict(new)
        if not kind.whole:
            arrival = {name: value for name, value in merged(item.body, new).items() if name in new}
        later = turn(call, unit, kind, item, to, _arrival=arrival)
        assert later is not None, "an update ends nothing"
        return later
    body = {**item.body, **new} if kind.whole else merged(item.body, new)
    status = str(new.get(kind.status) or item.status)
    return unit.change_item(msgspec.structs.replace(item, body=body, modified=call.now, status=status))
