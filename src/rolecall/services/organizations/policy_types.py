"""The kinds of policies of an organization, as rows: how large, how many, where, and in which syntax.

Sizes and counts: Organizations User Guide, "Quotas for AWS Organizations". Sizes count characters as they are
sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from rolecall.services.organization import RCP, SCP


class PolicyKind(Struct, frozen=True):
    """A policy type. characters: the largest document. attached: how many may hang on one node. total: in the
    organization. members: what the document of a management policy may consist of, () where AWS's pages do not
    tell; None: it is written in IAM's language.
    """

    type: str
    characters: int
    attached: int
    total: int
    members: tuple[str, ...] | None = None

    @property
    def path(self) -> str:
        """As ARNs spell the type."""
        return self.type.lower()

    @property
    def authorizes(self) -> bool:
        """Whether it limits permissions; the others are management policies, which accounts inherit."""
        return self.members is None


TYPES: Final[Mapping[str, PolicyKind]] = {
    row.type: row
    for row in (
        #          type                               characters  attached  total  begins with
        PolicyKind(SCP,                                     5120,       5,  10_000),
        PolicyKind(RCP,                                     5120,       5,   1_000),
        PolicyKind("TAG_POLICY",                          10_000,      10,   1_000, ("tags",)),
        PolicyKind("BACKUP_POLICY",                       10_000,      10,   1_000, ("plans",)),
        PolicyKind("AISERVICES_OPT_OUT_POLICY",            2_500,       5,   1_000, ("services",)),
        PolicyKind("CHATBOT_POLICY",                      10_000,       5,   1_000, ("chatbot",)),
        PolicyKind("DECLARATIVE_POLICY_EC2",              10_000,      10,   1_000, ("ec2_attributes",)),
        PolicyKind("SECURITYHUB_POLICY",                  10_000,      10,   1_000, ("securityhub",)),
        PolicyKind("SECURITYHUB_CSPM_POLICY",             10_000,      10,   1_000, ()),
        PolicyKind("INSPECTOR_POLICY",                    10_000,      10,   1_000, ("inspector",)),
        PolicyKind("UPGRADE_ROLLOUT_POLICY",              10_000,      10,   1_000, ("upgrade_rollout",)),
        PolicyKind("BEDROCK_POLICY",                      10_000,      10,   1_000, ("bedrock",)),
        PolicyKind("S3_POLICY",                           10_000,      10,   1_000, ("s3_attributes",)),
        PolicyKind("NETWORK_SECURITY_DIRECTOR_POLICY",    10_000,      10,   1_000, ()),
        PolicyKind("GUARDDUTY_POLICY",                    10_000,      10,   1_000, ()),
    )
}  # fmt: skip
