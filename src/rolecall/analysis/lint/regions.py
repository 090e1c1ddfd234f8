# ruff: noqa: SIM905
"""Which Regions and partitions are there? (AWS General Reference, "Regions and endpoints")"""

from __future__ import annotations

import re
from typing import Final

from rolecall.analysis.lint.patterns import distance

REGIONS: Final[frozenset[str]] = frozenset(
    """
    us-east-1 us-east-2 us-west-1 us-west-2 af-south-1 ap-east-1 ap-east-2 ap-south-1 ap-south-2 ap-southeast-1
    ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ap-northeast-1
    ap-northeast-2 ap-northeast-3 ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-west-1 eu-west-2 eu-west-3
    eu-south-1 eu-south-2 eu-north-1 il-central-1 me-south-1 me-central-1 mx-central-1 sa-east-1 us-gov-east-1
    us-gov-west-1 cn-north-1 cn-northwest-1 us-iso-east-1 us-iso-west-1 us-isob-east-1 us-isob-west-1
    eu-isoe-west-1 us-isof-east-1 us-isof-south-1 eusc-de-east-1 me-west-1 sa-west-1
    """.split()
)
# Written where a service has no Region.
NO_REGION: Final = frozenset({"aws-global", "aws-cn-global", "aws-us-gov-global", "global"})
_SHAPE: Final = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}")


def is_region(text: str) -> bool:
    """Whether a text can be a Region: one of its shape may be newer than this list, unless it is a slip."""
    folded = text.lower()
    if folded in REGIONS or folded in NO_REGION:
        return True
    # Another number is a newer Region, other letters are a slip.
    near = any(
        distance(folded, each, 1) == 1 and folded.rstrip("0123456789") != each.rstrip("0123456789")
        for each in REGIONS
    )
    return bool(_SHAPE.fullmatch(folded)) and not near
