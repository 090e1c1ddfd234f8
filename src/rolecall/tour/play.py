"""Play the tour: ask what each check asks, and compare the answer with what AWS's documents say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import jmespath
from msgspec import Struct
from msgspec.structs import replace

from rolecall.connection import Connection
from rolecall.errors import Refused as NotExplained
from rolecall.tour.check import Allowed, Check, Denied, Do, Outcome, Refused, Section
from rolecall.tour.stage import Answer, Stage

# The code of a denial: SageMaker's protocol and the query protocol name it differently.
DENIAL_CODE: Final = {
    "sagemaker": "AccessDeniedException",
    "organizations": "AccessDeniedException",
    "iam": "AccessDenied",
    "sts": "AccessDenied",
}


class Result(Struct, frozen=True):
    """One check played. wrong: what differs from the expectation, None when all is right."""

    number: int
    section: Section
    check: Check
    answer: Answer
    caller: str
    wrong: str | None
    explanation: Mapping[str, Any] | None = None


def play(section: Section, stage: Stage, first: int, opening: tuple[Do, ...] = ()) -> Iterator[Result]:
    """Set the scene of a section and play its checks, numbered from `first`."""
    stage.open(section, opening)
    # All are asked before any is explained: the server writes denials down a moment later, once for all of them.
    played = [_ask(number, section, check, stage) for number, check in enumerate(section.checks, first)]
    for result in played:
        yield replace(result, explanation=_explanation(stage.office(result.check.who), result.answer))


def _ask(number: int, section: Section, check: Check, stage: Stage) -> Result:
    for call in check.before:
        stage.prepare(call)
    answer = stage.ask(check.who, check.call)
    caller = stage.arn(check.who)
    wrong = difference(_filled(check.outcome, stage), answer, DENIAL_CODE[check.call.service], caller)
    for call in check.after:
        stage.prepare(call)
    return Result(number, section, check, answer, caller, wrong)


def difference(expected: Outcome, answer: Answer, denial_code: str, caller: str) -> str | None:
    """In what an answer differs from what is expected; None when it does not."""
    match expected:
        case Allowed():
            if answer.code:
                return f"expected the call to succeed, got {answer.code}: {answer.message}"
            for path, wanted in expected.members.items():
                found = jmespath.search(path, answer.members)
                if found != wanted:
                    return f"expected {path} to be {wanted!r}, got {found!r}"
            return None
        case Denied():
            return _error_difference(denial_code, expected.message(caller), answer)
        case Refused():
            return _error_difference(expected.code, expected.message, answer)


def _error_difference(code: str, message: str, answer: Answer) -> str | None:
    if (answer.code, answer.message) == (code, message):
        return None
    if not answer.code:
        return f"expected {code}: {message}, but the call succeeded"
    return f"expected {code}: {message}, got {answer.code}: {answer.message}"


def _filled(outcome: Outcome, stage: Stage) -> Outcome:
    match outcome:
        case Allowed():
            return Allowed(stage.filled(outcome.members))
        case Denied():
            return Denied(outcome.action, stage.filled(outcome.on), stage.filled(outcome.because))
        case Refused():
            return Refused(outcome.code, stage.filled(outcome.message))


def _explanation(connection: Connection, answer: Answer) -> Mapping[str, Any] | None:
    """What the server says about its own decision; only told, never compared."""
    if not answer.request_id:
        return None
    try:
        return connection.explain(answer.request_id)
    except NotExplained:
        return None
