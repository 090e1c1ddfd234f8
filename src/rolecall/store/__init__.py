"""Where state lives: rows and transactions on SQLite (embedded) or PostgreSQL (several gateways).

records.py says what is kept, ports.py what may be asked and changed, docs/STORE.md what is guaranteed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rolecall.store.ports import Store


def open_store(url_or_path: str | None = None) -> Store:
    """Open a store and bring its schema up to date.

    None: in memory. "postgresql://…": a server. Otherwise a path: a database file when it ends in ".db", else the
    data directory that holds "rolecall.db" (made with mode 0700 when missing).
    """
    # Imported here: services import the records of this package and must not pay for the database libraries.
    from rolecall.store.opening import open_store as open_any

    return open_any(url_or_path)


__all__ = ["open_store"]
