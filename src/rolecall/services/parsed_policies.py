"""Parsed documents shared by everything that decides: one parse per text and type, however many principals use it.

Documents are content-addressed, so what is kept here never goes stale; it is only bounded.
"""

from __future__ import annotations

import hashlib
import threading
from functools import lru_cache
from typing import Final

from rolecall.policy.document import Policy, PolicyType
from rolecall.policy.findings import PolicyError
from rolecall.policy.parser import parse
from rolecall.store.ports import Reader

LIMIT: Final = 4096

# What stands for a policy that is named but gone or unreadable: it grants nothing.
NOTHING: Final = Policy(version="2012-10-17", statements=())


class Unreadable(Exception):
    """A stored document that the engine cannot read: nobody may be decided on without it."""


class _Texts:
    """Digest -> parsed document. Dicts keep their order of insertion: the oldest goes first."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, PolicyType], Policy] = {}
        self._lock = threading.Lock()

    def get(self, digest: str, kind: PolicyType) -> Policy | None:
        return self._known.get((digest, kind))

    def put(self, digest: str, kind: PolicyType, policy: Policy) -> None:
        with self._lock:
            while len(self._known) >= LIMIT:
                del self._known[next(iter(self._known))]
            self._known[digest, kind] = policy


_texts: Final = _Texts()


def of_digest(reader: Reader, digest: str, kind: PolicyType) -> Policy:
    """The stored document under a digest."""
    known = _texts.get(digest, kind)
    if known is not None:
        return known
    text = reader.document(digest)
    if text is None:
        raise Unreadable(f"document {digest} is linked but not stored")
    policy = _parse(text, kind)
    _texts.put(digest, kind, policy)
    return policy


@lru_cache(maxsize=LIMIT)
def of_text(text: str, kind: PolicyType) -> Policy:
    """A document that is not stored: an inline session policy, a policy of AWS."""
    return _parse(text, kind)


def _parse(text: str, kind: PolicyType) -> Policy:
    try:
        return parse(text, kind)
    except PolicyError as error:
        digest = hashlib.sha256(text.encode()).hexdigest()
        raise Unreadable(f"document {digest}: {error.message}") from error
