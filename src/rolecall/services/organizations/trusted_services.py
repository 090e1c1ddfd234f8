"""The services that work with Organizations, and whether member accounts can administer them.

Organizations User Guide, "AWS services that you can use with AWS Organizations": service principals by column.
"""

from __future__ import annotations

from typing import Final

# Trusted access and delegated administrators.
DELEGABLE: Final = frozenset(
    f"{name}.amazonaws.com"
    for name in (
        "access-analyzer",
        "account",
        "auditmanager",
        "backup",
        "backup-policy",
        "billing-cost-management",
        "cloudtrail",
        "compute-optimizer",
        "config",
        "config-multiaccountsetup",
        "cost-optimization-hub.bcm",
        "detective",
        "devops-guru",
        "fms",
        "guardduty",
        "malware-protection.guardduty",
        "health",
        "iam",
        "inspector2",
        "ipam",
        "license-manager",
        "license-manager-linux-subscriptions",
        "license-manager-user-subscriptions",
        "macie",
        "member.org.stacksets.cloudformation",
        "observabilityadmin",
        "networkmanager",
        "notifications",
        "opsdatasync.ssm",
        "ram",
        "reachabilityanalyzer.networkinsights",
        "reporting.trustedadvisor",
        "resource-explorer-2",
        "s3",
        "securityhub",
        "securitylake",
        "servicecatalog",
        "ssm",
        "ssm-incidents",
        "ssm-quicksetup",
        "sso",
        "stacksets.cloudformation",
        "storage-lens.s3",
        "support",
        "user-subscriptions",
    )
)
# Trusted access only.
TRUSTED: Final = DELEGABLE | frozenset(
    f"{name}.amazonaws.com"
    for name in (
        "aws-artifact-account-sync",
        "controltower",
        "ds",
        "ec2",
        "license-management.marketplace",
        "license-manager.member-account",
        "mgn",
        "private-marketplace",
        "procurement-insights.marketplace",
        "quicksight",
        "sagemaker",
        "servicequotas",
        "tagpolicies.tag",
        "vendor-insights",
        "wellarchitected",
        "chatbot",
        "bedrock",
        "rds",
    )
)
