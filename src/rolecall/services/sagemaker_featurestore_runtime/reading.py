"""GetRecord, BatchGetRecord, ListRecords: what the online store holds now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker_featurestore_runtime import groups
from rolecall.services.sagemaker_featurestore_runtime.groups import refused
from rolecall.services.sagemaker_featurestore_runtime.records import SERVICE, TYPE, record_of, stored
from rolecall.store.errors import BadPageToken
from rolecall.store.ports import Reader
from rolecall.store.records import Item, Listing
from rolecall.wire.errors import AwsError

PAGE: Final = 100


def get(call: Call, reader: Reader) -> Mapping[str, Any]:
    """The record; an empty answer where there is none."""
    given = call.parameters
    group = groups.online_store(groups.named(call, reader, str(given["FeatureGroupName"])))
    _known_features(group, given.get("FeatureNames"))
    identifier = str(given["RecordIdentifierValueAsString"])
    return _found(call, reader, group, identifier, given.get("FeatureNames")) or {}


def _found(call: Call, reader: Reader, group: Item, identifier: str, wanted: object) -> dict[str, Any] | None:
    held = stored(call, reader, group, identifier)
    if held is None or held[1].deleted:
        return None
    made: dict[str, Any] = {"Record": held[1].features(group, wanted)}
    expires = held[1].expires_at()
    if expires and call.parameters.get("ExpirationTimeResponse") == "Enabled":
        made["ExpiresAt"] = expires
    return made


def _known_features(group: Item, wanted: object) -> None:
    known = {one["FeatureName"] for one in group.body["FeatureDefinitions"]}
    for name in wanted if isinstance(wanted, list | tuple) else ():
        if name not in known:
            raise refused(f"Feature {name} is not defined in feature group {group.name}.")


def batch_get(call: Call, reader: Reader) -> Mapping[str, Any]:
    """Records of several groups; what is wrong with one group is told for each of its identifiers."""
    records: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for asked in call.parameters["Identifiers"]:
        name, wanted = str(asked["FeatureGroupName"]), asked.get("FeatureNames")
        for identifier in asked["RecordIdentifiersValueAsString"]:
            told = {"FeatureGroupName": name, "RecordIdentifierValueAsString": str(identifier)}
            try:
                group = groups.online_store(groups.named(call, reader, name))
                _known_features(group, wanted)
                record = _found(call, reader, group, str(identifier), wanted)
            except AwsError as error:
                errors.append({**told, "ErrorCode": error.code, "ErrorMessage": error.message})
                continue
            if record is not None:
                records.append({**told, **record})
    return {"Records": records, "Errors": errors, "UnprocessedIdentifiers": []}


def list_page(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    group = groups.online_store(groups.named(call, reader, str(given["FeatureGroupName"])))
    try:
        page = reader.items(
            Listing(
                account=group.account,
                service=SERVICE,
                type=TYPE,
                region=group.region,
                parent=str(group.id),
                status=None if given.get("IncludeSoftDeletedRecords") else "live",
                limit=int(given.get("MaxResults") or PAGE),
                after=given.get("NextToken"),
            )
        )
    except BadPageToken:
        raise refused("The NextToken is not one of this list.") from None
    held = [record_of(item) for item in page.items]
    made: dict[str, Any] = {"RecordIdentifiers": [one.identifier for one in held if not one.gone(call.now)]}
    if page.next:
        made["NextToken"] = page.next
    return made


OPERATIONS: Final[Mapping[str, Operation]] = {
    "GetRecord": Operation(get, writes=False),
    "BatchGetRecord": Operation(batch_get, writes=False),
    "ListRecords": Operation(list_page, writes=False),
}
