"""Can the values of conditions be read as what the operator and the key want?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from rolecall.analysis.lint.edits import put, source
from rolecall.analysis.lint.finding import Finding, Fix
from rolecall.analysis.lint.look import Look
from rolecall.analysis.lint.patterns import has_wildcard, opened, overlap
from rolecall.analysis.lint.regions import is_region
from rolecall.analysis.lint.view import Condition, Statement, Value
from rolecall.policy.dates import parse_date
from rolecall.policy.json_reader import ArrayNode, BooleanNode, NumberNode
from rolecall.policy.operators import Family, parse_binary, parse_bool, parse_network, parse_number

# family -> how a value of it is read, and the code for one that cannot be.
READERS: Final[dict[Family, tuple[Callable[[str], object], str]]] = {
    Family.BOOL: (parse_bool, "TYPE_MISMATCH_BOOLEAN"),
    Family.NULL: (parse_bool, "TYPE_MISMATCH_BOOLEAN"),
    Family.NUMERIC: (parse_number, "TYPE_MISMATCH_NUMBER"),
    Family.DATE: (parse_date, "TYPE_MISMATCH_DATE"),
    Family.BINARY: (parse_binary, "TYPE_MISMATCH_STRING"),
    Family.IP: (parse_network, "TYPE_MISMATCH_IP_RANGE"),
}
REGION_KEYS: Final = (
    "aws:requestedregion",
    "ec2:region",
    "secretsmanager:addreplicaregions",
    "dynamodb:replicaregion",
)
# Keys that hold the name of a service principal, and the form they want.
PRINCIPAL_FORM: Final = "<service>.amazonaws.com"
SERVICE_KEYS: Final = {
    "iam:passedtoservice": PRINCIPAL_FORM,
    "iam:awsservicename": PRINCIPAL_FORM,
    "aws:principalservicename": PRINCIPAL_FORM,
    "aws:principalservicenameslist": PRINCIPAL_FORM,
    "aws:calledvia": PRINCIPAL_FORM,
    "aws:calledviafirst": PRINCIPAL_FORM,
    "aws:calledvialast": PRINCIPAL_FORM,
    "kms:viaservice": "<service>.<region>.amazonaws.com",
}
_SERVICE: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazonaws\.eu|aws\.internal|aws)")
# Ends of service principals that a pattern may still turn into.
_ENDS: Final = ("*.amazonaws.com", "*.amazonaws.com.cn", "*.amazonaws.eu", "*.aws.internal")
_VPC: Final = re.compile(r"vpc-([0-9a-z]{8}|[0-9a-z]{17})")
_VPCE: Final = re.compile(r"vpce-([0-9a-z]{8}|[0-9a-z]{17})")
# Keys that hold the ARN of a KMS key, and only that (SageMaker's older keys hold what the caller sent).
KMS_ARN_KEYS: Final = ("s3:x-amz-server-side-encryption-aws-kms-key-id",)


def conditions(look: Look) -> Iterator[tuple[Statement, Condition]]:
    for statement in look.statements:
        for condition in statement.conditions:
            if condition.operator is not None:
                yield statement, condition


def readable(look: Look) -> Iterator[Finding]:
    """Each value under its operator."""
    for _, condition in conditions(look):
        assert condition.operator is not None
        family = condition.operator.base.family
        if family in (Family.BOOL, Family.NULL) and len(condition.values) > 1:
            yield look.finding("INVALID_CONDITION_MULTIPLE_BOOLEAN", condition.place)
        if _mixed(condition):
            yield look.finding("INVALID_CONDITION_DATA_TYPE", condition.place)
        if family not in READERS:
            continue
        read, code = READERS[family]
        for value in condition.values:
            if "${" in value.text:
                continue
            if read(value.text) is None:
                yield look.finding(code, value.place, {"operator": condition.name})
            elif family is Family.DATE and "-" not in value.text:
                yield look.finding("INVALID_DATE_VALUE", value.place, {"date": value.text})


def _mixed(condition: Condition) -> bool:
    held = condition.place.node
    if not isinstance(held, ArrayNode):
        return False
    kinds = {type(item) for item in held.items}
    return len(kinds) > 1 and bool(kinds & {NumberNode, BooleanNode})


def wildcards(look: Look) -> Iterator[Finding]:
    """Stars under operators that compare letter by letter."""
    for _, condition in conditions(look):
        assert condition.operator is not None
        base = condition.operator.base
        if base.family is not Family.STRING or base.name in ("StringLike", "StringNotLike"):
            continue
        for value in condition.values:
            if has_wildcard(re.sub(r"\$\{[^{}]*\}", "", value.text)):
                yield look.finding("WILDCARD_WITHOUT_LIKE_OPERATOR", value.place)


def forms(look: Look) -> Iterator[Finding]:
    """Values of keys whose form AWS documents."""
    for _, condition in conditions(look):
        assert condition.operator is not None
        if condition.operator.base.family not in (Family.STRING, Family.ARN):
            continue
        for value in condition.values:
            yield from _form(look, condition, value)


def _form(look: Look, condition: Condition, value: Value) -> Iterator[Finding]:
    key, text = condition.folded, opened(value.text)
    if key in REGION_KEYS and not has_wildcard(text) and not is_region(text):
        yield look.finding("INVALID_REGION", value.place, {"region": text})
    elif key in SERVICE_KEYS:
        if not is_service_principal(text):
            yield from _principal(look, condition, value)
    elif key == "aws:sourcevpc" and not has_wildcard(text) and not _VPC.fullmatch(text):
        yield look.finding("INVALID_VPC_FORMAT", value.place)
    elif key == "aws:sourcevpce" and not has_wildcard(text) and not _VPCE.fullmatch(text):
        yield look.finding("INVALID_VPCE_FORMAT", value.place)
    elif _holds_kms_arn(key) and not has_wildcard(text) and not text.startswith("arn:"):
        also = ("RC109",) if key.startswith("sagemaker:") else ()
        yield look.finding("INVALID_KMS_KEY_VALUE", value.place, {"key": condition.key}, also=also)


def _holds_kms_arn(key: str) -> bool:
    return key in KMS_ARN_KEYS or (key.startswith("sagemaker:") and key.endswith("kmskeyarn"))


def is_service_principal(text: str) -> bool:
    """Whether a value is a service principal, or a pattern that one can match."""
    if has_wildcard(text):
        return text == "*" or any(overlap(text, end) for end in _ENDS)
    return bool(_SERVICE.fullmatch(text))


def _principal(look: Look, condition: Condition, value: Value) -> Iterator[Finding]:
    form = SERVICE_KEYS[condition.folded]
    if condition.folded != "iam:passedtoservice":
        yield look.finding("INVALID_SERVICE_PRINCIPAL_FORMAT", value.place, {"expectedFormat": form})
        return
    also = ("INVALID_SERVICE_PRINCIPAL_FORMAT",)
    right = f"{value.folded}.amazonaws.com"
    fix = None
    if look.knowledge.catalog.service_name(value.text) is not None:
        fix = Fix(
            f"write {right}",
            (put(value.place.node, f'"{right}"'),),
            widens=True,
            changes="Roles may be passed to the service.",
        )
    yield look.finding("RC302", value.place, {"value": value.text}, also=also, fix=fix)


_KEEPS: Final = {
    "NumericLessThan": (max, "greatest"),
    "NumericLessThanEquals": (max, "greatest"),
    "NumericGreaterThan": (min, "least"),
    "NumericGreaterThanEquals": (min, "least"),
}


def numbers(look: Look) -> Iterator[Finding]:
    """Several bounds where one decides: values are joined by OR."""
    for _, condition in conditions(look):
        assert condition.operator is not None
        keeps = _KEEPS.get(condition.operator.base.name)
        read = [(parse_number(value.text), value) for value in condition.values]
        if keeps is None or len(read) < 2 or any(number is None for number, _ in read):
            continue
        pick, word = keeps
        _, kept = pick(read, key=lambda pair: pair[0] or 0)
        fix = Fix(f"keep {kept.text}", (put(condition.place.node, source(look.text, kept.place.node)),))
        values = {"operator": condition.name, "key": condition.key, "greatest/least": word}
        yield look.finding("REDUNDANT_CONDITION_VALUE_NUM", condition.place, values, fix=fix)


RULES: Final = (readable, wildcards, forms, numbers)
