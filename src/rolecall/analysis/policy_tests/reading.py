"""Read policy test files. An unknown field, action, principal, key or reason is an error with its line.

A test that asks something else than its author meant is worse than none, so nothing is guessed: whatever does not
exist is refused with the nearest name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from rolecall.analysis.policy_tests.format import (
    REASON_FIELDS,
    Because,
    Case,
    ContextValues,
    Place,
    Session,
    TestFile,
)
from rolecall.analysis.worlds.documents import Attached, Library, is_file
from rolecall.analysis.worlds.fields import Fields, near
from rolecall.analysis.worlds.format import Role, User, WorldFile
from rolecall.analysis.worlds.plain import FileWorld
from rolecall.analysis.worlds.policies import Policies
from rolecall.analysis.worlds.reading import read_world, world_in
from rolecall.analysis.worlds.source import Source, to_python
from rolecall.authorization.requirements import ROWS
from rolecall.policy.document import PolicyType
from rolecall.policy.json_reader import ArrayNode, Node, NullNode, StringNode

TOP: Final = ("world", "defaults", "cases")
DEFAULTS: Final = ("account", "region", "principal", "session", "context")
CASE: Final = (
    "name",
    *DEFAULTS,
    "action",
    "resource",
    "call",
    "parameters",
    "expect",
    "because",
    "skip",
)
SESSION: Final = ("name", "tags", "transitive_tags", "policy", "policies", "mfa", "source_identity")
EXPECTED: Final = ("allow", "deny")
# A role may be passed only within its account: no policy type says so.
TYPES: Final = (*(kind.value for kind in PolicyType), "account")
SESSION_NAME: Final = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


def read_tests(library: Library, name: str) -> TestFile:
    """The cases of a file; raises InputError, and OSError where the file itself cannot be read."""
    return _Reading(library, library.source(name)).file()


class _Reading:
    """One file on its way."""

    def __init__(self, library: Library, source: Source) -> None:
        self.library = library
        self.catalog = library.catalog
        self.source = source
        self.fields = Fields(source, source.root, "a policy test file", TOP)
        self.world_file = self._world()
        self.world = FileWorld(self.world_file)
        self.policies = {
            account.id: Policies(library, dict(account.policies), account.id)
            for account in self.world_file.accounts.values()
        }

    def file(self) -> TestFile:
        held = self.fields.node_of("defaults")
        defaults = Fields(self.source, held, "defaults", DEFAULTS) if held is not None else None
        node = self.fields.node_of("cases")
        if node is None or not isinstance(node, ArrayNode):
            self.source.refuse(node or self.source.root, "a policy test file needs a list of cases")
        cases: dict[str, Case] = {}
        for item in node.items:
            case = self._case(Fields(self.source, item, "a case", CASE), defaults)
            if case.name in cases:
                self.source.refuse(
                    item, f"two cases are named {case.name!r}: {cases[case.name].place} is the other"
                )
            cases[case.name] = case
        return TestFile(self.source.name, self.world, tuple(cases.values()))

    def _world(self) -> WorldFile:
        node = self.fields.node_of("world")
        if node is None:
            self.source.refuse(self.source.root, "a policy test file needs a world: a file, or what is in it")
        if isinstance(node, StringNode):
            found = self.library.beside(self.source, node, node.value)
            return read_world(self.library, found.name)
        return world_in(self.library, self.source, node)

    def _case(self, fields: Fields, defaults: Fields | None) -> Case:
        name = fields.required("name")
        fields.what = f"case {name!r}"
        layers = [fields] if defaults is None else [fields, defaults]

        def first(field: str) -> str | None:
            return next((found for each in layers if (found := each.text(field)) is not None), None)

        account = self._account(fields, first("account"))
        principal = first("principal")
        if principal is None:
            self.source.refuse(fields.node, f"case {name!r} needs a principal")
        expect = fields.one_of("expect", EXPECTED)
        if expect is None:
            self.source.refuse(fields.node, f"case {name!r} needs `expect: allow` or `expect: deny`")
        action, call = self._action(fields), self._call(fields)
        if (action is None) is (call is None):
            self.source.refuse(fields.node, f"case {name!r} needs either an action or a call")
        for field, owner in (("resource", action), ("parameters", call)):
            if owner is None and fields.node_of(field) is not None:
                fields.refuse(field, f"{field} goes with {'an action' if field == 'resource' else 'a call'}")
        return Case(
            name=name,
            place=Place(self.source, fields.node),
            principal=principal,
            expect=expect,
            account=account,
            region=first("region") or self.world_file.region,
            session=self._session(layers, account),
            action=action,
            resource=self._resource(fields, action),
            call=call,
            parameters={m.key.value: to_python(m.value) for m in fields.members("parameters")},
            context=self._context(layers),
            because=self._because(fields),
            skip=fields.text("skip"),
        )

    def _account(self, fields: Fields, named: str | None) -> str:
        known = self.world_file.accounts
        if named is not None:
            if named not in known:
                fields.refuse("account", f"the world has no account {named!r}{near(named, known)}")
            return named
        return next(iter(known))

    def _action(self, fields: Fields) -> str | None:
        name = fields.text("action")
        if name is None:
            return None
        found = self.catalog.action(name)
        if found is None:
            fields.refuse("action", f"there is no action {name!r}{_or(self.catalog.nearest(name))}")
        return found.full_name

    def _resource(self, fields: Fields, action: str | None) -> str:
        resource = fields.text("resource")
        if resource is None and action is not None:
            known = self.catalog.action(action)
            types = [each.type.name for each in known.resources if each.required] if known is not None else []
            if types:
                fields.refuse("action", f"{action} acts on {', '.join(types)}: name a resource (or '*')")
        return resource or "*"

    def _call(self, fields: Fields) -> str | None:
        name = fields.text("call")
        if name is None:
            return None
        service, _, operation = name.partition(":")
        if operation not in ROWS.get(service, {}):
            known = [f"{one}:{each}" for one, rows in ROWS.items() for each in rows]
            fields.refuse("call", f"there is no API operation {name!r}{near(name, known)}")
        return name

    def _session(self, layers: Sequence[Fields], account: str) -> Session:
        held = next(((each, node) for each in layers if (node := each.node_of("session")) is not None), None)
        if held is None:
            return Session()
        fields = Fields(self.source, held[1], "a session", SESSION)
        policies: tuple[Node, ...] = (*fields.items("policy"), *fields.items("policies"))
        name = fields.text("name") or "test"
        if not SESSION_NAME.fullmatch(name):
            fields.refuse("name", f"a session's name has 2 to 64 letters, digits and _+=,.@-, not {name!r}")
        return Session(
            name=name,
            tags=fields.tags(),
            transitive_tags=fields.texts("transitive_tags"),
            policies=self.policies[account].session(self.source, policies, layers[0].what) or None,
            mfa=fields.flag("mfa"),
            source_identity=fields.text("source_identity"),
            temporary=True,
        )

    def _context(self, layers: Sequence[Fields]) -> ContextValues:
        made: dict[str, tuple[str, ...] | None] = {}
        for fields in reversed(layers):
            for member in fields.members("context"):
                key = member.key.value
                if self.catalog.condition_key(key) is None:
                    hint = _or(self.catalog.nearest(key))
                    self.source.refuse(member.key, f"there is no condition key {key!r}{hint}")
                for other in [each for each in made if each.lower() == key.lower()]:
                    del made[other]
                made[key] = self._values(fields, member.value, key)
        return made

    def _values(self, fields: Fields, node: Node, key: str) -> tuple[str, ...] | None:
        if isinstance(node, NullNode):
            return None
        items = node.items if isinstance(node, ArrayNode) else (node,)
        return tuple(fields.text_in(item, f"a value of {key}") for item in items)

    def _because(self, fields: Fields) -> Because | None:
        node = fields.node_of("because")
        if node is None:
            return None
        place = Place(self.source, node)
        if isinstance(node, StringNode):
            self._known_reason(node, node.value)
            return Because(place, any=node.value)
        inner = Fields(self.source, node, "because", REASON_FIELDS)
        kind = inner.one_of("type", TYPES)
        for field, check in (("policy", self._policy_names), ("statement", self._sids)):
            text = inner.text(field)
            if text is not None and text not in (known := set(check())):
                inner.refuse(field, f"the world has no {field} {text!r}{near(text, known)}")
        return Because(
            place,
            type=kind,
            policy=inner.text("policy"),
            statement=inner.text("statement"),
            key=self._catalogued(inner, "key"),
            action=self._catalogued(inner, "action"),
        )

    def _catalogued(self, fields: Fields, field: str) -> str | None:
        text = fields.text(field)
        known = self.catalog.condition_key if field == "key" else self.catalog.action
        if text is not None and known(text) is None:
            fields.refuse(field, f"there is no {field} {text!r}{_or(self.catalog.nearest(text))}")
        return text

    def _known_reason(self, node: Node, text: str) -> None:
        """A reason in one word: a policy type, policy, statement, condition key or action."""
        if text in TYPES or text in set(self._policy_names()) or text in set(self._sids()):
            return
        if self.catalog.condition_key(text) is not None or self.catalog.action(text) is not None:
            return
        hint = near(text, (*TYPES, *self._policy_names(), *self._sids())) or _or(self.catalog.nearest(text))
        self.source.refuse(
            node, f"{text!r} is no policy type, policy, statement, condition key or action here{hint}"
        )

    def _policy_names(self) -> Iterator[str]:
        for account in self.world_file.accounts.values():
            for policy in account.policies.values():
                yield from (policy.name, policy.arn)
            holders: tuple[User | Role, ...] = (*account.users.values(), *account.roles.values())
            for holder in holders:
                yield from _names_of((*holder.policies, *((holder.boundary,) if holder.boundary else ())))
            for group in account.groups.values():
                yield from _names_of(group.policies)
            yield from account.roles
        for control in map(self.world.control_policies, self.world_file.accounts):
            for sourced in (each for level in (*control.scps, *control.rcps) for each in level):
                yield sourced.name or ""

    def _sids(self) -> Iterator[str]:
        for document in self.library.documents:
            for statement in document.policy.statements:
                if statement.sid:
                    yield statement.sid


def _names_of(policies: Sequence[Attached]) -> Iterator[str]:
    for attached in policies:
        yield attached.name
        if attached.arn:
            yield attached.arn


def _or(names: Sequence[str]) -> str:
    return f"; did you mean {' or '.join(names)}?" if names else ""


def is_test_file(name: str) -> bool:
    return is_file(name) and ".rolecall." in name.rpartition("/")[2]
