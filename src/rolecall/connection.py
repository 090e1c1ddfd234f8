"""How does a program of ours reach a running server?

A server that `rolecall up` started leaves `run.json` (mode 0600) in its data folder: address, region and the root
user's key. Commands read it, or take AWS's own environment variables, and sign their calls like any client.
"""

from __future__ import annotations

import json
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from rolecall.errors import InputError, Refused, Unreachable

RUN_FILE: Final = "run.json"
NOT_YET: Final = ("NotFound", "NotReady")


class RootKey(Struct, frozen=True):
    """The key of an account's root user."""

    access_key_id: str
    secret_access_key: str


class Connection(Struct, frozen=True, kw_only=True):
    """Where a server is, and the keys to sign with; `accounts`: the root keys of all its accounts, where known.

    proxy: its HTTPS proxy, if it has one. ca: the file with the certificate that its clients have to trust.
    """

    endpoint: str
    access_key_id: str
    secret_access_key: str
    session_token: str | None = None
    region: str = "us-east-1"
    account: str = ""
    accounts: Mapping[str, RootKey] = field(default_factory=dict)
    proxy: str | None = None
    ca: str | None = None

    def of_account(self, account: str) -> Connection:
        """The same server with another account's root keys."""
        key = self.accounts.get(account)
        if key is None:
            known = ", ".join(self.accounts) or self.account
            raise InputError(
                f"the server has no account {account} that there are keys of here, only of {known}; "
                "--data FOLDER reads those of all its accounts"
            )
        return replace(
            self, account=account, access_key_id=key.access_key_id, secret_access_key=key.secret_access_key
        )

    def keys(self) -> dict[str, str]:
        """The keys as boto3's client takes them."""
        found = {"aws_access_key_id": self.access_key_id, "aws_secret_access_key": self.secret_access_key}
        return found if self.session_token is None else {**found, "aws_session_token": self.session_token}

    def environment(self, *, through_proxy: bool = False) -> dict[str, str]:
        """What boto3, the aws CLI and the SDKs read. through_proxy: they go on calling AWS's own host names."""
        found = {
            **(self._proxied() if through_proxy else {"AWS_ENDPOINT_URL": self.endpoint}),
            **({} if self.ca is None else {"AWS_CA_BUNDLE": self.ca}),
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
        }
        return found if self.session_token is None else {**found, "AWS_SESSION_TOKEN": self.session_token}

    def _proxied(self) -> dict[str, str]:
        if self.proxy is None or self.ca is None:
            raise InputError("this server has no proxy: start it with `rolecall up --proxy PORT`")
        # The SageMaker SDK also uses `requests`, which has a variable of its own for the certificate.
        return {"HTTPS_PROXY": self.proxy, "REQUESTS_CA_BUNDLE": self.ca}

    def answers(self) -> bool:
        """Whether the server says that it is there."""
        try:
            with self._open(urllib.request.Request(f"{self.endpoint}/_rolecall/health"), timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def explain(self, request_id: str, *, wait: float = 1.0) -> dict[str, Any]:
        """The explanation of a request that was answered; records of reads and denials arrive a moment later."""
        until = time.monotonic() + wait
        while True:
            try:
                return self.call("GET", f"/_rolecall/explain/{request_id}")
            except Refused as problem:
                if problem.code not in NOT_YET or time.monotonic() >= until:
                    raise
                time.sleep(0.01)

    def acting_as(self, arn: str) -> Connection:
        """The same server with temporary credentials of a role, user or user profile."""
        given = self.call("POST", "/_rolecall/credentials", {"as": arn})
        return replace(
            self,
            access_key_id=given["access_key_id"],
            secret_access_key=given["secret_access_key"],
            session_token=given["session_token"],
        )

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A signed call to one of the server's own addresses."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        data = b"" if body is None else json.dumps(body).encode()
        request = AWSRequest(method, self.endpoint + path, {"Content-Type": "application/json"}, data)
        keys = Credentials(self.access_key_id, self.secret_access_key, self.session_token)
        SigV4Auth(keys, "sts", self.region).add_auth(request)
        sent = urllib.request.Request(str(request.url), data or None, dict(request.headers), method=method)
        try:
            with self._open(sent, timeout=30) as answer:
                return dict(json.loads(answer.read()))
        except urllib.error.HTTPError as problem:
            raise _refused(problem) from None
        except OSError as problem:
            raise Unreachable(
                f"no server answers at {self.endpoint} ({_reason(problem)}); start one with `rolecall up`"
            ) from None

    def _open(self, request: urllib.request.Request, timeout: float) -> Any:
        # A proxy of the environment is for the world outside, never for this server.
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        bundle = self.ca or os.environ.get("AWS_CA_BUNDLE")
        if self.endpoint.startswith("https:") and bundle:
            handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=bundle)))
        return urllib.request.build_opener(*handlers).open(request, timeout=timeout)


def default_folder() -> Path:
    """Where a server keeps its state when nothing is said."""
    if named := os.environ.get("ROLECALL_DATA"):
        return Path(named)
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "rolecall"


def from_environment() -> Connection | None:
    """The server and keys that AWS's environment variables name, when they name all of it."""
    found = {
        member: os.environ.get(variable)
        for member, variable in (
            ("endpoint", "AWS_ENDPOINT_URL"),
            ("access_key_id", "AWS_ACCESS_KEY_ID"),
            ("secret_access_key", "AWS_SECRET_ACCESS_KEY"),
        )
    }
    if not all(found.values()):
        return None
    return Connection(
        endpoint=str(found["endpoint"]).rstrip("/"),
        access_key_id=str(found["access_key_id"]),
        secret_access_key=str(found["secret_access_key"]),
        session_token=os.environ.get("AWS_SESSION_TOKEN"),
        region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
    )


def from_folder(folder: Path, *, wait: float = 0.0) -> Connection:
    """The server that keeps its state in a folder; waits a while for one that is just starting."""
    until = time.monotonic() + wait
    while True:
        found = _read(folder / RUN_FILE)
        if found is not None and found.answers():
            return found
        if time.monotonic() >= until:
            break
        time.sleep(0.05)
    what = "none has started there" if found is None else f"none answers at {found.endpoint}"
    raise Unreachable(
        f"no server runs with its state in {folder}: {what}; start one with `rolecall up --data {folder}`"
    )


def find(folder: Path | None) -> Connection:
    """The server a command means: the one of a folder, else the environment's, else the default folder's."""
    if folder is not None:
        return from_folder(folder)
    return from_environment() or from_folder(default_folder())


def _read(path: Path) -> Connection | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Connection)
    except (FileNotFoundError, msgspec.ValidationError, msgspec.DecodeError):
        return None
    except PermissionError:
        raise Unreachable(f"{path} may be read only by the user who started the server") from None


def _refused(problem: urllib.error.HTTPError) -> Refused:
    text = problem.read().decode("utf-8", "replace")
    try:
        error = json.loads(text)
    except ValueError:
        return Refused(str(problem.code), text.strip() or problem.reason)
    code = str(error.get("__type") or error.get("code") or error.get("Code") or problem.code).rpartition("#")[2]
    return Refused(code, str(error.get("Message") or error.get("message") or error.get("error") or text))


def _reason(problem: OSError) -> str:
    reason = getattr(problem, "reason", problem)
    return str(getattr(reason, "strerror", None) or reason)
