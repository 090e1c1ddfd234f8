"""ListModelMetadata: standard models that recommendation jobs know by name.

An excerpt of AWS's list, which is long and changes: a model of each domain and framework.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import Body
from rolecall.services.sagemaker.lists import PAGE
from rolecall.store.ports import Reader

# Domain, task, framework, its version, model.
MODELS: Final = (
    ("COMPUTER_VISION", "IMAGE_CLASSIFICATION", "MXNET", "1.8.0", "resnet18v2-gluon"),
    ("COMPUTER_VISION", "IMAGE_CLASSIFICATION", "PYTORCH", "1.6.0", "resnet152"),
    ("COMPUTER_VISION", "IMAGE_CLASSIFICATION", "TENSORFLOW", "1.15.5", "xception"),
    ("COMPUTER_VISION", "IMAGE_SEGMENTATION", "PYTORCH", "1.6.0", "unet"),
    ("COMPUTER_VISION", "OBJECT_DETECTION", "TENSORFLOW", "1.15.5", "efficientdetd0"),
    ("MACHINE_LEARNING", "CLASSIFICATION", "XGBOOST", "1.2.2", "xgboost"),
    ("MACHINE_LEARNING", "REGRESSION", "SAGEMAKER-SCIKIT-LEARN", "0.23.2", "sagemaker-scikit-learn"),
    ("NATURAL_LANGUAGE_PROCESSING", "FILL_MASK", "PYTORCH", "1.6.0", "bert-base-uncased"),
    ("NATURAL_LANGUAGE_PROCESSING", "TEXT_GENERATION", "PYTORCH", "1.6.0", "gpt2"),
)
MEMBERS: Final = ("Domain", "Task", "Framework", "FrameworkVersion", "Model")


def list_metadata(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    filters = (given.get("SearchExpression") or {}).get("Filters") or ()
    known = [dict(zip(MEMBERS, row, strict=True)) for row in MODELS]
    found = [one for one in known if all(one[str(wanted["Name"])] == wanted["Value"] for wanted in filters)]
    shown, token = page_of(found, int(given.get("MaxResults") or PAGE), given.get("NextToken"))
    answer: Body = {"ModelMetadataSummaries": shown}
    return {**answer, "NextToken": token} if token else answer


OPERATIONS: Final = {"ListModelMetadata": Operation(list_metadata, writes=False)}
