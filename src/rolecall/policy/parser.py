"""Make a `Policy` of a document, or refuse it with everything that is wrong and where (SEMANTICS 1).

Lenient where AWS evaluates what it would not let anyone write: a missing Version, unknown actions and keys, short
ARNs, repeated Sids. Strict where a document cannot be understood: evaluating half of it could drop a Deny. What
IAM says of a document on write, in its own words, is `validation`.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from rolecall.policy.arn import (
    PARTS,
    SHORT_ARNS,
    ShortArn,
    has_wildcard,
    looks_like_arn_pattern,
)
from rolecall.policy.document import Condition, Effect, Policy, PolicyType, PrincipalEntry, Span, Statement
from rolecall.policy.findings import Finding, PolicyError
from rolecall.policy.json_reader import (
    ArrayNode,
    BooleanNode,
    JsonError,
    Locator,
    Node,
    NumberNode,
    ObjectNode,
    StringNode,
    from_python,
    read,
)
from rolecall.policy.operators import parse_operator


class Presence(enum.Enum):
    REQUIRED = "required"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"


class Grammar(Struct, frozen=True):
    """What a policy type may say in a statement (SEMANTICS 1.4)."""

    principal: Presence = Presence.FORBIDDEN
    not_principal: bool = False
    only_everyone: bool = False
    not_action: bool = True
    resource: Presence = Presence.REQUIRED


GRAMMARS: Final[Mapping[PolicyType, Grammar]] = {
    PolicyType.IDENTITY: Grammar(),
    PolicyType.BOUNDARY: Grammar(),
    PolicyType.SESSION: Grammar(),
    PolicyType.SCP: Grammar(),
    PolicyType.RCP: Grammar(principal=Presence.REQUIRED, only_everyone=True, not_action=False),
    PolicyType.RESOURCE: Grammar(principal=Presence.REQUIRED, not_principal=True, resource=Presence.OPTIONAL),
    PolicyType.TRUST: Grammar(principal=Presence.REQUIRED, resource=Presence.FORBIDDEN),
    PolicyType.ENDPOINT: Grammar(principal=Presence.REQUIRED, not_principal=True),
}

VERSIONS: Final = ("2012-10-17", "2008-10-17")
PRINCIPAL_KINDS: Final = ("AWS", "Service", "Federated", "CanonicalUser")
DOCUMENT_KEYS: Final = ("Version", "Id", "Statement")
STATEMENT_KEYS: Final = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_VENDOR: Final = re.compile(r"[A-Za-z0-9.*?-]+")


def parse(document: str | bytes | Mapping[str, object], kind: PolicyType = PolicyType.IDENTITY) -> Policy:
    """The policy that a document spells; raises PolicyError."""
    locator = None
    try:
        if isinstance(document, str | bytes):
            node = read(document)
            locator = Locator(document.decode() if isinstance(document, bytes) else document)
        else:
            node = from_python(document)
    except JsonError as error:
        span = None if error.position is None else Span(error.position, error.position)
        finding = Finding(code="JSON", message=error.message, span=span)
        raise PolicyError(f"the policy is not valid JSON: {finding}", (finding,)) from None
    return parse_node(node, kind, locator)


def parse_node(node: Node, kind: PolicyType, locator: Locator | None = None, path: str = "") -> Policy:
    """The policy in a JSON node that is already read; `path` says where the node stands in something larger."""
    return _Parsing(kind, locator).document(node, path)


class _Parsing:
    """One document on its way. Problems are gathered, so that a person sees them all at once."""

    def __init__(self, kind: PolicyType, locator: Locator | None) -> None:
        self.kind = kind
        self.grammar = GRAMMARS[kind]
        self.locator = locator
        self.findings: list[Finding] = []

    def span(self, node: Node) -> Span | None:
        return None if self.locator is None else self.locator.span(node)

    def problem(self, node: Node, path: str, code: str, message: str) -> None:
        self.findings.append(Finding(code=code, message=message, path=path, span=self.span(node)))

    def document(self, node: Node, path: str) -> Policy:
        policy = self._document(node, path)
        if self.findings or policy is None:
            more = f" (and {len(self.findings) - 1} more)" if len(self.findings) > 1 else ""
            raise PolicyError(
                f"malformed {self.kind.value} policy: {self.findings[0]}{more}", tuple(self.findings)
            )
        return policy

    def _document(self, node: Node, path: str) -> Policy | None:
        if not isinstance(node, ObjectNode):
            self.problem(node, path, "DOCUMENT", f"a policy is a JSON object, not {_describe(node)}")
            return None
        inside = f"{path}." if path else ""
        self._only(node, DOCUMENT_KEYS, path, "a policy")
        version = node.get("Version")
        if version is not None and not (isinstance(version, StringNode) and version.value in VERSIONS):
            self.problem(
                version,
                f"{inside}Version",
                "VERSION",
                f"expected {' or '.join(VERSIONS)}, found {_describe(version)}",
            )
        ident = node.get("Id")
        if ident is not None and not isinstance(ident, StringNode):
            self.problem(ident, f"{inside}Id", "ID", f"expected a string, found {_describe(ident)}")
        held = node.get("Statement")
        if held is None:
            self.problem(node, path, "STATEMENT", "a policy needs a Statement")
            return None
        many = isinstance(held, ArrayNode)
        items = held.items if isinstance(held, ArrayNode) else (held,)
        if not items:
            self.problem(held, f"{inside}Statement", "STATEMENT", "a policy needs at least one statement")
        statements = [
            self.statement(item, index, f"{inside}Statement[{index}]" if many else f"{inside}Statement")
            for index, item in enumerate(items)
        ]
        return Policy(
            # A document without a Version is of the older one: its variables are literal text.
            version=version.value if isinstance(version, StringNode) else "2008-10-17",
            statements=tuple(statement for statement in statements if statement is not None),
            id=ident.value if isinstance(ident, StringNode) else None,
        )

    def _only(self, node: ObjectNode, allowed: tuple[str, ...], path: str, what: str) -> None:
        for member in node.members:
            if member.key.value not in allowed:
                near = next((key for key in allowed if key.lower() == member.key.value.lower()), None)
                hint = f"; element names mind case: {near}" if near else ""
                where = f"{path}.{member.key.value}" if path else member.key.value
                self.problem(member.key, where, "ELEMENT", f"{what} has no element {member.key.value!r}{hint}")

    def statement(self, node: Node, index: int, path: str) -> Statement | None:
        if not isinstance(node, ObjectNode):
            self.problem(node, path, "STATEMENT", f"a statement is a JSON object, not {_describe(node)}")
            return None
        self._only(node, STATEMENT_KEYS, path, "a statement")
        effect = self._effect(node, path)
        sid = node.get("Sid")
        if sid is not None and not isinstance(sid, StringNode):
            self.problem(sid, f"{path}.Sid", "SID", f"expected a string, found {_describe(sid)}")
        actions, not_actions = self._pair(node, "Action", path, Presence.REQUIRED)
        resources, not_resources = self._pair(node, "Resource", path, self.grammar.resource)
        if not_actions is not None and not self.grammar.not_action:
            self.problem(node, f"{path}.NotAction", "ACTION", f"{self._type()} cannot have NotAction")
        principals, not_principals = self._principals(node, path, effect)
        conditions = self._conditions(node.get("Condition"), f"{path}.Condition")
        for name, values in (("Action", actions), ("NotAction", not_actions)):
            self._check_actions(node, name, values, path)
        for name, values in (("Resource", resources), ("NotResource", not_resources)):
            self._check_resources(node, name, values, path)
        if effect is None:
            return None
        return Statement(
            index=index,
            effect=effect,
            sid=sid.value if isinstance(sid, StringNode) else None,
            actions=actions,
            not_actions=not_actions,
            resources=resources,
            not_resources=not_resources,
            principals=principals,
            not_principals=not_principals,
            conditions=conditions,
            span=self.span(node),
        )

    def _type(self) -> str:
        article = "an" if self.kind.value[0] in "aeiou" or self.kind in (PolicyType.SCP, PolicyType.RCP) else "a"
        return f"{article} {self.kind.value} policy"

    def _effect(self, node: ObjectNode, path: str) -> Effect | None:
        held = node.get("Effect")
        if held is None:
            self.problem(node, path, "EFFECT", "a statement needs an Effect")
            return None
        if isinstance(held, StringNode) and held.value in ("Allow", "Deny"):
            return Effect(held.value)
        self.problem(held, f"{path}.Effect", "EFFECT", f"expected Allow or Deny, found {_describe(held)}")
        return None

    def _pair(
        self, node: ObjectNode, name: str, path: str, presence: Presence
    ) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
        """The values of an element and of its negation, at most one of which is there."""
        plain, negated = node.get(name), node.get(f"Not{name}")
        if plain is not None and negated is not None:
            self.problem(node, path, name.upper(), f"a statement has {name} or Not{name}, not both")
        if plain is None and negated is None and presence is Presence.REQUIRED:
            self.problem(node, path, name.upper(), f"a statement of {self._type()} needs {name} or Not{name}")
        if presence is Presence.FORBIDDEN and (held := plain or negated) is not None:
            self.problem(held, path, name.upper(), f"{self._type()} cannot have {name} or Not{name}")
        return (
            None if plain is None else self._strings(plain, f"{path}.{name}", name),
            None if negated is None else self._strings(negated, f"{path}.Not{name}", f"Not{name}"),
        )

    def _strings(self, node: Node, path: str, what: str) -> tuple[str, ...]:
        items = node.items if isinstance(node, ArrayNode) else (node,)
        if not items:
            self.problem(node, path, what.upper(), f"{what} needs at least one value")
        values = []
        for index, item in enumerate(items):
            if isinstance(item, StringNode):
                values.append(item.value)
            else:
                where = f"{path}[{index}]" if isinstance(node, ArrayNode) else path
                self.problem(item, where, what.upper(), f"expected a string, found {_describe(item)}")
        return tuple(values)

    def _check_actions(self, node: ObjectNode, name: str, values: tuple[str, ...] | None, path: str) -> None:
        for value in values or ():
            vendor, colon, rest = value.partition(":")
            if value == "*" or (colon and rest and ":" not in rest and _VENDOR.fullmatch(vendor)):
                continue
            held = node.get(name)
            assert held is not None
            self.problem(held, f"{path}.{name}", "ACTION", f"expected * or service:Name, found {value!r:.80}")

    def _check_resources(self, node: ObjectNode, name: str, values: tuple[str, ...] | None, path: str) -> None:
        short = SHORT_ARNS[self.kind]
        for value in values or ():
            parts = value.count(":") + 1
            refused = short is ShortArn.REFUSED or (
                short is ShortArn.REFUSED_UNLESS_WILD and not has_wildcard(value)
            )
            if value == "*" or (looks_like_arn_pattern(value) and (parts >= PARTS or not refused)):
                continue
            held = node.get(name)
            assert held is not None
            self.problem(held, f"{path}.{name}", "RESOURCE", f"expected * or an ARN, found {value!r:.80}")

    def _principals(
        self, node: ObjectNode, path: str, effect: Effect | None
    ) -> tuple[tuple[PrincipalEntry, ...] | None, tuple[PrincipalEntry, ...] | None]:
        plain, negated = node.get("Principal"), node.get("NotPrincipal")
        if plain is not None and negated is not None:
            self.problem(node, path, "PRINCIPAL", "a statement has Principal or NotPrincipal, not both")
        if self.grammar.principal is Presence.FORBIDDEN and (held := plain or negated) is not None:
            self.problem(held, path, "PRINCIPAL", f"{self._type()} cannot name a principal")
        elif self.grammar.principal is Presence.REQUIRED and plain is None and negated is None:
            self.problem(node, path, "PRINCIPAL", f"a statement of {self._type()} needs a Principal")
        elif negated is not None and not self.grammar.not_principal:
            self.problem(negated, f"{path}.NotPrincipal", "PRINCIPAL", f"{self._type()} cannot have NotPrincipal")
        elif negated is not None and effect is Effect.ALLOW:
            self.problem(negated, f"{path}.NotPrincipal", "PRINCIPAL", "NotPrincipal goes with Deny only")
        entries = None if plain is None else self._entries(plain, f"{path}.Principal")
        not_entries = None if negated is None else self._entries(negated, f"{path}.NotPrincipal")
        if self.grammar.only_everyone and any(
            entry.value != "*" or entry.kind not in ("*", "AWS") for entry in entries or ()
        ):
            self.problem(plain or node, f"{path}.Principal", "PRINCIPAL", f'{self._type()} has Principal "*" only')
        return entries, not_entries

    def _entries(self, node: Node, path: str) -> tuple[PrincipalEntry, ...]:
        if isinstance(node, StringNode) and node.value == "*":
            return (PrincipalEntry("*", "*"),)
        if not isinstance(node, ObjectNode) or not node.members:
            expected = f'"*" or an object of {", ".join(PRINCIPAL_KINDS)}'
            self.problem(node, path, "PRINCIPAL", f"expected {expected}, found {_describe(node)}")
            return ()
        entries = []
        for member in node.members:
            kind = member.key.value
            if kind not in PRINCIPAL_KINDS:
                self.problem(member.key, f"{path}.{kind}", "PRINCIPAL", f"there is no principal type {kind!r}")
                continue
            for value in self._strings(member.value, f"{path}.{kind}", f"Principal.{kind}"):
                if not value:
                    self.problem(member.value, f"{path}.{kind}", "PRINCIPAL", "a principal cannot be empty")
                entries.append(PrincipalEntry(kind, value))
        return tuple(entries)

    def _conditions(self, node: Node | None, path: str) -> tuple[Condition, ...]:
        if node is None:
            return ()
        if not isinstance(node, ObjectNode):
            self.problem(node, path, "CONDITION", f"a Condition is a JSON object, not {_describe(node)}")
            return ()
        conditions = []
        for operator in node.members:
            name, block = operator.key.value, operator.value
            where = f"{path}.{name}"
            if not isinstance(block, ObjectNode):
                self.problem(block, where, "CONDITION", f"expected an object of keys, found {_describe(block)}")
                continue
            # An unknown operator over nothing tests nothing; IAM lets it be written.
            if block.members and parse_operator(name) is None:
                self.problem(operator.key, where, "OPERATOR", f"there is no condition operator {name!r}")
                continue
            for member in block.members:
                values = self._values(member.value, f"{where}.{member.key.value}")
                conditions.append(Condition(name, member.key.value, values, self.span(member.value)))
        return tuple(conditions)

    def _values(self, node: Node, path: str) -> tuple[str, ...]:
        values = []
        for item in node.items if isinstance(node, ArrayNode) else (node,):
            match item:
                case StringNode(value=value):
                    values.append(value)
                case NumberNode(text=text):
                    values.append(text)
                case BooleanNode(value=said):
                    values.append("true" if said else "false")
                case _:
                    expected = "a string, number or Boolean"
                    self.problem(item, path, "CONDITION", f"expected {expected}, found {_describe(item)}")
        return tuple(values)


def _describe(node: Node) -> str:
    """A node as an error message names it."""
    match node:
        case StringNode(value=value):
            return f'"{value:.60}"'
        case NumberNode(text=text):
            return text[:60]
        case BooleanNode(value=said):
            return "true" if said else "false"
        case ArrayNode():
            return "a list"
        case ObjectNode():
            return "an object"
    return "null"
