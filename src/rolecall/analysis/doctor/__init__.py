"""What is wrong with a role that SageMaker works with? Canonical requests, asked of the decision engine.

`examine` asks; an `Examination` says what was found and which repairs were seen to work.
"""

from __future__ import annotations

from rolecall.analysis.doctor.codes import CODES, Code
from rolecall.analysis.doctor.examination import examine
from rolecall.analysis.doctor.findings import Examination, Finding
from rolecall.analysis.doctor.patient import Data, Patient, Studio, Use
from rolecall.analysis.doctor.studio import domain_of, placed
from rolecall.analysis.doctor.surroundings import Surroundings

__all__ = [
    "CODES",
    "Code",
    "Data",
    "Examination",
    "Finding",
    "Patient",
    "Studio",
    "Surroundings",
    "Use",
    "domain_of",
    "examine",
    "placed",
]
