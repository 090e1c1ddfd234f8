"""How a bucket's policy counts for one call: Block Public Access, the owner's root user, who began an upload.

Stands before the world of a snapshot and changes nothing but the policies of buckets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from rolecall.authorization.api_call import ApiCall
from rolecall.decision.policies import SourcedPolicy
from rolecall.decision.request import PrincipalType
from rolecall.decision.world import ControlPolicies, PrincipalRecord, World
from rolecall.policy.document import Effect, Policy, PrincipalEntry, Statement
from rolecall.services.s3 import rows
from rolecall.services.s3.public_policies import is_public
from rolecall.store.ports import Reader

# What the root user of the bucket's account does whatever the policy says (PutBucketPolicy).
ROOTS: Final = frozenset({"GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"})
# What whoever began an upload may do with it (S3 User Guide, "Multipart upload and permissions").
INITIATORS: Final[Mapping[str, str]] = {
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "ListParts": "s3:ListMultipartUploadParts",
}
EMPTY: Final = Policy(version="2012-10-17", statements=())


class BucketWorld:
    """Implements decision.world.World for one call of S3."""

    def __init__(self, world: World, reader: Reader, call: ApiCall) -> None:
        self._world = world
        self._reader = reader
        self._call = call

    def principal(self, arn: str) -> PrincipalRecord | None:
        return self._world.principal(arn)

    def control_policies(self, account: str) -> ControlPolicies:
        return self._world.control_policies(account)

    def resource_policy(self, arn: str) -> SourcedPolicy | None:
        if ":s3:::" not in arn:
            return self._world.resource_policy(arn)
        bucket = rows.bucket(self._reader, self._call.partition, arn.partition(":::")[2].partition("/")[0])
        if bucket is None:
            return None
        caller = self._call.caller.principal
        own = caller.account == bucket.account
        if own and caller.type is PrincipalType.ROOT and self._call.operation in ROOTS:
            return None
        policy = self._world.resource_policy(arn)
        block = bucket.body.get("PublicAccessBlock") or {}
        # Service principals of AWS get in still; everybody else of another account loses what was granted.
        restricted = block.get("RestrictPublicBuckets") and not own and caller.type is not PrincipalType.SERVICE
        if policy is not None and restricted and is_public(policy.document):
            policy = replace(policy, document=_denials(policy.document))
        return self._with_initiator(arn, policy)

    def _with_initiator(self, arn: str, policy: SourcedPolicy | None) -> SourcedPolicy | None:
        state = self._call.found.get("state")
        upload = state.get("upload") if isinstance(state, Mapping) else None
        action = INITIATORS.get(self._call.operation)
        if action is None or not isinstance(upload, Mapping) or not self._is_initiator(upload):
            return policy
        document = EMPTY if policy is None else policy.document
        granting = Statement(
            index=len(document.statements),
            effect=Effect.ALLOW,
            sid="RolecallInitiatorOfUpload",
            actions=(action,),
            resources=("*",),
            principals=(PrincipalEntry("AWS", self._call.caller.principal.arn),),
        )
        made = replace(document, statements=(*document.statements, granting))
        return SourcedPolicy(made, name=policy.name if policy is not None else "")

    def _is_initiator(self, upload: Mapping[str, Any]) -> bool:
        caller = self._call.caller.principal
        return (caller.role_arn or caller.arn) == upload.get("initiator")


def _denials(document: Policy) -> Policy:
    return replace(document, statements=tuple(one for one in document.statements if one.effect is Effect.DENY))
