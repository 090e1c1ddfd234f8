"""Read the policies that a world attaches: by name, by ARN, by file or as they are.

    policies: [ReadModels, arn:aws:iam::aws:policy/ReadOnlyAccess, policies/train.json, {name: x, document: {…}}]

A name or ARN attaches a managed policy; a file or a document is an inline policy, called after its file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rolecall.analysis.worlds.documents import AWS, Attached, Document, Library, is_file, stem
from rolecall.analysis.worlds.fields import Fields, described, near
from rolecall.analysis.worlds.format import Guardrails, ManagedPolicy
from rolecall.analysis.worlds.source import Source
from rolecall.policy.document import PolicyType
from rolecall.policy.json_reader import ArrayNode, Node, ObjectNode, StringNode

NAMED: Final = ("name", "file", "document")


class Policies:
    """The customer managed policies of an account, and what can be attached in it."""

    def __init__(self, library: Library, managed: dict[str, ManagedPolicy], account: str) -> None:
        self._library = library
        self._managed = managed
        self._account = account

    def attached(self, fields: Fields, name: str, kind: PolicyType, whose: str) -> tuple[Attached, ...]:
        """The policies of one list."""
        made: list[Attached] = []
        for number, node in enumerate(fields.items(name)):
            one = self._one(fields.source, node, kind, f"{whose}, policy {number + 1}", number)
            if any((one.name, one.arn is None) == (other.name, other.arn is None) for other in made):
                fields.source.refuse(node, f"{whose} has two policies named {one.name!r}; name one of them")
            made.append(one)
        return tuple(made)

    def boundary(self, fields: Fields, whose: str) -> Attached | None:
        """A boundary is a managed policy: one of the account's, one of AWS's, or a file that becomes one."""
        node = fields.node_of("boundary")
        if node is None:
            return None
        if not isinstance(node, StringNode):
            fields.refuse("boundary", "a boundary is the name or ARN of a managed policy, or a file")
        if is_file(node.value):
            text = self._library.text(fields.source, node, whose)
            name = stem(node.value)
            arn = f"arn:aws:iam::{self._account}:policy/{name}"
            known = self._managed.setdefault(name, ManagedPolicy(name, arn, text))
            if known.text is not text:
                fields.refuse("boundary", f"the account has another managed policy named {name}")
            return Attached(self._library.parsed(text, PolicyType.BOUNDARY), name, known.arn)
        return self._by_name(fields.source, node, node.value, PolicyType.BOUNDARY)

    def session(self, source: Source, nodes: Sequence[Node], whose: str) -> tuple[Attached, ...]:
        return tuple(
            self._one(source, node, PolicyType.SESSION, f"{whose}, session policy {number + 1}", number)
            for number, node in enumerate(nodes)
        )

    def document(self, source: Source, node: Node, kind: PolicyType, title: str) -> Document:
        return self._library.parsed(self._library.text(source, node, title), kind)

    def _one(self, source: Source, node: Node, kind: PolicyType, title: str, number: int) -> Attached:
        if isinstance(node, StringNode) and not is_file(node.value):
            return self._by_name(source, node, node.value, kind)
        name = None
        if isinstance(node, ObjectNode) and node.get("Statement") is None:
            fields = Fields(source, node, "a policy in a list", NAMED)
            name = fields.required("name")
            title = f"{title.rpartition(', ')[0]}, policy {name}"
            held = fields.node_of("document") or fields.node_of("file")
            if held is None:
                source.refuse(node, f"policy {name} needs a document or a file")
            node = held
        elif isinstance(node, StringNode):
            name = stem(node.value)
        elif not isinstance(node, ObjectNode):
            source.refuse(node, f"expected the name, ARN, file or text of a policy, found {described(node)}")
        text = self._library.text(source, node, title)
        return Attached(self._library.parsed(text, kind), name or f"inline-{number + 1}")

    def _by_name(self, source: Source, node: Node, name: str, kind: PolicyType) -> Attached:
        if name.startswith(AWS):
            document = self._library.aws_managed(name, kind)
            if document is None:
                known = (policy.arn for policy in self._library.catalog.managed_policies())
                source.refuse(node, f"there is no AWS managed policy {name} here{near(name, known)}")
            return Attached(document, name.rpartition("/")[2], name)
        by_arn = {policy.arn: policy for policy in self._managed.values()}
        found = by_arn.get(name) or self._managed.get(name)
        if found is None:
            hint = near(name, self._managed) or "; a file ends in .json or .yaml"
            source.refuse(node, f"account {self._account} has no managed policy {name!r}{hint}")
        return Attached(self._library.parsed(found.text, kind), found.name, found.arn)


def control_policies(
    library: Library, fields: Fields, name: str, kind: PolicyType, place: str
) -> tuple[Attached, ...]:
    """SCPs or RCPs of one place: files, documents, or either with a name."""
    made = []
    for number, node in enumerate(fields.items(name)):
        called = None
        if isinstance(node, ObjectNode) and node.get("Statement") is None:
            inner = Fields(fields.source, node, f"a policy of {place}", NAMED)
            called = inner.required("name")
            held = inner.node_of("document") or inner.node_of("file")
            if held is None:
                fields.source.refuse(node, f"policy {called} needs a document or a file")
            node = held
        elif isinstance(node, StringNode):
            called = stem(node.value)
        text = library.text(fields.source, node, f"{name} of {place}, policy {number + 1}")
        made.append(Attached(library.parsed(text, kind), called or f"{kind.value}-{number + 1}"))
    return tuple(made)


def guardrails(library: Library, fields: Fields, place: str) -> Guardrails:
    return Guardrails(
        scps=control_policies(library, fields, "scps", PolicyType.SCP, place),
        rcps=control_policies(library, fields, "rcps", PolicyType.RCP, place),
        full_access=fields.flag("full_aws_access", True),
    )


def trusted(library: Library, fields: Fields, role: str) -> Document:
    """A role's trust: a document, a file, or whom it trusts (services, ARNs, accounts) to assume it."""
    node = fields.node_of("trust")
    if node is None:
        fields.source.refuse(fields.node, f"role {role} needs `trust`: who may assume it")
    names = node.items if isinstance(node, ArrayNode) else (node,)
    if isinstance(node, ObjectNode) or (isinstance(node, StringNode) and is_file(node.value)):
        text = library.text(fields.source, node, f"role {role}, trust policy")
        return library.parsed(text, PolicyType.TRUST)
    return library.trusting(fields.source, node, [fields.text_in(name, "trust") for name in names], role)
