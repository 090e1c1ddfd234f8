"""Make the SageMaker resources of an account as a world says: domains with their users and spaces, and the rest.

A resource is made where it is missing, from its `state`: the members of its Create call. One that says too little,
because tests look only at its tags, is left out. What is there stays as it is, except for the execution roles of
domains and profiles, and tags.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

from rolecall.analysis.worlds.format import Account, Domain, Resource
from rolecall.errors import InputError
from rolecall.seeds.changes import Changes
from rolecall.services.sagemaker.resources import BY_TYPE, ResourceType

MISSING: Final = ("ResourceNotFound", "ValidationException")
# What CreateDomain requires beside the name and the role, where the world does not say.
DOMAIN_DEFAULTS: Final = {"AuthMode": "IAM", "VpcId": "vpc-12345678", "SubnetIds": ["subnet-12345678"]}


class Wish(Protocol):
    """Asks for the id that the next thing with this prefix gets."""

    def __call__(self, prefix: str, ident: str) -> None: ...


class SageMakerSeed:
    """One account. wish: None where ids cannot be chosen, on a server that is running elsewhere."""

    def __init__(self, client: Any, account: Account, changes: Changes, wish: Wish | None) -> None:
        self.client = client
        self.account = account
        self.changes = changes
        self.wish = wish

    def apply(self) -> None:
        for domain in self.account.domains.values():
            self._domain(domain)
        self._resources()

    def _domain(self, domain: Domain) -> None:
        pages = self.client.get_paginator("list_domains").paginate()
        found = [each for page in pages for each in page["Domains"] if each["DomainName"] == domain.name]
        if found:
            ident = found[0]["DomainId"]
        elif self.wish is None and domain.chosen:
            raise InputError(
                f"domain {domain.name}: the id {domain.id} can be chosen only when a server starts with --seed; "
                "leave it out, or make the domain and write its id here"
            )
        else:
            if self.wish is not None:
                self.wish("d-", domain.id)
            made = self.client.create_domain(
                **{
                    **DOMAIN_DEFAULTS,
                    **domain.state,
                    "DomainName": domain.name,
                    "DefaultUserSettings": {
                        **domain.state.get("DefaultUserSettings", {}),
                        "ExecutionRole": domain.execution_role,
                    },
                    **_space_settings(domain),
                    **_tags(domain.tags),
                }
            )
            ident = made["DomainId"]
            self.changes.made(f"domain {domain.name} ({ident})")
        if ident != domain.id and domain.chosen:
            raise InputError(
                f"domain {domain.name} has the id {ident} on the server and {domain.id} in the world: ids stay"
            )
        if found:
            self._update_domain(domain, ident)
        for name, profile in domain.profiles.items():
            settings = dict(profile.state.get("UserSettings", {}))
            if profile.execution_role is not None:
                settings["ExecutionRole"] = profile.execution_role
            given = {**profile.state, **({"UserSettings": settings} if settings else {})}
            where = {"DomainId": ident, "UserProfileName": name}
            held = self._exists("user_profile", where, f"user profile {name}", {**given, **_tags(profile.tags)})
            if held is None:
                continue
            if (held.get("UserSettings") or {}).get("ExecutionRole") != profile.execution_role:
                self.client.update_user_profile(**where, UserSettings=settings)
                self.changes.changed(f"user profile {name}")
            arn = profile.arn.replace(domain.id, ident)
            self._tagged(arn, profile.tags, f"user profile {name}")
        for name, space in domain.spaces.items():
            given = dict(space.state)
            given.setdefault("SpaceSharingSettings", {"SharingType": "Private" if space.owner else "Shared"})
            # AWS has no shared space without an owner either: the first user profile is as good as any.
            owner = space.owner or next(iter(domain.profiles), None)
            if owner is not None:
                given.setdefault("OwnershipSettings", {"OwnerUserProfileName": owner})
            where = {"DomainId": ident, "SpaceName": name}
            if self._exists("space", where, f"space {name}", {**given, **_tags(space.tags)}) is not None:
                self._tagged(space.arn.replace(domain.id, ident), space.tags, f"space {name}")

    def _update_domain(self, domain: Domain, ident: str) -> None:
        held = self.client.describe_domain(DomainId=ident)
        settings = held.get("DefaultUserSettings") or {}
        spaces = held.get("DefaultSpaceSettings") or {}
        if (settings.get("ExecutionRole"), spaces.get("ExecutionRole")) != (
            domain.execution_role,
            domain.space_role,
        ):
            self.client.update_domain(
                DomainId=ident,
                DefaultUserSettings={"ExecutionRole": domain.execution_role},
                **_space_settings(domain),
            )
            self.changes.changed(f"domain {domain.name}")
        self._tagged(held["DomainArn"], domain.tags, f"domain {domain.name}")

    def _exists(
        self, word: str, where: Mapping[str, Any], what: str, given: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """What is there already; None when it was made now."""
        found = self._described(word, where)
        if found is None:
            getattr(self.client, f"create_{word}")(**where, **given)
            self.changes.made(what)
        return found

    def _described(self, word: str, where: Mapping[str, Any]) -> Mapping[str, Any] | None:
        try:
            return dict(getattr(self.client, f"describe_{word}")(**where))
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return None
            raise

    def _resources(self) -> None:
        """Resources may need each other: what fails is tried again as long as others come to be."""
        waiting: list[Callable[[], None]] = []
        for resource in self.account.resources.values():
            kind = BY_TYPE.get(resource.arn.split(":", 5)[5].partition("/")[0])
            if not resource.arn.startswith("arn:aws:sagemaker:") or kind is None or "Create" not in kind.verbs:
                self.changes.left_out(f"{resource.arn}: this server does not make such resources")
                continue
            waiting.append(lambda resource=resource, kind=kind: self._resource(resource, kind))  # type: ignore[misc]
        while waiting:
            failed: list[tuple[Callable[[], None], ClientError]] = []
            for step in waiting:
                try:
                    step()
                except ClientError as error:
                    failed.append((step, error))
            if len(failed) == len(waiting):
                raise failed[0][1]
            waiting = [step for step, _ in failed]

    def _resource(self, resource: Resource, kind: ResourceType) -> None:
        name = resource.arn.rpartition("/")[2]
        what, given = f"{kind.type} {name}", {**resource.state, **_tags(resource.tags)}
        try:
            held = self._exists(snake(kind.noun), {kind.name_member: name}, what, given)
        except ParamValidationError as error:
            missing = "; ".join(str(error).splitlines()[1:])
            self.changes.left_out(f"{what}: its state does not say how to make it ({missing})")
            return
        if held is not None:
            self._tagged(resource.arn, resource.tags, what)

    def _tagged(self, arn: str, wanted: Mapping[str, str], what: str) -> None:
        held = {each["Key"]: each["Value"] for each in self.client.list_tags(ResourceArn=arn)["Tags"]}
        if held == dict(wanted):
            return
        gone = [key for key in held if key not in wanted]
        if gone:
            self.client.delete_tags(ResourceArn=arn, TagKeys=gone)
        if wanted:
            self.client.add_tags(ResourceArn=arn, **_tags(wanted))
        self.changes.changed(f"{what}: tags")


def snake(noun: str) -> str:
    """TrainingJob as boto3 spells it in methods: training_job."""
    return str(xform_name(noun))


def _space_settings(domain: Domain) -> dict[str, Any]:
    settings = dict(domain.state.get("DefaultSpaceSettings", {}))
    if domain.space_role is not None:
        settings["ExecutionRole"] = domain.space_role
    return {"DefaultSpaceSettings": settings} if settings else {}


def _tags(tags: Mapping[str, str]) -> dict[str, Any]:
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]} if tags else {}
