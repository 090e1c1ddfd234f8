"""Examine a role: ask every canonical question, tell the faults behind what none can allow, and try repairs.

A repair is kept when the engine, asked again, finds its fault gone; when all are made everything is asked once
more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from rolecall.analysis.doctor import asking, words, work
from rolecall.analysis.doctor.asking import Asked, Part
from rolecall.analysis.doctor.calls import operations_in, space_state
from rolecall.analysis.doctor.codes import CODES
from rolecall.analysis.doctor.faults import Fault, fault
from rolecall.analysis.doctor.findings import Examination, Finding
from rolecall.analysis.doctor.patient import SAMPLE, SAMPLE_DOMAIN, Patient, Studio, Use
from rolecall.analysis.doctor.repairing import Denied, candidates
from rolecall.analysis.doctor.standing import (
    Judged,
    Standing,
    counting,
    judge,
    judge_opened,
    may_be_allowed,
    obstacles,
    of_identity,
)
from rolecall.analysis.doctor.surroundings import Surroundings
from rolecall.catalog import Catalog
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.procedure import decide
from rolecall.decision.profile import Profile
from rolecall.decision.repairs.changes import PolicyChange
from rolecall.decision.repairs.obstacles import Obstacle
from rolecall.decision.wording import denial_message
from rolecall.policy.document import Effect, PolicyType
from rolecall.policy.findings import Severity

ROUNDS: Final = 8
Changes = dict[str, list[PolicyChange]]


class Answer(Struct, frozen=True):
    """A question with how it stands. softer: the fault is one only for some ways of making the call."""

    asked: Asked
    policies: PoliciesInForce
    judged: Judged
    softer: bool = False
    explicit: bool = False


class Round(Struct, frozen=True):
    """All answers; the calls that the policies mean to allow, and those that they do not."""

    answers: tuple[Answer, ...]
    granted: tuple[str, ...]
    not_granted: tuple[str, ...]


def examine(
    patient: Patient, around: Surroundings, catalog: Catalog, profile: Profile = "reference"
) -> Examination:
    """The faults of a role, worst first, with repairs that were decided again."""
    return _Examining(patient, around, catalog, profile).run()


class _Examining:
    def __init__(self, patient: Patient, around: Surroundings, catalog: Catalog, profile: Profile) -> None:
        self.patient = patient
        studio = patient.studio or Studio(SAMPLE_DOMAIN)
        states = space_state(studio, patient.partition, patient.region, patient.account)
        self.around = replace(around, states=states, keys=patient.data.keys)
        self.catalog = catalog
        self.profile = profile
        self.changes: Changes = {}
        self.uses = patient.uses or self._inferred()

    def run(self) -> Examination:
        first = self._ask()
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
                    self.changes.setdefault(each.holder, []).append(change)
                    touched |= {where, (*where, each.place)}
            current = self._ask()
        left = tuple(dict.fromkeys(each.code for each in self._groups(current)))
        in_domain = self._in_domain()
        findings += [in_domain] if in_domain is not None else []
        order = tuple(Severity)
        return Examination(
            role=self.patient.role.arn,
            studio=words.studio_name(self.patient),
            uses=tuple(use.value for use in Use if use in self.uses),
            caller="" if self.patient.caller is None else self.patient.caller.arn,
            findings=tuple(sorted(findings, key=lambda finding: order.index(finding.severity))),
            asked=len(first.answers),
            granted=first.granted,
            not_granted=first.not_granted,
            guards=_guards(first.answers),
            clean_after=None if not findings else not left and in_domain is None,
            left=left,
        )

    # Asking

    def _inferred(self) -> frozenset[Use]:
        """In Studio the role works for jobs too when it may be passed to them."""
        if self.patient.studio is None:
            return frozenset({Use.JOBS})
        call = asking.of_call(
            "CreateTrainingJob", self.patient, self.patient.studio, {}, SAMPLE, self.around, self.catalog
        )
        passing = [each for each in call if each.part is Part.PASS_ROLE]
        itself = all(decide(each.request, each.policies, profile=self.profile).allowed for each in passing)
        return frozenset({Use.STUDIO, Use.JOBS} if itself else {Use.STUDIO})

    def _ask(self) -> Round:
        answers: list[Answer] = list(self._work())
        answers += [self._answer(each) for each in asking.of_trust(self.patient, self.around)]
        granted: list[str] = []
        not_granted: list[str] = []
        for operation in operations_in(self.patient.studio):
            found = self._call(operation)
            (granted if found else not_granted).append(operation)
            answers += found
        return Round(tuple(answers), tuple(granted), tuple(not_granted))

    def _policies(self, asked: Asked) -> PoliciesInForce:
        policies = counting(asked.request, asked.policies, self.profile)
        for change in self.changes.get(asked.holder, ()):
            policies = change.apply(policies)
        return policies

    def _answer(self, asked: Asked, *, movable: bool = True, softer: bool = False) -> Answer:
        policies = self._policies(asked)
        if asked.opened:
            judged = judge_opened(asked.request, policies, self.profile)
        elif asked.part is Part.TRUST:
            allowed = decide(asked.request, policies, profile=self.profile).allowed
            stand = () if allowed else obstacles(asked.request, policies, self.profile)
            judged = Judged(Standing.ALLOWED if allowed else Standing.DENIED, asked.request, stand)
        else:
            judged = judge(asked.request, policies, self.catalog, self.profile, movable=movable)
        return Answer(asked, policies, judged, softer)

    def _work(self) -> Iterator[Answer]:
        patient = self.patient
        known = self.around.principal(patient.role.arn) or patient.role
        policies = PoliciesInForce(identity=known.identity)
        for task in work.tasks(patient, self.uses, policies):
            tried = [self._answer(each) for each in asking.of_task(task, patient, self.around, self.catalog)]
            good = next((each for each in tried if each.judged.standing is not Standing.DENIED), tried[-1])
            yield replace(good, explicit=task.named)
        if self.uses & {Use.JOBS, Use.ENDPOINTS} and not patient.data.inputs:
            task = work.ordinary_bucket(patient)
            answer = self._answer(asking.of_task(task, patient, self.around, self.catalog)[0])
            if answer.judged.standing is Standing.DENIED and self._codes(answer) == {"bucket-name"}:
                yield answer

    def _call(self, operation: str) -> list[Answer]:
        """The answers of a call that the policies mean to allow; none otherwise."""
        patient, studio = self.patient, self.patient.studio
        tags = dict(studio.tags) if studio is not None else {}
        found = self._named(operation, studio, tags)
        if not found or studio is not None:
            return found
        strict = Use.PIPELINES in self.uses
        if patient.caller is None:
            tagged = self._named(operation, Studio(SAMPLE_DOMAIN), {}, softer=not strict)
        else:
            tagged = self._named(operation, None, {SAMPLE: SAMPLE}, softer=True)
            tagged = [each for each in tagged if self._codes(each) <= {"add-tags-missing"}]
        known = {(each.asked.part, fault) for each in found for fault in self._codes(each)}
        more = [
            each
            for each in tagged
            if each.judged.standing is Standing.DENIED
            and not {(each.asked.part, code) for code in self._codes(each)} <= known
        ]
        return [*found, *more]

    def _named(
        self, operation: str, studio: Studio | None, tags: Mapping[str, str], *, softer: bool = False
    ) -> list[Answer]:
        if not self._speaks_of(f"sagemaker:{operation}"):
            return []
        answers = self._answers(operation, studio, tags, SAMPLE, softer)
        if not self._means(answers):
            return []
        for name in dict.fromkeys(filter(None, map(_other_name, answers))):
            named = self._answers(operation, studio, tags, name, softer)
            if all(each.judged.standing is not Standing.DENIED for each in named) or _better(named, answers):
                return named
        return answers

    def _speaks_of(self, action: str) -> bool:
        """Whether any Allow of the caller's own policies has the action."""
        holder = (self.patient.caller or self.patient.role).arn
        record = self.around.principal(holder)
        policies = PoliciesInForce(identity=record.identity if record else ())
        for change in self.changes.get(holder, ()):
            if change.place.policy_type is PolicyType.IDENTITY:
                policies = change.apply(policies)
        return any(
            statement.effect is Effect.ALLOW and work.speaks_of(statement, action)
            for policy in policies.identity
            for statement in policy.document.statements
        )

    def _answers(
        self, operation: str, studio: Studio | None, tags: Mapping[str, str], name: str, softer: bool
    ) -> list[Answer]:
        """A call under a name; only for the sample name other names are looked for."""
        asked = asking.of_call(operation, self.patient, studio, tags, name, self.around, self.catalog)
        return [
            self._answer(each, movable=name == SAMPLE or each.part is Part.PASS_ROLE, softer=softer)
            for each in asked
        ]

    def _means(self, answers: Sequence[Answer]) -> bool:
        """Whether the caller's own policies mean to allow a call: else its denial is no fault."""
        own = [each for each in answers if each.asked.part is Part.ACTION]
        if not own:
            return False
        lacking = [each for each in own if _without_grant(each)]
        if len(lacking) < len(own):
            # A wildcard that reaches the call and not the other actions that it takes was not meant for it.
            asked = f"sagemaker:{own[0].asked.label}"
            return _spelled_out(asked, own[0].policies) or all(
                each.asked.request.action == asked for each in lacking
            )
        # An action that is spelled out, and yet allowed nowhere, was meant; and one that a condition stops.
        return any(
            _spelled_out(each.asked.request.action, each.policies)
            or any(self._fault(each, one).key for one in each.judged.obstacles if of_identity(one))
            for each in own
        )

    # Faults

    def _codes(self, answer: Answer) -> set[str]:
        return {each.code for each in self._faults(answer)}

    def _faults(self, answer: Answer) -> Iterator[Fault]:
        if answer.judged.standing is Standing.DENIED:
            for obstacle in answer.judged.obstacles:
                yield self._fault(answer, obstacle)

    def _fault(self, answer: Answer, obstacle: Obstacle) -> Fault:
        asked, opened = answer.asked, answer.judged.opened
        return fault(asked, opened, answer.policies, obstacle, self.catalog, self.profile)

    def _groups(self, current: Round) -> dict[Fault, list[tuple[Answer, Denied]]]:
        """Equal faults with everything that they stop."""
        made: dict[Fault, list[tuple[Answer, Denied]]] = {}
        for answer in current.answers:
            if answer.judged.standing is not Standing.DENIED:
                continue
            for obstacle in answer.judged.obstacles:
                denied = Denied(answer.asked, answer.judged.opened, answer.policies, obstacle)
                made.setdefault(self._fault(answer, obstacle), []).append((answer, denied))
        return made

    def _repair(self, each: Fault, group: Sequence[tuple[Answer, Denied]]) -> PolicyChange | None:
        denied = [one for _, one in group]
        if each.code in ("storage", "bucket-name") and any(
            work.is_sample_bucket(one.request.resource.arn) for one in denied
        ):
            return None  # only who runs the jobs knows the bucket
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
            severity = Severity.ERROR if any(answer.explicit for answer in answers) else severity
            if each.code not in ("bucket-name",) and answers[0].asked.code != each.code:
                severity = CODES[answers[0].asked.code].severity
        elif each.part is Part.TRUST:
            features = [one for one in current.answers if one.asked.part is Part.TRUST]
            for_studio = any(one.asked.label == "endpoints and Studio" for one in answers)
            asked_for = for_studio and (self.patient.studio is not None or Use.ENDPOINTS in self.uses)
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


def _other_name(answer: Answer) -> str | None:
    """Another name under which a call may stand: the one that a repair found, or one that the policies name."""
    request, other = answer.asked.request, answer.judged.elsewhere
    _, slash, name = request.resource.arn.partition("/")
    if answer.asked.part not in (Part.ACTION, Part.TAGS) or not slash or name != SAMPLE:
        return None
    if other is None and answer.judged.standing is Standing.DENIED:
        other = next((arn for arn in work.named(request.action, answer.policies, answer.asked.request)), None)
    if other is None:
        return None
    own = other.rpartition("/")[2]
    return own if own != SAMPLE and "*" not in own else None


def _better(one: Sequence[Answer], other: Sequence[Answer]) -> bool:
    """Whether fewer questions are denied."""

    def denied(answers: Sequence[Answer]) -> int:
        return sum(each.judged.standing is Standing.DENIED for each in answers)

    return denied(one) < denied(other)


def _without_grant(answer: Answer) -> bool:
    """Whether the own policies allow nothing like it, in any form."""
    return answer.judged.standing is Standing.DENIED and any(map(of_identity, answer.judged.obstacles))


def _spelled_out(action: str, policies: PoliciesInForce) -> bool:
    """Whether an Allow of the own policies names the action without a wildcard."""
    return any(
        pattern.lower() == action.lower()
        for policy in policies.identity
        for statement in policy.document.statements
        if statement.effect is Effect.ALLOW
        for pattern in statement.actions or ()
    )


def _concern(asked: Asked) -> str:
    return f"{asked.label} {asked.where}" if asked.where else asked.label


def _guards(answers: Iterable[Answer]) -> tuple[str, ...]:
    """Keys of calls that the caller has to get right."""
    found: dict[str, None] = {}
    for answer in answers:
        if answer.judged.standing is Standing.GUARDED and answer.asked.part in (Part.ACTION, Part.TAGS):
            found.update(dict.fromkeys(sorted(answer.judged.opened.context.unknown)))
    return tuple(found)


def _note(each: Fault, group: Sequence[tuple[Answer, Denied]], change: PolicyChange | None) -> str:
    if change is None and each.code in ("storage", "bucket-name"):
        return "Name your buckets with --input and --output to get the policy that they take."
    if change is None:
        return "No single change of a policy that we know of would take it away."
    if all(answer.softer for answer, _ in group):
        return (
            "It matters in Studio and in Pipelines, which tag all that they make, and wherever calls carry tags."
        )
    return ""
