"""What a lint asks the catalogue, remembered over the documents of one run.

Actions that a pattern stands for, ARN templates of a service, and which SageMaker action carries which key.
"""

from __future__ import annotations

import enum
import re
from typing import Final

from rolecall.analysis.lint.patterns import distance, has_wildcard, opened, overlap
from rolecall.authorization.rows.sagemaker import TAGGED
from rolecall.catalog import Action, Catalog, ConditionKey, ResourceType
from rolecall.policy.arn import PARTS
from rolecall.policy.glob import compile_glob

SAGEMAKER: Final = "sagemaker"
NEAR: Final = 2
# A name that differs from a known one by a version alone may be newer than the catalogue.
_VERSION: Final = re.compile(r"v?\d*$", re.IGNORECASE)
TAG_KEYS: Final = ("aws:requesttag/", "aws:tagkeys")
RESOURCE_TAG_KEYS: Final = ("aws:resourcetag/", "sagemaker:resourcetag/")
# Beginnings of `when_absent` in the table of request paths that say the key is there all the same.
_ALWAYS: Final = ('"', "required member", "never absent")


class Carried(enum.Enum):
    """Whether requests for an action have a condition key."""

    NEVER = "never"
    SOMETIMES = "sometimes"
    ALWAYS = "always"


class Knowledge:
    """The catalogue, with what was asked of it before."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._expanded: dict[tuple[str, str], tuple[Action, ...]] = {}
        self._arn_services: dict[str, tuple[ResourceType, ...]] | None = None
        self._carried: dict[tuple[str, str], Carried] = {}
        self._bare: dict[str, tuple[str, ...]] = {}

    # Actions

    def actions(self, service: str) -> tuple[Action, ...]:
        return self.matching("*", service)

    def matching(self, pattern: str, service: str) -> tuple[Action, ...]:
        """The actions of one service that an Action entry stands for."""
        asked = (pattern.lower(), service)
        if asked not in self._expanded:
            self._expanded[asked] = self._matching(*asked)
        return self._expanded[asked]

    def _matching(self, pattern: str, service: str) -> tuple[Action, ...]:
        if pattern == "*":
            return self.catalog.actions(service)
        vendor, colon, name = pattern.partition(":")
        if not colon or not compile_glob(vendor).matches(service):
            return ()
        if not has_wildcard(name):
            known = self.catalog.action(f"{service}:{name}")
            return () if known is None else (known,)
        glob = compile_glob(name)
        return tuple(action for action in self.catalog.actions(service) if glob.matches(action.name.lower()))

    def near_actions(self, text: str) -> tuple[str, ...]:
        """Actions of the same service whose name is within two letters, nearest first."""
        service, _, name = text.lower().partition(":")
        found = sorted(
            (far, action.full_name)
            for action in self.catalog.actions(service)
            if (far := distance(name, action.name.lower())) <= NEAR
        )
        return tuple(name for _, name in found)

    # Names

    def near_services(self, text: str) -> tuple[str, ...]:
        found = sorted((far, each) for each in self.catalog.services() if (far := distance(text, each, 1)) <= 1)
        return tuple(each for _, each in found)

    def near_keys(self, text: str) -> tuple[str, ...]:
        """Condition keys under the same prefix within two letters, compared up to the first slash."""
        prefix = text.lower().partition(":")[0]
        head, slash, rest = text.partition("/")
        found = sorted(
            (far, key.name.partition("/")[0] + (f"/{rest}" if slash and "/" in key.name else ""))
            for key in self.catalog.condition_keys(prefix)
            if (far := distance(head.lower(), key.name.lower().partition("/")[0])) <= NEAR
            and bool(slash) == ("/" in key.name)
        )
        return tuple(dict.fromkeys(name for _, name in found))

    def key(self, name: str) -> ConditionKey | None:
        """The condition key or its family, also where the reference spells a family `<key>` or `tag-key`."""
        found = self.catalog.condition_key(name)
        head, slash, rest = name.partition("/")
        if found is None and slash and rest:
            placeholders = (f"{head}/{placeholder}" for placeholder in ("<key>", "tag-key"))
            found = next(filter(None, map(self.catalog.condition_key, placeholders)), None)
        return found

    # ARNs

    def types_of(self, arn_service: str) -> tuple[ResourceType, ...]:
        """The resource types whose ARNs name this service."""
        own = tuple(
            kind for kind in self.catalog.resource_types(arn_service) if _service_of(kind.arn) == arn_service
        )
        return own or self._borrowed_types().get(arn_service, ())

    def fits(self, arn_service: str, own: str) -> bool:
        """Whether some ARN of a service can have this (wildcard) part after the fifth colon."""
        return any(overlap(own, part) for part in self._own_parts(arn_service))

    def segments(self) -> tuple[str, ...]:
        """The types in SageMaker's ARNs: what stands before the first slash."""
        return tuple(sorted({part.partition("/")[0] for part in self._own_parts(SAGEMAKER)}))

    def has_segment(self, own: str) -> bool:
        """Whether the part after the fifth colon of a SageMaker ARN begins with a type that exists."""
        segment, slash, _ = own.partition("/")
        return bool(slash) and any(overlap(segment, known) for known in self.segments())

    def _own_parts(self, arn_service: str) -> tuple[str, ...]:
        templates = (kind.arn.split(":", PARTS - 1) for kind in self.types_of(arn_service))
        return tuple(opened(parts[PARTS - 1]) for parts in templates if len(parts) == PARTS)

    def _borrowed_types(self) -> dict[str, tuple[ResourceType, ...]]:
        """ARN service -> types, over all services: asked for the few whose ARNs are not of their prefix."""
        if self._arn_services is None:
            held: dict[str, list[ResourceType]] = {}
            for service in self.catalog.services():
                for kind in self.catalog.resource_types(service):
                    held.setdefault(_service_of(kind.arn), []).append(kind)
            self._arn_services = {service: tuple(kinds) for service, kinds in held.items()}
        return self._arn_services

    # Which action carries which key

    def carried(self, action: Action, key: str) -> Carried:
        """Whether requests for a SageMaker action have the key; keys of no table are always there."""
        asked = (action.full_name, key.lower())
        if asked not in self._carried:
            self._carried[asked] = self._find_carried(action, asked[1])
        return self._carried[asked]

    def _find_carried(self, action: Action, key: str) -> Carried:
        if key.startswith(TAG_KEYS):
            if action.name in ("AddTags", "TagResource") or (key == "aws:tagkeys" and action.name == "DeleteTags"):
                return Carried.ALWAYS
            family = "aws:requesttag/" if key.startswith("aws:requesttag/") else key
            listed = any(name.lower().startswith(family) for name in action.condition_keys)
            return Carried.SOMETIMES if listed or action.name in TAGGED else Carried.NEVER
        if key.startswith(RESOURCE_TAG_KEYS):
            return Carried.SOMETIMES
        known = self.catalog.condition_key(key)
        if known is None or not key.startswith(f"{SAGEMAKER}:"):
            return Carried.ALWAYS
        rows = self.catalog.request_paths(action.full_name, known.name)
        if not rows:
            return Carried.SOMETIMES if known.name in action.all_condition_keys else Carried.NEVER
        return Carried.ALWAYS if all(row.when_absent.startswith(_ALWAYS) for row in rows) else Carried.SOMETIMES

    def carriers(self, key: str, verb: str = "Create") -> tuple[Action, ...]:
        """The SageMaker actions of a verb that carry a key."""
        return tuple(
            action
            for action in self.actions(SAGEMAKER)
            if action.name.startswith(verb) and self.carried(action, key) is not Carried.NEVER
        )


def is_misspelling(text: str, near: tuple[str, ...]) -> bool:
    """Whether an unknown name is a slip of a known one, rather than something newer than the catalogue."""
    return any(_VERSION.sub("", text.lower()) != _VERSION.sub("", each.lower()) for each in near[:1])


def may_be(pattern: str, text: str) -> bool:
    """Whether an Action entry and a name have something in common, without case."""
    return overlap(pattern.lower(), text.lower())


def _service_of(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[2] if len(parts) == 6 else ""
