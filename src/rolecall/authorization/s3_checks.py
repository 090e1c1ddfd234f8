"""Which decisions does a call of S3 need? Rows of `s3_table`, filled from the call and from what was found for it.

Buckets and objects have ARNs without an account: what is decided on belongs to the account of the bucket. A key
whose source is absent is absent, never empty; a parameter that is sent empty is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from rolecall.authorization import s3_table
from rolecall.authorization.api_call import ApiCall, Ports
from rolecall.authorization.condition_keys import Values
from rolecall.authorization.context import resource_keys
from rolecall.authorization.paths import find, text_of
from rolecall.authorization.s3_table import CONDITIONS, Row

# A source of a copy as a condition holds it: bucket/key.
COPY_SOURCE: Final = "s3:x-amz-copy-source"


class Asked(Struct, frozen=True):
    """One question: an action on a resource of an account, with its keys."""

    action: str
    arn: str
    account: str
    keys: Values


def questions(call: ApiCall, ports: Ports) -> Iterator[Asked]:
    """What a call asks, in the order of the table.

    `entry` in `call.found`: the element of a list that is decided on, alone. `deciding`: only what chooses between
    two errors.
    """
    deciding = bool(call.found.get("deciding"))
    entry = call.found.get("entry")
    for row in s3_table.rows_of(call.operation, on_object="Key" in call.parameters):
        if row.via or bool(row.decides) is not deciding or bool(row.each) is not (entry is not None):
            continue
        if CONDITIONS[row.when](call):
            owner = _owner(row, call)
            keys = {**resource_keys(owner, ports), **_keys(row, call)}
            yield Asked(row.action, _arn(row.resource, call), owner, keys)


def _owner(row: Row, call: ApiCall) -> str:
    bucket = "source_bucket" if "CopySource" in row.resource else "bucket"
    return _one(f"state.{bucket}.account", call) or call.account


def _arn(template: str, call: ApiCall) -> str:
    """The text of a bucket or key, byte for byte: what a policy names is compared to nothing else."""
    if template == "*":
        return template
    source = _state(call).get("source")
    source = source if isinstance(source, Mapping) else {}
    entry = call.found.get("entry")
    key = entry.get("Key") if isinstance(entry, Mapping) else call.parameters.get("Key")
    for field, value in (
        ("{partition}", call.partition),
        ("{Bucket}", call.parameters.get("Bucket")),
        ("{CopySource.bucket}", source.get("bucket")),
    ):
        template = template.replace(field, str(value or "*"))
    # The last part, and not searched for fields again: a key may look like one.
    for field, value in (
        ("{Key}", key),
        ("{Delete.Objects[].Key}", key),
        ("{CopySource.key}", source.get("key")),
    ):
        if template.endswith(field):
            return template.removesuffix(field) + str(value or "*")
    return template


def _keys(row: Row, call: ApiCall) -> Values:
    made: Values = {}
    for key, path in row.keys.items():
        if key.endswith("/*"):
            made.update({key[:-1] + name: text for name, text in _tags(path, call).items()})
        elif key in ("aws:TagKeys", "s3:RequestObjectTagKeys"):
            names = tuple(_tags(path, call))
            if names:
                made[key] = names
        else:
            text = _text(key, path, call)
            if text is not None:
                made[key] = text
    filled = _state(call).get("filled")
    if row.action == "s3:PutObject" and isinstance(filled, Mapping):
        # Said when the upload began: its later steps cannot say it again (S3 User Guide, "Multipart upload").
        made.update({str(key): str(text) for key, text in filled.items()})
    return made


def _tags(path: str, call: ApiCall) -> Mapping[str, str]:
    where = {
        "Tagging": "state.request_tags",
        "CreateBucketConfiguration.Tags": "state.request_tags",
        "$derived.destination_tags": "state.destination_tags",
    }.get(path, path.removeprefix("$"))
    found = find(where, call.found)
    return found[0].value if found and isinstance(found[0].value, Mapping) else {}


def _text(key: str, path: str, call: ApiCall) -> str | None:
    if path.startswith("$const."):
        return path.removeprefix("$const.").replace("{region}", call.region)
    if path == "$principal.account":
        return call.account
    if path == "CopySource":
        return _one("state.source.named" if key == COPY_SOURCE else "state.source.version", call)
    if path.startswith("Delete.Objects[]."):
        return _one(f"entry.{path.rpartition('.')[2]}", call)
    if path.startswith("$"):
        return _one(path.removeprefix("$").removeprefix("derived."), call)
    if path == "SSEKMSKeyId":
        return _one("state.key_arn", call)
    values = find(path, call.parameters)
    return text_of(values[0].value) if values else None


def _one(path: str, call: ApiCall) -> str | None:
    values = find(path, call.found)
    return text_of(values[0].value) if values else None


def _state(call: ApiCall) -> Mapping[str, Any]:
    state = call.found.get("state")
    return state if isinstance(state, Mapping) else {}
