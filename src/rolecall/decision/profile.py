"""Which AWS is meant: today's, or the one that the page "How Amazon SageMaker Works with IAM" describes.

Under `guide`, SageMaker statements that name resource ARNs never match and SageMaker has no resource policies.
"""

from __future__ import annotations

from typing import Literal

Profile = Literal["reference", "guide"]
