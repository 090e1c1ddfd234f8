"""Everything that one call needs: the server's own checks, other services' actions, the roles' later work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from rolecall import catalog
from rolecall.analysis.needs.beside import beside
from rolecall.analysis.needs.reasons import reason
from rolecall.analysis.needs.running import UNDER, Work, work_of
from rolecall.authorization.api_call import ApiCall, Ports
from rolecall.authorization.caller import Caller
from rolecall.authorization.facts import Entities, Facts
from rolecall.authorization.requirements import Check, expand
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
) -> Needs:
    """The needs of a call. service: as botocore spells it. parameters: as botocore types them.

    caller: who makes it; a role of the account when nobody is named. ports: what exists (tags and states of
    resources that conditions look at); nothing when absent. Raises requirements.UnknownOperation.
    """
    known = catalog.load()
    call = ApiCall(
        service=service,
        operation=operation,
        parameters=parameters,
        caller=Caller(caller or somebody(account), access_key_id=""),
        account=account,
        region=region,
        now=datetime.now(UTC),
        secure=True,
    )
    nothing = Nothing()
    found = expand(call, ports or Ports(_facts(nothing), _entities(nothing), nothing), known)
    work = work_of(call)
    return Needs(
        service=service,
        operation=operation,
        parameters=parameters,
        account=account,
        region=region,
        checks=tuple(_need(check, operation) for check in found),
        beside=tuple(
            Need(one.action, one.resource, one.why, when=one.when, checked=False) for one in beside(call, known)
        ),
        roles=tuple(RoleNeeds(role, of.service, tuple(map(_later, of.tasks))) for role, of in work.items()),
        requests=tuple(check.request for check in found),
        under=UNDER.get(operation, ""),
    )


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
