"""Studio: it tags what its users create, so their roles need sagemaker:AddTags; variables of its sessions."""

from __future__ import annotations

import json
from typing import Any, Final

from rolecall.tour.calls import domain, endpoint_config, model, private_space, role, tags, user_profiles
from rolecall.tour.check import (
    NO_BOUNDARY,
    NO_IDENTITY,
    Allowed,
    Check,
    Denied,
    Do,
    Document,
    Root,
    Section,
    Session,
    User,
    iam_arn,
    sagemaker_arn,
)
from rolecall.tour.policies import SAGEMAKER, allow, pass_role, policy, trusts

TAGGING: Final = 'Amazon SageMaker AI Developer Guide, "Provide permissions for tagging SageMaker AI resources"'
ISOLATION: Final = 'Amazon SageMaker AI Developer Guide, "Domain resource isolation"'
SPACES: Final = 'Amazon SageMaker AI Developer Guide, "Give your users access to private spaces"'
AUTHORIZATION: Final = (
    'Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker"'
)
ERRORS: Final = "the errors of SageMaker's API, as published by its users"

# Studio's execution roles are assumed by SageMaker; the concierge shows the same roles outside Studio.
EXECUTION_TRUST: Final = json.dumps(trusts({"Service": SAGEMAKER, "AWS": iam_arn("user/concierge")}))
CREATES: Final = allow("sagemaker:CreateModel", "sagemaker:CreateEndpointConfig")
NO_ADD_TAGS: Final = policy(CREATES, pass_role())
OWN_SPACES: Final = policy(
    allow(
        "sagemaker:CreateSpace",
        on=sagemaker_arn("space/${sagemaker:DomainId}/*"),
        when={
            "ArnLike": {
                "sagemaker:OwnerUserProfileArn": sagemaker_arn(
                    "user-profile/${sagemaker:DomainId}/${sagemaker:UserProfileName}"
                )
            },
            "StringEquals": {"sagemaker:SpaceSharingType": ["Private", "Shared"]},
        },
    ),
    allow(
        "sagemaker:AddTags", on="arn:aws:sagemaker:*:*:*/*", when={"Null": {"sagemaker:TaggingAction": "false"}}
    ),
)


# User profiles and their execution roles.
PROFILES: Final = {
    "nora": "StudioNoTags",
    "tara": "StudioTags",
    "mona": "StudioModelTags",
    "olga": "StudioOwnKeys",
    "bea": "StudioBounded",
    "sara": "StudioSpaces",
}


def studio(profile: str, document: Document, **extra: Any) -> Session:
    """What a user profile does in Studio."""
    return Session(
        role=PROFILES[profile], name="SageMaker", policy=document, studio=("<domain>", profile), **extra
    )


WITHOUT: Final = studio("nora", NO_ADD_TAGS)
WITH: Final = studio("tara", policy(CREATES, allow("sagemaker:AddTags"), pass_role()))
AT_MODELS: Final = studio(
    "mona",
    policy(
        CREATES,
        allow("sagemaker:AddTags", when={"StringEquals": {"sagemaker:TaggingAction": ["CreateModel"]}}),
        pass_role(),
    ),
)
ONLY_OWN_KEYS: Final = studio(
    "olga",
    policy(
        CREATES,
        allow("sagemaker:AddTags", when={"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}),
        pass_role(),
    ),
)
BOUNDED: Final = studio(
    "bea",
    policy(allow("*")),
    boundary=("CreateOnly", policy(allow("sagemaker:Create*", "iam:PassRole"))),
)
SPACE_OWNER: Final = studio("sara", OWN_SPACES)
VISITOR: Final = User(
    name="nora",
    policy=policy(
        allow("sagemaker:CreatePresignedDomainUrl", on=sagemaker_arn("user-profile/*/${aws:username}")),
    ),
)

SECTION: Final = Section(
    name="studio",
    title="Studio and Studio Classic",
    says="Studio tags whatever it creates; without the permission to add tags the creation is denied.",
    before=(
        *(role(name, EXECUTION_TRUST) for name in PROFILES.values()),
        *domain("tour-domain"),
        *user_profiles(PROFILES),
        model("studio-model"),
    ),
    checks=(
        Check(
            title="No tag was asked for, and yet AddTags is missing",
            who=WITHOUT,
            call=model("studio-1"),
            outcome=Denied("sagemaker:AddTags", sagemaker_arn("model/studio-1"), NO_IDENTITY),
            reference=TAGGING,
        ),
        Check(
            title="The same role outside Studio creates the model",
            who=Session(role="StudioNoTags", name="outside", policy=NO_ADD_TAGS),
            call=model("studio-2"),
            outcome=Allowed({"ModelArn": sagemaker_arn("model/studio-2")}),
            reference=TAGGING,
        ),
        Check(
            title="With AddTags Studio creates the model",
            who=WITH,
            call=model("studio-3"),
            outcome=Allowed({"ModelArn": sagemaker_arn("model/studio-3")}),
            reference=TAGGING,
        ),
        Check(
            title="... and it carries the domain it came from",
            who=Root(),
            call=Do("sagemaker", "list_tags", {"ResourceArn": sagemaker_arn("model/studio-3")}),
            outcome=Allowed(
                {
                    "Tags[?Key=='sagemaker:domain-arn'].Value | [0]": sagemaker_arn("domain/<domain>"),
                    "Tags[?Key=='sagemaker:user-profile-arn'].Value | [0]": sagemaker_arn(
                        "user-profile/<domain>/tara"
                    ),
                }
            ),
            reference=TAGGING,
        ),
        Check(
            title="AddTags for models only: a model",
            who=AT_MODELS,
            call=model("studio-4"),
            outcome=Allowed(),
            reference=TAGGING,
        ),
        Check(
            title="AddTags for models only: an endpoint configuration",
            who=AT_MODELS,
            call=endpoint_config("studio-5", "studio-model"),
            outcome=Denied("sagemaker:AddTags", sagemaker_arn("endpoint-config/studio-5"), NO_IDENTITY),
            reference=TAGGING,
        ),
        Check(
            title="A list of allowed tag keys forgets Studio's own",
            who=ONLY_OWN_KEYS,
            call=model("studio-6", Tags=tags(team="ml")),
            outcome=Denied("sagemaker:AddTags", sagemaker_arn("model/studio-6"), NO_IDENTITY),
            reference=ISOLATION,
        ),
        Check(
            title="A boundary without AddTags",
            who=BOUNDED,
            call=model("studio-7"),
            outcome=Denied("sagemaker:AddTags", sagemaker_arn("model/studio-7"), NO_BOUNDARY),
            reference=ERRORS,
        ),
        Check(
            title="One's own space, by the variables of the Studio session",
            who=SPACE_OWNER,
            call=private_space("saras-space", "sara"),
            outcome=Allowed({"SpaceArn": sagemaker_arn("space/<domain>/saras-space")}),
            reference=SPACES,
        ),
        Check(
            title="A space for somebody else",
            who=SPACE_OWNER,
            call=private_space("taras-space", "tara"),
            outcome=Denied("sagemaker:CreateSpace", sagemaker_arn("space/<domain>/taras-space"), NO_IDENTITY),
            reference=SPACES,
        ),
        Check(
            title="Outside Studio the variables stand for nothing",
            who=Session(role="StudioSpaces", name="outside", policy=OWN_SPACES),
            call=private_space("outside-space", "sara"),
            outcome=Denied("sagemaker:CreateSpace", sagemaker_arn("space/<domain>/outside-space"), NO_IDENTITY),
            reference=SPACES,
        ),
        Check(
            title="The way into one's own user profile",
            who=VISITOR,
            call=Do(
                "sagemaker", "create_presigned_domain_url", {"DomainId": "<domain>", "UserProfileName": "nora"}
            ),
            outcome=Allowed(),
            reference=AUTHORIZATION,
        ),
        Check(
            title="The way into somebody else's",
            who=VISITOR,
            call=Do(
                "sagemaker", "create_presigned_domain_url", {"DomainId": "<domain>", "UserProfileName": "tara"}
            ),
            outcome=Denied(
                "sagemaker:CreatePresignedDomainUrl", sagemaker_arn("user-profile/<domain>/tara"), NO_IDENTITY
            ),
            reference=AUTHORIZATION,
        ),
        Check(
            title="ListDomains is asked on domain/*, and the denial says so",
            who=VISITOR,
            call=Do("sagemaker", "list_domains"),
            outcome=Denied("sagemaker:ListDomains", sagemaker_arn("domain/*"), NO_IDENTITY),
            reference=ERRORS,
        ),
    ),
)
