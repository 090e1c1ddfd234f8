"""Does a statement speak of this resource? (SEMANTICS 3)"""

from __future__ import annotations

from msgspec import Struct

from rolecall.decision.reference.result import Element, ElementResult, Setting
from rolecall.decision.request import Request
from rolecall.policy.arn import PARTS, SHORT_ARNS, ShortArn, split_arn, split_pattern
from rolecall.policy.document import PolicyType, Statement
from rolecall.policy.glob import compile_fragments, matches
from rolecall.policy.truth import Truth, some
from rolecall.policy.variables import parse_template, resolve

GUIDE_NOTE = "profile guide: SageMaker statements that name resource ARNs never match"


class EntryResult(Struct, frozen=True):
    """One listed resource; shown: with its variables filled in."""

    truth: Truth
    shown: str
    keys: tuple[str, ...] = ()
    note: str | None = None


def evaluate_entry(
    pattern: str, kind: PolicyType, request: Request, variables: bool, setting: Setting
) -> EntryResult:
    """One entry of Resource or NotResource against the request's resource."""
    arn = request.resource.arn
    if pattern == "*":
        return EntryResult(Truth.YES, pattern)
    if arn == "*":
        # An action without resources is on `*`, which no list of ARNs covers, however wide (3.5).
        return EntryResult(Truth.NO, pattern)
    short = SHORT_ARNS[kind]
    if short is ShortArn.PADDED and not setting.choices.short_resource_arn_is_padded:
        short = ShortArn.REFUSED
    wanted, seen = split_pattern(pattern, short), split_arn(arn)
    if wanted is None or seen is None:
        return EntryResult(Truth.NO, pattern)
    # Variables live after the fifth colon only (3.10).
    resolution = resolve(parse_template(wanted[PARTS - 1], variables), request.context)
    fixed = all(_part_matches(position, part, seen[position]) for position, part in enumerate(wanted[: PARTS - 1]))
    if resolution.fragments is None:
        named = ", ".join(resolution.unknown)
        if fixed and resolution.unknown:
            return EntryResult(Truth.UNKNOWN, pattern, resolution.unknown, f"not known: {named}")
        return EntryResult(Truth.NO, pattern, note=None if resolution.unknown else "a variable has no value")
    shown = ":".join((*wanted[: PARTS - 1], resolution.text or ""))
    return EntryResult(Truth.of(fixed and compile_fragments(resolution.fragments).matches(seen[PARTS - 1])), shown)


def _part_matches(position: int, pattern: str, text: str) -> bool:
    """Partition, service and region are lower case everywhere, so they compare without case (3.6)."""
    return matches(pattern.lower(), text.lower()) if position < 4 else matches(pattern, text)


def evaluate_resource(
    statement: Statement, kind: PolicyType, request: Request, variables: bool, setting: Setting
) -> ElementResult:
    arn = request.resource.arn
    negated = statement.not_resources is not None
    patterns = statement.not_resources if statement.not_resources is not None else statement.resources
    element = Element.NOT_RESOURCE if negated else Element.RESOURCE
    if patterns is None:
        # The policy hangs on the resource, so that is what it speaks of (1.2).
        return ElementResult(element, Truth.YES, (), (arn,), note="the resource that the policy is attached to")
    if setting.profile == "guide" and request.service == "sagemaker":
        entire = "*" in patterns
        return ElementResult(
            element,
            Truth.of(entire and not negated),
            patterns,
            (arn,),
            note=None if entire else GUIDE_NOTE,
        )
    entries = [evaluate_entry(pattern, kind, request, variables, setting) for pattern in patterns]
    listed = some(entry.truth for entry in entries)
    truth = ~listed if negated else listed
    if negated and arn == "*" and not setting.choices.star_request_is_outside_not_resource:
        truth = Truth.NO
    return ElementResult(
        element,
        truth,
        tuple(entry.shown for entry in entries),
        (arn,),
        keys=tuple(key for entry in entries for key in entry.keys),
        note=next((entry.note for entry in entries if entry.note), None),
    )
