"""How jobs live: they begin at once, run for a while, and end."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.lives.phases import GONE, Life, Phase, Turn

JOB: Final = Life(
    first="InProgress",
    phases={
        "InProgress": Phase("InProgress", 60, "Completed", stamp="_Started"),
        "Completed": Phase("Completed", stamp="_Ended", assumes=True),  # results are written under the role
        "Failed": Phase("Failed", stamp="_Ended"),
        "Stopping": Phase("Stopping", 15, "Stopped"),
        "Stopped": Phase("Stopped", stamp="_Ended"),
    },
    stop=Turn("Stopping", ("InProgress",), "not stoppable"),
    delete=Turn(GONE, ("Completed", "Failed", "Stopped"), "job not deletable"),
)

TRAINING: Final = Life(
    first="Starting",
    phases={
        # A child of a tuning job waits for its turn.
        "Waiting": Phase("InProgress", 0, "Starting", "Pending", "Waiting for capacity of the tuning job"),
        "Starting": Phase("InProgress", 20, "Downloading", "Starting", "Starting the training job"),
        "Downloading": Phase(
            "InProgress",
            10,
            "Training",
            "Downloading",
            "Downloading the training image",
            stamp="_Started",
            assumes=True,
        ),
        "Training": Phase(
            "InProgress",
            60,
            "Uploading",
            "Training",
            "Training image download completed. Training in progress.",
            assumes=True,
        ),
        "Uploading": Phase(
            "InProgress", 5, "Completed", "Uploading", "Uploading generated training model", assumes=True
        ),
        "Completed": Phase("Completed", 0, "", "Completed", "Training job completed", stamp="_Ended"),
        "Failed": Phase("Failed", 0, "", "Failed", "Training job failed", stamp="_Ended"),
        "Stopping": Phase("Stopping", 15, "Stopped", "Stopping", "Stopping the training job"),
        "Stopped": Phase("Stopped", 0, "", "Stopped", "Training job stopped", stamp="_Ended"),
        "MaxRuntimeExceeded": Phase(
            "Stopped",
            0,
            "",
            "MaxRuntimeExceeded",
            "Training job runtime exceeded MaxRuntimeInSeconds provided",
            stamp="_Ended",
        ),
    },
    stop=Turn("Stopping", ("InProgress",), "not stoppable"),
    delete=Turn(GONE, ("Completed", "Failed", "Stopped"), "job not deletable"),
)

EXECUTION: Final = Life(
    first="Executing",
    phases={
        "Executing": Phase("Executing", 60, "Succeeded", until="_Until"),
        "Succeeded": Phase("Succeeded", stamp="_Ended", assumes=True),
        "Failed": Phase("Failed", stamp="_Ended"),
        "Stopping": Phase("Stopping", 10, "Stopped"),
        "Stopped": Phase("Stopped", stamp="_Ended"),
    },
    stop=Turn("Stopping", ("Executing",), "execution not running"),
)
