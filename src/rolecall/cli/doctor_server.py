"""What does a running server know of a role: its account, the guardrails above it, the domain it works in?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from msgspec import Struct

from rolecall import catalog
from rolecall.analysis.doctor import Studio, placed
from rolecall.analysis.worlds import FileWorld, Library, read_world
from rolecall.cli.seed import client, with_own_account
from rolecall.connection import Connection, find
from rolecall.decision.policies import SourcedPolicy
from rolecall.decision.world import ControlPolicies, PrincipalRecord
from rolecall.errors import InputError
from rolecall.exchange.account_details import ExportedAccount, read_account
from rolecall.seeds.organization_export import organization

UNREAD = "The guardrails above the account cannot be read with these keys: give them with --scp."


class ServerWorld(Struct, frozen=True):
    """A world (decision.world.World) of one account and the organization above it."""

    account: ExportedAccount
    above: FileWorld | None

    @property
    def unknown(self) -> Mapping[str, str]:
        return self.account.unknown

    def principal(self, arn: str) -> PrincipalRecord | None:
        return self.account.principal(arn)

    def control_policies(self, account: str) -> ControlPolicies:
        return ControlPolicies() if self.above is None else self.above.control_policies(account)

    def resource_policy(self, arn: str) -> SourcedPolicy | None:
        return self.account.resource_policy(arn)


class Held(Struct, frozen=True):
    """What was read. note: what could not be."""

    server: Connection
    world: ServerWorld
    note: str

    @property
    def principals(self) -> Mapping[str, PrincipalRecord]:
        return self.world.account.principals

    @property
    def region(self) -> str:
        return self.server.region

    def studio(self, domain: str, role: str) -> Studio:
        """A domain with the roles of its users; raises InputError where there is none."""
        try:
            return _described(_client(self.server, "sagemaker"), domain, role)
        except ClientError as error:
            raise _told(error) from None


def read(folder: Path | None, account: str | None) -> Held:
    """The account of the role, or of whoever asks; raises InputError for what the server refuses."""
    server = with_own_account(find(folder))
    if account is not None and account != server.account and account in server.accounts:
        server = server.of_account(account)
    try:
        pages = _client(server, "iam").get_paginator("get_account_authorization_details").paginate()
        known = read_account(pages)
    except ClientError as error:
        raise _told(error) from None
    above, note = _above(server)
    return Held(server, ServerWorld(known, above), note)


def _above(server: Connection) -> tuple[FileWorld | None, str]:
    """The organization with its control policies; None where the account is in none, or it cannot be read."""

    def client_for(account: str, service: str) -> Any:
        return _client(server.of_account(account), service)

    organizations = _client(server, "organizations")
    try:
        organizations.describe_organization()
        tree, guardrails = organization(tuple(server.accounts), client_for)
    except organizations.exceptions.AWSOrganizationsNotInUseException:
        return None, ""
    except ClientError:
        return None, UNREAD
    if not tree:
        return None, UNREAD
    name = "rolecall-doctor.json"
    text = json.dumps({"organization": tree, "accounts": guardrails})
    return FileWorld(read_world(Library(lambda _: text, catalog.load()), name)), ""


def _described(sagemaker: Any, domain: str, role: str) -> Studio:
    found = sagemaker.describe_domain(DomainId=domain)
    profiles: dict[str, str | None] = {}
    tags: dict[str, str] = {}
    for page in sagemaker.get_paginator("list_user_profiles").paginate(DomainIdEquals=domain):
        for each in page["UserProfiles"]:
            name = each["UserProfileName"]
            profile = sagemaker.describe_user_profile(DomainId=domain, UserProfileName=name)
            profiles[name] = profile.get("UserSettings", {}).get("ExecutionRole")
    if found.get("TagPropagation") == "ENABLED":
        tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=found["DomainArn"])["Tags"]}
    default = found.get("DefaultUserSettings", {}).get("ExecutionRole")
    spaces = found.get("DefaultSpaceSettings", {}).get("ExecutionRole")
    studio = placed(domain, default, spaces, profiles, role)
    return Studio(studio.domain, studio.profile, studio.space, tags, studio.workers)


def _client(server: Connection, service: str) -> Any:
    return client(server, service, server.region)


def _told(error: ClientError) -> InputError:
    problem = error.response["Error"]
    return InputError(f"the server answered {problem['Code']}: {problem['Message']}")
