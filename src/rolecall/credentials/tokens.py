"""The inside of a session token: claims packed small, and what of them counts against PackedPolicySize.

claims → msgpack → zlib with a preset dictionary → (sealed by keyring.py) → text. AWS does not say how it packs;
the budget of 4 KB for policies, policy ARNs and tags is ours (100 %).
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Final

import msgspec

from rolecall.credentials.claims import SessionClaims
from rolecall.credentials.errors import TokenDamaged, TokenTooLarge

PACKED_BUDGET: Final = 4096

# Tokens begin as AWS's of today do (IQoJb3JpZ2luX2Vj), then the number of this format. Another dictionary or
# another way to pack is another number.
HEADER: Final = b"!\n\torigin_ec" + bytes((1,))

# Likely text, the likeliest last: reaching back a short way costs least. Never edited under this number.
DICTIONARY: Final = (
    b"https://token.actions.githubusercontent.com saml:iss saml:sub saml:aud "
    b"aws:PrincipalOrgID aws:SourceIp aws:SourceVpce aws:SecureTransport aws:CurrentTime "
    b"aws:MultiFactorAuthPresent aws:RequestedRegion eu-central-1 eu-west-1 us-west-2 us-east-2 us-east-1 "
    b"logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents ecr:GetAuthorizationToken "
    b"cloudwatch:PutMetricData kms:Decrypt kms:GenerateDataKey iam:GetRole iam:PassRole iam:PassedToService "
    b"sts:AssumeRole sts:TagSession "
    b'"StringNotEquals":{ "StringLike":{ "StringEqualsIfExists":{ "ForAllValues:StringEquals":{ "ArnLike":{ '
    b'"Bool":{ '
    b"s3:ListAllMyBuckets s3:GetBucketLocation s3:DeleteObject s3:PutObject s3:GetObject s3:ListBucket s3:* "
    b"sagemaker:CreateEndpointConfig sagemaker:CreateEndpoint sagemaker:CreateModel sagemaker:CreateProcessingJob "
    b"sagemaker:CreateTransformJob sagemaker:CreateTrainingJob sagemaker:CreatePresignedDomainUrl "
    b"sagemaker:DescribeTrainingJob sagemaker:InvokeEndpoint sagemaker:AddTags sagemaker:Describe* "
    b"sagemaker:List* sagemaker:InstanceTypes sagemaker:VpcSubnets sagemaker:ResourceTag/ aws:ResourceTag/ "
    b"aws:RequestTag/ aws:PrincipalTag/ aws:TagKeys sagemaker:* "
    b"arn:aws:s3::: arn:aws:sagemaker:us-east-1:123456789012:training-job/ arn:aws:sagemaker:*:*: "
    b'"NotAction":[ "NotResource":[ "Effect":"Deny", "Condition":{"StringEquals":{" "Sid":" '
    b'"Action":[" "Action":"*", "Resource":["arn:aws:iam::aws:policy/AmazonSageMakerFullAccess '
    b'{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": "*"}]}'
    b'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*"],"Resource":"*"}]} '
    b"Environment Production Development CostCenter Department Project Owner Team Name "
    b"domain_id user_profile_name space_name studio request_keys chained mfa_time federated_provider "
    b"source_identity transitive_tag_keys tags policy_arns policies expires issued session_name "
    b"service-role/AmazonSageMaker-ExecutionRole- arn:aws:iam::123456789012:user/ holder_arn "
    b"arn:aws:iam::123456789012:role/ holder_id AIDA AROA account secret access_key_id ASIA kind role"
)

_decoder = msgspec.msgpack.Decoder(SessionClaims)


def pack(claims: SessionClaims) -> bytes:
    return _compress(msgspec.msgpack.encode(claims))


def unpack(packed: bytes) -> SessionClaims:
    try:
        return _decoder.decode(zlib.decompressobj(-zlib.MAX_WBITS, zdict=DICTIONARY).decompress(packed))
    except (zlib.error, msgspec.MsgspecError):
        # Authentic, but written by a newer program: what it does not know may be a restriction.
        raise TokenDamaged("the token holds claims that this version does not know") from None


def packed_percent(claims: SessionClaims) -> int:
    """How much of the budget the session's policies and tags take; raises TokenTooLarge above 100."""
    if not (claims.policies or claims.policy_arns or claims.tags):
        return 0
    counted = (claims.policies, claims.policy_arns, claims.tags, claims.transitive_tag_keys)
    percent = -(-len(_compress(msgspec.msgpack.encode(counted))) * 100 // PACKED_BUDGET)
    if percent > 100:
        raise TokenTooLarge(percent)
    return percent


def to_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_text(token: str) -> bytes:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TokenDamaged("not the text of a token") from None
    if to_text(raw) != token:  # base64 has bits to spare at its end: one token, one text
        raise TokenDamaged("not the text of a token")
    return raw


def _compress(data: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zdict=DICTIONARY)
    return deflate.compress(data) + deflate.flush()
