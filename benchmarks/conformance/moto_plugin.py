"""A pytest plugin that points moto's tests at the server in SUITE_ENDPOINT. Runs in moto's environment.

moto's tests believe that they talk to moto's own server: it takes any key, forgets everything between two tests,
and looks at policies only when told to. Here they sign with real keys, the reset is rolecall's, and every call is
decided. See moto_suites.py for the variables.
"""

import contextlib
import os
import re

import botocore.client
import botocore.exceptions
import botocore.session
import moto_mending
import pytest
import requests

ENDPOINT = os.environ["SUITE_ENDPOINT"]
SERVICES = frozenset(os.environ["SUITE_SERVICES"].split(","))
ADMINISTRATOR = bool(os.environ.get("SUITE_ADMINISTRATOR"))
MENDED = bool(os.environ.get("SUITE_MENDED"))
ROLE = re.compile(r"arn:aws:iam::123456789012:role/((?:[\x21-\x7e]+/)?)([\w+=,.@-]{1,64})")
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
    ' "Principal": {"Service": ["sagemaker.amazonaws.com", "job.sagemaker.amazonaws.com"]}}]}'
)
ROOT = {
    "aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"],
    "aws_secret_access_key": os.environ["AWS_SECRET_ACCESS_KEY"],
}


class Run:
    """Where the run is: the test that is played, and what was provided for it since the last reset."""

    test = ""
    provided: frozenset[str] = frozenset()


def reset(self=None):
    requests.post(f"{ENDPOINT}/_rolecall/reset", timeout=30).raise_for_status()
    Run.provided = frozenset()
    if ADMINISTRATOR:
        iam = as_root()
        iam.create_user(UserName="suite", Path="/administrators/")
        iam.attach_user_policy(UserName="suite", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        key = iam.create_access_key(UserName="suite")["AccessKey"]
        os.environ["AWS_ACCESS_KEY_ID"] = key["AccessKeyId"]
        os.environ["AWS_SECRET_ACCESS_KEY"] = key["SecretAccessKey"]
        import boto3

        boto3.DEFAULT_SESSION = None  # it remembers the key of before


def as_root():
    session = botocore.session.Session()
    return make_client(session, "iam", region_name="us-east-1", endpoint_url=ENDPOINT, **ROOT)


make_client = botocore.session.Session.create_client
call_api = botocore.client.BaseClient._make_api_call


def create_client(self, service_name, *arguments, **options):
    if Run.test and service_name not in SERVICES:
        pytest.skip(f"needs a client of {service_name}")
    return make_client(self, service_name, *arguments, **options)


def call_with_roles(self, operation_name, api_params):
    if MENDED and self.meta.service_model.service_name == "sagemaker":
        shape = self.meta.service_model.operation_model(operation_name).input_shape
        api_params = moto_mending.mended(operation_name, api_params, shape)
        for needed, asked in moto_mending.needed_before(operation_name, api_params):
            provide_roles(asked)
            with contextlib.suppress(botocore.exceptions.ClientError):  # made for an earlier call of the test
                call_api(self, needed, asked)
    if ADMINISTRATOR and self.meta.service_model.service_name.startswith("sagemaker"):
        provide_roles(api_params)
    return call_api(self, operation_name, api_params)


def provide_roles(value):
    """Make the roles that a request names: the tests take it for granted that SageMaker can assume them."""
    if isinstance(value, dict):
        for inner in value.values():
            provide_roles(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            provide_roles(inner)
    elif isinstance(value, str) and value not in Run.provided and (found := ROLE.fullmatch(value)):
        Run.provided |= {value}
        iam = as_root()
        path = {"Path": f"/{found[1]}"} if found[1] else {}
        try:
            iam.create_role(RoleName=found[2], AssumeRolePolicyDocument=TRUST, **path)
        except iam.exceptions.EntityAlreadyExistsException:
            return
        with open(os.environ["SUITE_ROLES"], "a") as told:
            told.write(f"{Run.test}\n")


def pytest_configure(config):
    import moto.core as core
    from moto.core import models
    from moto.core.config import default_user_config

    default_user_config["core"]["mock_credentials"] = False
    models.ServerModeMockAWS.reset = reset
    # How moto is told to begin looking at policies; here they always count.
    core.set_initial_no_auth_action_count = lambda count: lambda test: test
    botocore.session.Session.create_client = create_client
    botocore.client.BaseClient._make_api_call = call_with_roles


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
    Run.test = item.nodeid
    yield
    Run.test = ""
