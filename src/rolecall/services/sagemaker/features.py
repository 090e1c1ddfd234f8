"""Feature groups: where their records lie, and features added later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import model
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.items import Body, Hooks, change, named, view
from rolecall.services.sagemaker.paths import merged
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

GROUP: Final = BY_TYPE["feature-group"]
ON_DEMAND: Final = "OnDemand"


def _prepare(call: Call, unit: Unit, body: Body) -> Body:
    names = {str(one["FeatureName"]) for one in body["FeatureDefinitions"]}
    for member in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
        if body[member] not in names:
            raise refuse("feature unknown", member=member, name=body[member])
    online, offline = body.get("OnlineStoreConfig"), body.get("OfflineStoreConfig")
    if not online and not offline:
        raise refuse("no store")
    if offline:
        body["OfflineStoreConfig"] = _offline(call, str(body["FeatureGroupName"]), offline)
        body["OfflineStoreStatus"] = {"Status": "Active"}
    return body


def _offline(call: Call, name: str, given: Mapping[str, Any]) -> Body:
    """The offline store with what AWS fills in: the Glue table and the place of the records."""
    began = int(call.now.timestamp())
    storage = dict(given["S3StorageConfig"])
    storage.setdefault(
        "ResolvedOutputS3Uri",
        f"{str(storage['S3Uri']).rstrip('/')}/{call.account}/sagemaker/{call.region}/offline-store/"
        f"{name}-{began}/data",
    )
    made: Body = {"DisableGlueTableCreation": False, **given, "S3StorageConfig": storage}
    if not made["DisableGlueTableCreation"] and not made.get("DataCatalogConfig"):
        made["DataCatalogConfig"] = {
            "TableName": f"{name.replace('-', '_').lower()}_{began}",
            "Catalog": "AwsDataCatalog",
            "Database": "sagemaker_featurestore",
        }
    return made


def _show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    shown["NextToken"] = ""  # the model requires it; all features come at once
    return shown


def update_group(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, GROUP)
    new: Body = model.storable(
        {name: value for name, value in call.parameters.items() if name != GROUP.name_member}
    )
    added = new.pop("FeatureAdditions", None) or []
    held = list(item.body["FeatureDefinitions"])
    for one in added:
        if any(one["FeatureName"] == feature["FeatureName"] for feature in held):
            raise refuse("feature taken", name=one["FeatureName"])
        held.append(one)
    if new.get("ThroughputConfig") is not None:  # what is described has a mode, which an update need not name
        had = item.body.get("ThroughputConfig") or {"ThroughputMode": ON_DEMAND}
        new["ThroughputConfig"] = {**had, **new["ThroughputConfig"]}
    new |= {"FeatureDefinitions": held, "LastUpdateStatus": {"Status": "Successful"}}
    return {"FeatureGroupArn": change(call, unit, GROUP, item, new).arn}


def describe_feature(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = named(call, reader, GROUP)
    feature = _feature(item, str(call.parameters["FeatureName"]))
    said = (item.body.get("_Metadata") or {}).get(feature["FeatureName"], {})
    known = view(call, reader, GROUP, HOOKS["feature-group"], item)
    return model.answer(
        call.operation,
        {
            **known,
            "LastModifiedTime": said.get("LastModifiedTime", item.created),
            "FeatureName": feature["FeatureName"],
            "FeatureType": feature["FeatureType"],
            "Description": said.get("Description"),
            "Parameters": said.get("Parameters"),
        },
    )


def update_feature(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, GROUP)
    given = call.parameters
    name = str(_feature(item, str(given["FeatureName"]))["FeatureName"])
    metadata = dict(item.body.get("_Metadata") or {})
    said = dict(metadata.get(name, {}))
    if any(not one.get("Key") for one in given.get("ParameterAdditions") or ()):
        raise refuse("feature parameter")
    if given.get("Description") is not None:
        said["Description"] = given["Description"]
    parameters = {one["Key"]: one for one in said.get("Parameters") or ()}
    parameters |= {one["Key"]: dict(one) for one in given.get("ParameterAdditions") or ()}
    for key in given.get("ParameterRemovals") or ():
        parameters.pop(key, None)
    said |= {"Parameters": list(parameters.values()), "LastModifiedTime": call.now.timestamp()}
    change(call, unit, GROUP, item, {"_Metadata": merged(metadata, {name: said})})
    return {}


def _feature(item: Item, name: str) -> Mapping[str, Any]:
    for feature in item.body["FeatureDefinitions"]:
        if feature["FeatureName"] == name:
            found: Mapping[str, Any] = feature
            return found
    raise refuse("feature unknown", member="FeatureName", name=name)


HOOKS: Final = {"feature-group": Hooks(prepare=_prepare, show=_show)}

OPERATIONS: Final = {
    "UpdateFeatureGroup": Operation(update_group, writes=True),
    "DescribeFeatureMetadata": Operation(describe_feature, writes=False),
    "UpdateFeatureMetadata": Operation(update_feature, writes=True),
}
