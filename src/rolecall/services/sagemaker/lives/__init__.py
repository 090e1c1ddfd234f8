"""The lives of resources: which statuses they go through, how long each lasts, which requests move them.

A row of resources/ names its life. Durations are AWS's orders of magnitude in seconds. What interprets them is
lifecycle.py.
"""

from rolecall.services.sagemaker.lives.hosting import ENDPOINT, NOTEBOOK
from rolecall.services.sagemaker.lives.jobs import EXECUTION, JOB, TRAINING
from rolecall.services.sagemaker.lives.phases import EXISTS, GONE, Life, Phase, Turn
from rolecall.services.sagemaker.lives.storage import ACTIVE, COMPLETED, FEATURE_GROUP
from rolecall.services.sagemaker.lives.studio import APP, IMAGE, IMAGE_VERSION, STUDIO
from rolecall.services.sagemaker.lives.work import (
    AUTOML,
    CATEGORY_JOB,
    CONVERSION,
    EXPORT,
    LABELING,
    PLAN,
    RECOMMENDATION,
    SESSION,
    SHADOW,
)

__all__ = [
    "ACTIVE",
    "APP",
    "AUTOML",
    "CATEGORY_JOB",
    "COMPLETED",
    "CONVERSION",
    "ENDPOINT",
    "EXECUTION",
    "EXISTS",
    "EXPORT",
    "FEATURE_GROUP",
    "GONE",
    "IMAGE",
    "IMAGE_VERSION",
    "JOB",
    "LABELING",
    "NOTEBOOK",
    "PLAN",
    "RECOMMENDATION",
    "SESSION",
    "SHADOW",
    "STUDIO",
    "TRAINING",
    "Life",
    "Phase",
    "Turn",
]
