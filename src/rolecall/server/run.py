"""Start a server and stop it: in the foreground for `rolecall up`, in a thread for tests and the tour.

`run.json` in the data folder (mode 0600) tells `rolecall env` and every other command where the server is and with
which root keys it may be called; it is removed when the server ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import uvicorn
from msgspec import Struct

from rolecall.connection import RUN_FILE
from rolecall.errors import StartError
from rolecall.server.accounts import RootKey
from rolecall.server.asgi import AsgiApplication
from rolecall.server.assembly import Server, system_clock
from rolecall.server.doors import Doors, opened
from rolecall.server.folder_lock import held
from rolecall.server.metrics import Files
from rolecall.server.protocol import HttpConnection
from rolecall.server.settings import Settings, checked
from rolecall.server.warming import warm_up
from rolecall.server.workers import Place, Workers, when_ended

HEADER_BUFFER: Final = 128 * 1024
DRAIN_SECONDS: Final = 5
BACKLOG: Final = 2048
# How long a thread may keep the interpreter while another waits (5 ms by default): the loop answers everybody, so
# it does not wait that long for the one that writes.
SWITCH_SECONDS: Final = 0.001
START_SECONDS: Final = 30.0

MakeApplication = Callable[[Server], Any]


class Running(Struct, frozen=True):
    """A server that answers. The keys are those of the first account's root; `roots` has every account's.

    proxy: the URL of its HTTPS proxy, if it has one. ca: the file with the certificate that clients have to trust.
    """

    endpoint: str
    access_key_id: str
    secret_access_key: str
    region: str
    account: str
    roots: tuple[RootKey, ...]
    proxy: str | None = None
    ca: str | None = None

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of the first account's root; options of boto3's go before ours."""
        import boto3

        settings: dict[str, Any] = {
            "endpoint_url": self.endpoint,
            "region_name": self.region,
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
            **({} if self.ca is None else {"verify": self.ca}),
            **options,
        }
        return boto3.session.Session().client(service, **settings)

    def client_with(self, credentials: Any, service: str, **options: Any) -> Any:
        """A client of temporary or long-term credentials, as STS's Credentials or IAM's AccessKey spell them."""
        return self.client(
            service,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials.get("SessionToken"),
            **options,
        )


def application(server: Server) -> AsgiApplication:
    return AsgiApplication(server, server.settings)


def serve(
    settings: Settings,
    *,
    started: Callable[[Running], None] | None = None,
    make_application: MakeApplication = application,
) -> None:
    """Run in the foreground until SIGINT or SIGTERM; raises StartError when it cannot start."""
    with _folder_held(settings) as lock, opened(settings) as doors:
        if settings.workers > 1:
            _serve_with_workers(settings, doors, lock, started, make_application)
            return
        server = located(Server(settings), doors)
        running = describe(server, doors)
        web = _Web(make_application(server), doors, lambda: _announce(settings, running, started))
        web.warm = True
        try:
            web.run(sockets=[doors.main])
        finally:
            _remove_run_file(settings)


def _serve_with_workers(
    settings: Settings,
    doors: Doors,
    lock: int | None,
    started: Callable[[Running], None] | None,
    make_application: MakeApplication,
) -> None:
    """Prepare everything once (schema, keys, seed), then let workers answer."""
    server = Server(settings)
    make_application(server)
    running = describe(server, doors)
    asyncio.run(server.close())

    def work(place: Place) -> None:
        web = _Web(application(located(Server(settings), doors)), doors, place.ready)
        web.warm = True
        when_ended(place.parent, web.end)
        # The web server drains at SIGTERM and raises it once more for whoever had the handler before.
        signal.signal(signal.SIGTERM, lambda *_: None)
        web.run(sockets=[doors.main])

    def in_child() -> None:
        if lock is not None:
            os.close(lock)

    for listener in doors.listeners:
        listener.listen(BACKLOG)
    counted = Files(settings.folder)
    counted.begin()
    with Workers(settings.workers, work, in_child) as workers:
        workers.start()
        _announce(settings, running, started)
        try:
            workers.watch()
        finally:
            counted.end()
            _remove_run_file(settings)


@contextlib.contextmanager
def _folder_held(settings: Settings) -> Iterator[int | None]:
    """Nobody else serves the same state from the folder; gateways on a database may share one for its key."""
    if settings.ephemeral or settings.database is not None:
        yield None
        return
    with held(settings.folder) as lock:
        yield lock


@contextlib.contextmanager
def running(
    settings: Settings | None = None,
    *,
    make_application: MakeApplication = application,
    clock: Callable[[], datetime] = system_clock,
    **options: Any,
) -> Iterator[Running]:
    """A live server in a thread of this process, in memory and on a free port unless the options say otherwise.

    clock: for tests of what time brings about; signatures are held against it too.
    """
    if settings is None:
        settings = checked(Settings(**{"ephemeral": "data" not in options, "port": 0, **options}))
    with opened(settings) as doors:
        server = located(Server(settings, clock), doors)
        up = threading.Event()
        web = _Web(make_application(server), doors, up.set)
        thread = threading.Thread(
            target=web.run, kwargs={"sockets": [doors.main]}, name="rolecall-server", daemon=True
        )
        thread.start()
        try:
            if not up.wait(START_SECONDS):
                raise StartError("the server did not start")
            yield describe(server, doors)
        finally:
            web.should_exit = True
            thread.join()


def located(server: Server, doors: Doors) -> Server:
    """The server, that knows now at which address it is reached: it stands in tokens that it signs."""
    if server.settings.public_url is None:
        server.platform.endpoint = doors.endpoint
    return server


def describe(server: Server, doors: Doors) -> Running:
    first = server.root_keys[0]
    return Running(
        endpoint=doors.endpoint,
        access_key_id=first.access_key_id,
        secret_access_key=first.secret_access_key,
        region=server.settings.region,
        account=first.account,
        roots=server.root_keys,
        proxy=doors.proxy_url,
        ca=doors.ca,
    )


class _Web(uvicorn.Server):
    """uvicorn, that says when it is up, and opens the proxy's door beside its own."""

    def __init__(self, app: Any, doors: Doors, up: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_connections(app),
                loop=_loop(),
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                # What a client says of itself in X-Forwarded-… is no address and no transport.
                proxy_headers=False,
                server_header=False,
                date_header=False,
                h11_max_incomplete_event_size=HEADER_BUFFER,
                timeout_graceful_shutdown=DRAIN_SECONDS,
                backlog=BACKLOG,
            )
        )
        self._up = up
        self.warm = False  # whether to make ready what first calls need; not for servers of tests
        self._doors = doors
        self.config.load()
        self.config.ssl = doors.tls

    def end(self) -> None:
        """Stop listening, let calls that are being answered end; from any thread."""
        self.should_exit = True

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        super().run(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._doors.proxy is not None:
            loop = asyncio.get_running_loop()
            self.servers.append(await loop.create_server(self._tunnel, sock=self._doors.proxy, backlog=BACKLOG))
        if self.started:
            self._up()
            if self.warm:
                warm_up()

    def _tunnel(self) -> asyncio.Protocol:
        from rolecall.server.proxy import Tunnel

        assert self._doors.authority is not None, "a proxy has an authority"
        return Tunnel(self._doors.authority.context_for, self._protocol)

    def _protocol(self) -> asyncio.Protocol:
        """What reads requests from a connection, as on the main port."""
        make: Any = self.config.http_protocol_class
        made: asyncio.Protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made


def _connections(app: Any) -> Any:
    """Our own connections in front of our own gateway; uvicorn's in front of any other application."""
    if not isinstance(app, AsgiApplication):
        return "httptools"

    def make(config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> HttpConnection:
        return HttpConnection(app.server, app.bounds, server_state)

    return make


def _loop() -> Any:
    """uvloop where it is installed: half the time for reading and writing."""
    return "uvloop" if importlib.util.find_spec("uvloop") is not None else "asyncio"


def _announce(settings: Settings, running: Running, started: Callable[[Running], None] | None) -> None:
    write_run_file(settings.folder / RUN_FILE, running)
    if started is not None:
        started(running)


def write_run_file(path: Path, running: Running) -> None:
    """Written aside with its mode and renamed: nobody ever reads half a file or one that others may read."""
    content = {
        "endpoint": running.endpoint,
        "access_key_id": running.access_key_id,
        "secret_access_key": running.secret_access_key,
        "region": running.region,
        "account": running.account,
        "proxy": running.proxy,
        "ca": running.ca,
        "pid": os.getpid(),
        "started": int(time.time()),
        "accounts": {
            key.account: {"access_key_id": key.access_key_id, "secret_access_key": key.secret_access_key}
            for key in running.roots
        },
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
        os.replace(aside, path)
    except OSError as problem:
        raise StartError(f"cannot write {path}: {problem.strerror}; give a folder of yours (--data DIR)") from None


def _remove_run_file(settings: Settings) -> None:
    """Only our own: another server may have started over the same folder meanwhile."""
    path = settings.folder / RUN_FILE
    with contextlib.suppress(OSError, msgspec.DecodeError):
        if msgspec.json.decode(path.read_bytes()).get("pid") == os.getpid():
            path.unlink()
