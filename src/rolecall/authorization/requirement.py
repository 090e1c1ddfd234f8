"""A requirement row: one action on one resource that an API operation needs (design, "The way of a request")."""

from __future__ import annotations

from msgspec import Struct


class Requirement(Struct, frozen=True):
    """Read as a sentence: this operation needs `action` on `on`, when `when` is given.

    on: a template over request members. "*": no resource. "training-job/{TrainingJobName}": completed to an
        ARN of the row's service in the caller's account and region. "{RoleArn}": the member is the ARN.
        "{ModelName|model/}": name or ARN; a value that starts with "arn:" is taken as it is, else it follows
        the prefix. Paths may fan out: "{InstanceGroups[].ExecutionRole}" gives one check per distinct value.
        "{UserProfileName or SpaceName}": the first member that is present. "hub-content/{HubName|id}/…": a name
        or ARN inside a longer template; of an ARN its id stands there, and the completed ARN takes its account
        and region. A missing or ill-formed member becomes "*" in its place.
    when: a request path that must be present (and not an empty list); "!Path": that must be absent; "foreign
        Path": that must hold the ARN of another account's resource; terms joined by " and " or by " or " (never
        both in one row); "" always.
    keys: (condition key, path) pairs beside those of the service's key table; a path in single quotes is a
        literal. Paths may start at $state, $principal, $auth, $operation, or $credential (the service that a
        service-specific credential is for, by the member that names it).
    printed: resource as the denial prints it, where it differs from `on` ("" prints none).
    source: the document the row rests on.
    """

    action: str
    on: str = "*"
    when: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    printed: str | None = None
    source: str = ""
