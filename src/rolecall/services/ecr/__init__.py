"""Amazon ECR as names and policies: repositories, who may pull from them, images as they are declared.

Layers are not kept: what a job runs is a local command or a local image, and what is decided is who may pull it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.call import Operation
from rolecall.services.ecr import images, repositories

OPERATIONS: Final[Mapping[str, Operation]] = {**images.OPERATIONS, **repositories.OPERATIONS}
