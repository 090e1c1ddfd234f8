"""IAM's operations, one case a row: tests/cases/iam_api."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import yaml

from rolecall.wire.errors import AwsError
from services.accounts import Accounts, fits

CASES: Final = Path(__file__).parents[2] / "cases" / "iam_api"

# Documents that cases name with a leading $.
DOCUMENTS: Final = {
    "$allow": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}',
    "$deny": '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}',
    "$sagemaker": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    '"Principal":{"Service":"sagemaker.amazonaws.com"}}]}',
    "$not json": '{"Version":"2012-10-17",',
    "$trusts bob": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    '"Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"}}]}',
    "$large": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":'
    f'"arn:aws:s3:::{"b" * 6200}"}}]}}',
    "$2 KB": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":'
    f'"arn:aws:s3:::{"b" * 1900}"}}]}}',
    "$long trust": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    '"Principal":{"Service":"sagemaker.amazonaws.com"},"Condition":{"StringEquals":{"sts:ExternalId":'
    f'"{"x" * 2048}"}}}}}}]}}',
    "$airy": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    + " " * 9000,
}


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """before: calls that succeed. call: the one that is judged. Exactly one of error and answer is wanted."""

    name: str
    source: str
    call: dict[str, dict[str, Any]]
    before: list[dict[str, dict[str, Any]]] = []
    error: dict[str, Any] | None = None
    answer: dict[str, Any] | None = None


def cases() -> list[Case]:
    return [
        case
        for path in sorted(CASES.glob("*.yaml"))
        for case in msgspec.convert(yaml.safe_load(path.read_text()), list[Case])
    ]


def filled(value: Any) -> Any:
    match value:
        case dict():
            return {name: filled(member) for name, member in value.items()}
        case list():
            return [filled(one) for one in value]
        case str():
            return DOCUMENTS.get(value, value)
    return value


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_api(case: Case, here: Accounts) -> None:
    for step in case.before:
        for operation, parameters in step.items():
            here.iam(operation, **filled(parameters))
    ((operation, parameters),) = case.call.items()
    assert (case.error is None) is not (case.answer is None), "a case wants one thing"
    if case.error is None:
        fits(filled(case.answer), here.iam(operation, **filled(parameters)))
        return
    with pytest.raises(AwsError) as raised:
        here.iam(operation, **filled(parameters))
    assert (raised.value.code, raised.value.status, raised.value.message) == (
        case.error["code"],
        case.error["status"],
        case.error["message"],
    )
