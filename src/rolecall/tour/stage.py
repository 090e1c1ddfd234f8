"""How do the users and roles that a check names come to life, and how do they ask?

Users are made as they are named, before the section's scene is set (trust policies may name them); their
policies, and roles with theirs, when they first ask, because policies may speak of what the scene made.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

import boto3
import jmespath
from botocore.config import Config
from botocore.exceptions import ClientError
from msgspec import Struct

from rolecall.connection import Connection
from rolecall.tour.check import (
    ACCOUNT,
    REGION,
    Do,
    Document,
    Root,
    Section,
    Session,
    User,
    Who,
    iam_arn,
    sagemaker_arn,
)
from rolecall.tour.policies import trusts

CONCIERGE: Final = "concierge"
PATIENCE: Final = 20.0
ONE_TRY: Final = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30)


class Answer(Struct, frozen=True):
    """What came back: the members of the answer, or an error."""

    members: Mapping[str, Any]
    code: str | None
    message: str
    request_id: str
    decision: str | None  # the header x-rolecall-decision


class Stage:
    """One account in which the tour plays, reached over HTTP by boto3."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._boto: Any = boto3.session.Session(region_name=REGION)
        self._clients: dict[tuple[str, str], Any] = {}
        self._keys: dict[str, dict[str, str]] = {
            "root": connection.keys(),
            **{f"root of {account}": connection.of_account(account).keys() for account in connection.accounts},
        }
        self._ready: set[str] = set()
        self._kept: dict[str, str] = {}

    def open(self, section: Section, opening: Iterable[Do] = ()) -> None:
        """Make the users of a section and set its scene."""
        if CONCIERGE not in self._keys:
            self._make_user(User(name=CONCIERGE))
            for call in opening:
                self.prepare(call)
        for check in section.checks:
            if isinstance(check.who, User) and check.who.name not in self._keys:
                self._make_user(check.who)
        for call in section.before:
            self.prepare(call)

    def prepare(self, call: Do) -> None:
        """A call by root that must succeed."""
        until = time.monotonic() + PATIENCE
        while True:
            answer = self._send("root", call)
            if answer.code:
                raise RuntimeError(f"the scene could not be set: {call.operation}: {answer.message}")
            waiting = [
                path for path, wanted in call.until.items() if jmespath.search(path, answer.members) != wanted
            ]
            if not waiting:
                break
            if time.monotonic() >= until:
                raise RuntimeError(f"the scene could not be set: {call.operation} never got {waiting[0]} right")
            time.sleep(0.05)
        for name, path in call.keep.items():
            self._kept[name] = str(jmespath.search(path, answer.members))

    def ask(self, who: Who, call: Do) -> Answer:
        """The call that a check is about."""
        answer = self._send(self._sign_in(who), call)
        for name, path in call.keep.items():
            found = jmespath.search(path, answer.members)
            if found is not None:
                self._kept[name] = str(found)
        return answer

    def keys(self, who: Who) -> dict[str, str]:
        """The keys of a principal that is as the check says, as boto3's client takes them."""
        return self._keys[self._sign_in(who)]

    def office(self, who: Who) -> Connection:
        """The root user of the principal's account, who may ask about what the principal did."""
        if isinstance(who, User) and who.account != ACCOUNT:
            return self.connection.of_account(who.account)
        return self.connection

    def arn(self, who: Who) -> str:
        """The ARN by which a denial names the caller."""
        match who:
            case User():
                return iam_arn(f"user/{who.name}", who.account)
            case Session():
                return f"arn:aws:sts::{ACCOUNT}:assumed-role/{who.role}/{who.name}"
            case Root():
                return iam_arn("root")

    def filled(self, value: Any) -> Any:
        """A value in which `<name>` stands for what earlier answers gave."""
        match value:
            case str():
                for name, kept in self._kept.items():
                    value = value.replace(f"<{name}>", kept)
                return value
            case Mapping():
                return {key: self.filled(inner) for key, inner in value.items()}
            case list() | tuple():
                return [self.filled(inner) for inner in value]
        return value

    def _sign_in(self, who: Who) -> str:
        """Make sure that a principal is as the check says, and give the name of its keys."""
        match who:
            case Root():
                return "root"
            case User():
                if who.name not in self._keys:
                    self._make_user(who)
                if who.name not in self._ready:
                    self._equip_user(who)
                    self._ready.add(who.name)
                return who.name
            case Session():
                holder = f"{who.role}/{who.name}"
                if holder not in self._keys:
                    self._make_role(who)
                    self._keys[holder] = self._assume(who)
                return holder

    def _make_user(self, who: User) -> None:
        iam = self._client(_root_of(who), "iam")
        iam.create_user(UserName=who.name, Tags=_tags(who.tags))
        key = iam.create_access_key(UserName=who.name)["AccessKey"]
        self._keys[who.name] = {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }

    def _equip_user(self, who: User) -> None:
        iam = self._client(_root_of(who), "iam")
        if who.policy is not None:
            iam.put_user_policy(UserName=who.name, PolicyName=who.name, PolicyDocument=self._text(who.policy))
        for name, document in who.managed.items():
            iam.attach_user_policy(UserName=who.name, PolicyArn=self._managed(name, document))
        for arn in who.attached:
            iam.attach_user_policy(UserName=who.name, PolicyArn=arn)
        if who.boundary is not None:
            iam.put_user_permissions_boundary(UserName=who.name, PermissionsBoundary=self._managed(*who.boundary))
        if who.group is not None:
            name, document = who.group
            iam.create_group(GroupName=name)
            iam.put_group_policy(GroupName=name, PolicyName=name, PolicyDocument=self._text(document))
            iam.add_user_to_group(GroupName=name, UserName=who.name)

    def _make_role(self, who: Session) -> None:
        iam = self._client("root", "iam")
        trust = who.trust or trusts(
            {"AWS": iam_arn(f"user/{CONCIERGE}")}, "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"
        )
        # Roles that the scene needs before anybody signs in, such as Studio's execution roles, are there already.
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=who.role, AssumeRolePolicyDocument=self._text(trust), Tags=_tags(who.tags))
        if who.boundary is not None:
            iam.put_role_permissions_boundary(RoleName=who.role, PermissionsBoundary=self._managed(*who.boundary))
        if who.policy is not None:
            iam.put_role_policy(RoleName=who.role, PolicyName=who.role, PolicyDocument=self._text(who.policy))
        for arn in who.attached:
            iam.attach_role_policy(RoleName=who.role, PolicyArn=arn)

    def _assume(self, who: Session) -> dict[str, str]:
        if who.studio is not None:
            domain, profile = self.filled(who.studio)
            return self.connection.acting_as(sagemaker_arn(f"user-profile/{domain}/{profile}")).keys()
        extra: dict[str, Any] = {}
        if who.session_policy is not None:
            extra["Policy"] = self._text(who.session_policy)
        if who.session_tags:
            extra["Tags"] = _tags(who.session_tags)
        if who.source_identity:
            extra["SourceIdentity"] = who.source_identity
        given = self._client(CONCIERGE, "sts").assume_role(
            RoleArn=iam_arn(f"role/{who.role}"), RoleSessionName=who.name, **extra
        )["Credentials"]
        return {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }

    def _managed(self, name: str, document: Document) -> str:
        iam = self._client("root", "iam")
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_policy(PolicyName=name, PolicyDocument=self._text(document))
        return iam_arn(f"policy/{name}")

    def _text(self, document: Document) -> str:
        return json.dumps(self.filled(document))

    def _client(self, keys: str, service: str) -> Any:
        if (keys, service) not in self._clients:
            self._clients[keys, service] = self._boto.client(
                service, endpoint_url=self.connection.endpoint, config=ONE_TRY, **self._keys[keys]
            )
        return self._clients[keys, service]

    def _send(self, keys: str, call: Do) -> Answer:
        operation = getattr(self._client(keys, call.service), call.operation)
        try:
            members = operation(**self.filled(call.parameters))
        except ClientError as problem:
            error = problem.response.get("Error", {})
            return _answer(problem.response, error.get("Code", ""), error.get("Message", ""))
        return _answer(members, None, "")


def _answer(response: Mapping[str, Any], code: str | None, message: str) -> Answer:
    metadata = response.get("ResponseMetadata", {})
    return Answer(
        members={key: value for key, value in response.items() if key not in ("ResponseMetadata", "Error")},
        code=code,
        message=message,
        request_id=metadata.get("RequestId", ""),
        decision=metadata.get("HTTPHeaders", {}).get("x-rolecall-decision"),
    )


def _root_of(who: User) -> str:
    return "root" if who.account == ACCOUNT else f"root of {who.account}"


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
