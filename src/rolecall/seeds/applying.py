"""Apply a world to a server, through its own API and as the root user of each account.

What the server cannot keep is either left out and said so, or, where leaving it out would allow what the world
denies (control policies of no organization), refused. The organization comes last: its guardrails bind the root
users of its members too.
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from rolecall.analysis.worlds.format import WorldFile
from rolecall.errors import InputError
from rolecall.seeds.changes import Change, Changes, ClientFor
from rolecall.seeds.iam import IamSeed, told
from rolecall.seeds.organization import OrganizationSeed
from rolecall.seeds.sagemaker import SageMakerSeed, Wish

GUARDED = " control policy"  # how a denial ends that a guardrail made


def apply(world: WorldFile, client: ClientFor, wish: Wish | None = None) -> tuple[Change, ...]:
    """Make the world true; gives what had to be done, nothing at all the second time."""
    refuse_guardrails(world)
    changes = Changes()
    people = [IamSeed(client(account.id, "iam"), account, changes) for account in world.accounts.values()]
    try:
        for seed in people:
            seed.first()
        for seed in people:
            seed.then()
        for account in world.accounts.values():
            for bucket in account.buckets:
                changes.left_out(f"bucket {bucket}: this server does not serve S3")
            if account.domains or account.resources:
                SageMakerSeed(client(account.id, "sagemaker"), account, changes, wish).apply()
        if world.organization is not None:
            OrganizationSeed(world, client, changes, wish).apply()
    except ClientError as error:
        hint = "; a server that starts with --seed FILE is not bound by them yet" if GUARDED in told(error) else ""
        raise InputError(f"{world.file}: the server refused a part of it: {told(error)}{hint}") from None
    except BotoCoreError as error:
        raise InputError(f"{world.file}: {error}") from None
    return tuple(changes.all)


def refuse_guardrails(world: WorldFile) -> None:
    """Control policies that nobody enforces are worse than none."""
    guarded = [
        each.id
        for each in world.accounts.values()
        if each.guardrails.scps or each.guardrails.rcps or not each.guardrails.full_access
    ]
    if guarded and world.organization is None:
        raise InputError(
            f"{world.file}: control policies are an organization's, and the world says of none in which account "
            f"{guarded[0]} is; `rolecall test` takes it as it is"
        )
