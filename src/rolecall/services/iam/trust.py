"""Trust policies between what people write and what is kept (SEMANTICS 6.1).

On saving, ARNs of users and roles become unique ids; when shown, an id becomes an ARN again as long as its entity
lives. So a role that is deleted and made anew is another principal. All else of the text, white space included,
stays as it was given. Conditions on `aws:PrincipalArn` are plain text and are left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Final

from rolecall.policy.document import PolicyType, PrincipalEntry
from rolecall.policy.json_reader import ArrayNode, Node, ObjectNode, StringNode, read
from rolecall.services.call import Call
from rolecall.services.iam.documents import checked, kept, size
from rolecall.services.iam.errors import fault
from rolecall.services.iam.quotas import TRUST_CHARACTERS
from rolecall.store.ports import Reader
from rolecall.store.records import Item

RELATION: Final = "trust"

ACCOUNT: Final = re.compile(r"[0-9]{12}")
UNIQUE_ID: Final = re.compile(r"(?:AIDA|AROA)[A-Z2-7]{17}")
SERVICE: Final = re.compile(
    r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal|aws\.dev)"
)
DOMAIN: Final = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def resolved(call: Call, reader: Reader, text: str) -> str:
    """The document as it is kept; MalformedPolicyDocument when it is ill-formed or names nobody."""

    def is_known(entry: PrincipalEntry) -> bool:
        return stored_principal(reader, entry.kind, entry.value) is not None

    checked(text, PolicyType.TRUST, is_known)
    if size(text) > TRUST_CHARACTERS:
        raise fault("quota", quota="ACLSizePerRole", limit=TRUST_CHARACTERS)
    return rewrite(text, lambda kind, value: stored_principal(reader, kind, value) or value)


def shown(role: Item, reader: Reader) -> str:
    """The trust policy of a role as people see it."""

    def show(kind: str, value: str) -> str:
        if kind != "AWS" or not UNIQUE_ID.fullmatch(value):
            return value
        entity = reader.item_by_unique_id(value)
        return value if entity is None else entity.arn

    return rewrite(kept(reader, digest_of(role, reader)), show)


def digest_of(role: Item, reader: Reader) -> str:
    return reader.links(role.id, RELATION)[0].target


def stored_principal(reader: Reader, kind: str, value: str) -> str | None:
    """What a principal is kept as; None when there is nobody of that name."""
    match kind:
        case "AWS":
            return _aws_principal(reader, value)
        case "Service":
            return value if SERVICE.fullmatch(value) else None
        case "Federated":
            if not value.startswith("arn:"):
                return value if DOMAIN.fullmatch(value) else None
            return value if reader.item_by_arn(value) is not None else None
        case "CanonicalUser":
            return None
    return value


def _aws_principal(reader: Reader, value: str) -> str | None:
    if value == "*" or ACCOUNT.fullmatch(value):
        return value
    if UNIQUE_ID.fullmatch(value):
        return value if reader.item_by_unique_id(value) is not None else None
    parts = value.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or parts[3] or not ACCOUNT.fullmatch(parts[4]):
        return None
    service, account, resource = parts[2], parts[4], parts[5]
    if service == "iam":
        if resource == "root":
            return value  # an account outside this server may well exist
        entity = reader.item_by_arn(value)
        return entity.unique_id if entity is not None and entity.type in ("user", "role") else None
    if service == "sts":
        kind, _, rest = resource.partition("/")
        name, _, session = rest.partition("/")
        if kind == "assumed-role" and session and "/" not in session:
            role = reader.item(account, "iam", "role", name.lower())
            return value if role is not None and role.name == name else None
        if kind == "federated-user" and name and not session:
            return value
    return None


def rewrite(text: str, change: Callable[[str, str], str]) -> str:
    """The text with every principal replaced by what `change(kind, value)` says."""
    made, at = [], 0
    for kind, node in _principals(read(text)):
        value = change(kind, node.value)
        if value != node.value:
            made += [text[at : node.start], json.dumps(value)]
            at = node.end
    return "".join([*made, text[at:]])


def _principals(root: Node) -> Iterator[tuple[str, StringNode]]:
    """Kind and value of every principal in order of the text."""
    statements = root.get("Statement") if isinstance(root, ObjectNode) else None
    for statement in _each(statements):
        principal = statement.get("Principal") if isinstance(statement, ObjectNode) else None
        if isinstance(principal, ObjectNode):
            for member in principal.members:
                for value in _each(member.value):
                    if isinstance(value, StringNode):
                        yield member.key.value, value


def _each(node: Node | None) -> tuple[Node, ...]:
    if isinstance(node, ArrayNode):
        return node.items
    return () if node is None else (node,)
