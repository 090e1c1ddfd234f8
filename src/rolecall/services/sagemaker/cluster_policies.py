"""What a HyperPod cluster shares out: scheduler configurations and compute quotas, each with numbered versions.

An update names the version that it replaces; one that names another is refused. Describe gives the latest version,
or an earlier one that a request names by number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.items import Body, Hooks, find, refused
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

CLUSTER: Final = BY_TYPE["cluster"]
# The members that differ from version to version.
VERSIONED: Final = (
    "SchedulerConfig",
    "ComputeQuotaConfig",
    "ComputeQuotaTarget",
    "ActivationState",
    "Description",
)


def _versioned(noun: str) -> Hooks:
    member = f"{noun}Version"

    def prepare(call: Call, unit: Unit, body: Body) -> Body:
        cluster = find(call, unit, CLUSTER, str(body["ClusterArn"]))
        if cluster.status != "InService":
            raise refused(call, "cluster not ready", arn=cluster.arn, status=cluster.status)
        return {**body, member: 1}

    def update(call: Call, unit: Unit, item: Item, new: Body) -> Body:
        held, asked = int(item.body[member]), new.pop("TargetVersion")
        if asked != held:
            raise refuse("stale version", asked=asked, held=held, arn=item.arn)
        earlier = dict(item.body.get("_Versions") or {})
        earlier[str(held)] = {name: item.body[name] for name in VERSIONED if item.body.get(name) is not None}
        return {**new, member: held + 1, "_Versions": earlier}

    def show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
        arriving: Mapping[str, Any] = item.body.get("_arrival") or {}
        if call.operation.startswith("Update"):  # answers with the version that is coming
            return {**shown, **arriving}
        asked = call.parameters.get(member)
        if asked is None or asked == item.body[member]:
            return shown
        versions = item.body.get("_Versions") or {}
        if str(asked) not in versions:
            raise refuse("version unknown", noun=noun, arn=item.arn, asked=asked)
        without = {name: value for name, value in shown.items() if name not in VERSIONED}
        return {**without, **versions[str(asked)], member: asked}

    return Hooks(prepare=prepare, update=update, show=show)


HOOKS: Final = {
    "cluster-scheduler-config": _versioned("ClusterSchedulerConfig"),
    "compute-quota": _versioned("ComputeQuota"),
}
