"""Was a call allowed, was it denied, and for the reason that the test expects?

A denial that comes for another reason than the expected one is the quiet kind of failure: the test passes, and the
policy that it was written for is not there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from rolecall.analysis.policy_tests.format import REASON_FIELDS, Because
from rolecall.analysis.policy_tests.reasons import Reason, reasons
from rolecall.decision import Decision, PoliciesInForce, Request, explain
from rolecall.decision.trace_text import render
from rolecall.server.explanations import recall
from rolecall.testing.server import TestServer

Reasonable = str | Mapping[str, str]

DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
DECISION: Final = "x-rolecall-decision"
REQUEST_ID: Final = "RequestId"
# How long a record of a denial may be on its way into the store.
PATIENCE: Final = 5.0


def assert_allowed(server: TestServer, call: Callable[..., Any], /, **parameters: Any) -> Any:
    """The answer of a call; fails with the explanation if it is denied. Other errors are raised as they are."""
    __tracebackhide__ = True
    try:
        return call(**parameters)
    except ClientError as error:
        if _code(error) not in DENIED:
            raise
        story = explained(server, error)
    # Outside of the handler, so that botocore's insides are no part of the story.
    raise AssertionError(f"expected allow, got deny\n{story}")


def assert_denied(
    server: TestServer, call: Callable[..., Any], /, *, because: Reasonable | None = None, **parameters: Any
) -> ClientError:
    """The denial of a call, for this reason; fails with what came instead."""
    __tracebackhide__ = True
    wanted = None if because is None else reason_of(because)
    denial: ClientError | None = None
    answer: Any = None
    try:
        answer = call(**parameters)
    except ClientError as error:
        denial = error
    if denial is None:
        headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}) if isinstance(answer, Mapping) else {}
        reason = f" because of {wanted}" if wanted else ""
        raise AssertionError(f"expected deny{reason}, got {headers.get(DECISION, 'an answer')}")
    if _code(denial) not in DENIED:
        raise AssertionError(f"expected deny, got {denial}") from denial
    if wanted is not None:
        _check(server, denial, wanted)
    return denial


def reason_of(because: Reasonable) -> Because:
    """A reason as a test gives it: one word, or some of type, policy, statement, key and action."""
    if isinstance(because, str):
        return Because(None, any=because)
    unknown = set(because) - set(REASON_FIELDS)
    if unknown:
        raise TypeError(f"because has {', '.join(REASON_FIELDS)}; not {', '.join(sorted(unknown))}")
    return Because(None, **because)


def explained(server: TestServer, error: ClientError) -> str:
    """The message of a denial and the whole trace of its decision."""
    ruled = _rulings(server, _request_id(error))
    if not ruled:
        return str(error)
    request, policies, _ = ruled[-1]
    return f"{error}\n\n{render(explain(request, policies, profile=server.profile))}"


def _check(server: TestServer, error: ClientError, wanted: Because) -> None:
    __tracebackhide__ = True
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    if any(reason.meets(wanted) for reason in _of_header(headers.get(DECISION, ""))):
        return  # the answer itself says so: no need to wait for its record
    ruled = _rulings(server, _request_id(error))
    found: tuple[Reason, ...] = ()
    if ruled:
        request, policies, decision = ruled[-1]
        found = reasons(request, policies, decision, server.profile)
    if any(reason.meets(wanted) for reason in found):
        return
    listed = "\n".join(f"  {reason}" for reason in found)
    raise AssertionError(
        f"denied, but not because of {wanted}; the reasons are\n{listed}\n\n{explained(server, error)}"
    )


def _of_header(text: str) -> Iterable[Reason]:
    """What x-rolecall-decision says: `implicit_deny action=… by=identity policy=… statement=…`."""
    said = dict(part.split("=", 1) for part in text.split() if "=" in part)
    if "by" in said and "action" in said:
        policy = said.get("policy")
        yield Reason(said["by"], said["action"], policy, policy, said.get("statement"))


def _rulings(server: TestServer, request_id: str) -> list[tuple[Request, PoliciesInForce, Decision]]:
    """What was decided for a request; records of denials arrive in the store a moment later."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with server.server.store.read() as reader:
                record = reader.audit_by_request(request_id)
                if record is not None:
                    recalled = recall(record.decisions, reader.document)
                    return [(request, policies, decision) for request, policies, decision, _ in recalled]
        except LookupError:
            pass  # a document is still on its way
        if time.monotonic() >= until:
            return []
        time.sleep(0.005)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _request_id(error: ClientError) -> str:
    return str(error.response.get("ResponseMetadata", {}).get(REQUEST_ID, ""))
