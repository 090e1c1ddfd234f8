"""Changes, places and owners in plain English."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from rolecall.analysis.doctor.asking import TRUST
from rolecall.analysis.doctor.faults import Fault
from rolecall.analysis.doctor.findings import OWNERS, Repair
from rolecall.analysis.doctor.patient import SAMPLE, Patient, Studio
from rolecall.analysis.doctor.repairing import TAGGING
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.repairs import ChangeView, Found
from rolecall.decision.repairs.changes import Kind, PolicyChange
from rolecall.decision.repairs.words import policy_words, told
from rolecall.decision.request import Request
from rolecall.policy.document import PolicyType

SUGGESTED: Final = frozenset({PolicyType.SCP, PolicyType.RCP})


def repair(fault: Fault, change: PolicyChange, request: Request, counting: PoliciesInForce, role: str) -> Repair:
    """A change with whose it is to make."""
    kind = change.place.policy_type
    holder = role if fault.holder == TRUST else fault.holder
    return Repair(
        OWNERS[kind].format(name=holder.rpartition("/")[2]),
        (_view(fault, change, request, counting),),
        kind in SUGGESTED,
    )


def _view(fault: Fault, change: PolicyChange, request: Request, counting: PoliciesInForce) -> ChangeView:
    view = told(Found((), policy=((change,),)), request, counting).repairs[0].changes[0]
    if change.kind in (Kind.ADD_POLICY, Kind.ADD_STATEMENT):
        # The statement stands below, and is for more than one request.
        return replace(view, also="")
    where = f"statement {change.statement} of the {policy_words(change.place, change.source)}"
    if change.kind is Kind.EXCEPT_CONDITION_VALUE and change.what == (TAGGING,):
        return replace(
            view,
            text=f"let {where} spare the tagging that comes with a create call",
            also="It still denies tagging what exists already.",
        )
    if change.kind is Kind.EXCEPT_ACTION and fault.code == "key-never-carried":
        gone = ", ".join(change.what)
        return replace(view, text=f"keep {where} to the actions that carry its condition keys, without {gone}")
    return view


def policy_name(fault: Fault, counting: PoliciesInForce) -> str:
    """The policy that a fault lies in, or the type of policy that says nothing."""
    found = counting.boundary if fault.policy_type is PolicyType.BOUNDARY else None
    if fault.place is not None:
        found = fault.place.find(counting)
    return "" if found is None else (found.name or found.arn or "")


def statement_name(fault: Fault, counting: PoliciesInForce) -> str:
    if fault.place is None or fault.statement is None:
        return ""
    found = fault.place.find(counting)
    if found is None:
        return ""
    sid = found.document.statements[fault.statement].sid
    return f"{fault.statement} ({sid})" if sid else str(fault.statement)


def studio_name(patient: Patient) -> str:
    """Where in Studio the examination took place."""
    studio: Studio | None = patient.studio
    if studio is None:
        return ""
    who = f", user profile {studio.profile}" if studio.profile else ", a shared space"
    who = "" if studio.profile == SAMPLE else who
    return f"domain {studio.domain}{who}"
