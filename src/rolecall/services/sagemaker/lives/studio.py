"""How Studio's things live."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.lives.phases import GONE, Life, Phase, Turn

# Domains, user profiles and spaces.
STUDIO: Final = Life(
    first="Pending",
    phases={
        "Pending": Phase("Pending", 30, "InService"),
        "InService": Phase("InService"),
        "Failed": Phase("Failed"),
        "Updating": Phase("Updating", 5, "InService"),
        "Deleting": Phase("Deleting", 20, GONE),
    },
    update=Turn("Updating", ("InService", "Update_Failed")),
    delete=Turn("Deleting", ("InService", "Failed", "Update_Failed", "Delete_Failed")),
)

APP: Final = Life(
    first="Pending",
    phases={
        "Pending": Phase("Pending", 60, "InService"),
        "InService": Phase("InService", assumes=True),
        "Failed": Phase("Failed"),
        "Deleting": Phase("Deleting", 20, "Deleted"),
        "Deleted": Phase("Deleted", 86_400, GONE),  # a deleted app stays listed for a day
    },
    delete=Turn("Deleting", ("Pending", "InService", "Failed")),
    replaceable=("Deleted", "Failed"),
)

IMAGE: Final = Life(
    first="CREATING",
    phases={
        "CREATING": Phase("CREATING", 10, "CREATED"),
        "CREATED": Phase("CREATED"),
        "UPDATING": Phase("UPDATING", 5, "CREATED"),
        "DELETING": Phase("DELETING", 10, GONE),
    },
    update=Turn("UPDATING", ("CREATED", "CREATE_FAILED", "UPDATE_FAILED")),
    delete=Turn("DELETING", ("CREATED", "CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED")),
)

IMAGE_VERSION: Final = Life(
    first="CREATING",
    phases={name: phase for name, phase in IMAGE.phases.items() if name != "UPDATING"},
    delete=IMAGE.delete,
)
