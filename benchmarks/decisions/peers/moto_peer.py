"""moto's policy classes, used as moto's own check uses them: the policies' text is parsed at each call.

It has no boundary, SCP or condition in this path. usage: moto_peer.py WORKLOAD REQUESTS PASSES
"""

import json
import sys

from moto.iam.access_control import IAMPolicy, PermissionResult
from timing import load, report

workload = load(sys.argv[1])
texts = {name: json.dumps(document) for name, document in workload["policies"].items()}
users = workload["users"]


def decide(user: int, action: str, resource: str) -> str:
    outcome = "implicit_deny"
    for name in users[user]["identity"]:
        said = IAMPolicy(texts[name]).is_action_permitted(action, resource)
        if said is PermissionResult.DENIED:
            return "explicit_deny"
        if said is PermissionResult.PERMITTED:
            outcome = "allow"
    return outcome


asked = workload["requests"][: int(sys.argv[2])]
report("moto", decide, [(each["user"], each["action"], each["resource"]) for each in asked], int(sys.argv[3]))
