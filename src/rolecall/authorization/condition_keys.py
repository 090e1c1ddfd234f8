"""Which values do a service's condition keys have for one requirement of a call?

Where values come from is the key table of the catalogue. A key that takes a list gets all values that its paths
find. How AWS folds several values into a key that takes one (the file system of each channel, the model of each
variant) is not documented; each distinct combination that occurs together in the request is then a context of its
own, and all of them must be allowed (SEMANTICS, SageMaker 3.2). So the answer is a list of contexts, mostly one.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from msgspec import Struct

from rolecall.authorization.api_call import ApiCall, Ports
from rolecall.authorization.paths import Found, Place, find, text_of
from rolecall.catalog import Catalog, RequestPath

Values = dict[str, str | tuple[str, ...]]
# (text, its path, its place, the call) -> the text that the key holds, None: no value
Spelling = Callable[[str, str, Place, ApiCall], str | None]

# "false" (member default): what an absent member counts as begins with a quoted value.
DEFAULT: Final = re.compile(r'"([^"]*)"')
# keys(Member): the names in a map rather than its values, as JMESPath writes it.
NAMES: Final = re.compile(r"keys\((.+)\)")
# The value lies inside a JSON text whose schema AWS does not publish: not known, hence no key.
OPAQUE: Final = frozenset({"JobConfigDocument"})
# Rows of tags are filled with the tags of the resource, which context.py does for every service.
TAG_FAMILIES: Final = "$state.resource.tags"
KEY_ID: Final = re.compile(r"(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)


class Seen(Struct, frozen=True):
    """A value of a key and the list element it was found in."""

    key: str
    place: Place
    text: str


def service_keys(
    action: str, resource: str, call: ApiCall, ports: Ports, catalog: Catalog, tagging: bool
) -> tuple[Values, ...]:
    """The contexts that the key table gives for an action of the call's own service.

    tagging: the action attaches tags as part of another operation, whose own keys do not belong to it.
    """
    prefix, _, name = action.partition(":")
    rows = list(catalog.request_paths(action))
    if not tagging and name != call.operation and catalog_prefix(call.service) == prefix:
        known = set(rows)
        rows += [row for row in catalog.request_paths(f"{prefix}:{call.operation}") if row not in known]
    lists: dict[str, list[str]] = {}
    singles: list[Seen] = []
    for row in rows:
        for seen in _seen(row, resource, call, ports):
            if row.type.startswith("ArrayOf"):
                texts = lists.setdefault(seen.key, [])
                if seen.text not in texts:
                    texts.append(seen.text)
            elif seen not in singles:
                singles.append(seen)
    common: Values = {key: tuple(texts) for key, texts in lists.items()}
    return tuple({**common, **chosen} for chosen in combinations(singles))


def catalog_prefix(service: str) -> str:
    """The IAM prefix of a service as botocore spells it: all SageMaker clients but one share theirs."""
    if service.startswith("sagemaker") and service not in ("sagemaker_geospatial", "sagemaker-geospatial"):
        return "sagemaker"
    return service.replace("_", "-")


def combinations(singles: Iterable[Seen]) -> list[dict[str, str]]:
    """The combinations of single values that a request makes; one empty combination for none.

    Lists that share a key are one family: each innermost element gives a combination, with what its outer
    elements and the request itself say. Families have nothing to do with each other, so every pair occurs.
    """
    seen = list(singles)
    families: list[tuple[set[str], set[str]]] = []  # (outermost lists, keys)
    for one in seen:
        if not one.place:
            continue
        joined = ({one.place[0][0]}, {one.key})
        apart = []
        for family in families:
            if joined[0] & family[0] or joined[1] & family[1]:
                joined = (joined[0] | family[0], joined[1] | family[1])
            else:
                apart.append(family)
        families = [*apart, joined]
    parts = [_of_family(keys, [one for one in seen if one.key in keys]) for _, keys in families]
    listed = set().union(*(keys for _, keys in families)) if families else set()
    rest = [one for one in seen if one.key not in listed]
    parts.append(_product(rest))
    made: list[dict[str, str]] = []
    for chosen in itertools.product(*parts):
        merged = {key: text for part in chosen for key, text in part.items()}
        if merged not in made:
            made.append(merged)
    return made


def _of_family(keys: set[str], seen: list[Seen]) -> list[dict[str, str]]:
    places = {one.place for one in seen}
    inner = [place for place in places if place and not any(_inside(other, place) for other in places)]
    made: list[dict[str, str]] = []
    for place in sorted(inner):
        made += _product([one for one in seen if one.place == place or _inside(place, one.place)])
    return made


def _inside(place: Place, outer: Place) -> bool:
    return len(place) > len(outer) and place[: len(outer)] == outer


def _product(seen: list[Seen]) -> list[dict[str, str]]:
    """Every choice of one value for each key."""
    by_key: dict[str, list[str]] = {}
    for one in seen:
        texts = by_key.setdefault(one.key, [])
        if one.text not in texts:
            texts.append(one.text)
    return [dict(zip(by_key, texts, strict=True)) for texts in itertools.product(*by_key.values())]


def _seen(row: RequestPath, resource: str, call: ApiCall, ports: Ports) -> Iterable[Seen]:
    if row.path in OPAQUE or row.path == TAG_FAMILIES:
        return
    if row.path.startswith("$"):
        for found in special(row.path, resource, call, ports):
            if row.key in OF_OPERATION:
                found = Found((), OF_OPERATION[row.key](call.operation))
            yield from _named(row, found, resource, call)
        return
    named = NAMES.fullmatch(row.path)
    if named is not None:
        for found in find(f"{named[1]}.*", call.parameters):
            yield from _named(row, Found((), found.name), resource, call)
        return
    default = DEFAULT.match(row.when_absent)
    for found in find(row.path, call.parameters, default[1] if default else None):
        yield from _named(row, found, resource, call)


def special(path: str, resource: str, call: ApiCall, ports: Ports) -> tuple[Found, ...]:
    """What a path finds that does not start in the request."""
    root, _, rest = path.partition(".")
    session = call.caller.session
    match root:
        case "$operation":
            return (Found((), call.operation),)
        case "$principal":
            studio = session.studio if session else None
            name = rest.removeprefix("studio.")
            return (Found((), getattr(studio, name, None)),) if studio is not None else ()
        case "$auth":
            return find(rest, auth(call))
        case "$policy-type":
            return _policy_type(call.parameters.get(rest), call, ports)
        case "$credential":
            ident = call.parameters.get(rest)
            service = ports.entities.credential_service(call.account, ident) if isinstance(ident, str) else None
            return () if service is None else (Found((), service),)
        case "$state":
            return find(*_state(rest, resource, call, ports))
    return ()


def _policy_type(ident: object, call: ApiCall, ports: Ports) -> tuple[Found, ...]:
    """The type of a policy of the organization, which its ARN tells; nothing for what is no policy."""
    arn = ports.entities.organization_arn(call.account, ident) if isinstance(ident, str) else None
    kind, _, rest = (arn or "").split(":", 5)[-1].partition("/")
    return (Found((), rest.split("/")[-2].upper()),) if kind == "policy" else ()


def auth(call: ApiCall) -> Mapping[str, object]:
    """What the caller's credentials carry on into the call, for paths that start at $auth."""
    session = call.caller.session
    made: dict[str, object] = dict(call.token_keys)
    if session is not None:
        if session.transitive_tag_keys:
            made["TransitiveTagKeys"] = session.transitive_tag_keys
        if session.source_identity:
            made["SourceIdentity"] = session.source_identity
    return made


def _state(path: str, resource: str, call: ApiCall, ports: Ports) -> tuple[str, object]:
    """The path within a stored resource, and the resource: the requirement's own, or the space of the request."""
    head, _, rest = path.partition(".")
    if head == "PermissionsBoundary":
        record = ports.world.principal(resource)
        boundary = record.boundary.arn if record and record.boundary else None
        return path, {"PermissionsBoundary": boundary}
    if head == "space":
        domain, space = call.parameters.get("DomainId"), call.parameters.get("SpaceName")
        arn = f"arn:{call.partition}:sagemaker:{call.region}:{call.account}:space/{domain}/{space}"
        return rest, ports.facts.state_of(arn) if domain and space else None
    if head in ("resource", "model_package"):
        return rest, ports.facts.state_of(resource)
    return path, ports.facts.state_of(resource)


def _named(row: RequestPath, found: Found, resource: str, call: ApiCall) -> Iterable[Seen]:
    """The key and the text of a found value; nothing for a value that the key cannot hold."""
    key, value = row.key, found.value
    family, opened, _ = key.partition("${")
    if row.type == "Presence":
        yield Seen(key, (), "true")
        return
    if opened:
        name = found.name
        if family.endswith("SearchVisibilityCondition/"):
            name = str(value)
            value = _beside(row.path, "Value", found.place, call)
        if name and (text := text_of(value)) is not None:
            yield Seen(family + name, (), text)
        return
    text = text_of(value)
    if text is None:
        return
    change = SPELLED.get(row.key.partition(":")[2])
    if change is not None:
        text = change(text, row.path, found.place, call)
    # An empty text names no key, role, subnet or image: it counts as absent, so that a Null guard sees it.
    if text or row.type == "String":
        yield Seen(key, found.place, text or "")


def _beside(path: str, member: str, place: Place, call: ApiCall) -> object:
    """The value of a sibling member in the same list element."""
    sibling = f"{path.rpartition('.')[0]}.{member}".removeprefix(".")
    for one in find(sibling, call.parameters):
        if one.place == place:
            return one.value
    return None


def _arn(call: ApiCall, path: str) -> str:
    return f"arn:{call.partition}:sagemaker:{call.region}:{call.account}:{path}"


def _named_as(kind: str) -> Spelling:
    """A name becomes the ARN of a resource of this kind; an ARN stays."""

    def spell(text: str, path: str, place: Place, call: ApiCall) -> str | None:
        return text if text.startswith("arn:") or not text else _arn(call, f"{kind}/{text}")

    return spell


def _image_version(text: str, path: str, place: Place, call: ApiCall) -> str | None:
    if text.startswith("arn:"):
        return text
    image = _beside(path, "ImageName", place, call)
    return _arn(call, f"image-version/{image}/{text}") if image else None


def _owner(text: str, path: str, place: Place, call: ApiCall) -> str | None:
    return _arn(call, f"user-profile/{call.parameters.get('DomainId')}/{text}") if text else None


def _kms_key(text: str, path: str, place: Place, call: ApiCall) -> str | None:
    """The key's ARN. An alias names a key that only a key store knows: without one there is no value."""
    if text.startswith("arn:"):
        return text if ":key/" in text else None
    return f"arn:{call.partition}:kms:{call.region}:{call.account}:key/{text}" if KEY_ID.fullmatch(text) else None


def _workteam_type(text: str, path: str, place: Place, call: ApiCall) -> str | None:
    parts = text.split(":", 5)[-1].split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "workteam" else None


# Keys whose value is not the text of the request (after "sagemaker:").
SPELLED: Final[Mapping[str, Spelling]] = {
    "ModelArn": _named_as("model"),
    "NotebookInstanceLifecycleConfigArns": _named_as("notebook-instance-lifecycle-config"),
    "ImageArns": _named_as("image"),
    "ImageVersionArns": _image_version,
    "OwnerUserProfileArn": _owner,
    "WorkteamType": _workteam_type,
    "OutputKmsKeyArn": _kms_key,
    "VolumeKmsKeyArn": _kms_key,
    "DomainSharingOutputKmsKeyArn": _kms_key,
    "FeatureGroupOfflineStoreKmsKeyArn": _kms_key,
    "FeatureGroupOnlineStoreKmsKeyArn": _kms_key,
}


def _tagging_action(operation: str) -> str | None:
    """Absent on a direct AddTags, so that policies can tell the two apart."""
    return None if operation == "AddTags" else operation


def _is_update_record(operation: str) -> str:
    return "true" if operation == "UpdateRecord" else "false"


# Keys made from the name of the operation; None: absent.
OF_OPERATION: Final[Mapping[str, Callable[[str], str | None]]] = {
    "sagemaker:TaggingAction": _tagging_action,
    "sagemaker:IsUpdateRecord": _is_update_record,
}
