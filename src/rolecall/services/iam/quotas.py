"""How many and how large things may be in an account (IAM and AWS STS quotas)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PER_ACCOUNT: Final[Mapping[str, tuple[str, int]]] = {
    # type: (name of the quota in the error, how many)
    "user": ("UsersPerAccount", 5000),
    "group": ("GroupsPerAccount", 300),
    "role": ("RolesPerAccount", 1000),
    "policy": ("PoliciesPerAccount", 1500),
    "instance-profile": ("InstanceProfilesPerAccount", 1000),
    "server-certificate": ("ServerCertificatesPerAccount", 20),
    "oidc-provider": ("OpenIdConnectProvidersPerAccount", 100),
    "saml-provider": ("SAMLProvidersPerAccount", 100),
}

ATTACHED: Final[Mapping[str, tuple[str, int]]] = {
    "user": ("PoliciesPerUser", 10),
    "group": ("PoliciesPerGroup", 10),
    "role": ("PoliciesPerRole", 10),
}

INLINE_CHARACTERS: Final[Mapping[str, int]] = {"user": 2048, "group": 5120, "role": 10240}
POLICY_CHARACTERS: Final = 6144
TRUST_CHARACTERS: Final = 2048

VERSIONS_PER_POLICY: Final = 5
GROUPS_PER_USER: Final = 10
ACCESS_KEYS_PER_USER: Final = 2
MFA_DEVICES_PER_USER: Final = 8
SSH_KEYS_PER_USER: Final = 5
SIGNING_CERTIFICATES_PER_USER: Final = 2
SERVICE_CREDENTIALS_PER_USER: Final = 2  # for each service
CLIENT_IDS_PER_PROVIDER: Final = 100
TAGS_PER_RESOURCE: Final = 50
