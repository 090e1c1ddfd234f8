"""Which repositories is a request about? Their ARNs, of the registry (the account) that the request names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

# A member that the API does not have: rows of authorization name it, nobody else sees it.
ARNS: Final = "RepositoryArns"


def with_arns(given: Mapping[str, Any], partition: str, region: str, account: str) -> dict[str, Any]:
    """The request with the ARNs of the repositories that it names; all of the registry where it names none."""
    if "resourceArn" in given:
        return dict(given)
    registry = str(given.get("registryId") or account)
    name = given.get("repositoryName")
    names = [str(name)] if name else [str(one) for one in given.get("repositoryNames") or ("*",)]
    # An ill-formed registry finds nothing, so what it is decided on may be anything of the caller's own.
    owner = registry if registry.isdigit() and len(registry) == 12 else account
    return {**given, ARNS: [f"arn:{partition}:ecr:{region}:{owner}:repository/{one}" for one in names]}
