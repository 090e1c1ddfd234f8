"""How the things of the platform live: components, clusters, hubs, MLflow, schedules, projects, teams."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.lives.phases import GONE, Life, Phase, Turn


def _simple(creating: float, updating: float, deleting: float, refusal: str, *, role: bool = False) -> Life:
    """Creating, InService, Updating, Deleting: a life that requests may change only while nothing else does."""
    lasting = ("InService", "Failed")
    return Life(
        first="Creating",
        phases={
            "Creating": Phase("Creating", creating, "InService"),
            "InService": Phase("InService", assumes=role),
            "Updating": Phase("Updating", updating, "InService"),
            "Failed": Phase("Failed"),
            "Deleting": Phase("Deleting", deleting, GONE),
        },
        update=Turn("Updating", lasting, refusal),
        delete=Turn("Deleting", lasting, refusal),
    )


COMPONENT: Final = _simple(60, 60, 10, "component busy", role=True)
ROUTER: Final = _simple(20, 10, 10, "busy")
_CLUSTER: Final = _simple(300, 60, 120, "busy", role=True)
CLUSTER: Final = Life(
    first=_CLUSTER.first,
    phases={**_CLUSTER.phases, "SystemUpdating": Phase("SystemUpdating", 120, "InService")},
    update=_CLUSTER.update,
    delete=_CLUSTER.delete,
)
HUB: Final = Life(
    first="Creating",
    phases={
        "Creating": Phase("Creating", 10, "InService"),
        "InService": Phase("InService"),
        "Updating": Phase("Updating", 5, "InService"),
        "Deleting": Phase("Deleting", 5, GONE),
    },
    update=Turn("Updating", ("InService", "UpdateFailed")),
    delete=Turn("Deleting", ("InService", "CreateFailed", "UpdateFailed", "DeleteFailed")),
)

HUB_CONTENT: Final = Life(
    first="Importing",
    phases={
        "Importing": Phase("Importing", 10, "Available"),
        "Available": Phase("Available"),
        "ImportFailed": Phase("ImportFailed"),
        "Deleting": Phase("Deleting", 5, GONE),
    },
    delete=Turn("Deleting", ("Available", "ImportFailed", "DeleteFailed")),
    failed="ImportFailed",
)

EXTENSION: Final = Life(
    first="Creating",
    phases={
        "Creating": Phase("Creating", 60, "Active"),
        "Active": Phase("Active"),
        "Updating": Phase("Updating", 60, "Active"),
        "Deleting": Phase("Deleting", 30, GONE),
    },
    update=Turn("Updating", ("Active", "CreateFailed", "UpdateFailed", "Degraded"), "busy"),
    delete=Turn("Deleting", ("Active", "CreateFailed", "UpdateFailed", "DeleteFailed", "Degraded"), "busy"),
)

# Cluster policies, compute quotas and MLflow applications.
SETTLED: Final = ("Created", "Updated", "CreateFailed", "UpdateFailed", "DeleteFailed")
POLICY: Final = Life(
    first="Creating",
    phases={
        "Creating": Phase("Creating", 10, "Created"),
        "Created": Phase("Created"),
        "CreateFailed": Phase("CreateFailed"),
        "Updating": Phase("Updating", 10, "Updated"),
        "Updated": Phase("Updated"),
        "Deleting": Phase("Deleting", 10, GONE),
    },
    update=Turn("Updating", SETTLED, "busy"),
    delete=Turn("Deleting", SETTLED, "busy"),
    failed="CreateFailed",
)

MLFLOW_APP: Final = Life(
    first="Creating",
    phases={
        **POLICY.phases,
        "Creating": Phase("Creating", 60, "Created"),
        "Created": Phase("Created", assumes=True),
    },
    update=POLICY.update,
    delete=POLICY.delete,
    failed="CreateFailed",
)

TRACKING_SERVER: Final = Life(
    first="Creating",
    phases={
        "Creating": Phase("Creating", 300, "Created"),
        "Created": Phase("Created", assumes=True),
        "CreateFailed": Phase("CreateFailed"),
        "Updating": Phase("Updating", 60, "Updated"),
        "Updated": Phase("Updated"),
        "Starting": Phase("Starting", 120, "Started"),
        "Started": Phase("Started"),
        "Stopping": Phase("Stopping", 60, "Stopped"),
        "Stopped": Phase("Stopped"),
        "Deleting": Phase("Deleting", 60, GONE),
    },
    start=Turn("Starting", ("Stopped", "StopFailed", "StartFailed"), "busy"),
    stop=Turn("Stopping", ("Created", "Updated", "Started", "StopFailed"), "busy"),
    update=Turn("Updating", (*SETTLED, "Started", "Stopped"), "busy"),
    delete=Turn("Deleting", (*SETTLED, "Started", "StartFailed", "Stopped", "StopFailed"), "busy"),
    failed="CreateFailed",
)

PARTNER_APP: Final = Life(
    first="Creating",
    phases={
        "Creating": Phase("Creating", 300, "Available"),
        "Available": Phase("Available"),
        "Updating": Phase("Updating", 60, "Available"),
        "Failed": Phase("Failed"),
        "Deleting": Phase("Deleting", 60, GONE),
    },
    update=Turn("Updating", ("Available", "UpdateFailed"), "busy"),
    delete=Turn("Deleting", ("Available", "UpdateFailed", "Failed"), "busy"),
)

PROJECT: Final = Life(
    first="Pending",
    phases={
        "Pending": Phase("Pending", 5, "CreateInProgress"),
        "CreateInProgress": Phase("CreateInProgress", 60, "CreateCompleted"),
        "CreateCompleted": Phase("CreateCompleted"),
        "UpdateInProgress": Phase("UpdateInProgress", 60, "UpdateCompleted"),
        "UpdateCompleted": Phase("UpdateCompleted"),
        "CreateFailed": Phase("CreateFailed"),
        "DeleteInProgress": Phase("DeleteInProgress", 30, "DeleteCompleted"),
        "DeleteCompleted": Phase("DeleteCompleted", 86_400, GONE),  # a deleted project can be seen for a while
    },
    update=Turn("UpdateInProgress", ("CreateCompleted", "UpdateCompleted", "UpdateFailed"), "project state"),
    delete=Turn(
        "DeleteInProgress",
        ("CreateCompleted", "CreateFailed", "UpdateCompleted", "UpdateFailed", "DeleteFailed"),
        "project not deletable",
    ),
    replaceable=("DeleteCompleted",),
    failed="CreateFailed",
)

MONITORING_SCHEDULE: Final = Life(
    first="Pending",
    phases={
        "Pending": Phase("Pending", 30, "Scheduled"),
        "Scheduled": Phase("Scheduled", stamp="_Started"),
        "Stopped": Phase("Stopped"),
        "Failed": Phase("Failed"),
    },
    start=Turn("Scheduled", ("Stopped",), "schedule state"),
    stop=Turn("Stopped", ("Scheduled", "Pending"), "schedule state"),
    update=Turn("Pending", ("Pending", "Scheduled", "Stopped", "Failed"), "schedule state"),
)

PACKAGING: Final = Life(
    first="STARTING",
    phases={
        "STARTING": Phase("STARTING", 10, "INPROGRESS"),
        "INPROGRESS": Phase("INPROGRESS", 60, "COMPLETED"),
        "COMPLETED": Phase("COMPLETED", assumes=True),
        "FAILED": Phase("FAILED"),
        "STOPPING": Phase("STOPPING", 15, "STOPPED"),
        "STOPPED": Phase("STOPPED"),
    },
    stop=Turn("STOPPING", ("STARTING", "INPROGRESS"), "not stoppable"),
    failed="FAILED",
)

WORKFORCE: Final = Life(
    first="Initializing",
    phases={
        "Initializing": Phase("Initializing", 10, "Active"),
        "Active": Phase("Active"),
        "Updating": Phase("Updating", 10, "Active"),
        "Failed": Phase("Failed"),
        "Deleting": Phase("Deleting", 10, GONE),
    },
    update=Turn("Updating", ("Active", "Failed"), "busy"),
    delete=Turn("Deleting", ("Active", "Failed"), "busy"),
)

FLOW: Final = Life(
    first="Initializing",
    phases={
        "Initializing": Phase("Initializing", 10, "Active"),
        "Active": Phase("Active"),
        "Failed": Phase("Failed"),
        "Deleting": Phase("Deleting", 5, GONE),
    },
    delete=Turn("Deleting", ("Active", "Failed")),
)
