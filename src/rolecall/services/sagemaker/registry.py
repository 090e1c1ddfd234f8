"""The model registry: groups, versions of model packages, approval.

A version lies in its group and is called by its number; a package without group by its name. Versions are named
by ARN only: the short form group/number names none. Nothing is validated, so a package is Completed at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import lives, model
from rolecall.services.sagemaker import tags as tagging
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.items import NOT_KEPT, SERVICE, Body, Hooks, acting, add, change, find, turn, view
from rolecall.services.sagemaker.lists import listing, page
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

GROUP: Final = BY_TYPE["model-package-group"]
PACKAGE: Final = BY_TYPE["model-package"]


def create_package(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    group_name, name = given.get("ModelPackageGroupName"), given.get("ModelPackageName")
    if group_name and name:
        raise refuse("package named twice")
    if not group_name and not name:
        raise refuse("package without name")
    tags = tagging.requested(given.get("Tags"))
    kept = {member: value for member, value in given.items() if member not in NOT_KEPT}
    body: Body = {
        **kept,
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
    }
    if not group_name:
        body["_Type"] = "Unversioned"
        item = add(call, unit, PACKAGE, str(name), body, tags=tags)
        return {"ModelPackageArn": item.arn}
    if tags:
        raise refuse("tags of group", arn=group_name)
    try:
        group = find(call, unit, GROUP, str(group_name))
    except AwsError as unknown:
        raise refuse("package without group") from unknown
    number = int(group.body.get("_LastVersion", 0)) + 1
    unit.change_item(msgspec.structs.replace(group, body={**group.body, "_LastVersion": number}))
    body |= {
        "ModelApprovalStatus": given.get("ModelApprovalStatus") or "PendingManualApproval",
        "ModelPackageGroupName": group.name,
        "ModelPackageName": group.name,
        "ModelPackageVersion": number,
        "_Type": "Versioned",
    }
    # A version is its group's account's, whoever registers it.
    owner = msgspec.structs.replace(call, account=group.account)
    item = add(owner, unit, PACKAGE, str(number), body, parent=group.name)
    return {"ModelPackageArn": item.arn}


def describe_package(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = find(call, reader, PACKAGE, str(call.parameters["ModelPackageName"]))
    return model.answer(call.operation, _shown(call, reader, item))


def batch_describe(call: Call, reader: Reader) -> Mapping[str, Any]:
    shape = model.output_shape(call.operation).members["ModelPackageSummaries"].value
    found: Body = {}
    failed: Body = {}
    for arn in dict.fromkeys(map(str, call.parameters["ModelPackageArnList"])):
        try:
            item = find(call, reader, PACKAGE, arn)
            if not item.parent:  # only versions of a group are described in batches
                raise refuse("package without group")
            shown = _shown(call, reader, item)
            # The model requires it; a version that was registered without one has no containers.
            found[arn] = model.fit({"InferenceSpecification": {"Containers": []}, **shown}, shape)
        except AwsError as unknown:
            failed[arn] = {"ErrorCode": unknown.code, "ErrorResponse": unknown.message}
    made: Body = {"ModelPackageSummaries": found}
    return {**made, "BatchDescribeModelPackageErrorMap": failed} if failed else made


def update_package(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    item = find(call, unit, PACKAGE, str(given["ModelPackageArn"]))
    new: Body = {
        member: model.storable(value)
        for member, value in given.items()
        if member
        not in (
            *NOT_KEPT,
            "ModelPackageArn",
            "CustomerMetadataPropertiesToRemove",
            "AdditionalInferenceSpecificationsToAdd",
            "CustomerMetadataProperties",
        )
    }
    metadata = dict(item.body.get("CustomerMetadataProperties") or {})
    metadata |= given.get("CustomerMetadataProperties") or {}
    for key in given.get("CustomerMetadataPropertiesToRemove") or ():
        metadata.pop(key, None)
    added = model.storable(given.get("AdditionalInferenceSpecificationsToAdd") or [])
    if added:
        new["AdditionalInferenceSpecifications"] = [
            *(item.body.get("AdditionalInferenceSpecifications") or ()),
            *added,
        ]
    new["LastModifiedBy"] = acting(call, PACKAGE)
    # Properties may go, so they are put in whole.
    rest = {name: value for name, value in item.body.items() if name != "CustomerMetadataProperties"}
    if metadata:
        rest["CustomerMetadataProperties"] = metadata
    changed = change(call, unit, PACKAGE, msgspec.structs.replace(item, body=rest), new)
    return {"ModelPackageArn": changed.arn}


def delete_package(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = find(call, unit, PACKAGE, str(call.parameters["ModelPackageName"]))
    turn(call, unit, PACKAGE, item, lives.COMPLETED.delete)
    return {}


def list_packages(call: Call, reader: Reader) -> Mapping[str, Any]:
    """Versions of a group, or packages without group unless ModelPackageType says otherwise."""
    member, shape = model.listed(call.operation)
    wanted = listing(call, PACKAGE)
    group = call.parameters.get("ModelPackageGroupName")
    if group:
        found = find(call, reader, GROUP, str(group))
        wanted = msgspec.structs.replace(wanted, account=found.account, region=found.region, parent=found.name)
    elif call.parameters.get("ModelPackageType", "Unversioned") == "Unversioned":
        wanted = msgspec.structs.replace(wanted, parent="")
    if call.parameters.get("ModelPackageType") == "Both":
        given = {name: value for name, value in call.parameters.items() if name != "ModelPackageType"}
        call = msgspec.structs.replace(call, parameters=given)
    items, token = page(call, reader, PACKAGE, HOOKS["model-package"], wanted)
    made: Body = {member: [model.fit(one, shape) for one in items]}
    return {**made, "NextToken": token} if token else made


def _shown(call: Call, reader: Reader, item: Item) -> Body:
    return view(call, reader, PACKAGE, HOOKS["model-package"], item)


def _delete_group(call: Call, unit: Unit, item: Item) -> None:
    if unit.count(item.account, SERVICE, PACKAGE.type, region=item.region, parent=item.name):
        raise refuse("group not empty", arn=item.arn)


HOOKS: Final = {
    "model-package-group": Hooks(delete=_delete_group),
    "model-package": Hooks(),
}

OPERATIONS: Final = {
    "CreateModelPackage": Operation(create_package, writes=True),
    "DescribeModelPackage": Operation(describe_package, writes=False),
    "BatchDescribeModelPackage": Operation(batch_describe, writes=False),
    "UpdateModelPackage": Operation(update_package, writes=True),
    "DeleteModelPackage": Operation(delete_package, writes=True),
    "ListModelPackages": Operation(list_packages, writes=False),
}
