"""Ask everything once, as things stand: what the role is asked to do, and which of it the policies mean to allow.

Changes that repairs make are kept here, so that the next round finds the policies as they would be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from rolecall.analysis.doctor import asking, work
from rolecall.analysis.doctor.asking import Asked, Part
from rolecall.analysis.doctor.calls import operations_in, space_state
from rolecall.analysis.doctor.faults import Fault, fault
from rolecall.analysis.doctor.patient import SAMPLE, SAMPLE_DOMAIN, Patient, Studio, Use
from rolecall.analysis.doctor.standing import (
    Judged,
    Standing,
    counting,
    judge,
    judge_opened,
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
from rolecall.policy.document import Effect, PolicyType


class Answer(Struct, frozen=True):
    """A question with how it stands.

    softer: a denial is a fault only for some ways of making the call. explicit: somebody asked for just this.
    """

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

    @property
    def guards(self) -> tuple[str, ...]:
        """Keys of calls that the caller has to get right."""
        found: dict[str, None] = {}
        for answer in self.answers:
            if answer.judged.standing is Standing.GUARDED and answer.asked.part in (Part.ACTION, Part.TAGS):
                found.update(dict.fromkeys(sorted(answer.judged.opened.context.unknown)))
        return tuple(found)


class Rounds:
    """One patient, asked again and again. changes: of the policies of each holder, made so far."""

    def __init__(self, patient: Patient, around: Surroundings, catalog: Catalog, profile: Profile) -> None:
        self.patient = patient
        studio = patient.studio or Studio(SAMPLE_DOMAIN)
        states = space_state(studio, patient.partition, patient.region, patient.account)
        self.around = replace(around, states=states, keys=patient.data.keys)
        self.catalog = catalog
        self.profile = profile
        self.changes: dict[str, list[PolicyChange]] = {}
        self.uses = patient.uses or self._inferred()

    def ask(self) -> Round:
        answers: list[Answer] = list(self._work())
        answers += [self._answer(each) for each in asking.of_trust(self.patient, self.around)]
        granted: list[str] = []
        not_granted: list[str] = []
        for operation in operations_in(self.patient.studio):
            found = self._call(operation)
            (granted if found else not_granted).append(operation)
            answers += found
        return Round(tuple(answers), tuple(granted), tuple(not_granted))

    def _codes(self, answer: Answer) -> set[str]:
        return {each.code for each in self.faults(answer)}

    def faults(self, answer: Answer) -> Iterator[Fault]:
        if answer.judged.standing is Standing.DENIED:
            for obstacle in answer.judged.obstacles:
                yield self.fault_behind(answer, obstacle)

    def fault_behind(self, answer: Answer, obstacle: Obstacle) -> Fault:
        asked, opened = answer.asked, answer.judged.opened
        return fault(asked, opened, answer.policies, obstacle, self.catalog, self.profile)

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
        known = {(each.asked.part, code) for each in found for code in self._codes(each)}
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
            or any(self.fault_behind(each, one).key for one in each.judged.obstacles if of_identity(one))
            for each in own
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
