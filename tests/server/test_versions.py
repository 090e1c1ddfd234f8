"""A write rests on the policies that are in force when it is committed, not on those of a moment before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from authorization.plain import NOW, call
from rolecall.server.assembly import Server
from rolecall.server.settings import Settings
from rolecall.services.iam.authenticate import caller_for
from rolecall.store.ports import Store, Unit
from rolecall.wire.errors import AwsError
from rolecall.wire.protocols import serialize_response
from rolecall.wire.routing import ROUTES
from server.conftest import allow, deny, policy

ACCOUNT = "123456789012"


class Interrupted:
    """A store in which somebody else's unit of work is committed just before ours."""

    def __init__(self, store: Store, before: Callable[[], None]) -> None:
        self._store = store
        self._before = before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, work: Callable[[Unit], Any]) -> Any:
        self._before()
        return await self._store.write(work)


def a_server() -> Server:
    return Server(Settings(ephemeral=True), lambda: NOW)


async def perform(server: Server, operation: str, caller: Any = None, **parameters: Any) -> Any:
    who = caller or root(server)
    asked = call("iam", operation, parameters, who)
    request = f"request-{operation}"
    return await server.dispatcher.perform(
        asked, request, lambda answer: serialize_response(ROUTES["iam"], operation, answer, request)
    )


def root(server: Server) -> Any:
    with server.store.read() as reader:
        return caller_for(reader, reader.access_key(server.root_keys[0].access_key_id), None)


async def with_user(server: Server, *statements: dict[str, Any]) -> Any:
    await perform(server, "CreateUser", UserName="ann")
    made = await perform(server, "CreateAccessKey", UserName="ann")
    await put(server, *statements)
    with server.store.read() as reader:
        row = reader.access_key(made.answer["AccessKey"]["AccessKeyId"])
        return caller_for(reader, row, None)


async def put(server: Server, *statements: dict[str, Any]) -> None:
    done = await perform(
        server, "PutUserPolicy", UserName="ann", PolicyName="own", PolicyDocument=policy(*statements)
    )
    assert done.error is None


def revoke(server: Server) -> Callable[[], None]:
    """What another gateway does meanwhile: ann may do nothing any more."""
    text = policy(deny("*"))

    def work(unit: Unit) -> None:
        user = unit.item(ACCOUNT, "iam", "user", "ann")
        assert user is not None
        (link,) = unit.links(user.id, "inline-policy")
        unit.link(user.id, link.relation, unit.put_document(text), name=link.name)

    return lambda: server.store.write_sync(work)


def test_a_write_is_judged_again_when_policies_moved() -> None:
    async def play() -> tuple[Any, bool]:
        server = a_server()
        ann = await with_user(server, allow("iam:*"))
        kept = server.store
        server.dispatcher._store = Interrupted(kept, revoke(server))  # type: ignore[assignment]
        done = await perform(server, "CreateUser", ann, UserName="bob")
        with kept.read() as reader:
            there = reader.item(ACCOUNT, "iam", "user", "bob") is not None
        await server.close()
        return done, there

    done, there = asyncio.run(play())
    assert done.error is not None
    assert done.error.code == "AccessDenied"
    assert not there


def test_a_key_that_is_withdrawn_meanwhile_writes_nothing() -> None:
    async def play() -> tuple[str, int]:
        server = a_server()
        ann = await with_user(server, allow("iam:*"))
        kept = server.store

        def withdraw() -> None:
            kept.write_sync(lambda unit: unit.change_access_key(ann.access_key_id, status="Inactive"))

        server.dispatcher._store = Interrupted(kept, withdraw)  # type: ignore[assignment]
        done = await perform(server, "CreateUser", ann, UserName="bob")
        with kept.read() as reader:
            users = reader.count(ACCOUNT, "iam", "user")
        await server.close()
        return done.error.code, users

    assert asyncio.run(play()) == ("InvalidClientTokenId", 1)


def test_a_tag_that_is_changed_meanwhile_counts() -> None:
    """ann may make users while she is tagged; the tag goes just before her write."""

    async def play() -> str:
        server = a_server()
        tagged = allow("iam:CreateUser", Condition={"StringEquals": {"aws:PrincipalTag/may": "yes"}})
        ann = await with_user(server, tagged)
        kept = server.store

        def tag(value: str) -> None:
            def work(unit: Unit) -> None:
                user = unit.item(ACCOUNT, "iam", "user", "ann")
                assert user is not None
                unit.set_tags(user.id, {"may": value})

            kept.write_sync(work)

        tag("yes")
        assert (await perform(server, "CreateUser", ann, UserName="first")).error is None
        server.dispatcher._store = Interrupted(kept, lambda: tag("no"))  # type: ignore[assignment]
        done = await perform(server, "CreateUser", ann, UserName="second")
        await server.close()
        return done.error.code

    assert asyncio.run(play()) == "AccessDenied"


def test_a_judgement_holds_until_something_it_rests_on_moves() -> None:
    async def play() -> list[bool]:
        server = a_server()
        ann = await with_user(server, allow("iam:*"))
        asked = call("iam", "CreateUser", {"UserName": "bob"}, ann)
        with server.store.read() as reader:
            judgement = server.judge.judge(asked, reader)
            answers = [judgement.holds(reader)]
        await put(server, deny("*"))
        with server.store.read() as reader:
            answers.append(judgement.holds(reader))
            answers.append(server.judge.judge(asked, reader).denial is not None)
        await server.close()
        return answers

    assert asyncio.run(play()) == [True, False, True]


def test_a_failed_write_keeps_nothing_and_is_recorded() -> None:
    async def play() -> Any:
        server = a_server()
        await perform(server, "CreateUser", UserName="ann")
        done = await perform(server, "CreateUser", UserName="ann")
        await asyncio.sleep(0)
        await server.audit.settle()
        store = server.store
        assert done.error is not None
        with store.read() as reader:
            count = reader.count(ACCOUNT, "iam", "user")
        await server.close()
        return done.error.code, count

    assert asyncio.run(play()) == ("EntityAlreadyExists", 1)


def test_a_service_calls_another_as_somebody_and_is_authorized() -> None:
    """Platform.call joins the unit of work of the call it serves."""

    async def play() -> list[str]:
        server = a_server()
        ann = await with_user(server, allow("iam:CreateUser"))
        outer = server.make_call(call("sagemaker", "CreateDomain", {}, ann), "request-outer")
        said: list[str] = []

        def work(unit: Unit) -> None:
            made = server.platform.call(outer, "iam", "CreateUser", {"UserName": "new"}, unit, as_principal=ann)
            said.append(made["User"]["Arn"])
            try:
                server.platform.call(outer, "iam", "DeleteUser", {"UserName": "new"}, unit, as_principal=ann)
            except AwsError as error:
                said.append(error.code)

        await server.store.write(work)
        await server.close()
        return said

    assert asyncio.run(play()) == [f"arn:aws:iam::{ACCOUNT}:user/new", "AccessDenied"]
