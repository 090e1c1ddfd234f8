"""Which resources does a requirement stand on? Templates of requirement rows, filled from a call.

The forms are explained at `Requirement.on` and, for IAM's entities, in `rows/iam.py`. What is missing or
ill-formed becomes `*` in its place, so that nobody learns from a refusal how a name would have to look.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from rolecall.authorization.api_call import ApiCall, Ports
from rolecall.authorization.paths import Found, Place, find
from rolecall.decision.request import PrincipalType

GLOBAL: Final = frozenset({"iam", "sts", "organizations"})  # services whose ARNs have no region

# INVARIANT: what a handler could find is never ill-formed here. A resource that is authorized as `*` in place of
# its name escapes every Deny that names it, which is harmless only where the call cannot succeed anyway.
NAME: Final = re.compile(r"[A-Za-z0-9_+=,.@-]{1,512}")
# Where a name or an ARN may stand, a name may have parts: `group/3` is version 3 of a model package group.
PARTED_NAME: Final = re.compile(rf"{NAME.pattern}(?:/{NAME.pattern})*")
# What a log stream may be called, or an alias of a key: a colon would end the name, a star be no name.
TEXT: Final = re.compile(r"[^:*]{1,512}")
# Any text in the last part: stored ARNs are found by their exact text, and so are they matched.
ARN: Final = re.compile(r"arn:[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:(?:[0-9]{12}|aws|):[^\x00-\x1f\x7f]{1,2048}")
FIELD: Final = re.compile(r"\{([^{}|]+)(?:\|([^{}]*))?\}")
ENTITY: Final = re.compile(r"@([a-z-]+):\{([^{}?]+)(\?)?\}")
ROOT_USER: Final = re.compile(r"(?:arn:[a-z0-9-]+:iam::)?([0-9]{12})(?::root)?")
ENTITY_PATH: Final = re.compile(r"/|/[\x21-\x7e]+/")


class Target(Struct, frozen=True):
    """One resource of a requirement. printed: as a denial names it; "" leaves it out; None: the ARN.

    was: the ARN that an entity has until it is renamed, and under which its tags are found. owner: the account of
    a resource that is decided on as one of the caller's account; "" where these are the same.
    """

    arn: str
    account: str
    printed: str | None = None
    was: str = ""
    owner: str = ""

    @property
    def owning_account(self) -> str:
        return self.owner or self.account


class Piece(Struct, frozen=True):
    """A literal, or members of which the first present one fills in.

    prefix: the words that a bare name follows ("model/"), or "id": of an ARN its id stands there. None: the value.
    """

    literal: str = ""
    paths: tuple[str, ...] = ()
    prefix: str | None = None


class Filled(Struct, frozen=True):
    """A template filled so far. home: (region, account) of an ARN whose id stands in it."""

    text: str = ""
    place: Place = ()
    home: tuple[str, str] | None = None


@functools.lru_cache(maxsize=4096)
def pieces(template: str) -> tuple[Piece, ...]:
    """The parts of a template; a literal piece has no paths."""
    made: list[Piece] = []
    at = 0
    for match in FIELD.finditer(template):
        if match.start() > at:
            made.append(Piece(literal=template[at : match.start()]))
        made.append(Piece(paths=tuple(match[1].split(" or ")), prefix=match[2]))
        at = match.end()
    if at < len(template):
        made.append(Piece(literal=template[at:]))
    return tuple(made)


def targets(on: str, printed: str | None, action: str, call: ApiCall, ports: Ports) -> tuple[Target, ...]:
    """The resources that a template stands for, in the order of the request, each once."""
    service = action.partition(":")[0]
    if on == "*":
        return (Target("*", call.account, "" if printed is None else printed),)
    entity = ENTITY.fullmatch(on)
    if entity is not None and entity[1] == "root-user":
        return (_root_user(call.parameters.get(entity[2]), call),)
    if entity is not None:
        return (_entity(entity[1], entity[2], bool(entity[3]), printed, call, ports),)
    made: dict[str, Target] = {}
    for filled in _fill(pieces(on), call.parameters):
        arn = filled.text
        if arn != "*" and not arn.startswith("arn:"):
            arn = complete(arn, service, call, filled.home)
        shown = None if printed is None else _print(printed, call.parameters, filled.place, service, call)
        made.setdefault(arn, Target(arn, account_of(arn, call.account), shown))
    return tuple(made.values())


def complete(path: str, service: str, call: ApiCall, home: tuple[str, str] | None = None) -> str:
    """The ARN of a resource, in the caller's account and region unless a `home` is given."""
    region, account = home or ("" if service in GLOBAL else call.region, call.account)
    return f"arn:{call.partition}:{service}:{region}:{account}:{path}"


def account_of(arn: str, otherwise: str) -> str:
    """The account in an ARN; AWS's own and account-less resources count as the caller's (SEMANTICS 10.4)."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else otherwise


def well_formed_arn(value: object) -> bool:
    return isinstance(value, str) and ARN.fullmatch(value) is not None


def _fill(parts: tuple[Piece, ...], parameters: Mapping[str, object]) -> list[Filled]:
    """Every text that a template gives; members of one list element stay together."""
    filled = [Filled()]
    for part in parts:
        if not part.paths:
            filled = [Filled(one.text + part.literal, one.place, one.home) for one in filled]
            continue
        found = _first(part.paths, parameters)
        grown: list[Filled] = []
        for so_far in filled:
            fitting = [one for one in found if _together(one.place, so_far.place)]
            if not fitting:
                fitting = [Found((), None)]
            for one in fitting:
                word, home = _word(one.value, part, alone=len(parts) == 1)
                place = max(so_far.place, one.place, key=len)
                grown.append(Filled(so_far.text + word, place, home or so_far.home))
        filled = grown
    return filled


def _first(paths: tuple[str, ...], parameters: Mapping[str, object]) -> tuple[Found, ...]:
    """What the first path that leads anywhere leads to."""
    for path in paths:
        found = find(path, parameters)
        if found:
            return found
    return ()


def _together(one: Place, other: Place) -> bool:
    """Whether two places lie on one line of list elements, or in lists that have nothing in common."""
    lists = dict(other)
    return all(lists.get(trail, index) == index for trail, index in one)


def _word(value: object, part: Piece, *, alone: bool) -> tuple[str, tuple[str, str] | None]:
    """A member's value as it stands in the resource, and where an ARN in its place lies."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    is_arn = isinstance(value, str) and value.startswith("arn:")
    if part.prefix == "id":
        if is_arn and well_formed_arn(value):
            _, _, _, region, account, rest = str(value).split(":", 5)
            name = rest.partition("/")[2]
            if NAME.fullmatch(name) and (account.isdigit() or account == "aws"):
                return name, (region, account)
        return (str(value) if isinstance(value, str) and NAME.fullmatch(value) else "*"), None
    if part.prefix == "text":
        return (value if isinstance(value, str) and TEXT.fullmatch(value) else "*"), None
    if part.prefix == "log-group":
        return _log_group(value)
    if part.prefix is not None:
        if is_arn and alone and well_formed_arn(value):
            return str(value), None
        return part.prefix + (value if isinstance(value, str) and PARTED_NAME.fullmatch(value) else "*"), None
    form = ARN if alone else NAME
    return (value if isinstance(value, str) and form.fullmatch(value) else "*"), None


def _log_group(value: object) -> tuple[str, tuple[str, str] | None]:
    """A log group by name, or by either form of its ARN."""
    home = None
    if isinstance(value, str) and well_formed_arn(value):
        _, _, _, region, account, rest = value.split(":", 5)
        value, home = rest.removeprefix("log-group:").removesuffix(":*"), (region, account)
    return (value if isinstance(value, str) and TEXT.fullmatch(value) else "*"), home


def _print(template: str, parameters: Mapping[str, object], place: Place, service: str, call: ApiCall) -> str:
    """The resource as a denial names it; a template that reads like a resource path is completed."""
    made = ""
    for part in pieces(template):
        if part.paths:
            fitting = [one for one in _first(part.paths, parameters) if _together(one.place, place)]
            value = fitting[0].value if fitting else None
            made += value if isinstance(value, str) and value and len(value) <= 2048 else "*"
        else:
            made += part.literal
    is_path = "/" in template and " " not in template and not made.startswith(("arn:", "*"))
    return complete(made, service, call) if is_path else made


def _entity(kind: str, member: str, own: bool, printed: str | None, call: ApiCall, ports: Ports) -> Target:
    value = call.parameters.get(member)
    name = value if isinstance(value, str) and NAME.fullmatch(value) else None
    was = ""
    if own and value is None:
        arn = _self(call)
    elif kind.startswith("renamed-"):
        kind = kind.removeprefix("renamed-")
        was = (name and ports.entities.entity_arn(call.account, kind, name)) or ""
        arn = _renamed(kind, member, name, was, call)
    else:
        make = MAKERS.get(kind)
        if make is not None:
            arn = make(value, call, ports) or complete(f"{KINDS.get(kind, kind)}/*", "iam", call)
        elif kind.startswith("new-"):
            arn = _new(kind.removeprefix("new-"), name, call)
        elif name is None:
            arn = complete(f"{kind}/*", "iam", call)
        else:
            stored = ports.entities.entity_arn(call.account, kind, name)
            arn = stored or complete(f"{kind}/{name}", "iam", call)
            if stored is None and printed is None:
                printed = f"{kind} {name}"
    if printed is not None and "{" in printed:
        printed = _print(printed, call.parameters, (), "iam", call)
    owner = account_of(arn, call.account)
    if call.service == "organizations":
        # An organization lets members in by rules of its own (delegation), not as the owner of a resource does.
        return Target(arn, call.account, printed, was, owner if owner != call.account else "")
    return Target(arn, owner, printed, was)


def _root_user(value: object, call: ApiCall) -> Target:
    """The root user of another account of the organization, whose resource control policies count."""
    named = ROOT_USER.fullmatch(value) if isinstance(value, str) else None
    account = named[1] if named is not None else "*"
    return Target(f"arn:{call.partition}:iam::{account}:root", account if named else call.account)


def _self(call: ApiCall) -> str:
    """The caller as an entity of IAM: a user or root; a role session is no user."""
    if call.caller.principal.type in (PrincipalType.USER, PrincipalType.ROOT):
        return call.caller.principal.arn
    return complete("user/*", "iam", call)


def _new(kind: str, name: str | None, call: ApiCall) -> str:
    path = call.parameters.get("Path") or "/"
    if name is None or not isinstance(path, str) or not ENTITY_PATH.fullmatch(path):
        return complete(f"{kind}/*", "iam", call)
    return complete(f"{kind}{path}{name}", "iam", call)


def _renamed(kind: str, member: str, name: str | None, was: str, call: ApiCall) -> str:
    """The ARN of an entity after a request that changes its name or path."""
    own_path = was.partition(f":{kind}")[2].removesuffix(str(name)) or "/"
    path = call.parameters.get("NewPath") or own_path
    new_name = call.parameters.get(f"New{member}") or name
    formed = isinstance(new_name, str) and NAME.fullmatch(new_name) and isinstance(path, str)
    if not formed or not ENTITY_PATH.fullmatch(str(path)):
        return complete(f"{kind}/*", "iam", call)
    return complete(f"{kind}{path}{new_name}", "iam", call)


def _key_owner(value: object, call: ApiCall, ports: Ports) -> str | None:
    return ports.entities.key_owner(call.account, value) if isinstance(value, str) else None


def _service_linked_role(value: object, call: ApiCall, ports: Ports) -> str | None:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        return None
    known = ports.entities.service_linked_role(call.account, value)
    suffix = call.parameters.get("CustomSuffix")
    if known is None or not suffix:
        return known or complete(f"role/aws-service-role/{value}/*", "iam", call)
    return f"{known}_{suffix if isinstance(suffix, str) and NAME.fullmatch(suffix) else '*'}"


def _role_of_task(value: object, call: ApiCall, ports: Ports) -> str | None:
    parts = value.split("/") if isinstance(value, str) else []
    if len(parts) != 5 or parts[:2] != ["task", "aws-service-role"] or not all(map(NAME.fullmatch, parts[2:4])):
        return None
    return complete(f"role/aws-service-role/{parts[2]}/{parts[3]}", "iam", call)


def _in_organization(value: object, call: ApiCall, ports: Ports) -> str:
    """What has an id in the caller's organization; of an id that nothing has, everything of its kind."""
    if isinstance(value, Mapping):
        value = value.get("Id")
    ident = value if isinstance(value, str) and NAME.fullmatch(value) else ""
    found = ports.entities.organization_arn(call.account, ident) if ident else None
    if found is not None:
        return found
    kind = "account" if ident.isdigit() else ORGANIZATION_KINDS.get(ident.partition("-")[0], "account")
    name = ident if ident.isdigit() else "*"
    return _of_owner(f"{kind}/{_organization(call, ports)}/{name}", call, ports)


def _own_in_organization(value: object, call: ApiCall, ports: Ports) -> str:
    return _in_organization(call.account if value is None else value, call, ports)


def _new_account(value: object, call: ApiCall, ports: Ports) -> str:
    return _of_owner(f"account/{_organization(call, ports)}/*", call, ports)


def _new_unit(value: object, call: ApiCall, ports: Ports) -> str:
    return _of_owner(f"ou/{_organization(call, ports)}/*", call, ports)


def _new_policy(value: object, call: ApiCall, ports: Ports) -> str:
    kind = value.lower() if isinstance(value, str) and NAME.fullmatch(value) else "*"
    return _of_owner(f"policy/{_organization(call, ports)}/{kind}/*", call, ports)


def _resource_policy(value: object, call: ApiCall, ports: Ports) -> str:
    return _of_owner(f"resourcepolicy/{_organization(call, ports)}/*", call, ports)


def _organization(call: ApiCall, ports: Ports) -> str:
    return ports.world.control_policies(call.account).organization_id or "*"


def _of_owner(path: str, call: ApiCall, ports: Ports) -> str:
    """Everything of an organization belongs to its management account."""
    owner = ports.world.control_policies(call.account).managed_by or call.account
    return f"arn:{call.partition}:organizations::{owner}:{path}"


def _oidc_provider(value: object, call: ApiCall, ports: Ports) -> str | None:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9._~:/%-]{1,255}", value):
        return None
    return complete(f"oidc-provider/{value.removeprefix('https://').rstrip('/')}", "iam", call)


MAKERS: Final = {
    "key-owner": _key_owner,
    "service-linked-role": _service_linked_role,
    "role-task": _role_of_task,
    "oidc": _oidc_provider,
    "organizations": _in_organization,
    "organizations-own": _own_in_organization,
    "organizations-new": _new_account,
    "organizations-new-unit": _new_unit,
    "organizations-new-policy": _new_policy,
    "organizations-resource-policy": _resource_policy,
}
# Ids of Organizations begin with the kind of what they belong to.
ORGANIZATION_KINDS: Final[Mapping[str, str]] = {
    "r": "root",
    "ou": "ou",
    "p": "policy",
    "h": "handshake",
    "rp": "resourcepolicy",
    "rt": "transfer",
    "o": "organization",
}
# What stands before `/*` when nothing could be made.
KINDS: Final = {
    "key-owner": "user",
    "service-linked-role": "role",
    "role-task": "role",
    "oidc": "oidc-provider",
}
