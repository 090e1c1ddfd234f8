"""Services that AWS has ended: its managed policies still name them, the Service Authorization Reference does not.

A policy that names one grants nothing; it is no misspelling, so it is RC602 and no error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# prefix -> what happened (AWS's end-of-support notices).
RETIRED_SERVICES: Final[Mapping[str, str]] = {
    "codestar": "AWS CodeStar projects ended in July 2024; connections are codeconnections:",
    "deepcomposer": "AWS DeepComposer ended in September 2025",
    "deeplens": "AWS DeepLens ended in January 2024",
    "deepracer": "AWS DeepRacer's console ended in December 2025",
    "elastic-inference": "Amazon Elastic Inference ended in April 2024",
    "evidently": "Amazon CloudWatch Evidently ended in October 2025; feature flags are in appconfig:",
    "iot1click": "AWS IoT 1-Click ended in December 2024",
    "iotevents": "AWS IoT Events ended in May 2026",
}
