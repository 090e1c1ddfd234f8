"""A row of the table of findings: what a code means, how bad it is, and which policies can have it."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from rolecall.policy.document import PolicyType
from rolecall.policy.findings import Severity

# From bad to mild.
ORDER: Final = (Severity.ERROR, Severity.SECURITY_WARNING, Severity.WARNING, Severity.SUGGESTION)

# Which letters of a row's `types` a policy answers to. A boundary, a session policy: identity grammar.
LETTERS: Final[Mapping[PolicyType, str]] = {
    PolicyType.IDENTITY: "I",
    PolicyType.BOUNDARY: "I",
    PolicyType.SESSION: "I",
    PolicyType.RESOURCE: "R",
    PolicyType.ENDPOINT: "R",
    PolicyType.TRUST: "T",
    PolicyType.SCP: "S",
    PolicyType.RCP: "C",
}
ALL: Final = "IRTSC"

_PLACEHOLDER: Final = re.compile(r"\{\{([A-Za-z0-9_/-]+)\}\}")


class Needs(enum.Enum):
    """What a rule must see before it may say anything."""

    DOCUMENT = "the document"
    PRINCIPAL = "all policies of a principal"
    ACCOUNT = "what the principal is used for"


class Code(Struct, frozen=True):
    """One kind of finding.

    message: AWS's text for AWS's codes; `{{name}}` is filled in. others: further wordings of the same code.
    types: letters of the policy types (LETTERS). default: False for what is said only on request. aws: whether
    Access Analyzer has it. when: when it is reported, in our words.
    """

    name: str
    severity: Severity
    title: str
    message: str
    types: str = ALL
    others: tuple[str, ...] = ()
    needs: Needs = Needs.DOCUMENT
    default: bool = True
    aws: bool = True

    def text(self, values: Mapping[str, str], wording: int = 0) -> str:
        """The message with its values."""
        template = self.message if wording == 0 else self.others[wording - 1]
        return _PLACEHOLDER.sub(lambda found: values[found[1]], template)

    @property
    def form(self) -> str:
        """The message with the names of its values."""
        return _PLACEHOLDER.sub(lambda found: f"{{{found[1]}}}", self.message)

    def concerns(self, kind: PolicyType) -> bool:
        return LETTERS[kind] in self.types
