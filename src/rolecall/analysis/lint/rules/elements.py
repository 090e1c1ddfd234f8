"""Is every part there, in its place, spelled right and of the right JSON type?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.edits import add_first_member, drop_member, put, rewrite
from rolecall.analysis.lint.finding import Finding, Fix, Place
from rolecall.analysis.lint.look import Look
from rolecall.analysis.lint.view import Statement, items_of
from rolecall.policy.document import Effect, PolicyType
from rolecall.policy.json_reader import ArrayNode, BooleanNode, Node, NumberNode, ObjectNode, StringNode
from rolecall.policy.parser import DOCUMENT_KEYS, PRINCIPAL_KINDS, STATEMENT_KEYS, VERSIONS

REFUSED: Final = "The policy was refused before."
# Services whose resource policies may hang on the resource without naming it: ECR repositories, and any trust.
WITHOUT_RESOURCE: Final = frozenset({"sts", "ecr", "ecr-public", "codeartifact", "serverlessrepo"})
OPPOSITES: Final = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
UNIQUE_SIDS: Final = frozenset(
    {PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SESSION, PolicyType.SCP, PolicyType.RCP}
)
_SID: Final = re.compile(r"[A-Za-z0-9]*")


def document(look: Look) -> Iterator[Finding]:
    """Version, Id, Statement and what else stands beside them."""
    node = look.document.node
    whole = Place((), look.document.root)
    if node is None:
        yield look.finding("DATA_TYPE_MISMATCH", whole, {"data_type": "Object"})
        return
    yield from _only(look, whole, node, DOCUMENT_KEYS)
    yield from _version(look, node)
    ident = node.get("Id")
    if ident is not None and not isinstance(ident, StringNode):
        yield look.finding("DATA_TYPE_MISMATCH", whole.at("Id", ident), {"data_type": "String"})
    held = node.get("Statement")
    if held is None or (isinstance(held, ArrayNode) and not held.items):
        yield look.finding("MISSING_STATEMENT", whole if held is None else whole.at("Statement", held))
        return
    for item, place in items_of(held, whole.at("Statement", held)):
        if not isinstance(item, ObjectNode):
            yield look.finding("DATA_TYPE_MISMATCH", place, {"data_type": "Object"})


def _version(look: Look, node: ObjectNode) -> Iterator[Finding]:
    held = node.get("Version")
    if held is None:
        # With variables in the text, live ones would take the place of literal ones.
        fix = None
        if "${" not in look.text and node.members:
            edit = add_first_member(look.text, node, "Version", '"2012-10-17"')
            fix = Fix('add "Version": "2012-10-17"', (edit,))
        yield look.finding("MISSING_VERSION", Place((), node), fix=fix)
    elif not isinstance(held, StringNode):
        yield look.finding("DATA_TYPE_MISMATCH", Place(("Version",), held), {"data_type": "String"})
    elif held.value not in VERSIONS:
        values = {"version": held.value, "versions": ", ".join(VERSIONS)}
        yield look.finding("INVALID_VERSION", Place(("Version",), held), values)


def _only(look: Look, place: Place, node: ObjectNode, known: tuple[str, ...]) -> Iterator[Finding]:
    for member in node.members:
        name = member.key.value
        if name in known:
            continue
        right = next((each for each in known if each.lower() == name.lower() and node.get(each) is None), None)
        fix = None
        if right is not None:
            fix = Fix(f"write {right}", (put(member.key, json.dumps(right)),), changes=REFUSED)
        where = Place((*place.path, name), member.key, of_name=True)
        yield look.finding("INVALID_POLICY_ELEMENT", where, {"element": name}, fix=fix)


def statements(look: Look) -> Iterator[Finding]:
    """The elements of each statement."""
    for statement in look.statements:
        yield from _only(look, statement.place, statement.node, STATEMENT_KEYS)
        yield from _effect(look, statement)
        yield from _pairs(look, statement)
        yield from _missing(look, statement)
        yield from _types(look, statement)


def _effect(look: Look, statement: Statement) -> Iterator[Finding]:
    place = statement.part("Effect")
    if place is None:
        if not any(member.key.value.lower() == "effect" for member in statement.node.members):
            yield look.finding("MISSING_EFFECT", statement.place)
    elif not isinstance(place.node, StringNode):
        yield look.finding("DATA_TYPE_MISMATCH", place, {"data_type": "String"})
    elif statement.effect is None:
        said = place.node.value
        right = next((each.value for each in Effect if each.value.lower() == said.strip().lower()), None)
        fix = None if right is None else Fix(f"write {right}", (rewrite(place, right),), changes=REFUSED)
        yield look.finding("INVALID_EFFECT", place, {"effect": said}, fix=fix)


def _pairs(look: Look, statement: Statement) -> Iterator[Finding]:
    for one, other in OPPOSITES:
        if statement.part(one) is not None and (place := statement.part(other)) is not None:
            values = {"element1": one, "element2": other}
            yield look.finding("UNSUPPORTED_ELEMENT_COMBINATION", place, values)


def _missing(look: Look, statement: Statement) -> Iterator[Finding]:
    there = {member.key.value.lower() for member in statement.node.members}
    if not there & {"action", "notaction"}:
        yield look.finding("MISSING_ACTION", statement.place)
    if not there & {"resource", "notresource"} and _needs_resource(look, statement):
        yield look.finding("MISSING_RESOURCE", statement.place)
    if not there & {"principal", "notprincipal"}:
        yield look.finding("MISSING_PRINCIPAL", statement.place)


def _needs_resource(look: Look, statement: Statement) -> bool:
    if look.kind is not PolicyType.RESOURCE:
        return True
    services = {value.folded.partition(":")[0] for value in statement.actions or statement.not_actions or ()}
    return not services or not services <= WITHOUT_RESOURCE


def _types(look: Look, statement: Statement) -> Iterator[Finding]:
    sid = statement.part("Sid")
    if sid is not None and not isinstance(sid.node, StringNode):
        yield look.finding("DATA_TYPE_MISMATCH", sid, {"data_type": "String"})
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        if (place := statement.part(name)) is not None:
            yield from _strings(look, place)
    for name in ("Principal", "NotPrincipal"):
        place = statement.part(name)
        if place is not None and isinstance(place.node, ObjectNode):
            for member in place.node.members:
                if member.key.value in PRINCIPAL_KINDS:
                    yield from _strings(look, place.at(member.key.value, member.value))
    if (place := statement.part("Condition")) is not None:
        yield from _condition_types(look, place)


def _strings(look: Look, place: Place) -> Iterator[Finding]:
    for item, where in items_of(place.node, place):
        if not isinstance(item, StringNode):
            yield look.finding("DATA_TYPE_MISMATCH", where, {"data_type": "String"})


def _condition_types(look: Look, place: Place) -> Iterator[Finding]:
    if not isinstance(place.node, ObjectNode):
        yield look.finding("DATA_TYPE_MISMATCH", place, {"data_type": "Object"})
        return
    for operator in place.node.members:
        block = place.at(operator.key.value, operator.value)
        if not isinstance(operator.value, ObjectNode):
            yield look.finding("DATA_TYPE_MISMATCH", block, {"data_type": "Object"})
            continue
        for member in operator.value.members:
            where = block.at(member.key.value, member.value)
            for item, spot in items_of(member.value, where):
                if not _is_scalar(item):
                    yield look.finding("DATA_TYPE_MISMATCH", spot, {"data_type": "String"})


def _is_scalar(node: Node) -> bool:
    return isinstance(node, StringNode | NumberNode | BooleanNode)


def sids(look: Look) -> Iterator[Finding]:
    """Sids that are empty, have characters that IAM refuses, or stand twice."""
    taken = {statement.sid.text for statement in look.statements if statement.sid is not None}
    seen: set[str] = set()
    for statement in look.statements:
        sid = statement.sid
        if sid is None:
            continue
        if not sid.text:
            removal = Fix("remove the empty Sid", (drop_member(look.text, statement.node, "Sid"),))
            yield look.finding("EMPTY_SID_VALUE", sid.place, fix=removal)
            continue
        if not _SID.fullmatch(sid.text):
            plain = re.sub(r"[^A-Za-z0-9]", "", sid.text)
            fix = None
            if plain and plain not in taken:
                fix = Fix(f"write {plain}", (rewrite(sid.place, plain),), changes=REFUSED)
            yield look.finding("UNSUPPORTED_SID", sid.place, fix=fix)
        if sid.text in seen:
            other = next(name for number in range(2, 999) if (name := f"{sid.text}{number}") not in taken)
            taken.add(other)
            unique = look.kind in UNIQUE_SIDS
            changes = REFUSED if unique else ""
            yield look.finding(
                "UNIQUE_SIDS_REQUIRED" if unique else "UNIQUE_SIDS_RECOMMENDED",
                sid.place,
                fix=Fix(f"write {other}", (rewrite(sid.place, other),), changes=changes),
            )
        seen.add(sid.text)


def empties(look: Look) -> Iterator[Finding]:
    """Lists and objects with nothing in them."""
    for statement in look.statements:
        for names, code in (
            (("Action", "NotAction"), "EMPTY_ARRAY_ACTION"),
            (("Resource", "NotResource"), "EMPTY_ARRAY_RESOURCE"),
        ):
            for name in names:
                place = statement.part(name)
                if place is not None and _is_empty(place.node):
                    yield look.finding(code, place)
        for name in ("Principal", "NotPrincipal"):
            yield from _empty_principal(look, statement.part(name))
        yield from _empty_condition(look, statement)


def _is_empty(node: Node) -> bool:
    return isinstance(node, ArrayNode) and not node.items


def _empty_principal(look: Look, place: Place | None) -> Iterator[Finding]:
    if place is None or not isinstance(place.node, ObjectNode):
        return
    if not place.node.members:
        yield look.finding("EMPTY_OBJECT_PRINCIPAL", place)
    for member in place.node.members:
        if _is_empty(member.value):
            yield look.finding("EMPTY_ARRAY_PRINCIPAL", place.at(member.key.value, member.value))


def _empty_condition(look: Look, statement: Statement) -> Iterator[Finding]:
    place = statement.part("Condition")
    if place is None or not isinstance(place.node, ObjectNode):
        return
    if not place.node.members:
        fix = Fix("remove the empty Condition", (drop_member(look.text, statement.node, "Condition"),))
        yield look.finding("EMPTY_OBJECT_CONDITION", place, fix=fix)
    for condition in statement.conditions:
        if not _is_empty(condition.place.node):
            continue
        quantifier = "" if condition.operator is None else condition.operator.quantifier.value
        code = f"EMPTY_ARRAY_CONDITION_{quantifier.upper()}" if quantifier else "EMPTY_ARRAY_CONDITION"
        if not quantifier and condition.operator is not None and condition.operator.if_exists:
            code = "EMPTY_ARRAY_CONDITION_IFEXISTS"
        yield look.finding(code, condition.place, {"key": condition.key})


RULES: Final = (document, statements, sids, empties)
