"""The neutral decision request: one JSON object that holds a request and every policy that applies to it.

What `rolecall decide` reads, what is recorded and replayed, and what other engines are compared by. Reading it is
strict: an unknown field, an unknown principal type or a malformed policy is an error that names the field, because
a request that is half understood is decided wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from msgspec import Struct

from rolecall.decision.applicability import trust_decides
from rolecall.decision.derived_keys import derived_keys
from rolecall.decision.neutral_fields import Fields, NeutralError, texts
from rolecall.decision.neutral_principal import read_principal
from rolecall.decision.policies import Level, PoliciesInForce, SourcedPolicy
from rolecall.decision.request import Context, Principal, Request, Resource
from rolecall.policy.arn import parse_arn
from rolecall.policy.document import PolicyType
from rolecall.policy.findings import PolicyError
from rolecall.policy.json_reader import (
    ArrayNode,
    JsonError,
    Locator,
    Node,
    NullNode,
    ObjectNode,
    StringNode,
    read,
)
from rolecall.policy.parser import parse_node
from rolecall.policy.printer import to_data

Multivalued = Callable[[str], bool]


class NeutralRequest(Struct, frozen=True):
    """A line that was read. id is None when the line had none."""

    id: str | None
    request: Request
    policies: PoliciesInForce


TOP: Final = (
    "id",
    "principal",
    "identity_policies",
    "boundary",
    "session_policies",
    "scps",
    "rcps",
    "endpoint_policy",
    "resource_policy",
    "resource",
    "action",
    "context",
    "unknown",
)
RESOURCE: Final = ("arn", "account", "tags", "management_account")
WRAPPED: Final = ("arn", "name", "document")

ACTION: Final = re.compile(r"[A-Za-z0-9.-]+:[^\s:*?]+")
# What AWS owns, such as its managed policies, counts as the caller's own (SEMANTICS 10.4).
AWS_OWNED: Final = "aws"


def read_request(line: str | bytes, multivalued: Multivalued) -> NeutralRequest:
    """The request on one line; raises NeutralError. multivalued: whether the catalogue types a key as a list."""
    try:
        text = line.decode("utf-8") if isinstance(line, bytes) else line
        node = read(text)
    except UnicodeDecodeError as error:
        raise NeutralError(f"byte {error.start} is not UTF-8") from None
    except JsonError as error:
        raise NeutralError(f"not valid JSON: {error}") from None
    return _Reading(Locator(text), multivalued).line(node)


class _Reading:
    """One line on its way."""

    def __init__(self, locator: Locator, multivalued: Multivalued) -> None:
        self.locator = locator
        self.multivalued = multivalued

    def line(self, node: Node) -> NeutralRequest:
        ident = _id_of(node)
        try:
            fields = Fields(node, "", TOP)
            return NeutralRequest(fields.text("id"), *self._request(fields))
        except PolicyError as error:
            raise NeutralError(error.message, ident) from None
        except NeutralError as error:
            raise NeutralError(error.message, ident) from None

    def _request(self, fields: Fields) -> tuple[Request, PoliciesInForce]:
        action = fields.required("action")
        if not ACTION.fullmatch(action):
            raise NeutralError(f"action: expected service:Name, found {action!r:.80}")
        given = self._context(fields.node("context"))
        principal = read_principal(fields.node("principal"), action, given)
        resource = self._resource(fields.node("resource"), principal)
        unknown = fields.texts("unknown")
        request = Request(
            principal, action, resource, self._full_context(given, principal, resource, action, unknown)
        )
        resource_type = PolicyType.TRUST if trust_decides(action, resource.arn) else PolicyType.RESOURCE
        session = self._policies(fields, "session_policies", PolicyType.SESSION)
        policies = PoliciesInForce(
            identity=self._policies(fields, "identity_policies", PolicyType.IDENTITY),
            boundary=self._policy(fields.node("boundary"), "boundary", PolicyType.BOUNDARY),
            session=session or None,
            scps=self._levels(fields, "scps", PolicyType.SCP),
            rcps=self._levels(fields, "rcps", PolicyType.RCP),
            endpoint=self._policy(fields.node("endpoint_policy"), "endpoint_policy", PolicyType.ENDPOINT),
            resource=self._policy(fields.node("resource_policy"), "resource_policy", resource_type),
        )
        return request, policies

    def _resource(self, node: Node | None, principal: Principal) -> Resource:
        if node is None:
            raise NeutralError("resource: missing")
        fields = Fields(node, "resource", RESOURCE)
        text = fields.required("arn")
        arn = parse_arn(text)
        if text != "*" and arn is None:
            raise NeutralError(f"resource.arn: expected * or an ARN, found {text!r:.120}")
        # ARNs without an account (S3's) and `*` are the caller's own unless the line says otherwise.
        named = arn.account if arn is not None and arn.account != AWS_OWNED else ""
        account = fields.text("account") or named or principal.account
        return Resource(
            arn=text,
            account=account,
            tags=fields.tags("tags"),
            management_account=fields.flag("management_account"),
        )

    def _context(self, node: Node | None) -> dict[str, tuple[str, ...]]:
        if node is None:
            return {}
        if not isinstance(node, ObjectNode):
            raise NeutralError("context: expected an object of condition keys")
        return {
            member.key.value: texts(member.value, f"context.{member.key.value}", scalars=True)
            for member in node.members
        }

    def _full_context(
        self,
        given: Mapping[str, tuple[str, ...]],
        principal: Principal,
        resource: Resource,
        action: str,
        unknown: Iterable[str],
    ) -> Context:
        spelled = {key.lower() for key in given}
        derived = derived_keys(principal, resource, action)
        values = {**given, **{key: (value,) for key, value in derived.items() if key.lower() not in spelled}}
        return Context(values, multivalued=filter(self.multivalued, values), unknown=unknown)

    def _policies(self, fields: Fields, name: str, kind: PolicyType) -> Level:
        return self._level(fields.node(name), name, kind)

    def _levels(self, fields: Fields, name: str, kind: PolicyType) -> tuple[Level, ...]:
        return tuple(
            self._level(node, f"{name}[{number}]", kind)
            for number, node in enumerate(_items(fields.node(name), name, "levels"))
        )

    def _level(self, node: Node | None, path: str, kind: PolicyType) -> Level:
        policies = (
            self._policy(item, f"{path}[{number}]", kind)
            for number, item in enumerate(_items(node, path, "policy documents"))
        )
        return tuple(policy for policy in policies if policy is not None)

    def _policy(self, node: Node | None, path: str, kind: PolicyType) -> SourcedPolicy | None:
        if node is None:
            return None
        if isinstance(node, ObjectNode) and node.get("document") is not None:
            fields = Fields(node, path, WRAPPED)
            document = fields.node("document")
            if document is None:
                raise NeutralError(f"{path}.document: expected a policy document, found null")
            parsed = parse_node(document, kind, self.locator, f"{path}.document")
            return SourcedPolicy(parsed, arn=fields.text("arn"), name=fields.text("name"))
        return SourcedPolicy(parse_node(node, kind, self.locator, path))


def _items(node: Node | None, path: str, what: str) -> tuple[Node, ...]:
    if node is None:
        return ()
    if not isinstance(node, ArrayNode):
        raise NeutralError(f"{path}: expected a list of {what}")
    if any(isinstance(item, NullNode) for item in node.items):
        raise NeutralError(f"{path}: null is no item of a list of {what}")
    return node.items


def _id_of(node: Node) -> str | None:
    """The id of a line that may be wrong otherwise, so that its error can be told apart."""
    held = node.get("id") if isinstance(node, ObjectNode) else None
    return held.value if isinstance(held, StringNode) else None


def write_request(request: Request, policies: PoliciesInForce, ident: str | None = None) -> dict[str, object]:
    """The neutral form of a request, such that reading it gives an equal decision."""
    principal, resource, context = request.principal, request.resource, request.context
    # What would be derived and is not in the context is written as an empty set, which is absence.
    absent = {key: () for key in derived_keys(principal, resource, request.action) if context.get(key) is None}
    return {
        "id": ident,
        "principal": {
            "arn": principal.arn,
            "account": principal.account,
            "type": principal.type.value,
            "role_arn": principal.role_arn,
            "issuer_arn": principal.issuer_arn,
            "unique_id": principal.unique_id,
            "management_account": principal.management_account,
            "tags": dict(principal.tags),
        },
        "identity_policies": [_written(policy) for policy in policies.identity],
        "boundary": policies.boundary and _written(policies.boundary),
        "session_policies": [_written(policy) for policy in policies.session or ()],
        "scps": [[_written(policy) for policy in level] for level in policies.scps],
        "rcps": [[_written(policy) for policy in level] for level in policies.rcps],
        "endpoint_policy": policies.endpoint and _written(policies.endpoint),
        "resource_policy": policies.resource and _written(policies.resource),
        "resource": {
            "arn": resource.arn,
            "account": resource.account,
            "management_account": resource.management_account,
            "tags": dict(resource.tags),
        },
        "action": request.action,
        "context": {key: list(values) for key, values in (context.spelled() | absent).items()},
        "unknown": sorted(context.unknown),
    }


def _written(policy: SourcedPolicy) -> dict[str, object]:
    return {"arn": policy.arn, "name": policy.name, "document": to_data(policy.document)}
