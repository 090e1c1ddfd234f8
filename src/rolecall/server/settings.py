"""How is this server set up? One value, made from flags and ROLECALL_… variables; flags win.

Every setting is a row of `VARIABLES`: its environment variable and how its text is read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from rolecall.connection import default_folder
from rolecall.decision.profile import Profile
from rolecall.errors import InputError
from rolecall.server.logs import LOG_FORMATS, LOG_LEVELS

DEFAULT_ACCOUNT: Final = "123456789012"
DEFAULT_REGION: Final = "us-east-1"
DEFAULT_PORT: Final = 4750
PROFILES: Final = ("reference", "guide")
ACCOUNT: Final = re.compile(r"[0-9]{12}")
PUBLIC_URL: Final = re.compile(r"https?://[^\s/?#]+(?:/[^\s?#]*)?")


class Settings(Struct, frozen=True, kw_only=True):
    """port 0: any free one. data None: the user's data folder. database None: SQLite in `data`.

    ephemeral: the store and the keys live in memory; only run.json and the credentials file are written.
    time_scale: how much faster than AWS life cycles run. oidc_keys: key sets of OpenID Connect providers, as pairs
    of the provider's URL and a file (JWKS). public_url: where clients reach the server, if not at its own address
    (behind a proxy that speaks TLS, say). workers: how many processes answer. request_seconds: how long a request
    may take to arrive and its answer to be taken; idle_seconds: how long a connection may say nothing. log:
    errors, or requests too; log_format: text or json. tls: HTTPS on the main port, with a
    certificate of the data folder's own authority or with tls_certificate and tls_key. proxy: the port of an HTTPS
    proxy that stands in for AWS's hosts (0: any free one); None: none.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    data: Path | None = None
    ephemeral: bool = False
    database: str | None = None
    profile: Profile = "reference"
    accounts: tuple[str, ...] = (DEFAULT_ACCOUNT,)
    region: str = DEFAULT_REGION
    time_scale: float = 1.0
    allow_reset: bool = False
    public_url: str | None = None
    max_body: int = 6 * 1024 * 1024
    explain_signatures: bool = False
    oidc_keys: tuple[tuple[str, Path], ...] = ()
    workers: int = 1
    request_seconds: float = 30.0
    idle_seconds: float = 75.0
    log: str = "errors"
    log_format: str = "text"
    tls: bool = False
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    proxy: int | None = None

    @property
    def folder(self) -> Path:
        """Where run.json, the credentials file and, unless ephemeral, the state lie."""
        return self.data or default_folder()

    @property
    def address(self) -> str:
        """Where clients reach the server, as far as it is known before it listens."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def _yes_or_no(text: str) -> bool:
    match text.strip().lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off" | "":
            return False
    raise ValueError("expected yes or no")


def _accounts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def key_set(text: str) -> tuple[str, Path]:
    """URL=FILE: where a provider's keys are."""
    url, equals, file = text.rpartition("=")
    if not equals or not url.startswith("https://") or not file:
        raise ValueError("expected https://PROVIDER=FILE")
    return url, Path(file)


def _key_sets(text: str) -> tuple[tuple[str, Path], ...]:
    return tuple(key_set(part.strip()) for part in text.split(",") if part.strip())


VARIABLES: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "host": ("ROLECALL_HOST", str),
    "port": ("ROLECALL_PORT", int),
    "data": ("ROLECALL_DATA", Path),
    "ephemeral": ("ROLECALL_EPHEMERAL", _yes_or_no),
    "database": ("ROLECALL_DATABASE", str),
    "profile": ("ROLECALL_PROFILE", str),
    "accounts": ("ROLECALL_ACCOUNTS", _accounts),
    "region": ("ROLECALL_REGION", str),
    "time_scale": ("ROLECALL_TIME_SCALE", float),
    "allow_reset": ("ROLECALL_ALLOW_RESET", _yes_or_no),
    "public_url": ("ROLECALL_PUBLIC_URL", str),
    "max_body": ("ROLECALL_MAX_BODY", int),
    "explain_signatures": ("ROLECALL_EXPLAIN_SIGNATURES", _yes_or_no),
    "oidc_keys": ("ROLECALL_OIDC_KEYS", _key_sets),
    "workers": ("ROLECALL_WORKERS", int),
    "request_seconds": ("ROLECALL_REQUEST_SECONDS", float),
    "idle_seconds": ("ROLECALL_IDLE_SECONDS", float),
    "log": ("ROLECALL_LOG", str),
    "log_format": ("ROLECALL_LOG_FORMAT", str),
    "tls": ("ROLECALL_TLS", _yes_or_no),
    "tls_certificate": ("ROLECALL_TLS_CERTIFICATE", Path),
    "tls_key": ("ROLECALL_TLS_KEY", Path),
    "proxy": ("ROLECALL_PROXY", int),
}


def make_settings(environment: Mapping[str, str] = os.environ, **given: Any) -> Settings:
    """Settings from flags (None: not given) over the environment; raises InputError for what cannot be used."""
    values: dict[str, Any] = {}
    for name, (variable, read) in VARIABLES.items():
        if variable in environment:
            try:
                values[name] = read(environment[variable])
            except ValueError as problem:
                raise InputError(f"{variable}={environment[variable]!r} cannot be used: {problem}") from None
    values.update({name: value for name, value in given.items() if value is not None and value != ()})
    return checked(Settings(**values))


def checked(settings: Settings) -> Settings:
    """The settings, where they make sense together."""
    if settings.profile not in PROFILES:
        raise InputError(f"profile {settings.profile!r} is unknown: choose {' or '.join(PROFILES)}")
    if not 0 <= settings.port <= 65535:
        raise InputError(f"port {settings.port} is none: choose 0 (any free one) to 65535")
    for account in settings.accounts:
        if not ACCOUNT.fullmatch(account):
            raise InputError(f"account {account!r} is no account id: it has 12 digits")
    if len(set(settings.accounts)) != len(settings.accounts):
        raise InputError("an account was given twice")
    if not settings.accounts:
        raise InputError("at least one account is needed")
    if settings.time_scale <= 0:
        raise InputError(f"time scale {settings.time_scale} would stop the clock: choose a number above 0")
    if settings.public_url is not None and not PUBLIC_URL.fullmatch(settings.public_url):
        raise InputError(f"public URL {settings.public_url!r} is none: expected http(s)://HOST[:PORT][/PATH]")
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise InputError("a certificate needs its key: give --tls-certificate and --tls-key together")
    if settings.proxy is not None and not 0 <= settings.proxy <= 65535:
        raise InputError(f"port {settings.proxy} is none: choose 0 (any free one) to 65535 for the proxy")
    if settings.request_seconds <= 0 or settings.idle_seconds <= 0:
        raise InputError("a request and a pause need more than no time: choose seconds above 0")
    for name, value, known in (
        ("log", settings.log, LOG_LEVELS),
        ("log format", settings.log_format, LOG_FORMATS),
    ):
        if value not in known:
            raise InputError(f"{name} {value!r} is unknown: choose {' or '.join(known)}")
    if settings.workers < 1:
        raise InputError(f"{settings.workers} workers answer nobody: choose 1 or more")
    if settings.ephemeral and settings.workers > 1:
        raise InputError("--ephemeral keeps everything in the memory of one process: it cannot have --workers")
    if settings.ephemeral and settings.database:
        raise InputError("--ephemeral keeps everything in memory: it cannot be combined with --database")
    return settings
