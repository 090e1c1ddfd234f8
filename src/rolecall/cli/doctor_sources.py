"""Where does `rolecall doctor` find a role? On a server, in an export or a world file, or in policy files
alone.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from rolecall import catalog
from rolecall.analysis.doctor import Data, Patient, Studio, Surroundings, Use, domain_of
from rolecall.analysis.worlds import FileWorld, Library, WorldFile, read_world
from rolecall.analysis.worlds.documents import is_file
from rolecall.authorization.trust import SERVICE_LINKED
from rolecall.cli.test import read_text
from rolecall.decision.policies import SourcedPolicy
from rolecall.decision.world import PrincipalRecord, World
from rolecall.errors import InputError
from rolecall.policy.arn import parse_arn
from rolecall.policy.document import PolicyType
from rolecall.policy.findings import PolicyError
from rolecall.policy.parser import parse

if TYPE_CHECKING:
    from rolecall.exchange.account_details import ExportedAccount

# The world that policy files make; it stands beside them, so that their names are found.
FILES: Final = "rolecall-doctor.json"


class Asked(Struct, frozen=True, kw_only=True):
    """What was typed.

    role: an ARN or a name. policies, trust, boundary: files, or ARNs of AWS managed policies.
    """

    role: str
    domain: str | None = None
    caller: str | None = None
    region: str | None = None
    file: Path | None = None
    data_folder: Path | None = None
    policies: tuple[str, ...] = ()
    trust: str | None = None
    boundary: str | None = None
    scps: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    data: Data = Data()


class Found(Struct, frozen=True):
    """Whom to examine, and what is around. note: what was taken for granted."""

    patient: Patient
    around: Surroundings
    note: str = ""


def find(asked: Asked) -> Found:
    """The role with all that is known; raises InputError for what does not exist."""
    if asked.policies or asked.trust or asked.boundary:
        return _from_policies(asked)
    if asked.file is None:
        return _from_server(asked)
    text = _read(asked.file)
    export = _export(asked.file, text)
    return _from_file(asked, str(asked.file)) if export is None else _from_export(asked, export)


def _from_policies(asked: Asked) -> Found:
    if asked.file is not None:
        raise InputError("give an account or world with --from, or policy files, not both")
    for given in filter(None, (*asked.policies, asked.trust, asked.boundary)):
        _check_policy(given)
    arn = _role_arn(asked.role)
    role: dict[str, Any] = {
        "path": f"/{arn.resource.removeprefix('role/').rpartition('/')[0]}/".replace("//", "/"),
        "trust": asked.trust or "sagemaker.amazonaws.com",
        "policies": list(asked.policies),
    }
    if asked.boundary:
        role["boundary"] = asked.boundary
    name = arn.resource.rpartition("/")[2]
    text = json.dumps({"account": arn.account, "region": asked.region or "us-east-1", "roles": {name: role}})

    def read(file: str) -> str:
        return text if file == FILES else read_text(file)

    world = FileWorld(_world(read, FILES))
    note = "" if asked.trust else "The role's trust policy was not given: it is taken to trust SageMaker."
    return _found(asked, world, world, world.file.region, studio=_any_domain(asked), note=note)


def _check_policy(given: str) -> None:
    """A file by its ending, or an AWS managed policy that there is."""
    if given.startswith("arn:"):
        if catalog.load().managed_policy(given) is None:
            raise InputError(f"there is no AWS managed policy {given} here: give its text as a file")
    elif not is_file(given):
        raise InputError(
            f"{given} is no policy: expected a file that ends in .json or .yaml, or an AWS policy's ARN"
        )


def _from_file(asked: Asked, file: str) -> Found:
    world = FileWorld(_world(read_text, posixpath.normpath(file)))
    role = _record(asked.role, world, _principals(world))
    studio = domain_of(world.file, role.account, role.arn, asked.domain)
    if asked.domain is not None and studio is None:
        held = world.file.accounts.get(role.account)
        known = ", ".join(each.id for each in held.domains.values()) if held else ""
        raise InputError(f"account {role.account} has no domain {asked.domain}; its domains: {known or 'none'}")
    return _found(asked, world, world, asked.region or world.file.region, studio=studio)


def _from_export(asked: Asked, export: ExportedAccount) -> Found:
    note = "An export holds no guardrails: give service control policies with --scp."
    return _found(
        asked,
        export,
        None,
        asked.region or "us-east-1",
        studio=_any_domain(asked),
        note="" if asked.scps else note,
        known=export.principals,
    )


def _from_server(asked: Asked) -> Found:
    from rolecall.cli.doctor_server import read

    arn = parse_arn(asked.role)
    held = read(asked.data_folder, arn.account if arn is not None else None)
    studio = None
    if asked.domain is not None:
        role = _record(asked.role, held.world, held.principals)
        studio = held.studio(asked.domain, role.arn)
    region = asked.region or held.region
    note = held.note if not asked.scps else ""
    return _found(asked, held.world, None, region, studio=studio, note=note, known=held.principals)


def _found(
    asked: Asked,
    world: World,
    facts: FileWorld | None,
    region: str,
    *,
    studio: Studio | None,
    note: str = "",
    known: Mapping[str, PrincipalRecord] | None = None,
) -> Found:
    principals = known if known is not None else _principals(facts) if facts is not None else {}
    patient = Patient(
        role=_record(asked.role, world, principals),
        region=region,
        now=datetime.now(UTC),
        partition=_role_partition(asked.role),
        studio=studio,
        caller=None if asked.caller is None else _record(asked.caller, world, principals, "user or role"),
        uses=frozenset(map(Use, asked.uses)),
        data=asked.data,
    )
    scps = tuple(_control_policy(file) for file in asked.scps)
    around = Surroundings(world, scps=scps) if facts is None else Surroundings(world, facts, facts, scps=scps)
    return Found(patient, around, note)


def _control_policy(file: str) -> SourcedPolicy:
    try:
        return SourcedPolicy(parse(json.loads(_read(Path(file))), PolicyType.SCP), name=file)
    except ValueError as problem:
        said = problem.message if isinstance(problem, PolicyError) else problem
        raise InputError(f"{file}: {said}") from None


def _record(name: str, world: World, known: Mapping[str, PrincipalRecord], what: str = "role") -> PrincipalRecord:
    """A role, or with `what` a user too, by its ARN or its bare name."""
    import difflib

    kinds = (":role/",) if what == "role" else (":role/", ":user/")
    arns = [arn for arn in known if any(kind in arn for kind in kinds)]
    if not name.startswith("arn:"):
        bare = name.removeprefix("role/")
        named = [arn for arn in arns if arn.rpartition("/")[2] == bare]
        if len(named) > 1:
            raise InputError(f"several accounts have a {what} {name}: {', '.join(named)}")
        name = named[0] if named else name
    if what == "role" and SERVICE_LINKED in name:
        raise InputError(f"{name} is a service-linked role: its service alone works with it, and nobody passes it")
    lacking: Mapping[str, str] = getattr(world, "unknown", {})
    if name in lacking:
        raise InputError(f"nothing can be said of {name}: there is no text of its policy {lacking[name]}")
    record: PrincipalRecord | None = world.principal(name) if any(kind in name for kind in kinds) else None
    if record is not None:
        return record
    same_name = [arn for arn in arns if arn.rpartition("/")[2] == name.rpartition("/")[2]]
    near = same_name or difflib.get_close_matches(name, arns, 3, 0.75)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise InputError(f"there is no {what} {name}{hint}")


def _principals(world: FileWorld) -> dict[str, PrincipalRecord]:
    accounts = world.file.accounts.values()
    arns: Iterable[str] = (
        *(role.arn for account in accounts for role in account.roles.values()),
        *(user.arn for account in accounts for user in account.users.values()),
    )
    return {arn: record for arn in arns if (record := world.principal(arn)) is not None}


def _any_domain(asked: Asked) -> Studio | None:
    """A domain of which only the id is known."""
    return None if asked.domain is None else Studio(asked.domain)


def _role_arn(role: str) -> Any:
    arn = parse_arn(role if role.startswith("arn:") else f"arn:aws:iam::123456789012:role/{role}")
    if arn is None or arn.service != "iam" or not arn.resource.startswith("role/"):
        raise InputError(f"{role} is no role: expected an ARN like arn:aws:iam::123456789012:role/Training")
    return arn


def _role_partition(role: str) -> str:
    return role.split(":")[1] if role.startswith("arn:") and role.count(":") > 1 else "aws"


def _read(file: Path) -> str:
    try:
        return read_text(str(file))
    except OSError as problem:
        raise InputError(f"cannot read {file}: {problem.strerror}") from None


def _world(read: Any, name: str) -> WorldFile:
    try:
        return read_world(Library(read, catalog.load()), name)
    except OSError as problem:
        raise InputError(f"cannot read {name}: {problem.strerror}") from None


def _export(file: Path, text: str) -> ExportedAccount | None:
    """The account that `aws iam get-account-authorization-details` wrote; None when the file is a world."""
    from rolecall.exchange.account_details import ExportedAccount, read_account

    if file.suffix != ".json":
        return None
    try:
        data = json.loads(text)
    except ValueError as problem:
        raise InputError(f"{file}: {problem}") from None
    # Several accounts of a server stand under their ids.
    pages = [each for each in (data, *(data.values() if isinstance(data, dict) else ())) if _is_details(each)]
    if not pages:
        return None
    try:
        read = [read_account([page]) for page in pages]
    except PolicyError as problem:
        raise InputError(f"{file}: {problem.message}") from None
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as problem:
        raise InputError(
            f"{file} is not what `aws iam get-account-authorization-details` prints: {problem!r}"
        ) from None
    return ExportedAccount(
        {arn: record for each in read for arn, record in each.principals.items()},
        {arn: policy for each in read for arn, policy in each.trust.items()},
        {arn: policy for each in read for arn, policy in each.unknown.items()},
    )


def _is_details(value: object) -> bool:
    return isinstance(value, dict) and any(name.endswith("DetailList") for name in value)
