"""An organization on a server that listens, and everybody who calls it; cases are steps of its people.

Every case has accounts of its own: `manager` makes the organization, `member` is in its unit `workloads`,
`stranger` is in none. Each has its root user (by the account's name) and an administrator (`manager-admin` and so
on).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from msgspec import Struct

from rolecall.testing import Account
from rolecall.testing.server import TestServer

ADMINISTRATOR: Final = "arn:aws:iam::aws:policy/AdministratorAccess"
NAMES: Final = ("manager", "member", "stranger")
PLACE: Final = re.compile(r"\$(\w+)")
LONG: Final = re.compile(r"~[0-9]+")  # so many characters
ONCE: Final = Config(retries={"total_max_attempts": 1}, parameter_validation=False)


class Step(Struct, frozen=True, forbid_unknown_fields=True, rename={"parameters": "with"}):
    """call: `service:Operation`. keep: names for later steps, by the path of what they stand for in the answer."""

    call: str
    by: str = "manager"
    parameters: dict[str, Any] = {}
    keep: dict[str, str] = {}


class Want(Struct, frozen=True, forbid_unknown_fields=True):
    """answer: members as the answer has them, `~` before a pattern, null for what it has not.

    error: the code; message and reason as AWS words them, `~` before a pattern.
    """

    answer: dict[str, Any] | None = None
    error: str | None = None
    message: str | None = None
    reason: str | None = None


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """begin: `nothing`, `organization` (nothing in it), or `tree` (unit, member, both kinds of guardrails on)."""

    name: str
    source: str
    steps: list[Step]
    want: Want
    begin: str = "tree"


class Stage:
    """The people of one case, and what they remember of answers."""

    def __init__(self, server: TestServer) -> None:
        self.server = server
        self.accounts: dict[str, Account] = {name: server.new_account() for name in NAMES}
        self.known: dict[str, str] = {name: account.id for name, account in self.accounts.items()}
        self._keys: dict[str, Mapping[str, str]] = {name: each.keys for name, each in self.accounts.items()}

    def begin(self, how: str) -> None:
        if how == "nothing":
            return
        self.do(Step("organizations:CreateOrganization", keep={"organization": "Organization.Id"}))
        self.do(Step("organizations:ListRoots", keep={"root": "Roots.0.Id"}))
        if how != "tree":
            return
        for type in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
            self.do(Step("organizations:EnablePolicyType", parameters={"RootId": "$root", "PolicyType": type}))
        unit = {"ParentId": "$root", "Name": "workloads"}
        self.do(
            Step("organizations:CreateOrganizationalUnit", parameters=unit, keep={"unit": "OrganizationalUnit.Id"})
        )
        self.join("member")
        move = {"AccountId": "$member", "SourceParentId": "$root", "DestinationParentId": "$unit"}
        self.do(Step("organizations:MoveAccount", parameters=move))

    def join(self, name: str) -> None:
        target = {"Target": {"Type": "ACCOUNT", "Id": f"${name}"}}
        invite = Step(
            "organizations:InviteAccountToOrganization", parameters=target, keep={"hand": "Handshake.Id"}
        )
        self.do(invite)
        self.do(Step("organizations:AcceptHandshake", by=name, parameters={"HandshakeId": "$hand"}))

    def do(self, step: Step) -> dict[str, Any]:
        """Make a call; raises what the client raises."""
        service, _, operation = step.call.partition(":")
        client = self.server.client(self.keys_of(step.by), service, config=ONCE)
        answer: dict[str, Any] = client._make_api_call(operation, self.filled(step.parameters))
        for name, path in step.keep.items():
            self.known[name] = str(found(answer, path))
        return answer

    def keys_of(self, who: str) -> Mapping[str, str]:
        """The keys of somebody: an account's root, its administrator, or a session that a step kept."""
        if who not in self._keys:
            if who.endswith("-admin"):
                self._keys[who] = self._administrator(self.accounts[who.removesuffix("-admin")])
            else:
                self._keys[who] = {
                    "aws_access_key_id": self.known[f"{who}_key"],
                    "aws_secret_access_key": self.known[f"{who}_secret"],
                    "aws_session_token": self.known[f"{who}_token"],
                }
        return self._keys[who]

    @staticmethod
    def _administrator(account: Account) -> Mapping[str, str]:
        iam = account.client("iam")
        iam.create_user(UserName="admin")
        iam.attach_user_policy(UserName="admin", PolicyArn=ADMINISTRATOR)
        key = iam.create_access_key(UserName="admin")["AccessKey"]
        return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    def filled(self, value: Any) -> Any:
        """With what is known in the place of `$name`; a mapping under Content or a document becomes its text."""
        match value:
            case {"json": document}:
                return json.dumps(self.filled(document))
            case dict():
                return {name: self.filled(held) for name, held in value.items()}
            case list():
                return [self.filled(held) for held in value]
            case str() if LONG.fullmatch(value):
                return "x" * int(value[1:])
            case str():
                return PLACE.sub(lambda match: self.known.get(match[1], match[0]), value)
        return value

    def check(self, case: Case) -> None:
        """Play a case and hold its last call to what is wanted."""
        for step in case.steps:
            if step.by.endswith("-admin"):
                self.keys_of(step.by)  # made before anything can forbid it
        self.begin(case.begin)
        *before, last = case.steps
        for step in before:
            self.do(step)
        want = case.want
        if want.error is None:
            assert want.answer is not None, "a case wants an answer or an error"
            fits(self.filled(want.answer), self.do(last))
            return
        with pytest.raises(ClientError) as refused:
            self.do(last)
        said = refused.value.response
        assert said["Error"]["Code"] == want.error, said
        if want.message is not None:
            fits(self.filled(want.message), said["Error"]["Message"])
        if want.reason is not None:
            assert said.get("Reason") == want.reason, said


def found(answer: Any, path: str) -> Any:
    for part in path.split("."):
        answer = answer[int(part)] if part.isdigit() else answer[part]
    return answer


def fits(wanted: Any, seen: Any) -> None:
    match wanted:
        case dict():
            assert isinstance(seen, dict), (wanted, seen)
            for name, held in wanted.items():
                if held is None:
                    assert name not in seen, (name, seen)
                else:
                    assert name in seen, (name, seen)
                    fits(held, seen[name])
        case list():
            assert isinstance(seen, list), (wanted, seen)
            assert len(seen) == len(wanted), (wanted, seen)
            for one, other in zip(wanted, seen, strict=True):
                fits(one, other)
        case str() if wanted.startswith("~"):
            assert re.search(wanted[1:], str(seen)), (wanted, seen)
        case _:
            assert seen == wanted, (wanted, seen)
