"""The handlers that interpret a row of resources/: create, describe, list, update, delete, stop, start.

A type that needs more gives `Hooks`; modules of deep types use the same parts (`find`, `add`, `turn`, `view`,
`page`) for operations of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import errors, lifecycle, model
from rolecall.services.sagemaker import tags as tagging
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.lives import GONE, Turn
from rolecall.services.sagemaker.paths import merged, values, with_defaults
from rolecall.services.sagemaker.resources import ASCENDING, BY_TYPE, ResourceType
from rolecall.store.errors import BadPageToken, NameTaken
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing
from rolecall.wire.errors import AwsError

SERVICE: Final = "sagemaker"
PAGE: Final = 10  # items of a page when MaxResults is absent
# Codes that an operation declares in its model, and which one says the same where it declares another.
DECLARED: Final[Mapping[str, tuple[str, ...]]] = {
    errors.NOT_FOUND: (errors.NOT_FOUND,),
    errors.IN_USE: (errors.IN_USE, errors.CONFLICT),
    errors.CONFLICT: (errors.CONFLICT, errors.IN_USE),
    errors.LIMIT: (errors.LIMIT,),
}
NOT_KEPT: Final = frozenset({"Tags", "ClientToken", "ClientRequestToken"})

SORTS: Final[Mapping[str, str]] = {
    "Name": "name",
    "IMAGE_NAME": "name",
    "PipelineExecutionArn": "name",
    "CreationTime": "created",
    "CREATION_TIME": "created",
    "VERSION": "created",
    "LastModifiedTime": "modified",
    "LAST_MODIFIED_TIME": "modified",
    "NAME": "name",
    "CreateDate": "created",
    "HubName": "name",
    "HubStatus": "status",
    "STATUS": "status",
    "Status": "status",
    "FeatureGroupStatus": "status",
    # Every group's offline store has the same status, so any order is right.
    "OfflineStoreStatus": "status",
}
TIMES: Final[Mapping[str, str]] = {
    "CreationTimeAfter": "created_after",
    "CreatedAfter": "created_after",
    "CreationTimeBefore": "created_before",
    "CreatedBefore": "created_before",
    "LastModifiedTimeAfter": "modified_after",
    "ModifiedTimeAfter": "modified_after",
    "LastModifiedTimeBefore": "modified_before",
    "ModifiedTimeBefore": "modified_before",
}

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


# ---- parts


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


# ---- handlers


def create(call: Call, unit: Unit, kind: ResourceType, hooks: Hooks) -> Mapping[str, Any]:
    before = _made_before(call, unit, kind)
    if before is not None:
        return answer(call, unit, kind, hooks, before)
    tags = tagging.requested(call.parameters.get("Tags"))
    given = {kind.renamed.get(name, name): value for name, value in _kept(call)}
    for path, type in kind.needs.items():
        for name in values(given, path):
            needed(call, unit, BY_TYPE[type], str(name))
    body = hooks.prepare(call, unit, with_defaults(model.storable(given), kind.defaults))
    parent = id_of(str(call.parameters[kind.parent])) if kind.parent else ""
    if token_of(call):
        body["_Token"] = token_of(call)
    item = add(call, unit, kind, key_of(kind, call.parameters), body, parent=parent, tags=tags)
    hooks.created(call, unit, item)
    return answer(call, unit, kind, hooks, item)


def token_of(call: Call) -> str:
    """The token by which a request that is sent again is known; "" for one without."""
    return str(call.parameters.get("ClientToken") or call.parameters.get("ClientRequestToken") or "")


def _made_before(call: Call, reader: Reader, kind: ResourceType) -> Item | None:
    """What the same request has made already, when it is sent again."""
    token = token_of(call)
    if not token:
        return None
    parent = id_of(str(call.parameters[kind.parent])) if kind.parent else ""
    key = key_of(kind, call.parameters)
    held = reader.item(call.account, SERVICE, kind.type, key, region=call.region, parent=parent)
    alive = lifecycle.at(held, call.now) if held is not None else None
    return alive if alive is not None and alive.body.get("_Token") == token else None


def describe(call: Call, reader: Reader, kind: ResourceType, hooks: Hooks) -> Mapping[str, Any]:
    return answer(call, reader, kind, hooks, named(call, reader, kind))


def update(call: Call, unit: Unit, kind: ResourceType, hooks: Hooks) -> Mapping[str, Any]:
    item = named(call, unit, kind)
    new = {kind.renamed.get(name, name): value for name, value in _kept(call)}
    for naming in (kind.name_member, kind.arn_member, kind.id_name):
        new.pop(naming, None)
    new["LastModifiedBy"] = acting(call, kind)
    item, new = without(item, new)
    changed = change(call, unit, kind, item, hooks.update(call, unit, item, model.storable(new)))
    if call.parameters.get("Tags"):
        tagging.add(call, unit, changed)
    return answer(call, unit, kind, hooks, changed)


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


def delete(call: Call, unit: Unit, kind: ResourceType, hooks: Hooks) -> Mapping[str, Any]:
    item = named(call, unit, kind)
    for type in kind.held_by:
        if any(every(call, unit, BY_TYPE[type], item.name)):
            raise refused(call, "has children", noun=kind.noun, arn=item.arn, child=BY_TYPE[type].noun)
    hooks.delete(call, unit, item)
    shown = view(call, unit, kind, hooks, item)
    turn(call, unit, kind, item, lifecycle.life_of(kind.type).delete)
    for type in kind.takes:
        for inner in list(every(call, unit, BY_TYPE[type], item.name)):
            unit.remove_item(inner.id)
    return model.answer(call.operation, shown)


def stop(call: Call, unit: Unit, kind: ResourceType, hooks: Hooks) -> Mapping[str, Any]:
    return _turned(call, unit, kind, hooks, lifecycle.life_of(kind.type).stop)


def start(call: Call, unit: Unit, kind: ResourceType, hooks: Hooks) -> Mapping[str, Any]:
    return _turned(call, unit, kind, hooks, lifecycle.life_of(kind.type).start)


def _turned(call: Call, unit: Unit, kind: ResourceType, hooks: Hooks, to: Turn | None) -> Mapping[str, Any]:
    assert to is not None, f"{kind.type} has no such turn in its life"
    item = turn(call, unit, kind, named(call, unit, kind), to)
    assert item is not None, "neither stop nor start ends anything"
    return answer(call, unit, kind, hooks, item)


def list_page(call: Call, reader: Reader, kind: ResourceType, hooks: Hooks) -> Mapping[str, Any]:
    member, shape = model.listed(call.operation)
    items, token = page(call, reader, kind, hooks, listing(call, kind))
    made: Body = {member: [model.fit(one, shape) for one in items]}
    if token:
        made["NextToken"] = token
    return made


def listing(call: Call, kind: ResourceType) -> Listing:
    """What a List request asks the store for."""
    given = call.parameters
    parent = given.get(f"{kind.parent}Equals") or given.get(kind.parent) if kind.parent else ""
    return Listing(
        account=call.account,
        service=SERVICE,
        type=kind.type,
        region=call.region,
        parent=id_of(str(parent)) if parent else (None if kind.parent else ""),
        name_contains=given.get("NameContains") or given.get(f"{kind.noun}NameContains"),
        status=given.get("StatusEquals")
        or given.get(f"{kind.noun}StatusEquals")
        or (given.get(kind.status) if kind.status else None),
        sort=SORTS.get(str(given.get("SortBy") or kind.sort), "name"),
        descending=str(given.get("SortOrder") or kind.order).capitalize() != ASCENDING,
        limit=int(given.get("MaxResults") or kind.page),
        after=given.get("NextToken"),
        **{column: given[name] for name, column in TIMES.items() if given.get(name) is not None},
    )


def page(
    call: Call, reader: Reader, kind: ResourceType, hooks: Hooks, wanted: Listing
) -> tuple[list[Body], str | None]:
    """The things of one page, and the token of the next.

    The store answers from its indexes; the few filters that are not columns are applied here, reading on until
    the page is full. Never more is read than still fits, so the store's token is always the right one.
    """
    sorted_by = kind.sorts.get(str(call.parameters.get("SortBy")))
    if sorted_by is not None:
        return _sorted(call, reader, kind, hooks, wanted, sorted_by)
    shown: list[Body] = []
    token = wanted.after
    while True:
        try:
            part = reader.items(msgspec.structs.replace(wanted, limit=wanted.limit - len(shown), after=token))
        except BadPageToken as bad:
            raise errors.refuse("next token") from bad
        for item in _at(part.items, call.now):
            known = view(call, reader, kind, hooks, item)
            if _wanted(call, kind, known):
                shown.append(known)
        token = part.next
        if token is None or len(shown) >= wanted.limit:
            return shown, token


def _wanted(call: Call, kind: ResourceType, known: Body) -> bool:
    """Whether a thing passes the filters of a List request that are not columns of the store."""
    return all(_passes(known, name, path, call.parameters) for name, path in kind.filters.items())


def _sorted(
    call: Call, reader: Reader, kind: ResourceType, hooks: Hooks, wanted: Listing, path: str
) -> tuple[list[Body], str | None]:
    """A page in an order that no index has: everything is read and sorted."""
    everything = msgspec.structs.replace(wanted, sort="name", descending=False, limit=100, after=None)
    known = [view(call, reader, kind, hooks, item) for item in living(reader, everything, call.now)]
    fitting = [one for one in known if _wanted(call, kind, one)]
    fitting.sort(key=lambda one: _rank(next(values(one, path), "")), reverse=wanted.descending)
    return page_of(fitting, wanted.limit, wanted.after)


def _rank(value: object) -> tuple[float, str]:
    """Numbers and times by size, the rest by letters."""
    if isinstance(value, datetime):
        return (value.timestamp(), "")
    return (float(value), "") if isinstance(value, int | float) else (0.0, str(value))


def every(
    call: Call, reader: Reader, kind: ResourceType, parent: str | None = "", *, latest_first: bool = False
) -> Iterator[Item]:
    """All of a kind in the caller's account and region that is there now; in one parent, or in any (None)."""
    wanted = Listing(
        account=call.account,
        service=SERVICE,
        type=kind.type,
        region=call.region,
        parent=parent,
        sort="created" if latest_first else "name",
        descending=latest_first,
        limit=100,
    )
    return living(reader, wanted, call.now)


def living(reader: Reader, wanted: Listing, now: datetime) -> Iterator[Item]:
    """Everything that a listing gives, page after page, as it is at an instant."""
    while True:
        part = reader.items(wanted)
        yield from _at(part.items, now)
        if part.next is None:
            return
        wanted = msgspec.structs.replace(wanted, after=part.next)


def _at(items: tuple[Item, ...], now: datetime) -> Iterator[Item]:
    for item in items:
        there = lifecycle.at(item, now)
        if there is not None:
            yield there


def _passes(known: Mapping[str, Any], name: str, path: str, given: Mapping[str, Any]) -> bool:
    """Whether a thing passes one filter of the row; a filter without path is accepted and changes nothing."""
    wanted = given.get(name)
    if wanted is None or not path:
        return True
    if isinstance(wanted, datetime):
        times = [
            value.timestamp() if isinstance(value, datetime) else float(value) for value in values(known, path)
        ]
        edge = wanted.timestamp()
        return any(at >= edge if name.endswith("After") else at <= edge for at in times)
    held = [str(value) for value in values(known, path)]
    if name.endswith("Contains"):
        return any(str(wanted).lower() in value.lower() for value in held)
    if name.endswith("Prefix"):
        return any(value.startswith(str(wanted)) for value in held)
    return str(wanted) in held


def _kept(call: Call) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in call.parameters.items() if name not in NOT_KEPT)


HANDLERS: Final[Mapping[str, tuple[Callable[..., Mapping[str, Any]], bool]]] = {
    "Create": (create, True),
    "Describe": (describe, False),
    "List": (list_page, False),
    "Update": (update, True),
    "Delete": (delete, True),
    "Stop": (stop, True),
    "Start": (start, True),
}


def operations(kind: ResourceType, hooks: Hooks = PLAIN) -> dict[str, Operation]:
    """The operations that a row gives."""
    named = {kind.list_operation if verb == "List" else f"{verb}{kind.noun}": verb for verb in kind.verbs.split()}
    return {name: _operation(verb, kind, hooks) for name, verb in {**named, **kind.aliases}.items()}


def _operation(verb: str, kind: ResourceType, hooks: Hooks) -> Operation:
    handler, writes = HANDLERS[verb]

    def served(call: Call, reader: Any) -> Mapping[str, Any]:
        return handler(call, reader, kind, hooks)

    return Operation(served, writes=writes)
