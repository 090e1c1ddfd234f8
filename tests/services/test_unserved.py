"""Operations that do no real work: every one says so, and the document names them all."""

from __future__ import annotations

from pathlib import Path

import botocore.session
import pytest

from rolecall.services import iam, sts
from rolecall.services.iam.unserved import REASONS as OF_IAM
from rolecall.services.sts.outbound_tokens import UNSERVED as OF_STS
from rolecall.wire.errors import AwsError
from services.accounts import accounts

DOCUMENT = Path(__file__).parents[2] / "docs" / "CONFORMANCE.md"
UNSERVED = [("iam", name) for name in OF_IAM] + [("sts", name) for name in OF_STS]


@pytest.mark.parametrize(("service", "operation"), UNSERVED)
def test_it_says_so_and_why(service: str, operation: str) -> None:
    with accounts() as here, pytest.raises(AwsError) as raised:
        here.call(service, operation, {})
    reason = {**OF_IAM, **OF_STS}[operation]
    assert (raised.value.code, raised.value.status) == ("NotImplemented", 501)
    assert raised.value.message == f"rolecall does not do {service}:{operation}: {reason}"


def test_the_document_names_them_all() -> None:
    section = DOCUMENT.read_text("utf-8").partition("## Operations that do no real work")[2].partition("\n## ")[0]
    assert [name for _, name in UNSERVED if name not in section] == []


@pytest.mark.parametrize(("service", "table"), [("iam", iam.OPERATIONS), ("sts", sts.OPERATIONS)])
def test_every_operation_of_the_model_is_served(service: str, table: dict[str, object]) -> None:
    model = botocore.session.get_session().get_service_model(service)
    assert set(model.operation_names) == set(table)
