"""However a request names a thing, policies are about the thing: clusters, hubs, contents of hubs."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.server import Running
from server.conftest import Person, allow, deny

CONTENT = {"HubContentType": "Model", "HubContentName": "resnet"}
PUBLIC = {"HubName": "SageMakerPublicHub"}
BLUE = {"StringEquals": {"aws:ResourceTag/team": "blue"}}


def refused(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    return str(caught.value.response["Error"]["Message"])


@pytest.fixture
def cluster(server: Running, person: Person, role: str) -> str:
    """A cluster of the team blue, called like the person."""
    made = server.client("sagemaker").create_cluster(
        ClusterName=person.name,
        InstanceGroups=[
            {
                "InstanceGroupName": "workers",
                "InstanceType": "ml.g5.xlarge",
                "InstanceCount": 1,
                "ExecutionRole": role,
            }
        ],
        Tags=[{"Key": "team", "Value": "blue"}],
    )
    return str(made["ClusterArn"])


def test_a_cluster_s_tags_count_by_its_name_and_by_its_arn(person: Person, cluster: str) -> None:
    person.may(allow("sagemaker:DescribeCluster", Condition=BLUE))
    sagemaker = person.client("sagemaker")
    for name in (person.name, cluster):
        assert sagemaker.describe_cluster(ClusterName=name)["ClusterArn"] == cluster
    person.may(allow("sagemaker:*"), deny("sagemaker:*Cluster*", Condition=BLUE))
    for name in (person.name, cluster):
        assert cluster in refused(sagemaker.describe_cluster, ClusterName=name)
        assert cluster in refused(sagemaker.list_cluster_nodes, ClusterName=name)


def test_a_policy_names_a_cluster_by_its_id(person: Person, cluster: str) -> None:
    sagemaker = person.client("sagemaker")
    person.may(allow("sagemaker:DescribeCluster", Resource=cluster))
    assert sagemaker.describe_cluster(ClusterName=person.name)["ClusterName"] == person.name
    by_name = cluster.rpartition("/")[0] + f"/{person.name}"
    person.may(allow("sagemaker:DescribeCluster", Resource=by_name))
    assert cluster in refused(sagemaker.describe_cluster, ClusterName=person.name)


def test_the_public_hub_is_aws_s_own(person: Person) -> None:
    """As AWS's managed policies write it; a statement on hubs of the account does not reach it."""
    sagemaker = person.client("sagemaker")
    person.may(allow("sagemaker:DescribeHub", Resource="arn:aws:sagemaker:*:aws:hub/SageMakerPublicHub"))
    assert sagemaker.describe_hub(**PUBLIC)["HubStatus"] == "InService"
    person.may(allow("sagemaker:DescribeHub", Resource="arn:aws:sagemaker:*:123456789012:hub/*"))
    assert ":aws:hub/SageMakerPublicHub" in refused(sagemaker.describe_hub, **PUBLIC)


def test_a_private_hub_is_all_that_users_see(server: Running, person: Person) -> None:
    """Contents need both the hub and the content."""
    root, sagemaker = server.client("sagemaker"), person.client("sagemaker")
    name = f"h-{person.name}"
    root.create_hub(HubName=name, HubDescription="ours")
    document = {"DocumentSchemaVersion": "2.3.0", "HubContentDocument": "{}", "HubContentVersion": "1.0.0"}
    made = root.import_hub_content(HubName=name, **CONTENT, **document, Tags=[{"Key": "team", "Value": "blue"}])
    hub = f"arn:aws:sagemaker:us-east-1:123456789012:hub/{name}"
    content = f"arn:aws:sagemaker:us-east-1:123456789012:hub-content/{name}/Model/resnet"
    assert made["HubContentArn"] == f"{content}/1.0.0"
    person.may(allow("sagemaker:DescribeHubContent", Resource=content))
    assert hub in refused(sagemaker.describe_hub_content, HubName=name, **CONTENT)
    person.may(allow("sagemaker:DescribeHubContent", Resource=[hub, content]))
    assert sagemaker.describe_hub_content(HubName=hub, **CONTENT)["HubContentVersion"] == "1.0.0"
    assert refused(sagemaker.describe_hub_content, **PUBLIC, **CONTENT)
    tagged = allow("sagemaker:DescribeHubContent", Resource=content, Condition=BLUE)
    person.may(allow("sagemaker:DescribeHubContent", Resource=hub), tagged)
    assert sagemaker.describe_hub_content(HubName=name, **CONTENT)
    root.add_tags(ResourceArn=made["HubContentArn"], Tags=[{"Key": "team", "Value": "red"}])
    assert content in refused(sagemaker.describe_hub_content, HubName=name, **CONTENT)
