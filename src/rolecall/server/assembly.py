"""A server put together: store, keys, judge, dispatcher, gateway, control addresses; and taken apart again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec

from rolecall import catalog
from rolecall.authorization.api_call import ApiCall
from rolecall.credentials.errors import KeyUnusable, SecretDamaged
from rolecall.credentials.keyring import Keyring
from rolecall.errors import StartError
from rolecall.server.accounts import RootKey, remembered_keys, restore_keys, root_keys
from rolecall.server.audit import Audit
from rolecall.server.control import PREFIX, Control
from rolecall.server.dispatch import Dispatcher
from rolecall.server.gateway import Gateway
from rolecall.server.judging import Judge
from rolecall.server.metrics import Counts, Files, Metrics, together
from rolecall.server.platform import ServerPlatform
from rolecall.server.rotation import reseal
from rolecall.server.settings import Settings
from rolecall.services.call import Call
from rolecall.services.oidc_keys import check_keys, register_keys
from rolecall.services.s3.rows import BLOB
from rolecall.store.errors import StoreError
from rolecall.store.opening import open_store
from rolecall.store.ports import Store, Unit
from rolecall.wire.http import HttpRequest, HttpResponse

_log = logging.getLogger(__name__)

# How often life cycles move on when nobody asks; whoever asks sees them moved in any case.
TICK: Final = 1.0
DAY: Final = 24 * 3600.0


def system_clock() -> datetime:
    return datetime.now(UTC)


class Server:
    """Answers requests until it is closed. root_keys: each account's root access key."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = system_clock) -> None:
        self.settings = settings
        self.clock = clock
        self.keyring = _open_keyring(settings)
        self.platform = ServerPlatform(settings, self.keyring)
        self.judge = Judge(catalog.load(), settings.profile, self.platform)
        self.control = Control(self)
        self.metrics = Metrics()
        self.metric_files = Files(settings.folder) if settings.workers > 1 else None
        self._ticking: asyncio.Task[None] | None = None
        self._oidc_keys = _read_key_sets(settings)
        self.store = _open_store(settings)
        if self._oidc_keys:
            self.store.write_sync(self._register_keys)
        self._sweep()
        self.audit = Audit(self.store, settings.profile)
        self.store.on_hint(self.judge.forget)
        self.dispatcher = Dispatcher(self.store, self.judge, self.audit, self.make_call, clock, self.metrics)
        self.platform.forwarder = self.dispatcher
        self.gateway = Gateway(self.store, self.keyring, self.dispatcher, settings, clock, self.metrics)
        try:
            self.root_keys: tuple[RootKey, ...] = root_keys(
                self.store, self.platform, self.keyring, settings.accounts, clock()
            )
            self.resealed = reseal(self.store, self.keyring, settings.accounts)
        except SecretDamaged as problem:
            self.store.close()
            raise StartError(str(problem)) from None
        except StoreError as problem:
            self.store.close()
            raise StartError(f"the store cannot be written: {problem}") from None

    def _register_keys(self, unit: Unit) -> None:
        for url, text in self._oidc_keys.items():
            register_keys(unit, url, text)

    def _sweep(self) -> None:
        """Remove bytes that an upload left behind when the server was killed. Where others may be at work on the
        same folder, only what is older than any upload takes."""
        alone = self.settings.workers == 1 and self.settings.database is None
        with self.store.read() as reader:
            self.platform.blobs.sweep(lambda id: bool(reader.linked_to(BLOB, id)), 0 if alone else DAY)

    async def answer(self, request: HttpRequest) -> HttpResponse:
        if self._ticking is None:
            self._ticking = asyncio.get_running_loop().create_task(self._tick())
        if request.raw_path.startswith(PREFIX):
            return await self.control.answer(request)
        return await self.gateway.answer(request)

    def make_call(self, api: ApiCall, request_id: str) -> Call:
        """The call as handlers get it."""
        return Call(
            service=api.service,
            operation=api.operation,
            parameters=api.parameters,
            caller=api.caller,
            account=api.account,
            region=api.region,
            now=api.now,
            request_id=request_id,
            platform=self.platform,
            source_ip=api.source_ip or "",
            user_agent=api.user_agent,
            partition=api.partition,
            found=api.found,
        )

    def streams(self, request: HttpRequest) -> bool:
        """Whether a request's body is handed on as it arrives."""
        return not request.raw_path.startswith(PREFIX) and self.gateway.streams(request)

    async def reset(self) -> None:
        """Forget everything but the accounts and their root keys, for every process that shares the store."""
        now = self.clock()

        def work(unit: Unit) -> None:
            kept = remembered_keys(unit, self.settings.accounts)
            unit.clear()
            restore_keys(unit, self.platform, kept, now)
            self._register_keys(unit)

        await self.audit.settle()
        self.store.forget_late()
        await self.store.write(work)
        self.platform.blobs.clear()

    def counts(self) -> Counts:
        """What this process counted."""
        return msgspec.structs.replace(self.metrics.snapshot(), lost=self.audit.lost)

    def all_counts(self) -> Counts:
        """What all workers of this server counted; of the others as it was a second ago."""
        others = () if self.metric_files is None else self.metric_files.others()
        return together((self.counts(), *others))

    async def close(self) -> None:
        """Stop the clockwork, let records be written, close the store."""
        if self._ticking is not None:
            self._ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticking
        await self.audit.settle()
        if self.metric_files is not None:
            self.metric_files.write(self.counts())
        self.store.close()
        self.platform.blobs.close()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(max(0.05, min(TICK, TICK / self.settings.time_scale)))
            if self.metric_files is not None:
                self.metric_files.write(self.counts())
            try:
                await self.dispatcher.settle(self.clock())
            except Exception:
                # Whatever it was: the clockwork goes on.
                _log.exception("life cycles could not be moved on; they are when somebody asks")


def _open_keyring(settings: Settings) -> Keyring:
    try:
        return Keyring.open(None if settings.ephemeral else settings.folder)
    except KeyUnusable as problem:
        raise StartError(str(problem)) from None


def _read_key_sets(settings: Settings) -> dict[str, str]:
    """The key sets of identity providers by URL, found to be in order."""
    read: dict[str, str] = {}
    for url, path in settings.oidc_keys:
        try:
            read[url] = path.read_text("utf-8")
            check_keys(read[url])
        except OSError as problem:
            raise StartError(f"cannot read the keys of {url} from {path}: {problem.strerror}") from None
        except ValueError as problem:
            raise StartError(f"{path} holds no keys of {url}: {problem}") from None
    return read


def _open_store(settings: Settings) -> Store:
    try:
        if settings.ephemeral:
            return open_store(None)
        return open_store(settings.database or str(settings.folder))
    except StoreError as problem:
        raise StartError(str(problem)) from None
