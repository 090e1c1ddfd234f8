"""Training and sampling operations of a session, and samples from it.

Nothing is trained here: an operation is complete as soon as it is taken, its losses are zero, and what it saves is
the name of a model package that nobody made. A sample comes back as it was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker_items import arn, found
from rolecall.store.errors import NameTaken
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

SERVICE: Final = "sagemakertrainingsessionruntime"
TRAINING: Final = "training-operation"
SAMPLING: Final = "sampling-operation"
WORKING: Final = ("Running", "Blocked")


def train(call: Call, unit: Unit) -> Mapping[str, Any]:
    session = _working(call, unit)
    number = int(call.parameters["sequenceNumber"])
    return _taken(call, unit, session, TRAINING, f"{session.name}-{number}")


def start_sampling(call: Call, unit: Unit) -> Mapping[str, Any]:
    session = _working(call, unit)
    return _taken(call, unit, session, SAMPLING, call.platform.new_id("", 20).lower())


def _taken(call: Call, unit: Unit, session: Item, kind: str, name: str) -> Mapping[str, Any]:
    asked = call.parameters["operationConfig"]
    if len(asked) != 1:
        raise AwsError("ValidationException", "operationConfig must hold exactly one operation.", 400)
    operation = Item(
        account=session.account,
        region=session.region,
        service=SERVICE,
        type=kind,
        name=name,
        parent=str(session.id),
        arn=f"{session.arn}/{session.id}/{kind}/{name}",
        created=call.now,
        modified=call.now,
        body={"Operation": next(iter(asked))},
    )
    try:
        unit.add_item(operation)
    except NameTaken:
        text = f"The sequence number of operation {name} was used already."
        raise AwsError("ConflictException", text, 409) from None
    return {"operationId": name}


def training_result(call: Call, reader: Reader) -> Mapping[str, Any]:
    operation = _operation(call, reader, TRAINING)
    name = str(operation.body["Operation"])
    package = arn(call, f"model-package/{call.parameters['trainingSessionName']}/{operation.id}")
    results: Mapping[str, dict[str, Any]] = {
        "forward": {"metrics": {"loss": 0.0}, "tokenUsage": {"trainingTokens": 0}},
        "forwardBackward": {"metrics": {"loss": 0.0}, "tokenUsage": {"trainingTokens": 0}},
        "optimizerStep": {"metrics": {}},
        "saveWeights": {"modelPackageArn": package},
        "saveState": {"modelPackageArn": package},
        "loadState": {},
    }
    usage = {"trainingTokens": 0}
    return {"status": "Completed", "operationResult": {name: results[name]}, "tokenUsage": usage}


def sampling_result(call: Call, reader: Reader) -> Mapping[str, Any]:
    name = str(_operation(call, reader, SAMPLING).body["Operation"])
    results: Mapping[str, dict[str, Any]] = {
        "sample": {"sequences": []},
        "computeLogprobs": {"logprobs": []},
        "loadWeightsForSampling": {},
    }
    return {"status": "Completed", "operationResult": {name: results[name]}}


def sample(call: Call, reader: Reader) -> Mapping[str, Any]:
    _working(call, reader)
    content = str(call.parameters.get("contentType") or "application/octet-stream")
    return {"contentType": content, "body": call.parameters.get("body") or b""}


def _session(call: Call, reader: Reader) -> Item:
    name = str(call.parameters["trainingSessionName"])
    session = found(call, reader, "training-session", name)
    if session is None:
        raise AwsError("ResourceNotFoundException", f"Training session {name} does not exist.", 404)
    return session


def _working(call: Call, reader: Reader) -> Item:
    session = _session(call, reader)
    if session.status not in WORKING:
        text = f"Training session {session.name} is {session.status}: it takes no operations."
        raise AwsError("ConflictException", text, 409)
    return session


def _operation(call: Call, reader: Reader, kind: str) -> Item:
    session, name = _session(call, reader), str(call.parameters["operationId"])
    held = reader.item(session.account, SERVICE, kind, name, region=session.region, parent=str(session.id))
    if held is None:
        raise AwsError("ResourceNotFoundException", f"Operation {name} does not exist.", 404)
    return held


OPERATIONS: Final[Mapping[str, Operation]] = {
    "ExecuteTrainingOperation": Operation(train, writes=True),
    "ExecuteSamplingOperation": Operation(start_sampling, writes=True),
    "GetTrainingOperationResult": Operation(training_result, writes=False),
    "GetSamplingOperationResult": Operation(sampling_result, writes=False),
    "SampleTrainingSession": Operation(sample, writes=False),
    "SampleTrainingSessionWithResponseStream": Operation(sample, writes=False),
}
