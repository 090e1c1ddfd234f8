"""Is the document longer than its quota? White space does not count where IAM does not count it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.finding import Finding, Place
from rolecall.analysis.lint.look import Look
from rolecall.policy.document import PolicyType
from rolecall.policy.validation import MOST_CHARACTERS, counted_size

# Control policies count white space too, but only as it is sent: tools send them without. So a text is too long
# here only if no way of writing it is short enough.
QUOTAS: Final = {
    PolicyType.IDENTITY: ("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", MOST_CHARACTERS["managed"]),
    PolicyType.BOUNDARY: ("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", MOST_CHARACTERS["managed"]),
    PolicyType.SESSION: ("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", MOST_CHARACTERS["session"]),
    PolicyType.TRUST: ("POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA", MOST_CHARACTERS["trust"]),
    PolicyType.SCP: ("POLICY_SIZE_EXCEEDS_SCP_QUOTA", MOST_CHARACTERS["scp"]),
    PolicyType.RCP: ("POLICY_SIZE_EXCEEDS_RCP_QUOTA", MOST_CHARACTERS["rcp"]),
}
# Bytes of the resource policies whose quota AWS documents.
RESOURCE_QUOTAS: Final = {
    "AWS::S3::Bucket": 20 * 1024,
    "AWS::S3::AccessPoint": 20 * 1024,
    "AWS::S3::MultiRegionAccessPoint": 20 * 1024,
    "AWS::S3ObjectLambda::AccessPoint": 20 * 1024,
    "AWS::DynamoDB::Table": 20 * 1024,
}


def size(look: Look) -> Iterator[Finding]:
    """The whole document."""
    if look.kind is PolicyType.RESOURCE:
        code = "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA"
        most = RESOURCE_QUOTAS.get(look.options.resource_type or "")
    else:
        code, most = QUOTAS.get(look.kind, ("", None))
    found = counted_size(look.text)
    if most is not None and found > most:
        values = {"policySize": str(found), "policySizeQuota": str(most)}
        yield look.finding(code, Place((), look.document.root), values)


RULES: Final = (size,)
