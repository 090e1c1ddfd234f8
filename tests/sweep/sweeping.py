"""One call of every operation that signs as SageMaker, with minimal parameters, by an administrator and by nobody.

What the server gave (names, ids, ARNs) is used where later calls ask for it, so that most of them succeed: first
what makes things, several times over, then what reads and changes them, at last what ends them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import yaml
from botocore import xform_name
from botocore.exceptions import ClientError
from msgspec import Struct

from case_files import CASES
from minimal_parameters import ARNS, fits, parameters
from rolecall.authorization.requirements import ROWS
from rolecall.wire import models
from rolecall.wire.services import SERVICES
from sweep.answers import wrong

CLIENTS: Final = tuple(name for name in ROWS if name in SERVICES and SERVICES[name].signing_name == "sagemaker")
OPERATIONS: Final = tuple((client, name) for client in CLIENTS for name in sorted(models.operation_names(client)))
MAKING: Final = ("Create", "Import", "Register", "Add", "Associate", "Put", "Start", "Batch", "Send", "Execute")
STOPPING: Final = ("Stop",)
ENDING: Final = ("Delete", "Deregister", "Disassociate", "Detach")
ROUNDS: Final = 3
MORE: Final[Mapping[str, Any]] = yaml.safe_load((CASES / "sweep" / "parameters.yaml").read_text("utf-8"))
# Members that look like names but stand for something that must be there or be well formed.
GIVEN: Final[Mapping[str, Any]] = {"Body": b"{}", "InputContent": "{}", "EventTime": "2026-01-01T00:00:00Z"}


class Outcome(Struct, frozen=True):
    """code: of the error, "" where the call went through. problems: what is wrong with the answer."""

    client: str
    operation: str
    code: str
    status: int
    message: str = ""
    problems: tuple[str, ...] = ()


def once(make: Callable[[str], Any], role: str) -> Iterator[Outcome]:
    """One call of every operation, whatever becomes of it."""
    for client, operation in OPERATIONS:
        yield _played(client, operation, make, _known(client, operation, GIVEN, role))[0]


def _played(
    client: str, operation: str, make: Callable[[str], Any], given: Mapping[str, Any]
) -> tuple[Outcome, Mapping[str, Any]]:
    asked = {**parameters(client, operation, given), **_more(operation, given)}
    try:
        answer = getattr(make(client), xform_name(operation))(**asked)
    except ClientError as error:
        held = error.response
        status = held["ResponseMetadata"]["HTTPStatusCode"]
        return Outcome(client, operation, held["Error"]["Code"], status, held["Error"]["Message"]), {}
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    problems = tuple(wrong(models.operation(client, operation).output_shape, answer))
    return Outcome(client, operation, "", status, "", problems), {**asked, **answer}


def swept(make: Callable[[str], Any], role: str) -> Iterator[Outcome]:
    """Every outcome of every operation: it is tried again as long as it is refused."""
    known: dict[str, Any] = dict(GIVEN)
    best: dict[tuple[str, str], Outcome] = {}
    for phase in (MAKING, (), STOPPING, ENDING):
        for _ in range(ROUNDS):
            for client, operation in OPERATIONS:
                if (
                    _phase(operation) != phase
                    or not best.get((client, operation), _untried(client, operation)).code
                ):
                    continue
                outcome, said = _played(client, operation, make, _known(client, operation, known, role))
                best[client, operation] = outcome
                yield outcome
                if not outcome.code:
                    _remember(operation, said, known)


def _more(operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the operation takes beside the required members, once everything that it names was given."""
    try:
        filled = _filled(MORE.get(operation, {}), given)
    except KeyError:
        return {}
    return dict(filled)


def _filled(value: Any, given: Mapping[str, Any]) -> Any:
    """The value with `$Name` filled in; raises KeyError for a name that nothing gave yet."""
    if isinstance(value, dict):
        return {name: _filled(inner, given) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, given) for inner in value]
    return given[value[1:]] if isinstance(value, str) and value.startswith("$") else value


def _untried(client: str, operation: str) -> Outcome:
    return Outcome(client, operation, "untried", 0)


def _phase(operation: str) -> tuple[str, ...]:
    return next((phase for phase in (MAKING, STOPPING, ENDING) if operation.startswith(phase)), ())


def _known(client: str, operation: str, known: Mapping[str, Any], role: str) -> dict[str, Any]:
    """What is known, with the role for every member that takes one."""
    shape = models.operation(client, operation).input_shape
    roles = {} if shape is None else dict.fromkeys(_role_members(shape, ()), role)
    return {**known, "RoleArn": role, **roles}


def _role_members(shape: Any, above: tuple[str, ...]) -> Iterator[str]:
    if shape.name in above:
        return
    match shape.type_name:
        case "structure":
            for name, member in shape.members.items():
                if (
                    member.type_name == "string"
                    and "Role" in name
                    and fits(member, "arn:aws:iam::123456789012:role/r")
                ):
                    yield name
                yield from _role_members(member, (*above, shape.name))
        case "list":
            yield from _role_members(shape.member, (*above, shape.name))


def _remember(operation: str, said: Mapping[str, Any], known: dict[str, Any]) -> None:
    """Names and ARNs of what was made, under the members that later calls use for them."""
    noun = operation.removeprefix("Create").removeprefix("Import").removeprefix("Register")
    for name, value in said.items():
        if not isinstance(value, str) or name in known:
            continue
        if name.endswith(("Arn", "Id", "Name", "Version")):
            known[name] = value
        if value.startswith("arn:"):
            known.setdefault(ARNS, []).append(value)
        if name == f"{noun}Arn":
            known.setdefault("ResourceArn", value)
