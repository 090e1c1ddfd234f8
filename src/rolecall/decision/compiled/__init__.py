"""The compiled evaluator: the same decisions as the reference's, fast.

`Engine` is the door. Read `nodes` and `pieces` first, then `statements`, `units`, `fused`, `engine`.
"""

from rolecall.decision.compiled.engine import Engine
from rolecall.decision.compiled.units import Limits

__all__ = ["Engine", "Limits"]
