"""What is asked: a principal, an action, a resource and the request context (SEMANTICS 5.1, 10)."""

from __future__ import annotations

import enum
import functools
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct, field


class PrincipalType(enum.Enum):
    ROOT = "root"
    USER = "user"
    ROLE_SESSION = "role_session"
    FEDERATED_USER = "federated_user"
    SERVICE = "service"
    SERVICE_LINKED_ROLE = "service_linked_role"
    ANONYMOUS = "anonymous"


class Principal(Struct, frozen=True):
    """Who asks.

    arn: root, user, assumed-role session or federated-user ARN, a service principal, or "*" (anonymous).
    role_arn: for role sessions the role's ARN with its path. issuer_arn: for federated users the IAM user or
    root that issued them. unique_id: AIDA… or AROA… (of the role for a session). user_id: aws:userid.
    federated_provider: for AssumeRoleWithSAML and AssumeRoleWithWebIdentity, whose caller is anonymous to AWS, the
    provider (ARN or host name) that vouches for it. canonical_user: S3's canonical id of the account.
    """

    arn: str
    account: str
    type: PrincipalType
    role_arn: str | None = None
    issuer_arn: str | None = None
    unique_id: str | None = None
    user_id: str | None = None
    management_account: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    federated_provider: str | None = None
    canonical_user: str | None = None


class Resource(Struct, frozen=True):
    """What the action is on; arn "*" where the action has no resource. aws_managed: a KMS key that AWS manages."""

    arn: str
    account: str
    tags: Mapping[str, str] = field(default_factory=dict)
    management_account: bool = False
    aws_managed: bool = False


# Keys in lower case, interned so that lookups compare pointers. Forgotten when full; a race costs a repetition.
FOLDED: Final[dict[str, str]] = {}
_MOST_FOLDED: Final = 8_192
_WORTH_KEEPING: Final = 128


def fold(key: str) -> str:
    """A condition key as it compares: without case (SEMANTICS 4.1)."""
    folded = FOLDED.get(key)
    if folded is None:
        folded = sys.intern(key.lower())
        if len(key) <= _WORTH_KEEPING:
            if len(FOLDED) >= _MOST_FOLDED:
                FOLDED.clear()
            FOLDED[key] = folded
    return folded


_NONE: Final[frozenset[str]] = frozenset()
# One value, several, or none.
Held = str | tuple[str, ...] | None

_NO_VARIANTS: Final[Mapping[str, Mapping[str, Held]]] = {}


def _held(value: str | Sequence[str]) -> Held:
    if isinstance(value, str):
        return str(value)
    seen = tuple(value)
    return seen if len(seen) > 1 else seen[0] if seen else None


def _tuple(held: str | tuple[str, ...]) -> tuple[str, ...]:
    return (held,) if isinstance(held, str) else held


def _folded_set(keys: Iterable[str]) -> frozenset[str]:
    return _folded_tuple(keys if isinstance(keys, tuple) else tuple(keys)) if keys else _NONE


@functools.lru_cache(1_024)
def _folded_tuple(keys: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(str.lower, keys))


class Context:
    """Condition keys and their values, folded once when built; immutable afterwards, as `values` must be.

    `values[folded key]` is a tuple of strings; an absent key is not in it; an empty set counts as absent
    (SEMANTICS 4.4). `multivalued` holds the folded keys that the catalogue types as lists: they cannot be
    used as policy variables. `variants` keeps keys that differ only by case (SEMANTICS 4.1), exact
    spelling -> values in stored order. `unknown` are folded keys, or prefixes ending in `*`, whose value is
    not known.

    `folded` is what compiled policies read: one value as it is, several as a tuple, None for an empty set.
    """

    __slots__ = ("_spelled", "_values", "folded", "multivalued", "unknown", "variants")

    def __init__(
        self,
        values: Mapping[str, str | Sequence[str]],
        *,
        multivalued: Iterable[str] = (),
        unknown: Iterable[str] = (),
    ) -> None:
        # A context is built for every request: benchmarks/decisions counts these lines.
        try:
            self.folded: dict[str, Held] = {
                FOLDED[key]: value if value.__class__ is str else _held(value) for key, value in values.items()
            }
        except KeyError:
            self.folded = {fold(key): _held(value) for key, value in values.items()}
        self.variants: Mapping[str, Mapping[str, Held]] = _NO_VARIANTS
        self.multivalued = _folded_set(multivalued)
        self.unknown = _folded_set(unknown) if unknown else _NONE
        self._spelled = values
        self._values: dict[str, tuple[str, ...]] | None = None
        if len(self.folded) != len(values):
            self._tell_apart(values)

    def _tell_apart(self, values: Mapping[str, str | Sequence[str]]) -> None:
        """Some keys differ only by case from others: `folded` has the first stored."""
        self.folded = {}
        variants: dict[str, dict[str, Held]] = {}
        first: dict[str, str] = {}
        for key, value in values.items():
            held, folded = _held(value), fold(key)
            if held is None:
                continue
            if folded in self.folded:
                variants.setdefault(folded, {first[folded]: self.folded[folded]})[key] = held
            else:
                self.folded[folded] = held
                first[folded] = key
        self.variants = variants

    @property
    def values(self) -> Mapping[str, tuple[str, ...]]:
        """The values of each folded key."""
        if self._values is None:
            self._values = {key: _tuple(held) for key, held in self.folded.items() if held is not None}
        return self._values

    def held(self, key: str) -> Held:
        """What is held under a key in any spelling, as in `folded`; the exact spelling wins among variants."""
        folded = fold(key)
        if folded in self.variants:
            return self.variants[folded].get(key, self.folded[folded])
        return self.folded.get(folded)

    def get(self, key: str) -> tuple[str, ...] | None:
        """The values of a key in any spelling; the exact spelling wins among variants; None when absent."""
        held = self.held(key)
        return None if held is None else _tuple(held)

    def spelled(self) -> dict[str, tuple[str, ...]]:
        """All keys as they were spelled, variants too."""
        return {
            key: _tuple(held)
            for key in self._spelled
            for variants in (self.variants.get(fold(key)),)
            for held in (self.folded.get(fold(key)) if variants is None else variants.get(key),)
            if held is not None
        }

    def is_unknown(self, key: str) -> bool:
        """Whether the key was declared unknown, by name or by a prefix with `*`."""
        if not self.unknown:
            return False
        folded = key.lower()
        return folded in self.unknown or any(
            name.endswith("*") and folded.startswith(name[:-1]) for name in self.unknown
        )


class Request(Struct, frozen=True):
    """One thing to decide. `action` is `service:Name` in any spelling of case."""

    principal: Principal
    action: str
    resource: Resource
    context: Context

    @property
    def service(self) -> str:
        """The action's prefix, in lower case."""
        return self.action.partition(":")[0].lower()

    @property
    def operation(self) -> str:
        """The action's name without its prefix, in lower case."""
        return self.action.partition(":")[2].lower()
