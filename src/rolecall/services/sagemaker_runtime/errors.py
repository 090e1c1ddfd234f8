"""The errors of SageMaker Runtime; texts as clients see them at AWS where they are known."""

from __future__ import annotations

from rolecall.wire.errors import AwsError


def refused(message: str) -> AwsError:
    return AwsError("ValidationError", message, 400)


def unknown_endpoint(name: str, account: str) -> AwsError:
    return refused(f"Endpoint {name} of account {account} not found.")


def unknown_component(name: str, account: str) -> AwsError:
    return refused(f"Inference Component {name} of account {account} not found.")


def component_needed() -> AwsError:
    return refused(
        "Inference Component Name header is required for endpoints to which you plan to deploy inference "
        "components. Please include Inference Component Name header or consider using SageMaker models."
    )


def model_error(status: int, said: str, endpoint: str, region: str, account: str, stream: str) -> AwsError:
    """What the container of a model answered instead of a result."""
    side = "client" if status < 500 else "server"
    group = f"/aws/sagemaker/Endpoints/{endpoint}"
    message = (
        f'Received {side} error ({status}) from primary with message "{said}". See '
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group={group} "
        f"in account {account} for more information."
    )
    members = {"OriginalStatusCode": status, "OriginalMessage": said, "LogStreamArn": stream}
    return AwsError("ModelError", message, 424, members=members)
