"""How things live that hold something."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.lives.phases import GONE, Life, Phase, Turn

FEATURE_GROUP: Final = Life(
    first="Creating",
    phases={
        "Creating": Phase("Creating", 20, "Created"),
        "Created": Phase("Created", assumes=True),  # the offline store's catalog is made under the role
        "CreateFailed": Phase("CreateFailed"),
        "Deleting": Phase("Deleting", 10, GONE),
    },
    update=Turn("Created", ("Created",)),
    delete=Turn("Deleting", ("Created", "CreateFailed", "DeleteFailed")),
    failed="CreateFailed",
)

# What is there at once and whose status says so.
COMPLETED: Final = Life(first="Completed", phases={"Completed": Phase("Completed")})

ACTIVE: Final = Life(
    first="Active",
    phases={"Active": Phase("Active"), "Deleting": Phase("Deleting", 5, GONE)},
    delete=Turn("Deleting", ("Active",)),
)
