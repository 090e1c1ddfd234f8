"""Read the organization of a server into a world: its tree, where accounts are, and the control policies attached.

What a world cannot say (tags, delegated administrators, management policies) is not part of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rolecall.decision.full_access import FULL_SCP
from rolecall.errors import InputError
from rolecall.seeds.changes import ClientFor
from rolecall.seeds.organization import BY_AWS, RCP, SCP


def organization(accounts: Iterable[str], client: ClientFor) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The organization that one of the accounts manages, and what hangs on each of its accounts; empty: none."""
    managed = {}
    for account in accounts:
        organizations = client(account, "organizations")
        try:
            found = organizations.describe_organization()["Organization"]
        except organizations.exceptions.AWSOrganizationsNotInUseException:
            continue
        if found["MasterAccountId"] == account:
            managed[found["Id"]] = (found, organizations)
    if not managed:
        return {}, {}
    if len(managed) > 1:
        raise InputError(f"a world has one organization, and here are {', '.join(managed)}: name accounts of one")
    ((found, organizations),) = managed.values()
    return _Reading(organizations).whole(found)


class _Reading:
    def __init__(self, client: Any) -> None:
        self.client = client
        self.documents: dict[str, Any] = {}
        self.on_accounts: dict[str, dict[str, Any]] = {}
        self.enabled: set[str] = set()

    def whole(self, found: dict[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        root = self.client.list_roots()["Roots"][0]
        self.enabled = {each["Type"] for each in root["PolicyTypes"]}
        made = {
            "id": found["Id"],
            "management_account": found["MasterAccountId"],
            "root_id": root["Id"],
            **self._unit(root["Id"]),
        }
        return made, self.on_accounts

    def _unit(self, ident: str) -> dict[str, Any]:
        pages = self.client.get_paginator("list_accounts_for_parent").paginate(ParentId=ident)
        accounts = sorted(each["Id"] for page in pages for each in page["Accounts"])
        for account in accounts:
            self.on_accounts[account] = self._guardrails(account)
        pages = self.client.get_paginator("list_organizational_units_for_parent").paginate(ParentId=ident)
        units = {
            each["Name"]: {"id": each["Id"], **self._unit(each["Id"])}
            for page in pages
            for each in page["OrganizationalUnits"]
        }
        made = {**self._guardrails(ident), "accounts": accounts, "units": dict(sorted(units.items()))}
        return {name: value for name, value in made.items() if value not in ([], {})}

    def _guardrails(self, ident: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, type in (("scps", SCP), ("rcps", RCP)):
            if type not in self.enabled:
                continue
            pages = self.client.get_paginator("list_policies_for_target").paginate(TargetId=ident, Filter=type)
            held = [each for page in pages for each in page["Policies"]]
            own = [
                {"name": each["Name"], "document": self._document(each["Id"])}
                for each in held
                if each["Id"] not in BY_AWS
            ]
            if own:
                made[name] = sorted(own, key=lambda policy: str(policy["name"]))
            if type == SCP and all(each["Id"] != FULL_SCP.id for each in held):
                made["full_aws_access"] = False
        return made

    def _document(self, ident: str) -> Any:
        if ident not in self.documents:
            self.documents[ident] = json.loads(self.client.describe_policy(PolicyId=ident)["Policy"]["Content"])
        return self.documents[ident]
