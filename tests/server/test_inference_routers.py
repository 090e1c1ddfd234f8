"""A router of one account sends requests to an endpoint of another: who must have said what, on the server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rolecall.server import running
from server.conftest import allow, policy
from server.test_resource_policies import BOTO, OURS, THEIRS, Accounts, endpoint, refused, to

ROUTER = f"arn:aws:sagemaker:us-east-1:{THEIRS}:inference-router/r"
INVOKE = allow("sagemaker:InvokeEndpoint", "sagemaker:InvokeInferenceRouter")


class Routed:
    """An endpoint of ours, and a router of theirs that leads to it."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.endpoint = endpoint(accounts)
        self.component = self.endpoint.replace(":endpoint/e", ":inference-component/ic")
        accounts.may(accounts.theirs, allow("sagemaker:*"))
        self._create("r", self.endpoint)

    def _create(self, name: str, destination: str) -> None:
        targets = [{"Name": "main", "Destinations": [{"ResourceArn": destination}]}]
        self.accounts.their_user.create_inference_router(InferenceRouterName=name, RoutingTargets=targets)

    def their_runtime(self) -> Any:
        keys = self.accounts.their_user._request_signer._credentials
        return BOTO.client(
            "sagemaker-inference-router-runtime",
            endpoint_url=self.accounts.up.endpoint,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
        )

    def invoke(self) -> bytes:
        answer = self.their_runtime().invoke_inference_router(
            InferenceRouterName="r", RoutingTargetName="main", Body=b"hello", ContentType="text/plain"
        )
        return bytes(answer["Body"].read())

    def status(self) -> str:
        described = self.accounts.their_user.describe_inference_router(InferenceRouterName="r")
        return str(described["RoutingTargets"][0]["Destinations"][0]["RoutingStatus"])

    def attach(self, *statements: dict[str, Any]) -> None:
        self.accounts.sagemaker.put_endpoint_policy(EndpointName="e", ResourcePolicy=policy(*statements))


@pytest.fixture
def routed() -> Iterator[Routed]:
    with running(accounts=(OURS, THEIRS), time_scale=1e6) as up:
        yield Routed(Accounts(up))


def through(router: str, action: str, on: str) -> dict[str, Any]:
    """The documented statement: the account may, through this router only."""
    return {
        **to(THEIRS, action, on=on),
        "Condition": {"ArnEquals": {"sagemaker:SourceInferenceRouterArn": router}},
    }


def test_an_endpoint_is_reached_through_the_router_that_its_policy_names(routed: Routed) -> None:
    assert "AccessDenied" in refusal_of(routed)
    routed.attach(through(ROUTER, "sagemaker:InvokeEndpoint", routed.endpoint))
    assert routed.invoke() == b"hello"
    routed.attach(through(ROUTER.replace("/r", "/other"), "sagemaker:InvokeEndpoint", routed.endpoint))
    assert "AccessDenied" in refusal_of(routed)


def test_the_caller_s_own_policies_must_allow_it_too(routed: Routed) -> None:
    routed.attach(through(ROUTER, "sagemaker:InvokeEndpoint", routed.endpoint))
    routed.accounts.may(routed.accounts.theirs, allow("sagemaker:InvokeInferenceRouter"))
    assert "AccessDenied" in refusal_of(routed)
    routed.accounts.may(routed.accounts.theirs, INVOKE)
    assert routed.invoke() == b"hello"


def test_who_may_describe_the_endpoint_knows_whether_it_is_routable(routed: Routed) -> None:
    assert routed.status() == "Unknown"
    routed.attach(to(THEIRS, "sagemaker:DescribeEndpoint", on=routed.endpoint))
    assert routed.status() == "Routable"
    routed.accounts.may(routed.accounts.theirs, allow("sagemaker:DescribeInferenceRouter"))
    assert routed.status() == "Unknown"


def test_an_endpoint_s_policy_speaks_for_its_components(routed: Routed) -> None:
    ours = routed.accounts.sagemaker
    ours.create_inference_component(
        InferenceComponentName="ic",
        EndpointName="e",
        Specification={"ModelName": "m", "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128}},
        RuntimeConfig={"CopyCount": 1},
    )
    read = routed.accounts.their_user.describe_inference_router
    targets = [{"Name": "main", "Destinations": [{"ResourceArn": routed.component}]}]
    routed.accounts.their_user.update_inference_router(InferenceRouterName="r", RoutingTargets=targets)
    routed.attach(to(THEIRS, "sagemaker:DescribeInferenceComponent", on=routed.component))
    destination = read(InferenceRouterName="r")["RoutingTargets"][0]["Destinations"][0]
    assert destination == {"ResourceArn": routed.component, "RoutingStatus": "Routable"}


def test_a_policy_goes_with_its_endpoint(routed: Routed) -> None:
    ours = routed.accounts.sagemaker
    routed.attach(to(THEIRS, "sagemaker:DescribeEndpoint", on=routed.endpoint))
    ours.delete_endpoint(EndpointName="e")
    ours.create_endpoint(EndpointName="e", EndpointConfigName="c")
    assert refused(ours.get_endpoint_policy, EndpointName="e")[0] == "ValidationException"


def refusal_of(routed: Routed) -> str:
    with pytest.raises(routed.their_runtime().exceptions.ClientError) as caught:
        routed.invoke()
    return str(caught.value)
