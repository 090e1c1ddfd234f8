"""How machines live that serve until they are stopped or deleted."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.lives.phases import GONE, Life, Phase, Turn

ENDPOINT: Final = Life(
    first="Creating",
    phases={
        "Creating": Phase("Creating", 120, "InService"),
        "Updating": Phase("Updating", 120, "InService"),
        "InService": Phase("InService", assumes=True),
        "Failed": Phase("Failed"),
        "Deleting": Phase("Deleting", 10, GONE),
    },
    update=Turn("Updating", ("InService",), "endpoint not updatable"),
    delete=Turn("Deleting", ("InService", "Failed", "OutOfService"), "endpoint not deletable"),
)

NOTEBOOK: Final = Life(
    first="Pending",
    phases={
        "Pending": Phase("Pending", 90, "InService"),
        "InService": Phase("InService", assumes=True),
        "Failed": Phase("Failed"),
        "Stopping": Phase("Stopping", 45, "Stopped"),
        "Stopped": Phase("Stopped"),
        "Updating": Phase("Updating", 20, "Stopped"),
        "Deleting": Phase("Deleting", 20, GONE),
    },
    start=Turn("Pending", ("Stopped",), "notebook state"),
    stop=Turn("Stopping", ("InService",), "notebook state"),
    update=Turn("Updating", ("Stopped", "Failed"), "notebook state"),
    delete=Turn("Deleting", ("Stopped", "Failed"), "notebook state"),
)
