"""SageMakerPublicHub, the hub of AWS that everybody reads: a few of its contents, enough to walk through it.

The hub lies in no account of ours: its ARN says `aws`. Its catalogue is AWS's and is not here; what it holds of
the models named below is a document with their names, and a reference may be made to any content of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from rolecall.services.call import Call

NAME: Final = "SageMakerPublicHub"
OPENED: Final = datetime(2022, 11, 30, tzinfo=UTC)
SCHEMA: Final = "2.3.0"


class PublicModel(Struct, frozen=True):
    """gated: whoever wants its files accepts its license agreement first."""

    name: str
    version: str
    title: str
    keywords: tuple[str, ...]
    gated: bool = False


MODELS: Final = (
    PublicModel("huggingface-llm-falcon-7b-bf16", "4.1.0", "Falcon 7B BF16", ("text-generation",)),
    PublicModel("huggingface-textembedding-all-MiniLM-L6-v2", "2.0.0", "All MiniLM L6 v2", ("embedding",)),
    PublicModel(
        "meta-textgeneration-llama-3-1-8b", "2.8.0", "Meta Llama 3.1 8B", ("text-generation",), gated=True
    ),
    PublicModel("pytorch-ic-mobilenet-v2", "4.0.0", "MobileNet v2", ("image-classification",)),
    PublicModel("xgboost-classification-model", "3.0.0", "XGBoost Classifier", ("classification", "tabular")),
)


def hub_arn(call: Call) -> str:
    return f"arn:{call.partition}:sagemaker:{call.region}:aws:hub/{NAME}"


def is_public(hub: str) -> bool:
    """Whether a HubName, a name or an ARN, is the public hub's."""
    return hub == NAME or hub.endswith(f":aws:hub/{NAME}")


def hub(call: Call) -> dict[str, Any]:
    return {
        "HubName": NAME,
        "HubArn": hub_arn(call),
        "HubDisplayName": "SageMaker Public Hub",
        "HubDescription": "Models that Amazon SageMaker JumpStart offers.",
        "HubStatus": "InService",
        "CreationTime": OPENED,
        "LastModifiedTime": OPENED,
    }


def content_arn(call: Call, name: str, version: str) -> str:
    return f"arn:{call.partition}:sagemaker:{call.region}:aws:hub-content/{NAME}/Model/{name}/{version}"


def content(call: Call, model: PublicModel) -> dict[str, Any]:
    """A content as Describe and List show it."""
    return {
        "HubContentName": model.name,
        "HubContentArn": content_arn(call, model.name, model.version),
        "HubContentVersion": model.version,
        "HubContentType": "Model",
        "DocumentSchemaVersion": SCHEMA,
        "HubName": NAME,
        "HubArn": hub_arn(call),
        "HubContentDisplayName": model.title,
        "HubContentDocument": json.dumps({"ModelId": model.name, "GatedBucket": model.gated}),
        "HubContentSearchKeywords": list(model.keywords),
        "HubContentStatus": "Available",
        "SupportStatus": "Supported",
        "CreationTime": OPENED,
        "OriginalCreationTime": OPENED,
    }


def referred(parameters: Mapping[str, Any]) -> str | None:
    """The name of the content that a request for a reference names by ARN; None when that is no such ARN."""
    arn = parameters.get("SageMakerPublicHubContentArn")
    parts = arn.split("/") if isinstance(arn, str) else []
    return parts[3] if len(parts) > 3 else None


def known(name: str) -> PublicModel | None:
    return next((model for model in MODELS if model.name == name), None)
