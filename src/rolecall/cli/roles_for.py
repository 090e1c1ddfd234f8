"""`rolecall roles-for`: which roles could SageMaker be given for an operation?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rolecall.cli.render import bulleted, form_option, print_json
from rolecall.errors import InputError

if TYPE_CHECKING:
    from rolecall.analysis.execution_roles import Offer
    from rolecall.decision.request import Principal
    from rolecall.exchange.account_details import ExportedAccount


@click.command()
@click.argument("operation")
@click.option("--as", "arn", metavar="ARN", help="The user or role that would pass the role (default: who signs).")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder that says which server."
)
@form_option
def roles_for(operation: str, arn: str | None, data: Path | None, form: str) -> None:
    """List the roles that SageMaker could be given for an operation, and what each lacks.

    OPERATION is CreateNotebookInstance, CreateProcessingJob, CreateTrainingJob, CreateEndpointConfig or
    CreateTransformJob. A role is offered when it trusts SageMaker and the caller may pass it. The question needs
    iam:GetAccountAuthorizationDetails. The exit code is 1 when no role is offered.
    """
    import boto3

    from rolecall.analysis.execution_roles import NEEDS, offers
    from rolecall.connection import find
    from rolecall.exchange.account_details import read_account

    if operation not in NEEDS:
        raise InputError(f"{operation!r} takes no role that could be chosen; choose {', '.join(NEEDS)}")
    connection = find(data)
    session: Any = boto3.session.Session(region_name=connection.region)
    options = {"endpoint_url": connection.endpoint, **connection.keys()}
    caller = arn or session.client("sts", **options).get_caller_identity()["Arn"]
    pages = session.client("iam", **options).get_paginator("get_account_authorization_details").paginate()
    world = read_account(pages)
    principal = principal_of(caller, world)
    roles = {role: world.principals[role] for role in world.trust if role in world.principals}
    found = list(offers(operation, roles, principal, world))
    if form == "json":
        print_json({"operation": operation, "caller": caller, "roles": [as_data(offer) for offer in found]})
    else:
        for line in told(operation, caller, found):
            click.echo(line)
    sys.exit(0 if any(offer.refused is None for offer in found) else 1)


def principal_of(arn: str, world: ExportedAccount) -> Principal:
    """The caller as a decision sees him: root, a user, or a session of a role."""
    from rolecall.decision.request import Principal, PrincipalType
    from rolecall.policy.arn import parse_arn

    parts = parse_arn(arn)
    if parts is None:
        raise InputError(f"{arn!r} is no ARN")
    if parts.resource == "root":
        return Principal(arn, parts.account, PrincipalType.ROOT)
    if parts.service == "sts":
        name = parts.resource.split("/")[1]
        arn = next((role for role in world.trust if role.rpartition("/")[2] == name), arn)
    record = world.principal(arn)
    if record is None:
        raise InputError(f"{arn} is no user or role of account {parts.account}")
    if arn not in world.trust:
        return Principal(arn, record.account, PrincipalType.USER, unique_id=record.unique_id, tags=record.tags)
    session = f"arn:aws:sts::{record.account}:assumed-role/{arn.rpartition('/')[2]}/rolecall"
    return Principal(
        session,
        record.account,
        PrincipalType.ROLE_SESSION,
        role_arn=arn,
        unique_id=record.unique_id,
        tags=record.tags,
    )


def as_data(offer: Offer) -> dict[str, Any]:
    """An offer for programs."""
    return {
        "role": offer.role,
        "offered": offer.refused is None,
        "refused": offer.refused,
        "lacks": offer.lacks,
        "limited": offer.limited,
    }


def told(operation: str, caller: str, found: list[Offer]) -> Iterator[str]:
    """The offers as text."""
    yield f"Roles for {operation}, passed by {caller}"
    if not found:
        yield "The account has no roles."
    for offer in found:
        if offer.refused is not None:
            continue
        yield ""
        yield offer.role
        if not offer.lacks and not offer.limited:
            yield "  has all that the operation needs"
        if offer.lacks:
            yield from bulleted(f"lacks {', '.join(offer.lacks)}")
        if offer.limited:
            yield from bulleted(f"only on some resources or conditions: {', '.join(offer.limited)}")
    refused = [offer for offer in found if offer.refused is not None]
    if refused:
        yield ""
        yield "Not offered:"
        for offer in refused:
            yield from bulleted(f"{offer.role}: {offer.refused}")
