"""What may be written a little later: audit records of reads and denials, last uses of access keys and roles.

They wait in memory for at most LATE_DELAY seconds and are written in one transaction; a crash loses what waits
(docs/STORE.md). Audit records of state changes never come here: they are in their unit of work.
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any, Final

from rolecall.store import statements as sql
from rolecall.store.errors import StoreOverloaded
from rolecall.store.records import AuditRecord
from rolecall.store.rows import audit_values, to_micros
from rolecall.store.session import Session

LATE_DELAY: Final = 0.2  # seconds
LATE_BATCH: Final = 500  # written at once without waiting for the delay
LATE_LIMIT: Final = 50_000  # beyond it requests fail rather than memory

# Audit records, uses of access keys, settings.
Taken = tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]


class LateRecords:
    """Filled by any thread, taken by the one that writes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[dict[str, Any]] = []
        self._uses: dict[str, dict[str, Any]] = {}
        self._settings: dict[str, dict[str, Any]] = {}

    def add(self, record: AuditRecord) -> int:
        """Says how many wait now."""
        values = audit_values(record)  # encoded here, so that a fault is its caller's
        with self._lock:
            if len(self._records) >= LATE_LIMIT:
                raise StoreOverloaded(f"{LATE_LIMIT} audit records wait to be written")
            self._records.append(values)
            return len(self)

    def add_use(self, access_key_id: str, at: datetime, service: str, region: str) -> int:
        use = {
            "at": access_key_id,
            "last_used_at": to_micros(at),
            "last_used_service": service,
            "last_used_region": region,
        }
        with self._lock:
            self._uses[access_key_id] = use
            return len(self)

    def add_setting(self, key: str, value: str) -> int:
        with self._lock:
            self._settings[key] = {"at": key, "value": value}
            return len(self)

    def __len__(self) -> int:
        return len(self._records) + len(self._uses) + len(self._settings)

    def take(self) -> Taken:
        with self._lock:
            taken = (self._records, list(self._uses.values()), list(self._settings.values()))
            self._records, self._uses, self._settings = [], {}, {}
        return taken

    def put_back(self, taken: Taken) -> None:
        """The transaction failed: they wait again, in front."""
        with self._lock:
            self._records[:0] = taken[0]
            for use in taken[1]:
                self._uses.setdefault(use["at"], use)
            for setting in taken[2]:
                self._settings.setdefault(setting["at"], setting)


def write_late(session: Session, taken: Taken) -> None:
    if taken[0]:
        session.run_each(sql.AUDIT_INSERT, taken[0])
    for use in taken[1]:
        session.run(sql.ACCESS_KEY_USED, use)
    for setting in taken[2]:
        if not session.run(sql.SETTING_UPDATE, setting):
            session.run(sql.SETTING_INSERT, {"key": setting["at"], "value": setting["value"]})
