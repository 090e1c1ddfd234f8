"""Apply a world to a server, through its own API and as the root user of each account.

What the server cannot keep is either left out and said so, or, where leaving it out would allow what the world
denies (control policies), refused.
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from rolecall.analysis.worlds.format import WorldFile
from rolecall.errors import InputError
from rolecall.seeds.changes import Change, Changes, ClientFor
from rolecall.seeds.iam import IamSeed, told
from rolecall.seeds.sagemaker import SageMakerSeed, Wish


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
    except ClientError as error:
        raise InputError(f"{world.file}: the server refused a part of it: {told(error)}") from None
    except BotoCoreError as error:
        raise InputError(f"{world.file}: {error}") from None
    return tuple(changes.all)


def refuse_guardrails(world: WorldFile) -> None:
    """Control policies that nobody enforces are worse than none."""
    guarded = world.organization is not None or any(
        each.guardrails.scps or each.guardrails.rcps or not each.guardrails.full_access
        for each in world.accounts.values()
    )
    if guarded:
        raise InputError(
            f"{world.file}: this server has no AWS Organizations yet, so it would not enforce the world's control "
            "policies; `rolecall test` does"
        )
