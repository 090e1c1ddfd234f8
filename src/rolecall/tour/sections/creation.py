"""Condition keys at creation: what a job or notebook may look like."""

from __future__ import annotations

from typing import Any, Final

from rolecall.tour.calls import BUCKET, endpoint_config, model, notebook, training_job, vpc
from rolecall.tour.check import (
    ACCOUNT,
    DENY_IDENTITY,
    NO_IDENTITY,
    REGION,
    Allowed,
    Check,
    Denied,
    Do,
    Section,
    User,
    sagemaker_arn,
)
from rolecall.tour.policies import allow, deny, pass_role, policy

EXAMPLES: Final = (
    'Amazon SageMaker AI Developer Guide, "Control creation of SageMaker AI resources with condition keys"'
)
WHITEPAPER: Final = (
    'AWS whitepaper "Build a Secure Enterprise Machine Learning Platform on AWS", Governance and control'
)
CREATE: Final = "sagemaker:CreateTrainingJob"
KEY: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"

SMALL_MACHINES: Final = User(
    name="small-machines",
    policy=policy(
        allow(CREATE, when={"ForAllValues:StringLike": {"sagemaker:InstanceTypes": ["ml.c5.*"]}}), pass_role()
    ),
)
IN_OUR_NETWORK: Final = User(
    name="in-our-network",
    policy=policy(
        allow(
            CREATE,
            when={
                "ForAllValues:StringEquals": {
                    "sagemaker:VpcSubnets": ["subnet-a1234", "subnet-b1234"],
                    "sagemaker:VpcSecurityGroupIds": ["sg-12345", "sg-67890"],
                },
                "Null": {"sagemaker:VpcSubnets": "false", "sagemaker:VpcSecurityGroupIds": "false"},
            },
        ),
        pass_role(),
    ),
)
ENCRYPTED: Final = User(
    name="encrypted",
    policy=policy(allow(CREATE, when={"ArnEquals": {"sagemaker:VolumeKmsKeyArn": KEY}}), pass_role()),
)
ISOLATED: Final = User(
    name="isolated",
    policy=policy(allow(CREATE, when={"Bool": {"sagemaker:NetworkIsolation": "true"}}), pass_role()),
)
GUARDED: Final = User(
    name="guardrails",
    policy=policy(
        allow("sagemaker:*"),
        pass_role(),
        deny(CREATE, when={"Bool": {"sagemaker:InterContainerTrafficEncryption": "false"}}),
        deny("sagemaker:CreateNotebookInstance", when={"Null": {"sagemaker:VolumeKmsKey": "true"}}),
    ),
)
READ_ONLY_FILES: Final = User(
    name="read-only-files",
    policy=policy(
        allow(
            CREATE,
            when={
                "StringEquals": {
                    "sagemaker:FileSystemId": "fs-12345678",
                    "sagemaker:FileSystemAccessMode": "ro",
                    "sagemaker:FileSystemType": "EFS",
                    "sagemaker:FileSystemDirectoryPath": "/path/to/data",
                }
            },
        ),
        pass_role(),
    ),
)
LOCKED_DOWN: Final = User(
    name="locked-down",
    policy=policy(
        allow(
            "sagemaker:CreateNotebookInstance",
            when={
                "StringEquals": {"sagemaker:DirectInternetAccess": "Disabled", "sagemaker:RootAccess": "Disabled"},
                "Null": {"sagemaker:VpcSubnets": "false", "sagemaker:VpcSecurityGroupIds": "false"},
            },
        ),
        allow("sagemaker:UpdateNotebookInstance", when={"StringEquals": {"sagemaker:RootAccess": "Disabled"}}),
        pass_role(),
    ),
)
SMALL_HOSTS: Final = User(
    name="small-hosts",
    policy=policy(
        allow("sagemaker:CreateEndpointConfig"),
        deny(
            "sagemaker:CreateEndpointConfig",
            when={"ForAnyValue:StringNotLike": {"sagemaker:InstanceTypes": ["ml.t2.*", "ml.m5.*"]}},
        ),
    ),
)


def denied(job: str, because: str = NO_IDENTITY) -> Denied:
    """The denial of CreateTrainingJob on one job."""
    return Denied(CREATE, sagemaker_arn(f"training-job/{job}"), because)


def from_files(mode: str) -> list[dict[str, Any]]:
    """An input channel on a file system."""
    source = {
        "FileSystemId": "fs-12345678",
        "FileSystemAccessMode": mode,
        "FileSystemType": "EFS",
        "DirectoryPath": "/path/to/data",
    }
    return [{"ChannelName": "train", "DataSource": {"FileSystemDataSource": source}}]


SECTION: Final = Section(
    name="creation",
    title="Condition keys at creation",
    says="SageMaker's own condition keys decide what may be created: machines, network, keys, isolation.",
    before=(model("creation-model"), notebook("existing-notebook")),
    checks=(
        Check(
            title="A machine of the allowed family",
            who=SMALL_MACHINES,
            call=training_job("machine-1", instance="ml.c5.xlarge"),
            outcome=Allowed(),
            reference=EXAMPLES,
        ),
        Check(
            title="A machine of another family",
            who=SMALL_MACHINES,
            call=training_job("machine-2", instance="ml.p3.2xlarge"),
            outcome=denied("machine-2"),
            reference=EXAMPLES,
        ),
        Check(
            title="Training only in our network: without a VPC",
            who=IN_OUR_NETWORK,
            call=training_job("network-1"),
            outcome=denied("network-1"),
            reference=EXAMPLES,
        ),
        Check(
            title="Training only in our network: one of the subnets is enough",
            who=IN_OUR_NETWORK,
            call=training_job("network-2", VpcConfig=vpc("subnet-a1234", groups=("sg-12345",))),
            outcome=Allowed(),
            reference=EXAMPLES,
        ),
        Check(
            title="Training only in our network: a foreign subnet among ours",
            who=IN_OUR_NETWORK,
            call=training_job("network-3", VpcConfig=vpc("subnet-a1234", "subnet-ffff", groups=("sg-12345",))),
            outcome=denied("network-3"),
            reference=EXAMPLES,
        ),
        Check(
            title="The volume is encrypted with our key",
            who=ENCRYPTED,
            call=training_job("key-1", VolumeKmsKeyId=KEY),
            outcome=Allowed(),
            reference=EXAMPLES,
        ),
        Check(
            title="The volume is not encrypted with a key",
            who=ENCRYPTED,
            call=training_job("key-2"),
            outcome=denied("key-2"),
            reference=EXAMPLES,
        ),
        Check(
            title="Network isolation switched on",
            who=ISOLATED,
            call=training_job("isolation-1", EnableNetworkIsolation=True),
            outcome=Allowed(),
            reference=EXAMPLES,
        ),
        Check(
            title="Network isolation not mentioned",
            who=ISOLATED,
            call=training_job("isolation-2"),
            outcome=denied("isolation-2"),
            reference=EXAMPLES,
        ),
        Check(
            title="A guardrail on traffic between containers, not mentioned",
            who=GUARDED,
            call=training_job("traffic-1"),
            outcome=denied("traffic-1", DENY_IDENTITY),
            reference=WHITEPAPER,
        ),
        Check(
            title="The same guardrail, traffic encrypted",
            who=GUARDED,
            call=training_job("traffic-2", EnableInterContainerTrafficEncryption=True),
            outcome=Allowed(),
            reference=WHITEPAPER,
        ),
        Check(
            title="A guardrail demands a key for notebook volumes",
            who=GUARDED,
            call=notebook("no-key"),
            outcome=Denied(
                "sagemaker:CreateNotebookInstance", sagemaker_arn("notebook-instance/no-key"), DENY_IDENTITY
            ),
            reference=WHITEPAPER,
        ),
        Check(
            title="The file system read-only",
            who=READ_ONLY_FILES,
            call=training_job("files-1", InputDataConfig=from_files("ro"), VpcConfig=vpc("subnet-a1234")),
            outcome=Allowed(),
            reference=EXAMPLES,
        ),
        Check(
            title="The file system for writing",
            who=READ_ONLY_FILES,
            call=training_job("files-2", InputDataConfig=from_files("rw"), VpcConfig=vpc("subnet-a1234")),
            outcome=denied("files-2"),
            reference=EXAMPLES,
        ),
        Check(
            title="A notebook without root and internet, in a VPC",
            who=LOCKED_DOWN,
            call=notebook(
                "locked",
                DirectInternetAccess="Disabled",
                RootAccess="Disabled",
                SubnetId="subnet-a1234",
                SecurityGroupIds=["sg-12345"],
            ),
            outcome=Allowed(),
            reference=EXAMPLES,
        ),
        Check(
            title="A notebook as it comes by default",
            who=LOCKED_DOWN,
            call=notebook("open"),
            outcome=Denied(
                "sagemaker:CreateNotebookInstance", sagemaker_arn("notebook-instance/open"), NO_IDENTITY
            ),
            reference=EXAMPLES,
        ),
        Check(
            title="An update that does not mention root access has no such key",
            who=LOCKED_DOWN,
            call=Do(
                "sagemaker",
                "update_notebook_instance",
                {"NotebookInstanceName": "existing-notebook", "InstanceType": "ml.t3.large"},
            ),
            outcome=Denied(
                "sagemaker:UpdateNotebookInstance",
                sagemaker_arn("notebook-instance/existing-notebook"),
                NO_IDENTITY,
            ),
            reference=EXAMPLES,
        ),
        Check(
            title="Hosting on a machine outside the list",
            who=SMALL_HOSTS,
            call=endpoint_config("big-host", "creation-model", instance="ml.p3.2xlarge"),
            outcome=Denied(
                "sagemaker:CreateEndpointConfig", sagemaker_arn("endpoint-config/big-host"), DENY_IDENTITY
            ),
            reference=WHITEPAPER,
        ),
        Check(
            title="Hosting on a machine of the list",
            who=SMALL_HOSTS,
            call=endpoint_config("small-host", "creation-model", instance="ml.m5.large"),
            outcome=Allowed(),
            reference=WHITEPAPER,
        ),
        Check(
            title="The output goes to S3 under our key",
            who=User(
                name="encrypted-output",
                policy=policy(allow(CREATE, when={"ArnEquals": {"sagemaker:OutputKmsKeyArn": KEY}}), pass_role()),
            ),
            call=training_job("output-1", OutputDataConfig={"S3OutputPath": f"{BUCKET}/out", "KmsKeyId": KEY}),
            outcome=Allowed(),
            reference=EXAMPLES,
        ),
    ),
)
