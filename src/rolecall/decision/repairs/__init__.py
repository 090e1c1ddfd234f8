"""What would turn a denial, and what does an allow rest on? Every answer was decided again before it is given.

`repairs` gives what `rolecall explain` tells below its trace; `find_repairs` the changes themselves.
"""

from __future__ import annotations

from rolecall.decision.applicability import applicable
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.profile import Profile
from rolecall.decision.repairs.changes import Change, PolicyChange, RequestChange, applied
from rolecall.decision.repairs.grounds import Grounds, find_grounds
from rolecall.decision.repairs.search import Found, find_repairs
from rolecall.decision.repairs.views import ChangeView, RepairsView, RepairView
from rolecall.decision.repairs.words import told
from rolecall.decision.request import Request

__all__ = [
    "Change",
    "ChangeView",
    "Found",
    "Grounds",
    "PolicyChange",
    "RepairView",
    "RepairsView",
    "RequestChange",
    "applied",
    "find_grounds",
    "find_repairs",
    "repairs",
]


def repairs(request: Request, policies: PoliciesInForce, *, profile: Profile = "reference") -> RepairsView:
    """What would turn the denial of a request, in words and in the form in which it is carried out."""
    found = find_repairs(request, policies, profile=profile)
    return told(found, request, applicable(request, policies, profile).policies)
