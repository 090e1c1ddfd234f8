"""Where do the policies of a world come from? A file, the text of the world itself, or AWS.

A document is parsed once for each kind it is attached as: a file attached to ten roles is one `Document`, so that
coverage and mutation see it once. Each knows its file and, through the spans of its statements, its lines.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from rolecall.analysis.worlds.fields import described
from rolecall.analysis.worlds.source import ReadFile, Source, parse_source, to_python
from rolecall.catalog import Catalog
from rolecall.decision.policies import SourcedPolicy
from rolecall.policy.document import Policy, PolicyType, Statement
from rolecall.policy.findings import PolicyError
from rolecall.policy.json_reader import Node, ObjectNode, StringNode
from rolecall.policy.parser import parse, parse_node

FILES: Final = (".json", ".yaml", ".yml")
AWS: Final = "arn:aws:iam::aws:policy/"


class Document(Struct, frozen=True, eq=False):
    """A parsed policy. file: where it stands; title: how a person names it; text: as JSON.

    ours: written out by whoever wrote the world: neither AWS's nor made of `trust: sagemaker.amazonaws.com`.
    Compared by identity: two files may say the same.
    """

    policy: Policy
    kind: PolicyType
    file: str
    title: str
    text: str
    ours: bool = True

    def where(self, statement: Statement | int) -> str:
        """`file:line` of a statement."""
        found = self.policy.statements[statement] if isinstance(statement, int) else statement
        return self.file if found.span is None else f"{self.file}:{found.span.start.line}"


class Attached(Struct, frozen=True, eq=False):
    """A policy where it is attached. arn: None for inline policies."""

    document: Document
    name: str
    arn: str | None = None

    @property
    def sourced(self) -> SourcedPolicy:
        return SourcedPolicy(self.document.policy, self.arn, self.name)


class Text(Struct, frozen=True, eq=False):
    """A document before anybody knows as what it is attached."""

    source: Source
    node: Node
    title: str

    @property
    def json(self) -> str:
        if self.source.root is self.node and self.source.name.endswith(".json"):
            return self.source.text
        return json.dumps(to_python(self.node), indent=2, ensure_ascii=False)


def is_file(name: str) -> bool:
    return name.endswith(FILES)


def stem(name: str) -> str:
    """A file's name without folder and ending."""
    return posixpath.basename(name).rpartition(".")[0]


class Library:
    """Reads and parses documents, each once."""

    def __init__(self, read_file: ReadFile, catalog: Catalog) -> None:
        self._read_file = read_file
        self.catalog = catalog
        self._sources: dict[str, Source] = {}
        self._documents: dict[tuple[int, PolicyType], tuple[Text, Document]] = {}
        self._texts: dict[int, Text] = {}
        self._managed: dict[tuple[str, PolicyType], Document] = {}

    @property
    def documents(self) -> tuple[Document, ...]:
        """Every document that was parsed, AWS's too, in the order of their first mention."""
        return (*(document for _, document in self._documents.values()), *self._managed.values())

    def source(self, name: str) -> Source:
        """A file by its name; raises OSError where it cannot be read."""
        if name not in self._sources:
            self._sources[name] = parse_source(name, self._read_file(name))
        return self._sources[name]

    def beside(self, source: Source, node: Node, name: str) -> Source:
        """A file that another one names, relative to it."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source.name), name))
        try:
            return self.source(path)
        except OSError as error:
            source.refuse(node, f"cannot read {path}: {error.strerror or error}")

    def text(self, source: Source, node: Node, title: str) -> Text:
        """The document that a node is or, by its file, names."""
        if isinstance(node, StringNode):
            if not is_file(node.value):
                source.refuse(node, f"expected a policy or a file ({', '.join(FILES)}), found {node.value!r}")
            found = self.beside(source, node, node.value)
            return self._texts.setdefault(id(found.root), Text(found, found.root, found.name))
        if not isinstance(node, ObjectNode) or node.get("Statement") is None:
            source.refuse(node, f"{title} is a policy with a Statement or a file, not {described(node)}")
        return self._texts.setdefault(id(node), Text(source, node, title))

    def parsed(self, text: Text, kind: PolicyType) -> Document:
        key = (id(text.node), kind)
        if key not in self._documents:
            try:
                policy = parse_node(text.node, kind, text.source.locator)
            except PolicyError as error:
                text.source.refuse_policy(text.node, error)
            document = Document(policy, kind, text.source.name, text.title, text.json)
            self._documents[key] = (text, document)
        return self._documents[key][1]

    def parse_unused(self, texts: Iterable[Text]) -> None:
        """Policies that nobody has are read as well: a mistake in them is a mistake."""
        used = {ident for ident, _ in self._documents}
        for text in texts:
            if id(text.node) not in used:
                self.parsed(text, PolicyType.IDENTITY)

    def trusting(self, source: Source, node: Node, names: Sequence[str], role: str) -> Document:
        """The trust policy that lets these services, principals and accounts assume a role."""
        kinds: dict[str, list[str]] = {}
        for name in names:
            kinds.setdefault(_principal_kind(name) or source.refuse(node, _no_principal(name)), []).append(name)
        statement = {"Effect": "Allow", "Principal": kinds, "Action": "sts:AssumeRole"}
        data = {"Version": "2012-10-17", "Statement": [statement]}
        policy = parse(data, PolicyType.TRUST)
        span = source.locator.span(node)
        policy = replace(policy, statements=tuple(replace(each, span=span) for each in policy.statements))
        text = Text(source, node, f"role {role}, trust policy")
        written = json.dumps(data, indent=2)
        document = Document(policy, PolicyType.TRUST, source.name, text.title, written, ours=False)
        self._documents[id(node), PolicyType.TRUST] = (text, document)
        return document

    def aws_managed(self, arn: str, kind: PolicyType) -> Document | None:
        """An AWS managed policy; None when AWS has none of that ARN, or we do not have it."""
        if (arn, kind) not in self._managed:
            found = self.catalog.managed_policy(arn)
            if found is None:
                return None
            text = found.text
            self._managed[arn, kind] = Document(parse(text, kind), kind, arn, found.name, text, ours=False)
        return self._managed[arn, kind]


def _principal_kind(name: str) -> str | None:
    """The kind of principal that a short form of trust means."""
    if name.endswith((".amazonaws.com", ".amazonaws.com.cn")) and ":" not in name:
        return "Service"
    if name.startswith("arn:"):
        return "Federated" if ":saml-provider/" in name or ":oidc-provider/" in name else "AWS"
    return "AWS" if name == "*" or re.fullmatch(r"[0-9]{12}", name) else None


def _no_principal(name: str) -> str:
    return f"trust names a service (sagemaker.amazonaws.com), an ARN, an account or a file, not {name!r}"
