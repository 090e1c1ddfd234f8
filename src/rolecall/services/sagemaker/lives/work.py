"""How the other jobs live, and capacity that is reserved for a time."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.lives.phases import GONE, Life, Phase, Turn

# Candidates are made while models are tuned; nothing is read or trained.
AUTOML: Final = Life(
    first="Starting",
    phases={
        "Starting": Phase("InProgress", 10, "AnalyzingData", "Starting"),
        "AnalyzingData": Phase("InProgress", 20, "FeatureEngineering", "AnalyzingData", assumes=True),
        "FeatureEngineering": Phase("InProgress", 20, "ModelTuning", "FeatureEngineering"),
        "ModelTuning": Phase("InProgress", 100, "Explaining", "ModelTuning"),
        "Explaining": Phase("InProgress", 10, "Completed", "GeneratingExplainabilityReport"),
        "Completed": Phase("Completed", 0, "", "Completed", stamp="_Ended", assumes=True),
        "Failed": Phase("Failed", 0, "", "Failed", stamp="_Ended"),
        "Stopping": Phase("Stopping", 15, "Stopped", "Stopping"),
        "Stopped": Phase("Stopped", 0, "", "Stopped", stamp="_Ended"),
    },
    stop=Turn("Stopping", ("InProgress",), "not stoppable"),
)

# Compilation and optimization.
CONVERSION: Final = Life(
    first="STARTING",
    phases={
        "STARTING": Phase("STARTING", 10, "INPROGRESS"),
        "INPROGRESS": Phase("INPROGRESS", 60, "COMPLETED", stamp="_Started", assumes=True),
        "COMPLETED": Phase("COMPLETED", stamp="_Ended", assumes=True),
        "FAILED": Phase("FAILED", stamp="_Ended"),
        "STOPPING": Phase("STOPPING", 15, "STOPPED"),
        "STOPPED": Phase("STOPPED", stamp="_Ended"),
    },
    stop=Turn("STOPPING", ("STARTING", "INPROGRESS"), "not stoppable"),
    delete=Turn(GONE, ("COMPLETED", "FAILED", "STOPPED"), "job not deletable"),
    failed="FAILED",
)

RECOMMENDATION: Final = Life(
    first="PENDING",
    phases={
        "PENDING": Phase("PENDING", 10, "IN_PROGRESS"),
        "IN_PROGRESS": Phase("IN_PROGRESS", 120, "COMPLETED", assumes=True),
        "COMPLETED": Phase("COMPLETED", stamp="_Ended", assumes=True),
        "FAILED": Phase("FAILED", stamp="_Ended"),
        "STOPPING": Phase("STOPPING", 15, "STOPPED"),
        "STOPPED": Phase("STOPPED", stamp="_Ended"),
    },
    stop=Turn("STOPPING", ("PENDING", "IN_PROGRESS"), "not stoppable"),
    failed="FAILED",
)

# There are no people here who label, so a labeling job goes on until it is stopped.
LABELING: Final = Life(
    first="Initializing",
    phases={
        "Initializing": Phase("Initializing", 20, "InProgress"),
        "InProgress": Phase("InProgress", assumes=True),
        "Failed": Phase("Failed"),
        "Stopping": Phase("Stopping", 15, "Stopped"),
        "Stopped": Phase("Stopped"),
    },
    stop=Turn("Stopping", ("Initializing", "InProgress"), "not stoppable"),
)

# Jobs of a category (CreateJob).
CATEGORY_JOB: Final = Life(
    first="Starting",
    phases={
        "Starting": Phase("InProgress", 20, "Training", "Starting", "Starting the job"),
        "Training": Phase("InProgress", 60, "Completed", "Training", "The job runs", assumes=True),
        "Completed": Phase("Completed", 0, "", "Completed", "The job is completed", stamp="_Ended", assumes=True),
        "Failed": Phase("Failed", 0, "", "Failed", "The job failed", stamp="_Ended"),
        "Stopping": Phase("Stopping", 15, "Stopped", "Stopping", "Stopping the job"),
        "Stopped": Phase("Stopped", 0, "", "Stopped", "The job is stopped", stamp="_Ended"),
    },
    stop=Turn("Stopping", ("InProgress",), "not stoppable"),
    delete=Turn(GONE, ("Completed", "Failed", "Stopped"), "still running"),
)

EXPORT: Final = Life(
    first="InProgress",
    phases={"InProgress": Phase("InProgress", 10, "Completed"), "Completed": Phase("Completed")},
)

# An inference experiment waits for the start of its schedule and ends with it.
SHADOW: Final = Life(
    first="Creating",
    phases={
        "Creating": Phase("Creating", 30, "Created"),
        "Created": Phase("Created", 10, "Starting", until="_Starts"),
        "Starting": Phase("Starting", 30, "Running", assumes=True),
        "Running": Phase("Running", 7 * 86_400, "Completed", until="_Ends"),
        "Updating": Phase("Updating", 30, "Running"),
        "Stopping": Phase("Stopping", 30, "Completed"),
        "Cancelling": Phase("Stopping", 30, "Cancelled"),
        "Completed": Phase("Completed", stamp="_Ended"),
        "Cancelled": Phase("Cancelled", stamp="_Ended"),
    },
    start=Turn("Starting", ("Created",), "experiment state"),
    stop=Turn("Stopping", ("Created", "Running"), "experiment state"),
    update=Turn("Updating", ("Created", "Running"), "experiment state"),
    delete=Turn(GONE, ("Created", "Completed", "Cancelled"), "experiment state"),
    failed="Cancelled",
)

# Training plans and the capacity that they reserve.
PLAN: Final = Life(
    first="Scheduled",
    phases={
        "Scheduled": Phase("Scheduled", 60, "Active", until="_Starts"),
        "Active": Phase("Active", 86_400, "Expired", until="_Ends"),
        "Expired": Phase("Expired"),
    },
)

SESSION: Final = Life(
    first="Scheduled",
    phases={
        "Scheduled": Phase("Scheduled", 30, "Running"),
        "Running": Phase("Running", assumes=True),
        "Failed": Phase("Failed", stamp="_Ended"),
        "Stopping": Phase("Stopping", 15, "Stopped"),
        "Stopped": Phase("Stopped", stamp="_Ended"),
        "Deleting": Phase("Deleting", 10, GONE),
    },
    stop=Turn("Stopping", ("Scheduled", "Running"), "not stoppable"),
    delete=Turn("Deleting", ("Stopped", "Failed", "Expired", "DeletionFailed"), "job not deletable"),
)
