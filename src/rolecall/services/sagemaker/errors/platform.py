"""Refusals by situation: monitoring, clusters, hubs, edge, workforce, governance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.sagemaker.errors.refusal import CONFLICT, IN_USE, LIMIT, NOT_FOUND, VALIDATION, Refusal

REFUSALS: Final[Mapping[str, Refusal]] = {
    "no tags on type": Refusal(VALIDATION, "Tags are not supported on this type of resource: {arn}"),
    "tags of group": Refusal(
        VALIDATION, "A version of a model package group has the tags of its group and takes no others: {arn}"
    ),
    "busy": Refusal(CONFLICT, "{noun} {arn} is in status {status}; the operation needs [{allowed}]."),
    "component busy": Refusal(VALIDATION, 'Cannot update in-progress inference component "{arn}".'),
    "endpoint not ready": Refusal(
        VALIDATION, 'Endpoint "{arn}" is in status {status}; inference components need an endpoint InService.'
    ),
    "endpoint holds components": Refusal(
        VALIDATION, 'Cannot delete endpoint "{arn}": it hosts inference components. Delete them first.'
    ),
    "one specification": Refusal(VALIDATION, "Exactly one of Specification and Specifications must be given."),
    "specification source": Refusal(
        VALIDATION, "A specification needs a ModelName, a Container or a BaseInferenceComponentName."
    ),
    "variant not named": Refusal(VALIDATION, 'VariantName must be given: endpoint "{arn}" has several variants.'),
    "component has adapters": Refusal(
        VALIDATION, 'Cannot delete inference component "{arn}": inference component "{user}" is based on it.'
    ),
    "destination type": Refusal(
        VALIDATION, "Endpoint {arn} is not {wanted}, as routing target {name} needs its destinations to be."
    ),
    "target names": Refusal(VALIDATION, "The names of routing targets must be unique: {name}."),
    "schedule state": Refusal(
        VALIDATION, "Monitoring schedule {arn} is in status {status}; the operation needs [{allowed}]."
    ),
    "schedule definition": Refusal(
        VALIDATION,
        "Exactly one of MonitoringJobDefinition and MonitoringJobDefinitionName must be given; a name needs a "
        "MonitoringType.",
    ),
    "schedule expression": Refusal(
        VALIDATION,
        "ScheduleExpression '{text}' is not supported. Give NOW, cron(0 [00-23] ? * * *), "
        "cron(0 [00-23]/[01-24] ? * * *) or cron(0 * ? * * *).",
    ),
    "schedule window": Refusal(
        VALIDATION, "DataAnalysisStartTime and DataAnalysisEndTime go with the schedule expression NOW only."
    ),
    "alert unknown": Refusal(NOT_FOUND, "Monitoring alert [{name}] does not exist for schedule {arn}."),
    "alert datapoints": Refusal(VALIDATION, "DatapointsToAlert must not be greater than EvaluationPeriod."),
    "no instance groups": Refusal(
        VALIDATION, "At least one of InstanceGroups and RestrictedInstanceGroups must be given."
    ),
    "group names": Refusal(VALIDATION, "The names of instance groups must be unique: {name}."),
    "group source": Refusal(
        VALIDATION, "Instance group {name} needs exactly one of InstanceType and InstanceRequirements."
    ),
    "lifecycle scripts": Refusal(
        VALIDATION, "Validation Error: SourceS3Uri {uri} does not start with 's3://sagemaker'."
    ),
    "group unknown": Refusal(VALIDATION, "Instance group {name} does not exist in cluster {arn}."),
    "nothing to update": Refusal(VALIDATION, "The request changes nothing: {members}."),
    "node not named": Refusal(VALIDATION, "At least one of {members} must be given."),
    "node unknown": Refusal(NOT_FOUND, "Node {name} does not exist in cluster {arn}."),
    "node restricted": Refusal(VALIDATION, "Node {name} is in a restricted instance group."),
    "too many nodes": Refusal(LIMIT, "At most {limit} nodes can be named in a request; this one has {asked}."),
    "cluster not ready": Refusal(CONFLICT, "Cluster {arn} is in status {status}; it must be InService."),
    "cluster not eks": Refusal(VALIDATION, "Cluster {arn} is not orchestrated by Amazon EKS."),
    "cluster not continuous": Refusal(
        VALIDATION, "Cluster {arn} needs NodeProvisioningMode Continuous for this operation."
    ),
    "cluster not slurm": Refusal(VALIDATION, "Cluster {arn} is not orchestrated by Slurm."),
    "volume not attached": Refusal(NOT_FOUND, "Volume {name} is not attached to node {node}."),
    "volume attached": Refusal(VALIDATION, "Volume {name} is already attached to node {node}."),
    "interface attached": Refusal(VALIDATION, "Network interface {name} is already attached to node {node}."),
    "event unknown": Refusal(NOT_FOUND, "Event {name} does not exist in cluster {arn}."),
    "operation unknown": Refusal(NOT_FOUND, "Operation {name} does not exist in cluster {arn}."),
    "extension unknown": Refusal(NOT_FOUND, "Extension {name} is not offered{version}."),
    "extension configuration": Refusal(VALIDATION, "ConfigurationValues must be a JSON object."),
    "stale version": Refusal(CONFLICT, "The target version {asked} is not the current version {held} of {arn}."),
    "version unknown": Refusal(NOT_FOUND, "{noun} [{arn}] has no version {asked}."),
    "public hub": Refusal(VALIDATION, "SageMakerPublicHub cannot be changed."),
    "hub not empty": Refusal(IN_USE, "Hub {arn} cannot be deleted because it still has contents."),
    "content taken": Refusal(IN_USE, "Hub content {arn} already exists."),
    "content unknown": Refusal(NOT_FOUND, "Hub content [{arn}] does not exist."),
    "content type": Refusal(VALIDATION, "Hub content of the type {type} is not {wanted} by this operation."),
    "content document": Refusal(VALIDATION, "HubContentDocument must be a JSON document."),
    "agreement": Refusal(
        VALIDATION, "Hub content {arn} is gated: its end-user license agreement must be accepted (AcceptEula)."
    ),
    "not active": Refusal(VALIDATION, "{noun} {arn} is in status {status}; a presigned URL needs it to run."),
    "project state": Refusal(VALIDATION, "Cannot update Project in {status} status"),
    "project not deletable": Refusal(VALIDATION, "Cannot delete Project in {status} status"),
    "project template": Refusal(
        VALIDATION, "Exactly one of ServiceCatalogProvisioningDetails and TemplateProviders must be given."
    ),
    "device registered": Refusal(VALIDATION, "Device with name {name} is already registered."),
    "device names": Refusal(VALIDATION, "The names of devices must be unique in a request: {name}."),
    "stage unknown": Refusal(VALIDATION, "No stage with name {name} found in edge deployment plan {arn}."),
    "stage taken": Refusal(VALIDATION, "Stage {name} already exists in edge deployment plan {arn}."),
    "stage active": Refusal(IN_USE, "Stage {name} of edge deployment plan {arn} is in status {status}."),
    "too many stages": Refusal(LIMIT, "An edge deployment plan has at most {limit} stages."),
    "role missing": Refusal(VALIDATION, "RoleArn must be given when EnableIotRoleAlias is true."),
    "one identity source": Refusal(VALIDATION, "Exactly one of CognitoConfig and OidcConfig must be given."),
    "one workforce": Refusal(
        VALIDATION, "This account already has a private workforce in this region: {name}. There can be one only."
    ),
    "workforce has teams": Refusal(
        IN_USE, "Workforce {arn} cannot be deleted because work team {user} belongs to it."
    ),
    "workforce network": Refusal(
        VALIDATION, "WorkforceVpcConfig needs VpcId, SecurityGroupIds and Subnets, or none of them."
    ),
    "identity center": Refusal(VALIDATION, "IdcConfig must be given when AuthType is IDC, and only then."),
    "template unknown": Refusal(VALIDATION, "Project {arn} has no template {name}."),
    "subscription unknown": Refusal(VALIDATION, "The work team {arn} is not subscribed to."),
    "one template": Refusal(VALIDATION, "Exactly one of UiTemplate and HumanTaskUiArn must be given."),
}
