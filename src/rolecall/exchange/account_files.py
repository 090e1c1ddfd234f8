"""Files that hold the authorization details of accounts: what `aws iam get-account-authorization-details` wrote.

A file is one answer, several pages (in a list, or one JSON text after the other), or a mapping of account ids to
answers. Files may hold parts of one account, or several accounts: the ARNs say whose they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

# Lists of an answer, in the order in which entities rest on each other; and how one of them tells its account.
LISTS: Final = ("Policies", "GroupDetailList", "UserDetailList", "RoleDetailList")

Details = dict[str, list[dict[str, Any]]]


class NoDetails(ValueError):
    """A text that holds no authorization details; says what is wrong, and where."""


def read_file(text: str) -> Iterator[Mapping[str, Any]]:
    """The answers in a text, whichever account they are of; raises NoDetails."""
    decoder = json.JSONDecoder()
    at, end = _skip(text, 0), len(text)
    if at == end:
        raise NoDetails("the file is empty")
    while at < end:
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as problem:
            raise NoDetails(f"line {problem.lineno}, column {problem.colno}: {problem.msg}") from None
        yield from _answers(value)
        at = _skip(text, at)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _answers(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        for one in value:
            yield from _answers(one)
        return
    if not isinstance(value, dict):
        raise NoDetails(f"expected an object with {', '.join(LISTS)}, found {json.dumps(value)[:40]}")
    if any(name in value for name in LISTS):
        yield value
        return
    if value and all(len(key) == 12 and key.isdigit() for key in value):
        for one in value.values():
            yield from _answers(one)
        return
    raise NoDetails(
        f"expected {', '.join(LISTS)}, as `aws iam get-account-authorization-details` writes them; "
        f"found {', '.join(list(value)[:5]) or 'nothing'}"
    )


def by_account(answers: Iterable[Mapping[str, Any]]) -> dict[str, Details]:
    """All details by account, each entity once (the last of several). AWS's policies are with every account that
    stands in the same answer."""
    found: dict[str, dict[str, dict[str, dict[str, Any]]]] = {}
    for answer in answers:
        of_aws: list[dict[str, Any]] = []
        here: set[str] = set()
        for name in LISTS:
            for entity in answer.get(name) or ():
                arn = entity.get("Arn") if isinstance(entity, dict) else None
                if not isinstance(arn, str) or len(arn.split(":")) < 6:
                    raise NoDetails(f"{name} has an entity without an Arn")
                account = arn.split(":")[4]
                if account == "aws":
                    of_aws.append(entity)
                    continue
                here.add(account)
                found.setdefault(account, {}).setdefault(name, {})[arn] = entity
        for account in here:
            policies = found[account].setdefault("Policies", {})
            policies |= {entity["Arn"]: entity for entity in of_aws}
    return {
        account: {name: list(lists.get(name, {}).values()) for name in LISTS} for account, lists in found.items()
    }


def parts(details: Details, largest: int = 200) -> Iterator[Details]:
    """Details in portions of so many entities, none before what it rests on."""
    for name in LISTS:
        entities = details.get(name, [])
        for start in range(0, len(entities), largest):
            yield {name: entities[start : start + largest]}


def count(details: Details) -> int:
    return sum(map(len, details.values()))
