"""Root's clients of a server in this process that does not listen yet, and the ids that a world asks for."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import boto3
from botocore.config import Config

from rolecall.server.assembly import Server
from rolecall.server.in_process import InProcess
from rolecall.server.platform import ServerPlatform


class Wishing:
    """A platform that gives the id that was asked for to the next thing with its prefix."""

    def __init__(self, platform: ServerPlatform) -> None:
        self._platform = platform
        self._wishes: list[tuple[str, str]] = []

    def wish(self, prefix: str, ident: str) -> None:
        self._wishes.append((prefix, ident))

    def new_id(self, prefix: str, length: int = 21, alphabet: str | None = None) -> str:
        for number, (wished, ident) in enumerate(self._wishes):
            if wished == prefix:
                del self._wishes[number]
                return ident
        return self._platform.new_id(prefix, length, alphabet)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._platform, name)


class Clients:
    """Leave it before the server answers others: the ids of everybody would be chosen, and guardrails bind nobody.

    A world is applied by the root users of its accounts, whom its own control policies may bind; who makes a world
    whole again must get past them, as AWS does.
    """

    def __init__(self, server: Server, region: str) -> None:
        self._region = region
        self._server = server
        self._platform = server.platform
        self._wishing = Wishing(server.platform)
        # Past the server's own clockwork, which belongs to the loop in which it will serve.
        self._way = InProcess(server.gateway.answer)
        self._session = boto3.session.Session()

    def __enter__(self) -> Clients:
        self._server.platform = self._wishing  # type: ignore[assignment]
        self._server.judge.guarded = False
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.platform = self._platform
        self._server.judge.guarded = True
        self._way.close()

    def wish(self, prefix: str, ident: str) -> None:
        self._wishing.wish(prefix, ident)

    def of_root(self, account: str, service: str) -> Any:
        """A client of an account's root user."""
        key = next(each for each in self._server.root_keys if each.account == account)
        client = self._session.client(
            service,
            region_name=self._region,
            endpoint_url="http://127.0.0.1",
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret_access_key,
            config=Config(retries={"total_max_attempts": 1}),
        )
        client.meta.events.register("before-send", self._way.hook)
        return client
