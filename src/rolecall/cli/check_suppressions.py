"""Where are the suppressions of `rolecall check`? In .rolecall-ignore.yaml, rolecall.toml or pyproject.toml.

suppressions:                       # YAML; in TOML [[suppressions]], in pyproject [[tool.rolecall.suppressions]]
  - code: RC307                     # or a list of codes
    file: policies/trust*.json      # optional, a pattern
    path: Statement[0].*            # optional, a pattern of the finding's path
    reason: the new module adds it  # required
    expires: 2027-01-31             # optional
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from rolecall.analysis.lint.codes import CODES
from rolecall.analysis.lint.suppressions import Suppression
from rolecall.errors import InputError

# Looked for in this order; the first that says anything of suppressions counts.
PLACES: Final = (".rolecall-ignore.yaml", "rolecall.toml", "pyproject.toml")


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One suppression as a person writes it."""

    code: str | list[str]
    reason: str
    file: str = "*"
    path: str = "*"
    expires: date | None = None


class Entries(Struct, frozen=True, forbid_unknown_fields=True):
    suppressions: list[Entry] = []


class Found(Struct, frozen=True):
    """The suppressions and the file they are from, "" for none."""

    file: str = ""
    suppressions: tuple[Suppression, ...] = ()


def find(folder: Path) -> Found:
    """The suppressions of a folder."""
    for name in PLACES:
        path = folder / name
        if path.is_file():
            found = read(path)
            if found.suppressions or name != "pyproject.toml":
                return found
    return Found()


def read(path: Path) -> Found:
    """The suppressions in one file; raises InputError."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise InputError(f"cannot read {path}: {problem.strerror}") from None
    try:
        if path.suffix == ".toml":
            table: Mapping[str, Any] = tomllib.loads(data.decode())
            if path.name == "pyproject.toml":
                table = _inner(table, "tool", "rolecall")
            entries = msgspec.convert({"suppressions": table.get("suppressions", [])}, Entries)
        else:
            entries = msgspec.yaml.decode(data or b"{}", type=Entries)
    except (msgspec.DecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InputError(f"{path}: {_explained(problem)}") from None
    return Found(path.as_posix(), tuple(_suppression(entry, path) for entry in entries.suppressions))


def _inner(table: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        table = table.get(name, {})
    return table


def _explained(problem: Exception) -> str:
    text = str(problem)
    if "missing required field `reason`" in text:
        return f"{text}; a suppression says why it is one"
    return text


def _suppression(entry: Entry, path: Path) -> Suppression:
    codes = (entry.code,) if isinstance(entry.code, str) else tuple(entry.code)
    for code in codes:
        if code not in CODES:
            raise InputError(f"{path}: there is no finding {code}; `rolecall check --explain` lists them")
    if not entry.reason.strip():
        raise InputError(f"{path}: the suppression of {', '.join(codes)} has an empty reason; say why it is one")
    return Suppression(codes, entry.reason, entry.file, entry.path, entry.expires)
