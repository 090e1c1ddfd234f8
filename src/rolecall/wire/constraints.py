"""Do the parameters of a call keep the model's limits? AWS checks this after authorization.

All violations are collected, members in the model's order, a member's own limits before those inside it, and told
in one message: "2 validation errors detected: Value 'a_b' at 'modelName' failed to satisfy constraint: …; …".
Lists and maps of scalars are told as a whole, with every constraint of their items in brackets, as AWS does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape
from msgspec import Struct

from rolecall.wire import models
from rolecall.wire.errors import CORAL_VALIDATE, AwsError
from rolecall.wire.java_patterns import full_match
from rolecall.wire.printed_values import Printer, Printers


class Style(Struct, frozen=True):
    """How a service words violations.

    values: the offending value is repeated (IAM stopped doing so); enum_set: the allowed values are listed;
    words: patterns that are told in a sentence of their own instead, and only when nothing else is wrong.
    reasons: how violations begin (`path: phrase` or the phrase alone), the reason that the error names and its
    whole message; such a service tells of one violation and repeats no value.
    """

    code: str
    namespace: str = ""
    values: bool = True
    enum_set: bool = True
    words: Mapping[str, str] = {}
    reasons: Mapping[str, tuple[str, str]] = {}


_JSON: Final = Style("ValidationException", CORAL_VALIDATE)
_REST: Final = Style("ValidationError")
_IAM_WORDS: Final = {
    r"[\w+=,.@-]+": ("It must contain only alphanumeric characters and/or the following: +=,.@_-"),
    r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)": (
        "It must begin and end with / and contain only alphanumeric characters and/or / characters."
    ),
    r"((/[A-Za-z0-9\.,\+@=_-]+)*)/": (
        "It must begin and end with / and contain only alphanumeric characters and/or / characters."
    ),
    r"\u002F[\u0021-\u007F]*": (
        "It must begin with the / character and contain only alphanumeric characters and/or / characters."
    ),
    r"[\u0009\u000A\u000D\u0020-\u00FF]+": "It must contain only printable ASCII characters.",
}
_IAM_WORDS_BY_SHAPE: Final = {"accessKeyIdType": "It must contain only alphanumeric characters."}
# Organizations API Reference, InvalidInputException.
_INVALID_VALUE: Final = "You specified an invalid value."
_ORGANIZATIONS: Final = {
    "policyId: Member must satisfy regular": ("INVALID_SYNTAX_POLICY_ID", _INVALID_VALUE),
    "targetId: Member must satisfy regular": ("INVALID_PATTERN_TARGET_ID", _INVALID_VALUE),
    "Member must satisfy regular": (
        "INVALID_PATTERN",
        "You provided a value that does not match the required pattern.",
    ),
    "policyType: Member must satisfy enum": ("INVALID_ENUM_POLICY_TYPE", _INVALID_VALUE),
    "Member must satisfy enum": ("INVALID_ENUM", _INVALID_VALUE),
    "Member must satisfy constraint": (
        "INVALID_LIST_MEMBER",
        "You provided a list to a parameter that contains at least one invalid value.",
    ),
    "Member must have length less": (
        "MAX_LENGTH_EXCEEDED",
        "You provided a string parameter that is longer than allowed.",
    ),
    "Member must have length greater": (
        "MIN_LENGTH_EXCEEDED",
        "You provided a string parameter that is shorter than allowed.",
    ),
    "Member must have value less": (
        "MAX_VALUE_EXCEEDED",
        "You provided a numeric parameter that has a larger value than allowed.",
    ),
    "Member must have value greater": (
        "MIN_VALUE_EXCEEDED",
        "You provided a numeric parameter that has a smaller value than allowed.",
    ),
    "Member must not be null": ("INPUT_REQUIRED", "You must include a value for all required parameters."),
}
STYLES: Final[Mapping[str, Style]] = {
    "organizations": Style("InvalidInputException", reasons=_ORGANIZATIONS),
    "sts": Style("ValidationError"),
    "iam": Style("ValidationError", values=False, enum_set=False, words=_IAM_WORDS | _IAM_WORDS_BY_SHAPE),
    "sagemaker": _JSON,
    "sagemaker-runtime": _REST,
    "sagemaker-featurestore-runtime": _REST,
}


class Violation(Struct, frozen=True):
    """One thing that is wrong. `sentence` is the wording of its own, where the pattern has one."""

    path: str
    value: str | None
    phrase: str
    sentence: str = ""


class Rule(Struct, frozen=True):
    """One limit of a scalar: the phrase that names it, and whether a value keeps it."""

    phrase: str
    kept: Callable[[Any], object]
    sentence: str = ""


Check = Callable[[Any, str, list[Violation]], None]
NOT_NULL: Final = "Member must not be null"


def check(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
    """Return where the parameters keep the model's limits; raise the service's validation error otherwise."""
    found: list[Violation] = []
    checker = _checker(service, operation)
    if checker is not None:
        checker(parameters, "", found)
    if found:
        raise _error(style_of(service), found)


def prepare(service: str, operation: str) -> None:
    """Make now what the first check of an operation would make."""
    _checker(service, operation)


def style_of(service: str) -> Style:
    return STYLES.get(service, _JSON)


def _error(style: Style, found: list[Violation]) -> AwsError:
    if style.reasons:
        return _reasoned(style, found[0])
    plain = [violation for violation in found if not violation.sentence]
    if not plain:
        first = found[0]
        message = f"The specified value for {first.path} is invalid. {first.sentence}"
    else:
        count = f"{len(plain)} validation error{'s' if len(plain) > 1 else ''} detected: "
        message = count + "; ".join(_told(violation) for violation in plain)
    return AwsError(style.code, message, 400, namespace=style.namespace)


def _reasoned(style: Style, violation: Violation) -> AwsError:
    told = (f"{violation.path}: {violation.phrase}", violation.phrase)
    reason, message = next(
        said for begins, said in style.reasons.items() if any(text.startswith(begins) for text in told)
    )
    return AwsError(style.code, message, members={"Reason": reason})


def _told(violation: Violation) -> str:
    value = "" if violation.value is None else f" {violation.value}"
    return f"Value{value} at '{violation.path}' failed to satisfy constraint: {violation.phrase}"


@cache
def _checks(service: str) -> Checks:
    return Checks(style_of(service))


@cache
def _checker(service: str, operation: str) -> Check | None:
    shape = models.operation(service, operation).input_shape
    return None if shape is None else _checks(service).of(shape)


class Checks(models.Compiled[Check]):
    """Functions (value, path, violations) from shapes."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._style = style
        self._printers = Printers()

    def compile(self, shape: Shape) -> Check:
        if isinstance(shape, StructureShape):
            return _nothing if shape.is_document_type else self._structure(shape)
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            return self._map(shape)
        return self._whole(shape, self._scalar_rules(shape))

    def _structure(self, shape: StructureShape) -> Check:
        required = frozenset(shape.required_members)
        members = tuple(
            (name, _lower_first(name), name in required, self.of(member)) for name, member in shape.members.items()
        )
        null = "null" if self._style.values else None

        def check_members(value: Mapping[str, Any], path: str, found: list[Violation]) -> None:
            for name, printed, needed, check_member in members:
                item = value.get(name)
                if item is not None:
                    check_member(item, f"{path}.{printed}" if path else printed, found)
                elif needed:
                    found.append(Violation(f"{path}.{printed}" if path else printed, null, NOT_NULL))

        return check_members

    def _list(self, shape: ListShape) -> Check:
        own = self._whole(shape, _length_rules(shape))
        if _scalar(shape.member):
            items = self._items(shape, shape.member, "Member must satisfy constraint", lambda value: value)

            def check_scalars(value: Any, path: str, found: list[Violation]) -> None:
                own(value, path, found)
                items(value, path, found)

            return check_scalars
        inner = self.of(shape.member)

        def check_list(value: Any, path: str, found: list[Violation]) -> None:
            own(value, path, found)
            for number, item in enumerate(value, 1):
                inner(item, f"{path}.{number}.member", found)

        return check_list

    def _map(self, shape: MapShape) -> Check:
        own = self._whole(shape, _length_rules(shape))
        keys = self._items(shape, shape.key, "Map keys must satisfy constraint", lambda value: value.keys())
        if _scalar(shape.value):
            values = self._items(
                shape, shape.value, "Map value must satisfy constraint", lambda value: value.values()
            )
        else:
            inner = self.of(shape.value)

            def values(value: Any, path: str, found: list[Violation]) -> None:
                for key, item in value.items():
                    inner(item, f"{path}.{key}.member", found)

        def check_map(value: Any, path: str, found: list[Violation]) -> None:
            own(value, path, found)
            keys(value, path, found)
            values(value, path, found)

        return check_map

    def _whole(self, shape: Shape, rules: tuple[Rule, ...]) -> Check:
        """The limits of a value as a whole."""
        if not rules:
            return _nothing
        printer = self._printer(shape)

        def check_value(value: Any, path: str, found: list[Violation]) -> None:
            for rule in rules:
                if not rule.kept(value):
                    found.append(Violation(path, printer(value), rule.phrase, rule.sentence))

        return check_value

    def _items(self, shape: Shape, item: Shape, lead: str, items: Callable[[Any], Any]) -> Check:
        """The limits of scalars inside a list or map, told of the whole with all limits in brackets."""
        rules = self._scalar_rules(item)
        if not rules:
            return _nothing
        printer = self._printer(shape)
        phrase = f"{lead}: [{', '.join(rule.phrase for rule in rules)}]"

        def check_items(value: Any, path: str, found: list[Violation]) -> None:
            if not all(rule.kept(one) for one in items(value) for rule in rules):
                found.append(Violation(path, printer(value), phrase))

        return check_items

    def _printer(self, shape: Shape) -> Callable[[Any], str | None]:
        """The value between quotes, or None where it is not repeated."""
        if not self._style.values or shape.metadata.get("sensitive"):
            return lambda value: None
        printer: Printer = self._printers.of(shape)
        return lambda value: f"'{printer(value)}'"

    def _scalar_rules(self, shape: Shape) -> tuple[Rule, ...]:
        rules = list(_value_rules(shape) if shape.type_name in _NUMBERS else _length_rules(shape))
        pattern = shape.metadata.get("pattern")
        if pattern is not None and shape.type_name == "string":
            words = self._style.words
            rules.append(
                Rule(
                    f"Member must satisfy regular expression pattern: {pattern}",
                    _in_reason(full_match(pattern), shape.metadata.get("max")),
                    words.get(shape.name, words.get(pattern, "")),
                )
            )
        allowed = shape.metadata.get("enum")
        if allowed:
            listed = f": [{', '.join(allowed)}]" if self._style.enum_set else ""
            rules.append(Rule(f"Member must satisfy enum value set{listed}", frozenset(allowed).__contains__))
        return tuple(rules)


_NUMBERS: Final = frozenset({"integer", "long", "float", "double"})


def _nothing(value: Any, path: str, found: list[Violation]) -> None:
    return None


def _scalar(shape: Shape) -> bool:
    return not isinstance(shape, StructureShape | ListShape | MapShape)


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def _in_reason(matches: Callable[[str], object], longest: int | None) -> Callable[[str], object]:
    """A text far beyond its length is refused for that alone: some patterns take the square of it."""
    if longest is None:
        return matches
    return lambda text: len(text) > 4 * longest or matches(text)


def _length_rules(shape: Shape) -> tuple[Rule, ...]:
    """Of strings (in UTF-16 units, as Java counts), bytes, lists and maps."""
    size = _units if shape.type_name == "string" else len
    return _bounds(shape, "have length", size)


def _value_rules(shape: Shape) -> tuple[Rule, ...]:
    return _bounds(shape, "have value", lambda value: value)


def _bounds(shape: Shape, what: str, measure: Callable[[Any], float]) -> tuple[Rule, ...]:
    rules = []
    most, least = shape.metadata.get("max"), shape.metadata.get("min")
    if most is not None:
        rules.append(
            Rule(f"Member must {what} less than or equal to {most}", lambda value: measure(value) <= most)
        )
    if least is not None:
        rules.append(
            Rule(f"Member must {what} greater than or equal to {least}", lambda value: measure(value) >= least)
        )
    return tuple(rules)


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
