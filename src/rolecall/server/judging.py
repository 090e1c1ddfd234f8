"""May this call be made, as things stand in a snapshot? And does that still hold a moment later?

A judgement carries the versions it rests on, and where it is to last until a write, everything that it looked at.
Whoever writes asks the same again inside the transaction and judges anew when an answer is another, so that no
write rests on policies that are gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from rolecall.authorization.api_call import ApiCall, Ports
from rolecall.authorization.caller import Caller
from rolecall.authorization.delegation import refuses
from rolecall.authorization.requirement import Requirement
from rolecall.authorization.requirements import Check, expand
from rolecall.authorization.rulings import Decide, Ruling, rule
from rolecall.authorization.trust import ASSUME, NO_KEYS, SAGEMAKER, lasting_service, lasting_source, untrusting
from rolecall.authorization.trust import trusts as role_trusts
from rolecall.catalog import Catalog
from rolecall.decision.compiled import Engine
from rolecall.decision.profile import Profile
from rolecall.decision.request import Principal, PrincipalType
from rolecall.decision.wording import denial_message
from rolecall.decision.world import World
from rolecall.server.authorization_messages import CARRYING, Sealing, encoded_message
from rolecall.server.foreign import attributed
from rolecall.server.noting import NotingReader, Question, same_answers
from rolecall.services.facts import StoreFacts
from rolecall.services.iam.lookups import StoreEntities
from rolecall.services.iam.world import PrincipalCache, StoreWorld
from rolecall.services.s3.bucket_world import BucketWorld
from rolecall.store.ports import Reader
from rolecall.store.records import Item
from rolecall.store.scopes import principals_scope
from rolecall.wire.errors import Fault, fault
from rolecall.wire.services import SERVICES

ACROSS_ACCOUNTS: Final = "Cross-account pass role is not allowed."


class Judgement(Struct, frozen=True):
    """The checks of a call, their rulings up to the first denial, and what they rest on.

    untrusted: what the service answers because it cannot assume a passed role; None when it can. undelegated: the
    organization does not let the caller's account make the call. encoded: the message of a denial, of the services
    whose denials carry it.
    """

    checks: tuple[Check, ...]
    rulings: tuple[Ruling, ...]
    versions: Mapping[str, int]
    untrusted: str | None = None
    encoded: str | None = None
    notes: Mapping[Question, Any] | None = None
    undelegated: bool = False

    @property
    def denial(self) -> Ruling | None:
        return self.rulings[-1] if self.rulings and not self.rulings[-1].allowed else None

    def holds(self, reader: Reader) -> bool:
        """Whether nothing that the judgement rests on has changed: what it looked at, if that was noted."""
        if self.notes is not None:
            return same_answers(self.notes, reader)
        return all(reader.version(scope) == version for scope, version in self.versions.items())


class Judge:
    """Judges calls over snapshots.

    Keeps nothing but a cache of principals that committed snapshots fill, and compiled policies by their content.
    """

    def __init__(self, catalog: Catalog, profile: Profile, sealing: Sealing) -> None:
        self._catalog = catalog
        self._sealing = sealing
        self._principals = PrincipalCache()
        self.profile = profile
        # Off only while a world is applied before the server answers anybody (seeds.in_process).
        self.guarded = True
        self.decide: Decide = Engine(profile=profile).decide

    def judge(
        self,
        call: ApiCall,
        reader: Reader,
        *,
        committed: bool = True,
        rows: tuple[Requirement, ...] | None = None,
    ) -> Judgement:
        """committed: whether the reader sees only committed changes, which is what may be cached.

        A reader that notes what it is asked gives the judgement its notes.
        """
        world = StoreWorld(reader, self._principals if committed else None, guarded=self.guarded)
        if world.control_policies(call.caller.principal.account).closed:
            # Nobody acts in a closed account any more, whoever they were.
            raise fault(SERVICES[call.service].family, Fault.UNKNOWN_KEY)
        facts = StoreFacts(reader, world)
        seen: World = BucketWorld(world, reader, call) if call.service == "s3" else world
        ports = Ports(facts, StoreEntities(reader, call.partition), seen)
        checks = expand(call, ports, self._catalog, rows)
        rulings = rule(checks, call.caller, seen, self.decide)
        untrusted, undelegated = None, False
        if all(ruling.allowed for ruling in rulings):
            undelegated = refuses(call, checks, ports, self.decide)
            untrusted = untrusting(call, checks, ports, self.decide)
        notes = None
        below = reader
        if isinstance(reader, NotingReader):
            # The caller is behind this version: keys, tags, whether they are still there.
            reader.version(principals_scope(call.caller.principal.account))
            notes, below = reader.notes, reader.below
        versions = self._versions(call, checks, below)
        return Judgement(
            checks,
            rulings,
            versions,
            untrusted,
            encoded=self._encoded(rulings),
            notes=notes,
            undelegated=undelegated,
        )

    def forget(self, scope: str) -> None:
        """Another gateway changed principals: what is remembered of them is of no use any more."""
        self._principals.forget(scope.partition(":")[2])

    def lets_sagemaker(
        self,
        action: str,
        role: str,
        source: str,
        call: ApiCall,
        reader: Reader,
        *,
        keys: Mapping[str, str] = NO_KEYS,
        service: str = SAGEMAKER,
    ) -> bool:
        """Whether a role's trust policy lets SageMaker do this for a resource (ARN) of the role's account."""
        ports = Ports(StoreFacts(reader), StoreEntities(reader, call.partition), StoreWorld(reader))
        return role_trusts(
            role, service, role.split(":")[4], source, call, ports, self.decide, action=action, keys=keys
        )

    def assumable(self, now: datetime, reader: Reader) -> Callable[[Item, str], bool]:
        """Whether SageMaker can assume a role for a resource that is there, as its life goes on."""

        def says(item: Item, role: str) -> bool:
            service = lasting_service(item.type)
            principal = Principal(service, item.account, PrincipalType.SERVICE)
            call = ApiCall(
                service="sagemaker",
                operation="",
                parameters={},
                caller=Caller(principal, access_key_id=""),
                account=item.account,
                region=item.region,
                now=now,
                partition=item.arn.split(":")[1],
            )
            source = lasting_source(item.type, item.arn)
            return role.split(":")[4:5] == [item.account] and self.lets_sagemaker(
                ASSUME, role, source, call, reader, service=service
            )

        return says

    def _encoded(self, rulings: tuple[Ruling, ...]) -> str | None:
        if not rulings or rulings[-1].allowed:
            return None
        request = rulings[-1].check.request
        if request.service not in CARRYING:
            return None
        return encoded_message(request, rulings[-1].policies, rulings[-1].decision, self._sealing)

    def _versions(self, call: ApiCall, checks: tuple[Check, ...], reader: Reader) -> dict[str, int]:
        scopes = {"organization": None, f"account:{call.account}": None}
        for check in checks:
            resource = check.request.resource
            scopes[f"account:{resource.account}"] = None
            if resource.arn != "*":
                scopes[resource.arn] = None
        return {scope: reader.version(scope) for scope in scopes}


def denial_text(ruling: Ruling, encoded: str | None = None) -> str:
    """What the client reads of a denial."""
    if ruling.passes_role_across_accounts:
        return ACROSS_ACCOUNTS
    return denial_message(
        ruling.check.request,
        ruling.policies,
        ruling.decision,
        printed_resource=ruling.check.printed,
        encoded=encoded,
    )


def compact(judgement: Judgement) -> str:
    """The decision in one header line: `allow`, or how, by what and on which action it was denied."""
    ruling = judgement.denial
    if judgement.undelegated:
        return f"implicit_deny action={judgement.rulings[0].check.request.action} by=organization"
    if ruling is None:
        return "allow" if judgement.rulings else "not-needed"
    by = attributed(ruling.decision.by, ruling.check.request, ruling.check.request.principal.account)
    parts = [ruling.decision.outcome.value if not ruling.decision.allowed else "explicit_deny"]
    parts.append(f"action={ruling.check.request.action}")
    if ruling.passes_role_across_accounts:
        parts.append("by=account")
    elif by is not None:
        parts.append(f"by={by.policy_type.value}")
        parts += [f"policy={by.arn or by.name}"] if by.arn or by.name else []
        parts += [f"statement={by.sid or by.statement}"] if by.statement is not None else []
    return " ".join(parts).encode("ascii", "replace").decode("ascii")
