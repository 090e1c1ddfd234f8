"""Everything that one call needs: the server's own checks, other services' actions, the roles' later work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from rolecall import catalog
from rolecall.analysis.needs.beside import beside
from rolecall.analysis.needs.reasons import reason
from rolecall.analysis.needs.running import UNDER, Work, work_of
from rolecall.authorization.api_call import ApiCall, Ports
from rolecall.authorization.caller import Caller
from rolecall.authorization.facts import Entities, Facts
from rolecall.authorization.requirements import Check, expand
from rolecall.authorization.rows.sagemaker import LINKED_FIRST, SERVICE_LINKED
from rolecall.decision.policies import SourcedPolicy
from rolecall.decision.request import Principal, PrincipalType, Request
from rolecall.decision.world import ControlPolicies, PrincipalRecord

# Keys that say who asks and from where: the same for every call, and not what a call needs.
OF_THE_CALLER: Final = "aws:"
OF_THE_REQUEST: Final = ("aws:requesttag/", "aws:tagkeys", "aws:resourcetag/")


class Need(Struct, frozen=True):
    """One permission of the caller. keys: condition keys that the request carries. when: in which case; "" always.

    checked: whether the server decides on it; else AWS documents it of another service.
    """

    action: str
    resource: str
    why: str
    keys: Mapping[str, tuple[str, ...]] = {}
    when: str = ""
    checked: bool = True


class RoleNeeds(Struct, frozen=True):
    """What SageMaker does under one role once the call is made."""

    role: str
    service: str
    needs: tuple[Need, ...]


class Needs(Struct, frozen=True):
    """All needs of one call; `requests` are the decision requests of `checks`, in the same order.

    under: under whose role SageMaker works for it, where the call passes none; "": nobody's, or a passed one's.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    account: str
    region: str
    checks: tuple[Need, ...]
    beside: tuple[Need, ...]
    roles: tuple[RoleNeeds, ...]
    requests: tuple[Request, ...] = ()
    under: str = ""


class Nothing:
    """Facts, entities and a world where nothing exists."""

    def tags_of(self, arn: str) -> Mapping[str, str]:
        return {}

    def state_of(self, arn: str) -> Mapping[str, Any] | None:
        return None

    def trust_policy(self, role_arn: str) -> SourcedPolicy | None:
        return None

    def entity_arn(self, account: str, kind: str, name: str) -> str | None:
        return None

    def key_owner(self, account: str, access_key_id: str) -> str | None:
        return None

    def credential_service(self, account: str, credential_id: str) -> str | None:
        return None

    def service_linked_role(self, account: str, service: str) -> str | None:
        return None

    def organization_arn(self, account: str, ident: str) -> str | None:
        return None

    def principal(self, arn: str) -> PrincipalRecord | None:
        return None

    def control_policies(self, account: str) -> ControlPolicies:
        return ControlPolicies()

    def resource_policy(self, arn: str) -> SourcedPolicy | None:
        return None


def needs_of(
    service: str,
    operation: str,
    parameters: Mapping[str, Any],
    *,
    account: str,
    region: str = "us-east-1",
    caller: Principal | None = None,
    ports: Ports | None = None,
    source_ip: str | None = None,
) -> Needs:
    """The needs of a call. service: as botocore spells it. parameters: as botocore types them.

    caller: who makes it; a role of the account when nobody is named. ports: what exists (tags and states of
    resources that conditions look at); nothing when absent. Raises requirements.UnknownOperation.
    """
    known = catalog.load()
    call = ApiCall(
        service=service,
        operation=operation,
        parameters=_without_unknown_ids(service, operation, parameters),
        caller=Caller(caller or somebody(account), access_key_id=""),
        account=account,
        region=region,
        now=datetime.now(UTC),
        source_ip=source_ip,
        secure=True,
    )
    nothing = Nothing()
    ports = ports or Ports(_facts(nothing), _entities(nothing), nothing)
    found, linked = expand(call, ports, known), _linked(call, ports, known)
    linked_needs = tuple(
        msgspec.structs.replace(_need(check, operation), when=f"{SERVICE_LINKED[operation][0]} does not exist yet")
        for check in linked
    )
    work = work_of(call)
    return Needs(
        service=service,
        operation=operation,
        parameters=parameters,
        account=account,
        region=region,
        checks=tuple(_need(check, operation) for check in found) + linked_needs,
        beside=tuple(
            Need(one.action, one.resource, one.why, when=one.when, checked=False) for one in beside(call, known)
        ),
        roles=tuple(RoleNeeds(role, of.service, tuple(map(_later, of.tasks))) for role, of in work.items()),
        requests=tuple(check.request for check in (*found, *linked)),
        under=UNDER.get(operation, ""),
    )


def _without_unknown_ids(service: str, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters without the name of a cluster: policies are about its id, which only the server knows."""
    name = parameters.get("ClusterName")
    if service != "sagemaker" or operation == "CreateCluster" or not isinstance(name, str):
        return parameters
    if name.startswith("arn:"):
        return parameters
    return {member: value for member, value in parameters.items() if member != "ClusterName"}


def _linked(call: ApiCall, ports: Ports, known: catalog.Catalog) -> tuple[Check, ...]:
    """The making of the service-linked role that an operation cannot do without, unless it is there."""
    if call.service != "sagemaker" or call.operation not in LINKED_FIRST:
        return ()
    name, service = SERVICE_LINKED[call.operation]
    if ports.entities.entity_arn(call.account, "role", name) is not None:
        return ()
    made = {"service": "iam", "operation": "CreateServiceLinkedRole", "parameters": {"AWSServiceName": service}}
    return expand(msgspec.structs.replace(call, **made), ports, known)


def somebody(account: str) -> Principal:
    """Whoever calls: a session of some role."""
    return Principal(
        f"arn:aws:sts::{account}:assumed-role/caller/rolecall",
        account,
        PrincipalType.ROLE_SESSION,
        role_arn=f"arn:aws:iam::{account}:role/caller",
        unique_id="AROACALLER",
        user_id="AROACALLER:rolecall",
    )


def _facts(nothing: Nothing) -> Facts:
    return nothing


def _entities(nothing: Nothing) -> Entities:
    return nothing


def _need(check: Check, operation: str) -> Need:
    keys = {
        key: values
        for key, values in check.request.context.spelled().items()
        if not key.lower().startswith(OF_THE_CALLER) or key.lower().startswith(OF_THE_REQUEST)
    }
    return Need(
        check.request.action,
        check.request.resource.arn,
        reason(check.requirement, operation),
        dict(sorted(keys.items())),
    )


def _later(task: Work) -> Need:
    return Need(task.action, task.resource, task.why, when=task.when)
