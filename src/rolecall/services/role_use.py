"""When and where was a role used last? IAM shows it as RoleLastUsed.

Written a moment after a session of the role made a call, beside the role: nothing is decided on it, so it touches
no version. A role that is made anew has another unique id and has not been used.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from rolecall.store.ports import Reader, Store

SETTING: Final = "role-last-used:"


def note(store: Store, role_id: str, at: datetime, region: str) -> None:
    store.put_setting_later(SETTING + role_id, f"{at.replace(microsecond=0).isoformat()} {region}")


def last_used(reader: Reader, role_id: str) -> dict[str, Any]:
    """RoleLastUsed of a role; empty for one that was never used."""
    text = reader.setting(SETTING + role_id)
    if text is None:
        return {}
    at, _, region = text.partition(" ")
    return {"LastUsedDate": datetime.fromisoformat(at), "Region": region}
