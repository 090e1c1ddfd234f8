"""The feature store's records: an online store that is kept with everything else.

There is no offline store here: what AWS would append to Amazon S3 is accepted and goes nowhere. Start reading at
records.py for what a record is, and at writing.py for which of two records is the newer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.call import Operation
from rolecall.services.sagemaker_featurestore_runtime import reading, writing

OPERATIONS: Final[Mapping[str, Operation]] = {**reading.OPERATIONS, **writing.OPERATIONS}
