"""`rolecall catalog`: what is this action, this condition key, this service?"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import click
import msgspec

from rolecall.authorization.condition_keys import catalog_prefix
from rolecall.authorization.requirement import Requirement
from rolecall.authorization.requirements import ROWS
from rolecall.catalog import Action, Catalog, ConditionKey, Dependent, load
from rolecall.cli.render import WIDTH, form_option, labelled, print_json
from rolecall.decision.profile import Profile
from rolecall.errors import InputError
from rolecall.policy.glob import matches

MOST_KEYS = 8  # keys found by a search of which it says who carries them


@click.command()
@click.argument("name", required=False)
@click.option(
    "--search",
    "wanted",
    metavar="TEXT",
    help="List actions and keys that contain TEXT, and which actions carry those keys.",
)
@click.option(
    "--profile",
    type=click.Choice(["reference", "guide"]),
    default="reference",
    show_default=True,
    help="AWS as it is, or as the SageMaker guide describes it: no resource ARNs, no resource-based policies.",
)
@form_option
def catalog(name: str | None, wanted: str | None, profile: Profile, form: str) -> None:
    """Show what AWS documents of an action, a condition key or a service.

    \b
    NAME is one of
      sagemaker:CreateTrainingJob   an action: resource types, keys, dependent actions
      sagemaker:InstanceTypes       a condition key: type, and where its value comes from
      'sagemaker:Create*'           the actions that a pattern matches
      sagemaker                     the actions of a service
    """
    known = load()
    if (name is None) == (wanted is None):
        raise click.UsageError("give either a NAME or --search TEXT")
    if wanted is not None:
        _print_found(known, _search(known, wanted), f'nothing in the catalogue contains "{wanted}"', form)
    elif name is not None:
        _show(known, name, profile, form)


def _show(known: Catalog, name: str, profile: Profile, form: str) -> None:
    action, key = known.action(name), known.condition_key(name)
    if action is not None:
        action = _as_described(action, profile)
        data = _action_data(known, action)
        lines = _action_lines(known, action, profile)
    elif key is not None:
        data = _key_data(known, key)
        lines = _key_lines(known, key)
    elif others := _authorized_as(known, name):
        data = {"operation": name, "authorized_as": others}
        lines = _wrapped(f"{name} is no action: the operation is authorized as {', and '.join(others)}.", 0)
    else:
        prefix, colon, pattern = name.partition(":")
        listed = [
            each.full_name
            for each in known.actions(prefix)
            if not colon or matches(pattern.lower(), each.name.lower())
        ]
        if known.service_name(prefix) is None or not listed:
            raise InputError(_unknown(known, name))
        _print_list(listed, "", form)
        return
    if form == "json":
        print_json(data)
    else:
        for line in lines:
            click.echo(line)


def _unknown(known: Catalog, name: str) -> str:
    near = known.nearest(name)
    hint = f"did you mean {' or '.join(near)}?" if near else "try `rolecall catalog --search TEXT`"
    return f"no action, condition key or service is called {name}; {hint}"


def _search(known: Catalog, wanted: str) -> list[str]:
    """Names that contain the text: SageMaker's, the global keys, then every other service."""
    folded = wanted.lower()
    first = ("aws", "sagemaker", "iam", "sts")
    prefixes = (*first, *(prefix for prefix in known.services() if prefix not in first))
    found: list[str] = []
    for prefix in prefixes:
        names = [action.full_name for action in known.actions(prefix)]
        names += [key.name for key in known.condition_keys(prefix)]
        found += [name for name in names if folded in name.lower()]
    return found


def _print_found(known: Catalog, names: list[str], empty: str, form: str) -> None:
    """Names, and for a few keys the actions that carry them: whoever looks for one key means that."""
    keys = [key for name in names if (key := known.condition_key(name)) is not None and key.name == name]
    carried = {key.name: list(_operations_with(known, key)) for key in keys} if len(keys) <= MOST_KEYS else {}
    carried = {name: actions for name, actions in carried.items() if actions}
    if form == "json" and names:
        print_json({"names": names, "carried_by": carried})
        return
    _print_list(names, empty, form)
    for name, actions in carried.items():
        click.echo(f"\nCarried by, {name}")
        for action in actions:
            click.echo(f"  {action}")


def _print_list(names: list[str], empty: str, form: str) -> None:
    if not names and empty:
        raise InputError(empty)
    if form == "json":
        print_json({"names": names})
    else:
        click.echo("\n".join(names))


# Actions


def _as_described(action: Action, profile: Profile) -> Action:
    """The guide knows no resources of SageMaker; keys of the resource's tags are the service's all the same."""
    if profile == "reference" or not action.full_name.lower().startswith("sagemaker:"):
        return action
    keys = tuple(name for name in action.all_condition_keys if name not in action.condition_keys)
    return msgspec.structs.replace(action, resources=(), condition_keys=(*action.condition_keys, *keys))


def _action_lines(known: Catalog, action: Action, profile: Profile) -> Iterator[str]:
    yield click.style(action.full_name, bold=True) + f"   {', '.join(action.access_levels)}"
    yield from _wrapped(action.description, 2)
    if action.permission_only:
        yield from _wrapped("Permission only: no API operation has this name.", 2)
    yield from _resource_lines(action)
    if profile == "guide" and action.full_name.lower().startswith("sagemaker:"):
        yield from _wrapped("Profile guide: SageMaker takes no ARNs of resources, and they carry no policies.", 2)
    yield from _action_key_lines(known, action)
    yield from _dependent_lines(action.dependents)
    yield from _check_lines(_checks(action))
    others = _authorized_as(known, action.full_name)
    if others:
        yield ""
        yield from _wrapped(f"The operation {action.name} is authorized as {', and '.join(others)}.", 0)
    yield ""
    yield from labelled("Source", f"{action.source} ({known.version})")


def _resource_lines(action: Action) -> Iterator[str]:
    yield ""
    if not action.resources:
        yield 'Resource types: none, so only "Resource": "*" can match.'
        return
    yield "Resource types (* = a statement that names resources must cover it)"
    for resource in action.resources:
        yield f"  {resource.type.name}{' *' if resource.required else ''}"
        if resource.type.arn:
            yield f"      {resource.type.arn}"


def _action_key_lines(known: Catalog, action: Action) -> Iterator[str]:
    yield ""
    yield "Condition keys (besides the global ones), and where a request has them"
    for name in action.all_condition_keys:
        yield f"  {name}   {known.key_type(name) or 'type not known'}"
        for path in known.request_paths(action.full_name, name):
            yield from _path_lines(path.path, 6)
    if not action.all_condition_keys:
        yield "  none"


def _dependent_lines(dependents: Iterable[Dependent]) -> Iterator[str]:
    for number, dependent in enumerate(dependents):
        if number == 0:
            yield ""
            yield "Also needed by the caller"
        yield f"  {dependent.action}"
        if dependent.when:
            yield from _wrapped(f"when {dependent.when}", 6)
        if dependent.passed_to:
            yield from _wrapped(f"iam:PassedToService {dependent.passed_to}", 6)
        for member in dependent.members:
            yield from _path_lines(member, 6)


def _checks(action: Action) -> list[Requirement]:
    """What a call of the operation is checked for; empty for actions without one, and where nothing is served."""
    prefix = action.full_name.partition(":")[0].lower()
    return [
        row
        for service, operations in ROWS.items()
        if catalog_prefix(service) == prefix
        for row in operations.get(action.name, ())
    ]


def _check_lines(checks: Iterable[Requirement]) -> Iterator[str]:
    for number, row in enumerate(checks):
        if number == 0:
            yield ""
            yield "A call is checked for (members of the request in braces)"
        yield f"  {row.action}"
        on = "*" if row.on == "*" else row.on.replace("|", " after ")
        yield from _path_lines(f"on {on}", 6)
        if row.when:
            yield from _wrapped(f"when {row.when}".replace("!", "without "), 6)


def _authorized_as(known: Catalog, operation: str) -> list[str]:
    """The actions that `service:Operation` is authorized as, where they are not just that name."""
    service, _, bare = operation.partition(":")
    rows = known.operation_actions(service, bare) if bare else ()
    if not rows or [row.action.lower() for row in rows] == [operation.lower()]:
        return []
    return [row.action + (f" when {row.when}" if row.when else "") for row in rows]


def _action_data(known: Catalog, action: Action) -> dict[str, Any]:
    return {
        "action": action.full_name,
        "access_levels": list(action.access_levels),
        "description": action.description,
        "permission_only": action.permission_only,
        "resource_types": [
            {"name": each.type.name, "required": each.required, "arn": each.type.arn} for each in action.resources
        ],
        "condition_keys": [
            {
                "key": name,
                "type": known.key_type(name),
                "paths": [row.path for row in known.request_paths(action.full_name, name)],
            }
            for name in action.all_condition_keys
        ],
        "dependent_actions": msgspec.to_builtins(action.dependents),
        "authorized_as": _authorized_as(known, action.full_name) or [action.full_name],
        "checks": [{"action": row.action, "on": row.on, "when": row.when} for row in _checks(action)],
        "source": action.source,
        "data_version": known.version,
    }


# Condition keys


def _key_lines(known: Catalog, key: ConditionKey) -> Iterator[str]:
    yield click.style(key.name, bold=True) + f"   {key.type}"
    yield from _wrapped(key.description, 2)
    if key.multivalued:
        yield from _wrapped("Multivalued: use it with ForAllValues or ForAnyValue.", 2)
    if key.present:
        yield ""
        yield from labelled("Present in", key.present)
    operations = _operations_with(known, key)
    if operations:
        yield ""
        yield "Actions, and the request path that the value comes from"
        for operation, paths in operations.items():
            yield f"  {operation}"
            for path in paths:
                yield from _path_lines(path, 6)
    yield ""
    yield from labelled("Source", key.source)


def _operations_with(known: Catalog, key: ConditionKey) -> dict[str, list[str]]:
    """Action -> request paths, for every action of the key's own service that can carry it."""
    prefix = key.name.partition(":")[0].lower()
    return {
        action.full_name: [row.path for row in rows]
        for action in known.actions(prefix)
        if (rows := known.request_paths(action.full_name, key.name)) or key.name in action.all_condition_keys
    }


def _key_data(known: Catalog, key: ConditionKey) -> dict[str, Any]:
    return {
        "condition_key": key.name,
        "type": key.type,
        "multivalued": key.multivalued,
        "description": key.description,
        "present": key.present,
        "actions": _operations_with(known, key),
        "source": key.source,
    }


def _wrapped(text: str, indent: int) -> Iterator[str]:
    """Prose in lines of at most 80 columns."""
    blanks = " " * indent
    yield from textwrap.wrap(text, WIDTH, initial_indent=blanks, subsequent_indent=blanks, break_on_hyphens=False)


def _path_lines(path: str, indent: int) -> Iterator[str]:
    """A request path; one that is wider than 80 columns goes on after a dot, further in."""
    line = " " * indent
    for part in re.findall(r"[^.]+\.?", path):
        if len(line + part) > WIDTH and line.strip():
            yield line
            line = " " * (indent + 2)
        line += part
    yield line
