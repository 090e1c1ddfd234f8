"""What an examination found: faults with their causes, and repairs with whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from rolecall.analysis.doctor.codes import CODES
from rolecall.decision.repairs import ChangeView
from rolecall.policy.document import PolicyType
from rolecall.policy.findings import Severity

# Who can change a policy of a type.
OWNERS: Final[Mapping[PolicyType, str]] = {
    PolicyType.IDENTITY: "whoever administers the policies of {name}",
    PolicyType.BOUNDARY: "whoever sets permissions boundaries: others may have the same one",
    PolicyType.TRUST: "whoever administers the role",
    PolicyType.RESOURCE: "the owner of the resource",
    PolicyType.SCP: "the administrators of the organization: it changes for other accounts too",
    PolicyType.RCP: "the administrators of the organization: it changes for other accounts too",
    PolicyType.ENDPOINT: "the owner of the VPC endpoint",
    PolicyType.SESSION: "whoever opens the session",
}


class Repair(Struct, frozen=True):
    """Changes that take a fault away, each decided again.

    owner: whose policy it is. suggestion: it is not the account's to make.
    """

    owner: str
    changes: tuple[ChangeView, ...]
    suggestion: bool = False


class Finding(Struct, frozen=True):
    """A fault. concerns: the calls or work that fail. denial: what AWS answers to the first of them.

    policy_type, policy, statement, key: where it lies, as far as it lies somewhere. note: what else there is.
    """

    code: str
    severity: Severity
    concerns: tuple[str, ...]
    denial: str
    action: str = ""
    resource: str = ""
    policy_type: str = ""
    policy: str = ""
    statement: str = ""
    key: str = ""
    repair: Repair | None = None
    note: str = ""
    in_studio: bool = False

    @property
    def title(self) -> str:
        return CODES[self.code].title

    @property
    def why(self) -> str:
        return CODES[self.code].why


class Examination(Struct, frozen=True):
    """role, studio: who was examined. asked: how many questions; not_granted: calls that nobody meant to allow.

    guards: keys of the request that calls must get right. clean_after: whether nothing is left once every repair
    is made, as decided again; None where nothing was to be repaired.
    """

    role: str
    studio: str
    uses: tuple[str, ...]
    caller: str
    findings: tuple[Finding, ...]
    asked: int
    granted: tuple[str, ...]
    not_granted: tuple[str, ...]
    guards: tuple[str, ...]
    clean_after: bool | None
    left: tuple[str, ...] = ()

    def count(self, severity: Severity) -> int:
        return sum(finding.severity is severity for finding in self.findings)
