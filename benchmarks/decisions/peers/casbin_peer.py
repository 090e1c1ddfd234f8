"""pycasbin, reduced to what it can say: actions and resources of identity policies without conditions.

usage: casbin_peer.py WORKLOAD REQUESTS PASSES
"""

import re
import sys
from functools import cache

import casbin
from timing import load, report

MODEL = """
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.sub == p.sub && like(r.act, p.act) && like(r.obj, p.obj)
"""


@cache
def pattern(text):
    return re.compile("".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in text), re.DOTALL)


def listed(value):
    return value if isinstance(value, list) else [value]


workload = load(sys.argv[1])
asked = workload["requests"][: int(sys.argv[2])]
model = casbin.Model()
model.load_model_from_text(MODEL)
enforcer = casbin.Enforcer(model)
enforcer.add_function("like", lambda text, wanted: pattern(wanted).fullmatch(text) is not None)
rules = {}
for user in {each["user"] for each in asked}:
    for name in workload["users"][user]["identity"]:
        for statement in workload["policies"][name]["Statement"]:
            if not {"Condition", "NotAction", "NotResource"} & set(statement):
                for action in listed(statement["Action"]):
                    for resource in listed(statement["Resource"]):
                        rules[f"u{user}", resource, action.lower(), statement["Effect"].lower()] = None
enforcer.add_policies([list(rule) for rule in rules])


def decide(user: str, resource: str, action: str) -> str:
    return "allow" if enforcer.enforce(user, resource, action) else "implicit_deny"


items = [(f"u{each['user']}", each["resource"], each["action"].lower()) for each in asked]
report("pycasbin", decide, items, int(sys.argv[3]))
