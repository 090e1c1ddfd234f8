"""What must be kept of a decision so that it can be explained later, and how is it recalled?

Kept with the audit record: every request that was decided, the digests of the policies in force, the outcome, the
versions, and the questions behind a denial, which nobody came to. The policies themselves are documents, stored
once under their digest. Explaining decides again with the reference evaluator on exactly these values, whatever
has changed since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from rolecall.authorization.rulings import Ruling
from rolecall.decision.policies import Level, PoliciesInForce, SourcedPolicy
from rolecall.decision.request import Context, Principal, Request, Resource
from rolecall.decision.result import Decision
from rolecall.policy.document import Policy
from rolecall.server.foreign import attributed
from rolecall.server.judging import Judgement, denial_text

LIMIT: Final = 8192


class Documents:
    """Texts of parsed policies by identity: policies are shared, so each is encoded once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Policy, str, str]] = {}

    def of(self, policy: Policy) -> tuple[str, str]:
        """(digest, text) of a policy."""
        known = self._known.get(id(policy))
        if known is None or known[0] is not policy:
            text = msgspec.json.encode(policy).decode()
            while len(self._known) >= LIMIT:
                self._known.pop(next(iter(self._known)), None)
            known = self._known[id(policy)] = (policy, hashlib.sha256(text.encode()).hexdigest(), text)
        return known[1], known[2]


def keep(judgement: Judgement, documents: Documents, profile: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What goes into the audit record, and the documents it names by digest."""
    texts: dict[str, str] = {}

    def digest(policy: SourcedPolicy) -> list[str | None]:
        name, text = documents.of(policy.document)
        texts[name] = text
        return [name, policy.arn, policy.name]

    rulings = [
        {
            "principal": ruling.check.request.principal,
            "action": ruling.check.request.action,
            "resource": ruling.check.request.resource,
            "context": context_values(ruling.check.request.context),
            "multivalued": sorted(ruling.check.request.context.multivalued),
            "printed": ruling.check.printed,
            "policies": _digests(ruling.policies, digest),
            "decision": ruling.decision,
            "message": None if ruling.allowed else denial_text(ruling),
        }
        for ruling in judgement.rulings
    ]
    if not rulings:
        return {}, {}
    further = [
        {
            "action": check.request.action,
            "resource": check.request.resource,
            "context": context_values(check.request.context),
            "multivalued": sorted(check.request.context.multivalued),
            "printed": check.printed,
        }
        for check in judgement.checks[len(judgement.rulings) :]
    ]
    kept = {"profile": profile, "versions": dict(judgement.versions), "rulings": rulings}
    return ({**kept, "further": further} if further else kept), texts


def recall(
    decisions: Mapping[str, Any], document: Callable[[str], str | None]
) -> tuple[tuple[Request, PoliciesInForce, Decision, Mapping[str, Any]], ...]:
    """The decided requests with their policies; raises LookupError when a document is not stored any more."""

    def load(entry: list[Any]) -> SourcedPolicy:
        text = document(entry[0])
        if text is None:
            raise LookupError(f"policy document {entry[0]} is not stored")
        return SourcedPolicy(msgspec.json.decode(text.encode(), type=Policy), arn=entry[1], name=entry[2])

    return tuple(
        (
            Request(
                msgspec.convert(ruling["principal"], Principal),
                ruling["action"],
                msgspec.convert(ruling["resource"], Resource),
                Context(ruling["context"], multivalued=ruling["multivalued"]),
            ),
            _loaded(ruling["policies"], load),
            msgspec.convert(ruling["decision"], Decision),
            ruling,
        )
        for ruling in decisions.get("rulings", ())
    )


def further_questions(decisions: Mapping[str, Any], principal: Principal) -> list[tuple[Request, str | None]]:
    """The questions behind the first denial, with what a denial prints as their resource."""
    return [
        (
            Request(
                principal,
                check["action"],
                msgspec.convert(check["resource"], Resource),
                Context(check["context"], multivalued=check["multivalued"]),
            ),
            check["printed"],
        )
        for check in decisions.get("further", ())
    ]


def context_values(context: Context) -> dict[str, list[str]]:
    """The values of a context under its keys as they were spelled."""
    return {key: list(values) for key, values in context.spelled().items()}


def _digests(policies: PoliciesInForce, digest: Callable[[SourcedPolicy], list[str | None]]) -> dict[str, Any]:
    def levels(of: tuple[Level, ...]) -> list[list[list[str | None]]]:
        return [[digest(policy) for policy in level] for level in of]

    return {
        "identity": [digest(policy) for policy in policies.identity],
        "boundary": None if policies.boundary is None else digest(policies.boundary),
        "session": None if policies.session is None else [digest(policy) for policy in policies.session],
        "scps": levels(policies.scps),
        "rcps": levels(policies.rcps),
        "endpoint": None if policies.endpoint is None else digest(policies.endpoint),
        "resource": None if policies.resource is None else digest(policies.resource),
    }


def _loaded(kept: Mapping[str, Any], load: Callable[[list[Any]], SourcedPolicy]) -> PoliciesInForce:
    def levels(of: list[list[list[Any]]]) -> tuple[Level, ...]:
        return tuple(tuple(load(entry) for entry in level) for level in of)

    return PoliciesInForce(
        identity=tuple(load(entry) for entry in kept["identity"]),
        boundary=load(kept["boundary"]) if kept["boundary"] else None,
        session=tuple(load(entry) for entry in kept["session"]) if kept["session"] is not None else None,
        scps=levels(kept["scps"]),
        rcps=levels(kept["rcps"]),
        endpoint=load(kept["endpoint"]) if kept["endpoint"] else None,
        resource=load(kept["resource"]) if kept["resource"] else None,
    )


def summary(ruling: Ruling, account: str) -> dict[str, Any]:
    """A ruling in the few words that the additionalEventData of an account's trail shows."""
    made: dict[str, Any] = {
        "action": ruling.check.request.action,
        "resource": ruling.check.request.resource.arn,
        "outcome": ruling.decision.outcome.value,
    }
    by = attributed(ruling.decision.by, ruling.check.request, account)
    if by is not None:
        made["by"] = {
            key: value
            for key, value in (
                ("policyType", by.policy_type.value),
                ("policy", by.arn or by.name),
                ("statement", by.sid if by.sid is not None else by.statement),
            )
            if value is not None
        }
    return made
