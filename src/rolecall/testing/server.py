"""A server for tests, in this process: over HTTP in a thread, or without sockets through botocore's events.

Tests are kept apart by accounts, not by resets: an account is made in a millisecond, and nothing of it can be seen
from another unless a policy says so. Every pytest-xdist worker is a process and has a server of its own.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, Final

import boto3
import botocore.handlers
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from rolecall.decision.profile import Profile
from rolecall.server.accounts import RootKey, root_keys
from rolecall.server.assembly import Server
from rolecall.server.in_process import InProcess, http_request
from rolecall.server.run import application, running
from rolecall.server.settings import Settings
from rolecall.services.iam.lookups import StoreEntities

FIRST_ACCOUNT: Final = 100_000_000_000
TIME_SCALE: Final = 100.0
# No client that lost its way reaches anything: the name is reserved for never existing (RFC 2606).
NOWHERE: Final = "http://rolecall.invalid"
ENVIRONMENT: Final = (
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
)


class TestServer:
    """A running server. endpoint: where it is; without sockets a name that leads nowhere."""

    __test__ = False  # a name like this is no test class to pytest

    def __init__(self, server: Server, endpoint: str, way: InProcess | None) -> None:
        self.server = server
        self.endpoint = endpoint
        self.region = server.settings.region
        self.profile: Profile = server.settings.profile
        self._way = way
        self._control = InProcess(server.control.answer)
        self._numbers = itertools.count(FIRST_ACCOUNT)
        self._session = boto3.session.Session()  # one for all: it keeps the models of the services

    def new_account(self, account: str | None = None) -> Account:
        """A fresh account; with an id, the account of that id, made when it is not there."""
        ident = account or str(next(self._numbers))
        server = self.server
        (key,) = root_keys(server.store, server.platform, server.keyring, (ident,), server.clock())
        return Account(self, key)

    def client(self, keys: Mapping[str, str], service: str, **options: Any) -> Any:
        """A boto3 client that signs with these keys."""
        settings = {"region_name": self.region, "endpoint_url": self.endpoint, **keys, **options}
        client = self._session.client(service, **settings)
        if self._way is not None:
            # `unique_id`: a session made inside `environment` has the hook already.
            client.meta.events.register("before-send", self._way.hook, unique_id="rolecall-in-process")
        return client

    def control(self, key: RootKey, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A signed call to one of the server's own addresses; raises LookupError where it refuses."""
        request = AWSRequest(method, f"{NOWHERE}{path}", {"Content-Type": "application/json"}, json.dumps(body))
        credentials = Credentials(key.access_key_id, key.secret_access_key)
        SigV4Auth(credentials, "sts", self.region).add_auth(request)
        answer = self._control.send(http_request(request.prepare()))
        said = dict(json.loads(answer.body))
        if answer.status >= 300:
            raise LookupError(said.get("message") or said)
        return said

    @contextlib.contextmanager
    def environment(self, keys: Mapping[str, str]) -> Iterator[None]:
        """Let clients that are made meanwhile, by whomever and without arguments, come here with these keys."""
        saved = {name: os.environ.get(name) for name in ENVIRONMENT}
        session = boto3.DEFAULT_SESSION
        handler = None if self._way is None else ("before-send", self._way.hook)
        found = {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            **{name.upper(): value for name, value in keys.items()},
        }
        try:
            for name in ENVIRONMENT:
                os.environ.pop(name, None)
            os.environ.update(found)
            boto3.DEFAULT_SESSION = None
            if handler is not None:
                botocore.handlers.BUILTIN_HANDLERS.append(handler)
            yield
        finally:
            if handler is not None:
                botocore.handlers.BUILTIN_HANDLERS.remove(handler)
            boto3.DEFAULT_SESSION = session
            for name, value in saved.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value

    def close(self) -> None:
        self._control.close()
        if self._way is not None:
            self._way.wait_for(self.server.close())
            self._way.close()


class Acting:
    """Somebody's keys. `with acting:` lets code that makes its own clients act as them."""

    def __init__(self, server: TestServer, account: str, arn: str, keys: Mapping[str, str]) -> None:
        self.server = server
        self.account = account
        self.arn = arn
        self.keys = keys
        self._clients: dict[str, Any] = {}
        self._entered: list[contextlib.AbstractContextManager[None]] = []

    def client(self, service: str, **options: Any) -> Any:
        """A client of this principal; without options the same one every time."""
        if options:
            return self.server.client(self.keys, service, **options)
        if service not in self._clients:
            self._clients[service] = self.server.client(self.keys, service)
        return self._clients[service]

    def __enter__(self) -> Acting:
        self._entered.append(self.server.environment(self.keys))
        self._entered[-1].__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._entered.pop().__exit__(*error)

    def __repr__(self) -> str:
        return f"Acting({self.arn})"


class Account(Acting):
    """An account, acted in as its root user."""

    def __init__(self, server: TestServer, key: RootKey) -> None:
        keys = {"aws_access_key_id": key.access_key_id, "aws_secret_access_key": key.secret_access_key}
        super().__init__(server, key.account, f"arn:aws:iam::{key.account}:root", keys)
        self._key = key

    @property
    def id(self) -> str:
        return self.account

    @property
    def region(self) -> str:
        return self.server.region

    def iam(self, path: str) -> str:
        """The ARN of an IAM entity of this account: `role/DataScientist`."""
        return f"arn:aws:iam::{self.id}:{path}"

    def as_principal(self, arn: str, *, region: str | None = None) -> Acting:
        """A role, user, user profile or space of this account, by its ARN, or short as in policy tests:
        `role/DataScientist`, `user-profile/DOMAIN/NAME`. region: where a short profile or space is looked for."""
        full = arn if arn.startswith("arn:") else self._arn(arn, region or self.region)
        given = self.server.control(self._key, "POST", "/_rolecall/credentials", {"as": full})
        keys = {
            "aws_access_key_id": given["access_key_id"],
            "aws_secret_access_key": given["secret_access_key"],
            "aws_session_token": given["session_token"],
        }
        return Acting(self.server, self.id, full, keys)

    def _arn(self, path: str, region: str) -> str:
        """The ARN that a short name has: roles and users without their path, domains by name or id."""
        kind, _, name = path.partition("/")
        if kind in ("user-profile", "space"):
            domain, _, who = name.partition("/")
            pages = self.client("sagemaker", region_name=region).get_paginator("list_domains").paginate()
            found = [
                each["DomainId"] for page in pages for each in page["Domains"] if each["DomainName"] == domain
            ]
            return f"arn:aws:sagemaker:{region}:{self.id}:{kind}/{found[0] if found else domain}/{who}"
        with self.server.server.store.read() as reader:
            return StoreEntities(reader).entity_arn(self.id, kind, name) or self.iam(path)

    def seed(self, world: str | os.PathLike[str] | Mapping[str, Any]) -> None:
        """Make this account as a world says: a file, or the same as a dict.

        In it, and in the policies that it names, 123456789012 stands for this account.
        """
        from rolecall.testing.worlds import apply_world

        apply_world(world, self)


@contextlib.contextmanager
def in_process(*, time_scale: float = TIME_SCALE, profile: Profile = "reference") -> Iterator[TestServer]:
    """A server without sockets: botocore's requests are answered in this process."""
    settings = Settings(ephemeral=True, time_scale=time_scale, profile=profile)
    server = Server(settings)
    way = InProcess(server.answer)
    tested = TestServer(server, NOWHERE, way)
    try:
        yield tested
    finally:
        tested.close()


@contextlib.contextmanager
def over_http(*, time_scale: float = TIME_SCALE, profile: Profile = "reference") -> Iterator[TestServer]:
    """A server on a free port of 127.0.0.1, for clients that are not boto3 or run in other processes."""
    made: list[Server] = []

    def make(server: Server) -> Any:
        made.append(server)
        return application(server)

    with running(make_application=make, time_scale=time_scale, profile=profile) as up:
        tested = TestServer(made[0], up.endpoint, None)
        try:
            yield tested
        finally:
            tested.close()
