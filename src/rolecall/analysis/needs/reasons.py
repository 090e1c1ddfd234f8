"""Why does a call need an action? One sentence for each kind of requirement."""

from __future__ import annotations

from typing import Final

from rolecall.authorization.requirement import Requirement

# Actions that an operation needs beside its own, and what they are for.
WORDS: Final = {
    "iam:PassRole": "the call hands this role to SageMaker ({paths})",
    "sagemaker:AddTags": "the call gives tags, and tagging on create is a permission of its own",
    "iam:CreateServiceLinkedRole": "the service-linked role is made when it is missing",
    "sagemaker:UpdateClusterSoftware": "the cluster's software is installed by the call",
    "sagemaker:BatchAddClusterNodes": "changing the cluster may add nodes",
    "sagemaker:BatchDeleteClusterNodes": "changing the cluster may remove nodes",
    "sagemaker:CreateReservedCapacity": "the plan reserves capacity",
    "sagemaker:DescribeCluster": "the call looks at the cluster",
    "sagemaker:DeployHubModel": "a container takes its model from hub content",
    "sagemaker:TrainHubModel": "an input channel takes its data from hub content",
    "sagemaker:CreateApp": "the domain gets an RStudio application",
    "sagemaker:PutRecord": "the call writes records",
    "sagemaker:InvokeEndpoint": "the call invokes the endpoint",
}


def reason(row: Requirement, operation: str) -> str:
    """The reason of a row. operation: the call's own."""
    name = row.action.partition(":")[2]
    if name == operation:
        return (
            f"the call itself{'' if row.on == '*' or not row.when else f', because it gives {_paths(row.when)}'}"
        )
    words = WORDS.get(row.action, "the call needs it beside its own action")
    return words.replace("{paths}", _paths(row.when) or row.on.strip("{}"))


def _paths(when: str) -> str:
    terms = [term for term in when.replace(" or ", " and ").split(" and ") if not term.startswith("!")]
    return " and ".join(terms)
