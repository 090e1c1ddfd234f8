"""InvokeInferenceRouter and its asynchronous form.

The destinations of a routing target are tried in their order, those of the router's Region first. The call to a
destination is authorized like the caller's own, with sagemaker:SourceInferenceRouterArn, by the identity's
policies and, in another account, by the endpoint's policy as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker_items import found
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

ROUTER_KEY: Final = "sagemaker:SourceInferenceRouterArn"
DENIED: Final = (
    "You don't have permission to perform this action. Check that the caller is allowed to invoke the inference "
    "router and every destination of the routing target."
)
PASSED_ON: Final = ("ContentType", "Accept", "InferenceId", "PrefixAwareId", "CustomAttributes", "Body")
SERVING: Final = ("InService", "Updating")


def invoke(call: Call, unit: Unit) -> Mapping[str, Any]:
    router, target = _target(call, unit)
    if target.get("AsyncInferenceConfig"):
        raise _refused(f"Routing target {target['Name']} is configured for asynchronous inference.")
    given = {name: call.parameters[name] for name in PASSED_ON if call.parameters.get(name) is not None}
    answer, destination, reason = _first_that_answers(call, unit, router, target, "InvokeEndpoint", given)
    kept = ("Body", "ContentType", "InvokedProductionVariant", "CustomAttributes")
    return {
        **{name: answer[name] for name in kept if name in answer},
        "InvokedRoutedResourceArn": destination,
        "RoutingReason": reason,
    }


def invoke_asynchronously(call: Call, unit: Unit) -> Mapping[str, Any]:
    router, target = _target(call, unit)
    output = (target.get("AsyncInferenceConfig") or {}).get("OutputConfig")
    if not output:
        raise _refused(f"Routing target {target['Name']} is not configured for asynchronous inference.")
    names = ("ContentType", "Accept", "CustomAttributes", "InferenceId", "InputLocation", "RequestTTLSeconds")
    given = {name: call.parameters[name] for name in names if call.parameters.get(name) is not None}
    _first_that_answers(call, unit, router, target, "InvokeEndpointAsync", given)
    extension = str(call.parameters.get("S3OutputPathExtension") or "").strip("/")
    name = str(call.parameters.get("Filename") or f"{call.request_id}.out")

    def place(base: object, file: str) -> str:
        return "/".join(part for part in (str(base).rstrip("/"), extension, file) if part)

    return {
        "InferenceId": str(call.parameters.get("InferenceId") or call.request_id),
        "OutputLocation": place(output["S3OutputPath"], name),
        "FailureLocation": place(output["S3FailurePath"], f"{call.request_id}-error.out"),
    }


def _target(call: Call, reader: Reader) -> tuple[Item, Mapping[str, Any]]:
    name = str(call.parameters["InferenceRouterName"])
    router = found(call, reader, "inference-router", name)
    if router is None or router.status not in SERVING:
        raise _refused(f"Inference router {name} of account {call.account} not found.")
    wanted = call.parameters["RoutingTargetName"]
    target = next((one for one in router.body["RoutingTargets"] if one["Name"] == wanted), None)
    if target is None:
        raise _refused(f"Inference router {name} has no routing target {wanted}.")
    return router, target


def _first_that_answers(
    call: Call, unit: Unit, router: Item, target: Mapping[str, Any], operation: str, given: Mapping[str, Any]
) -> tuple[Mapping[str, Any], str, str]:
    """The answer, the ARN that gave it, and why it was chosen. Whoever may not call one destination calls none."""
    ordered = _ordered(call, target)
    refusal: AwsError | None = None
    for arn in ordered:
        address, at = _address(unit, arn)
        try:
            answer = call.platform.call(
                call,
                "sagemaker-runtime",
                operation,
                {**given, **address},
                unit,
                as_principal=call.caller,
                keys={ROUTER_KEY: router.arn},
                at=at,
            )
        except AwsError as error:
            if error.code == "AccessDeniedException":
                raise AwsError("AccessDeniedException", DENIED, 403) from None
            if error.code == "ModelError":
                raise
            refusal = error
            continue
        local = arn.split(":")[3] == call.region
        return answer, arn, "local-preferred" if local else "capacity-available"
    raise refusal or AwsError("ServiceUnavailableException", "No destination could take the request.", 503)


def _ordered(call: Call, target: Mapping[str, Any]) -> Sequence[str]:
    known = [str(one["ResourceArn"]) for one in target["Destinations"] if one.get("RoutingStatus") != "Unroutable"]
    return sorted(known, key=lambda arn: arn.split(":")[3] != call.region)


def _address(reader: Reader, arn: str) -> tuple[dict[str, str], tuple[str, str]]:
    """How an invocation names a destination, an endpoint or a component of one, and its account and region."""
    _, _, _, region, account, path = arn.split(":", 5)
    item = reader.item_by_arn(arn)
    if item is not None and item.type == "inference-component":
        named = {"EndpointName": str(item.body["EndpointName"]), "InferenceComponentName": item.name}
    else:
        named = {"EndpointName": path.partition("/")[2]}
    return named, (account, region)


def _refused(message: str) -> AwsError:
    return AwsError("ValidationException", message, 400)


OPERATIONS: Final[Mapping[str, Operation]] = {
    "InvokeInferenceRouter": Operation(invoke, writes=True),
    "InvokeInferenceRouterAsync": Operation(invoke_asynchronously, writes=True),
}
