"""Encoded authorization messages: what is in them, how long they get, who opens them, which denials carry them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from rolecall import catalog
from rolecall.authorization.api_call import ApiCall
from rolecall.authorization.caller import Caller
from rolecall.authorization.requirement import Requirement
from rolecall.credentials.errors import TokenDamaged
from rolecall.credentials.keyring import Keyring
from rolecall.decision import Context, PoliciesInForce, Principal, PrincipalType, Request, Resource, decide
from rolecall.exchange.authorization_message import decoded_message, pack, unpack
from rolecall.server.authorization_messages import encoded_message
from rolecall.server.judging import Judge, denial_text
from rolecall.server.platform import ServerPlatform
from rolecall.server.settings import Settings
from rolecall.store import open_store

ACCOUNT = "123456789012"
BOB = Principal(f"arn:aws:iam::{ACCOUNT}:user/Bob", ACCOUNT, PrincipalType.USER, user_id="AIDACKCEVSQ6C2EXAMPLE")
INSTANCE = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-dd01c9bd"
ASKED = Request(BOB, "ec2:StopInstances", Resource(INSTANCE, ACCOUNT), Context({"ec2:Tenancy": "default"}))
NOTHING = PoliciesInForce()


def platform() -> ServerPlatform:
    return ServerPlatform(Settings(accounts=(ACCOUNT,)), Keyring.ephemeral())


def test_an_implicit_denial_decodes_as_the_cli_reference_shows_it() -> None:
    """AWS CLI Command Reference, sts decode-authorization-message."""
    assert decoded_message(ASKED, NOTHING, decide(ASKED, NOTHING)) == {
        "allowed": False,
        "explicitDeny": False,
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {"id": "AIDACKCEVSQ6C2EXAMPLE", "name": "Bob", "arn": BOB.arn},
            "action": "ec2:StopInstances",
            "resource": INSTANCE,
            "conditions": {"items": [{"key": "ec2:Tenancy", "values": {"items": [{"value": "default"}]}}]},
        },
    }


def test_a_message_opens_in_its_account_only() -> None:
    made = platform()
    text = encoded_message(ASKED, NOTHING, decide(ASKED, NOTHING), made)
    packed = made.open_message(text)
    assert packed is not None
    opened = unpack(packed, ACCOUNT)
    assert opened is not None
    assert json.loads(opened)["context"]["action"] == "ec2:StopInstances"
    assert unpack(packed, "999999999999") is None
    assert platform().open_message(text) is None


@pytest.mark.parametrize("text", ["", "x", "not base64 !", "QUJDRA", "A" * 200])
def test_what_is_no_message_is_none(text: str) -> None:
    assert platform().open_message(text) is None
    with pytest.raises(TokenDamaged):
        Keyring.ephemeral().open_message(text)


def test_no_message_is_longer_than_sts_takes() -> None:
    """Values that do not compress: the longest go first, the rest stays."""
    import random

    noise = random.Random(1)
    values: dict[str, Any] = {
        f"aws:RequestTag/{n}": "".join(chr(noise.randrange(33, 127)) for _ in range(200 + n)) for n in range(90)
    }
    asked = replace(ASKED, context=Context({**values, "ec2:Tenancy": "default"}))
    made = platform()
    text = encoded_message(asked, NOTHING, decide(asked, NOTHING), made)
    assert len(text) <= 10_240
    packed = made.open_message(text)
    assert packed is not None
    kept = json.loads(unpack(packed, ACCOUNT) or "")["context"]["conditions"]["items"]
    names = {item["key"] for item in kept}
    assert "ec2:Tenancy" in names
    assert "aws:RequestTag/0" in names
    assert "aws:RequestTag/89" not in names


def test_garbage_inside_is_no_message() -> None:
    assert unpack(b"garbage", ACCOUNT) is None
    assert unpack(pack(ACCOUNT, {"context": {"conditions": {"items": []}}})[:-4], ACCOUNT) is None


def test_a_denial_of_ec2_carries_its_message_and_one_of_sagemaker_does_not() -> None:
    made = platform()
    judge = Judge(catalog.load(), "reference", made)
    call = ApiCall(
        service="ec2",
        operation="StopInstances",
        parameters={},
        caller=Caller(BOB, "AKIAEXAMPLE"),
        account=ACCOUNT,
        region="us-east-1",
        now=datetime(2026, 11, 23, tzinfo=UTC),
    )
    store = open_store(None)
    with store.read() as reader:
        told = {
            action: judge.judge(call, reader, rows=(Requirement(action=action),))
            for action in ("ec2:StopInstances", "sagemaker:ListModels")
        }
    store.close()
    carrying = told["ec2:StopInstances"]
    assert carrying.denial is not None
    text = denial_text(carrying.denial, carrying.encoded)
    head, _, message = text.partition(" Encoded authorization failure message: ")
    assert head.startswith("You are not authorized to perform this operation. User: ")
    packed = made.open_message(message)
    assert packed is not None
    assert unpack(packed, ACCOUNT) is not None
    assert told["sagemaker:ListModels"].encoded is None
