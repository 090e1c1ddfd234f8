"""The operations of IAM that cannot do real work here, and why. They answer an error that says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.unserved import refusing

DELEGATION: Final = (
    "delegation requests are made by AWS partners out of policy templates that AWS keeps for them; "
    "create a role for the partner instead"
)
TEMPLATES: Final = (
    "role templates are AWS's own and are not published; create the role from your own policies instead"
)
PROPERTIES: Final = "account properties switch features of IAM that are not here"
SUMMARIES: Final = "summaries of delegation requests are written by a language model of AWS"

REASONS: Final[Mapping[str, str]] = {
    "CreateDelegationRequest": DELEGATION,
    "GetDelegationRequest": DELEGATION,
    "ListDelegationRequests": DELEGATION,
    "AssociateDelegationRequest": DELEGATION,
    "UpdateDelegationRequest": DELEGATION,
    "AcceptDelegationRequest": DELEGATION,
    "RejectDelegationRequest": DELEGATION,
    "SendDelegationToken": DELEGATION,
    "GetHumanReadableSummary": SUMMARIES,
    "AcquireRole": TEMPLATES,
    "GetRoleTemplateVersion": TEMPLATES,
    "GetAccountProperties": PROPERTIES,
    "PutAccountProperties": PROPERTIES,
}

OPERATIONS: Final = refusing(REASONS)
