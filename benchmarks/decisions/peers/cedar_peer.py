"""cedarpy with one parsed policy set per user. usage: cedar_peer.py WORKLOAD REQUESTS PASSES

The policies are translated: SCPs and the boundary become forbid-unless, identity policies permit and forbid. Cedar
has no `like` over sets, so sagemaker:InstanceTypes is its single value; user names are put in when translating.
"""

import json
import re
import sys

import cedarpy
from timing import load, report

VARIABLE = re.compile(r"\$\{([^}]*)\}")

workload = load(sys.argv[1])
asked = workload["requests"][: int(sys.argv[2])]
SPELLED = {key.lower(): key for each in workload["requests"] for key in each["context"]}


def listed(value):
    return value if isinstance(value, list) else [value]


def has(key):
    return f"context has {json.dumps(key)}"


def value(key):
    return f"context[{json.dumps(key)}]"


def like(subject, pattern, user):
    pattern = pattern.replace("${aws:username}", user)
    if VARIABLE.search(pattern):
        return "false"  # A variable of Studio sessions, which no request of the workloads has.
    if pattern == "*":
        return "true"
    return f"{subject} {'like' if '*' in pattern else '=='} {json.dumps(pattern)}"


def one(base, key, wanted, user):
    variable = VARIABLE.fullmatch(wanted)
    if variable:
        other = SPELLED.get(variable.group(1).lower(), variable.group(1))
        return f"(({has(other)}) && {value(key)} == {value(other)})"
    if base in ("StringLike", "ArnLike", "ArnEquals"):
        return f"({like(value(key), wanted, user)})"
    if base in ("StringEquals", "StringEqualsIgnoreCase", "Bool"):
        return f"{value(key)} == {json.dumps(wanted)}"
    if base == "IpAddress":
        return f"ip({value(key)}).isInRange(ip({json.dumps(wanted)}))"
    if base == "NumericGreaterThan":
        return f"{value(key)} > {int(float(wanted))}"
    if base == "DateLessThan":
        return f"datetime({value(key)}) < datetime({json.dumps(wanted)})"
    raise ValueError(base)


def condition(operator, key, values, user):
    wanted = [str(each).lower() if isinstance(each, bool) else str(each) for each in listed(values)]
    key = SPELLED.get(key.lower(), key)
    quantifier, _, operator = operator.rpartition(":")
    if_exists, operator = operator.endswith("IfExists"), operator.removesuffix("IfExists")
    if operator == "Null":
        return f"!({has(key)})" if wanted[0].lower() == "true" else f"({has(key)})"
    negated, base = "Not" in operator, operator.replace("Not", "", 1)
    if quantifier == "ForAllValues":
        return f"(!({has(key)}) || [{', '.join(map(json.dumps, wanted))}].containsAll({value(key)}))"
    any_of = "(" + " || ".join(one(base, key, each, user) for each in wanted) + ")"
    if quantifier == "ForAnyValue":
        return f"(({has(key)}) && {'!' if negated else ''}{any_of})"
    if negated:
        return f"(!({has(key)}) || !{any_of})"
    return f"((!({has(key)})) || {any_of})" if if_exists else f"(({has(key)}) && {any_of})"


def statement_code(statement, user):
    code = []
    actions = listed(statement.get("NotAction", statement.get("Action")))
    matches = "(" + " || ".join(like("context.act", each.lower(), user) for each in actions) + ")"
    if matches != "(true)":
        code.append(("!" if "NotAction" in statement else "") + matches)
    resources = listed(statement.get("NotResource", statement.get("Resource", "*")))
    if "NotResource" in statement or "*" not in resources:
        matches = "(" + " || ".join(like("context.res", each, user) for each in resources) + ")"
        code.append(("!" if "NotResource" in statement else "") + matches)
    for operator, block in (statement.get("Condition") or {}).items():
        code += [condition(operator, key, values, user) for key, values in block.items()]
    return " && ".join(code) or "true"


def translated(user):
    text = []

    def layer(names, limits):
        allowed = []
        for name in names:
            for statement in workload["policies"][name]["Statement"]:
                code = statement_code(statement, user["name"])
                if statement["Effect"] == "Deny":
                    text.append(f'@id("deny") forbid(principal, action, resource) when {{ {code} }};')
                else:
                    allowed.append(code)
        if not limits:
            text.extend(f'@id("allow") permit(principal, action, resource) when {{ {code} }};' for code in allowed)
        elif "true" not in allowed:
            unless = " || ".join(f"({code})" for code in allowed) or "false"
            text.append(f'@id("limit") forbid(principal, action, resource) unless {{ {unless} }};')

    layer(user["scps"], True)
    layer([user["boundary"]], True)
    layer(user["identity"], False)
    return "\n".join(text)


def context(each):
    made = {"act": each["action"].lower(), "res": each["resource"]}
    for key, seen in each["context"].items():
        if key == "aws:MultiFactorAuthAge":
            seen = int(seen)
        elif isinstance(seen, list) and key == "sagemaker:InstanceTypes":
            seen = seen[0]
        made[key] = seen
    return made


sets = {
    user: cedarpy.PolicySet.from_str(translated(workload["users"][user]))
    for user in {each["user"] for each in asked}
}
nobody = cedarpy.Entities.from_json_str("[]")


def decide(user, request):
    said = cedarpy.is_authorized(request, sets[user], nobody)
    if said.decision == cedarpy.Decision.Allow:
        return "allow"
    reasons = said.diagnostics
    return "explicit_deny" if "deny" in reasons.id_annotations_by_reason.values() else "implicit_deny"


items = [
    (
        each["user"],
        {
            "principal": f'User::"u{each["user"]}"',
            "action": f'Action::"{each["action"]}"',
            "resource": f'Res::"{each["resource"]}"',
            "context": context(each),
        },
    )
    for each in asked
]
report("cedarpy", decide, items, int(sys.argv[3]))
