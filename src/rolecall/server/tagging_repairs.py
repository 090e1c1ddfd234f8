"""Does a tag that a repair sends need a permission of its own?

A call that makes something needs the tagging action too as soon as it carries tags (SEMANTICS, SageMaker 5.1). A
repair is proved for one question of the call; here the question that the tag adds is decided as well, and it is
said where that one would be denied.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from rolecall.authorization.requirement import Requirement
from rolecall.authorization.requirements import ROWS
from rolecall.decision import PoliciesInForce, Request, decide
from rolecall.decision.profile import Profile
from rolecall.decision.repairs import ChangeView, RepairsView
from rolecall.decision.repairs.changes import with_key

REQUEST_TAG: Final = "aws:requesttag/"
ALSO_NEEDED: Final = "With tags the call also needs {action}, which is denied so far."


def with_tagging(
    told: RepairsView, operation: str, request: Request, policies: PoliciesInForce, profile: Profile
) -> RepairsView:
    """The repairs, with a word at those that bring in tags where there were none."""
    rows = tuple(_tagging_rows(operation, request))
    if not rows or request.context.get("aws:TagKeys") is not None:
        return told

    def marked(change: ChangeView) -> ChangeView:
        if change.side != "request" or not change.key.lower().startswith(REQUEST_TAG) or not change.values:
            return change
        for row in rows:
            asked = replace(request, action=row.action, resource=replace(request.resource, tags={}))
            tagged = with_key(asked, change.key, change.values)
            if not decide(tagged, policies, profile=profile).allowed:
                return replace(change, also=ALSO_NEEDED.format(action=row.action))
        return change

    return replace(
        told,
        repairs=tuple(replace(each, changes=tuple(map(marked, each.changes))) for each in told.repairs),
    )


def _tagging_rows(operation: str, request: Request) -> Iterator[Requirement]:
    """What the operation asks besides when it carries tags."""
    for row in ROWS.get(request.service, {}).get(operation, ()):
        if "Tags" in row.when.split(" and ") and row.action.lower() != request.action.lower():
            yield row
