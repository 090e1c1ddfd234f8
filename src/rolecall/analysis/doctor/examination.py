"""Examine a role: ask every canonical question, tell the faults behind what none can allow, and try repairs.

A repair is kept when the engine, asked again, finds its fault gone; when all are made everything is asked once
more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rolecall.analysis.doctor import words, work
from rolecall.analysis.doctor.asking import Asked, Part
from rolecall.analysis.doctor.codes import CODES
from rolecall.analysis.doctor.faults import Fault, fault
from rolecall.analysis.doctor.findings import Examination, Finding
from rolecall.analysis.doctor.patient import Patient, Use
from rolecall.analysis.doctor.repairing import Denied, candidates
from rolecall.analysis.doctor.rounds import Answer, Round, Rounds
from rolecall.analysis.doctor.standing import (
    Standing,
    judge,
    may_be_allowed,
    obstacles,
)
from rolecall.analysis.doctor.surroundings import Surroundings
from rolecall.catalog import Catalog
from rolecall.decision.procedure import decide
from rolecall.decision.profile import Profile
from rolecall.decision.repairs.changes import PolicyChange
from rolecall.decision.wording import denial_message
from rolecall.policy.document import PolicyType
from rolecall.policy.findings import Severity

ROUNDS: Final = 8


def examine(
    patient: Patient, around: Surroundings, catalog: Catalog, profile: Profile = "reference"
) -> Examination:
    """The faults of a role, worst first, with repairs that were decided again."""
    return _Examining(patient, around, catalog, profile).run()


class _Examining:
    def __init__(self, patient: Patient, around: Surroundings, catalog: Catalog, profile: Profile) -> None:
        self.patient = patient
        self.rounds = Rounds(patient, around, catalog, profile)
        self.catalog = catalog
        self.profile = profile

    def run(self) -> Examination:
        first = self.rounds.ask()
        findings: list[Finding] = []
        seen: set[Fault] = set()
        current = first
        for _ in range(ROUNDS):
            groups = {each: denied for each, denied in self._groups(current).items() if each not in seen}
            if not groups:
                break
            touched: set[tuple[object, ...]] = set()
            for each, denied in groups.items():
                where = (each.holder, each.policy_type, each.level)
                shared = where in touched and each.policy_type is not PolicyType.IDENTITY
                if shared or (*where, each.place) in touched:
                    continue  # its policy has just changed: the next round sees it as it is now
                change = self._repair(each, denied)
                if change is None:
                    seen.add(each)
                findings.append(self._finding(each, denied, change, current))
                if change is not None:
                    self.rounds.changes.setdefault(each.holder, []).append(change)
                    touched |= {where, (*where, each.place)}
            current = self.rounds.ask()
        left = tuple(dict.fromkeys(each.code for each in self._groups(current)))
        in_domain = self._in_domain()
        findings += [in_domain] if in_domain is not None else []
        order = tuple(Severity)
        return Examination(
            role=self.patient.role.arn,
            studio=words.studio_name(self.patient),
            uses=tuple(use.value for use in Use if use in self.rounds.uses),
            caller="" if self.patient.caller is None else self.patient.caller.arn,
            findings=tuple(sorted(findings, key=lambda finding: order.index(finding.severity))),
            asked=len(first.answers),
            granted=first.granted,
            not_granted=first.not_granted,
            guards=first.guards,
            clean_after=None if not findings else not left and in_domain is None,
            left=left,
        )

    def _groups(self, current: Round) -> dict[Fault, list[tuple[Answer, Denied]]]:
        """Equal faults with everything that they stop."""
        made: dict[Fault, list[tuple[Answer, Denied]]] = {}
        for answer in current.answers:
            if answer.judged.standing is not Standing.DENIED:
                continue
            for obstacle in answer.judged.obstacles:
                denied = Denied(answer.asked, answer.judged.opened, answer.policies, obstacle)
                made.setdefault(self.rounds.fault_behind(answer, obstacle), []).append((answer, denied))
        return made

    def _repair(self, each: Fault, group: Sequence[tuple[Answer, Denied]]) -> PolicyChange | None:
        denied = [one for _, one in group]
        if each.code in ("storage", "bucket-name") and any(
            work.is_sample_bucket(one.request.resource.arn) for one in denied
        ):
            return None  # only who runs the jobs knows the bucket
        if each.code == "variable-unset":
            return None  # a policy without the condition would not be what was meant
        for change in candidates(each, denied, self.catalog, self.profile):
            if all(self._gone(each, answer, change) for answer, _ in group):
                return change
        return None

    def _gone(self, each: Fault, answer: Answer, change: PolicyChange) -> bool:
        """Whether the fault is gone from a question after a change."""
        request, policies = answer.judged.opened, change.apply(answer.policies)
        if answer.asked.part is Part.TRUST or answer.asked.opened:
            fine = may_be_allowed(request, policies, self.profile)
        else:
            fine = (
                judge(answer.asked.request, policies, self.catalog, self.profile).standing is not Standing.DENIED
            )
        if fine:
            return True
        left = obstacles(request, policies, self.profile)
        return all(
            fault(answer.asked, request, policies, one, self.catalog, self.profile).code != each.code
            for one in left
        ) and len(left) < len(answer.judged.obstacles)

    def _finding(
        self,
        each: Fault,
        group: Sequence[tuple[Answer, Denied]],
        change: PolicyChange | None,
        current: Round,
    ) -> Finding:
        answer, denied = group[0]
        decision = decide(denied.request, answer.policies, profile=self.profile)
        return Finding(
            code=each.code,
            severity=self._severity(each, [answer for answer, _ in group], current),
            concerns=tuple(dict.fromkeys(_concern(answer.asked) for answer, _ in group)),
            denial=denial_message(denied.request, answer.policies, decision),
            action=denied.request.action,
            resource=denied.request.resource.arn,
            policy_type=each.policy_type.value,
            policy=words.policy_name(each, answer.policies),
            statement=words.statement_name(each, answer.policies),
            key=each.key,
            repair=None
            if change is None
            else words.repair(each, change, denied.request, answer.policies, self.patient.role.arn),
            note=_note(each, group, change),
            in_studio=self.patient.studio is not None,
        )

    def _severity(self, each: Fault, answers: Sequence[Answer], current: Round) -> Severity:
        severity = CODES[each.code].severity
        if each.part is Part.WORK:
            if any(answer.explicit for answer in answers):
                severity = Severity.ERROR
            elif each.code != "bucket-name":
                severity = CODES[answers[0].asked.code].severity
        elif each.part is Part.TRUST:
            features = [one for one in current.answers if one.asked.part is Part.TRUST]
            for_studio = any(one.asked.label == "endpoints and Studio" for one in answers)
            asked_for = for_studio and (self.patient.studio is not None or Use.ENDPOINTS in self.rounds.uses)
            if len(answers) < len(features) and not asked_for:
                severity = Severity.WARNING
        elif all(answer.softer for answer in answers):
            severity = Severity.WARNING
        return severity

    def _in_domain(self) -> Finding | None:
        studio = self.patient.studio
        if studio is None or not studio.workers or self.patient.role.arn in studio.workers.values():
            return None
        others = tuple(f"{who}: {arn}" for who, arn in studio.workers.items())
        return Finding(
            "not-in-domain",
            Severity.WARNING,
            others,
            "",
            note="Name one of these roles with --role, or give the domain or a user profile this one.",
            in_studio=True,
        )


def _concern(asked: Asked) -> str:
    return f"{asked.label} {asked.where}" if asked.where else asked.label


def _note(each: Fault, group: Sequence[tuple[Answer, Denied]], change: PolicyChange | None) -> str:
    if change is None and each.code in ("storage", "bucket-name"):
        return "Name your buckets with --input and --output to get the policy that they take."
    if each.code == "variable-unset":
        return "Give the variable a value: tag the role, or write what is meant in its place."
    if change is None:
        return "No single change of a policy that we know of would take it away."
    if all(answer.softer for answer, _ in group):
        return (
            "It matters in Studio and in Pipelines, which tag all that they make, and wherever calls carry tags."
        )
    return ""
