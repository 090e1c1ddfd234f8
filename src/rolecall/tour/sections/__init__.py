"""The parts of the page, in its order."""

from __future__ import annotations

import json
from typing import Final

from rolecall.tour.calls import role
from rolecall.tour.check import Do, Section
from rolecall.tour.policies import TRUSTS_SAGEMAKER
from rolecall.tour.sections import (
    actions,
    conditions,
    creation,
    guardrails,
    jobs,
    limits,
    linked,
    managed,
    resources,
    roles,
    studio,
    tags,
    temporary,
    variables,
    workday,
)

# What every section finds in the account: the role that jobs run under.
OPENING: Final[tuple[Do, ...]] = (role("Execution", json.dumps(TRUSTS_SAGEMAKER)),)

SECTIONS: Final[tuple[Section, ...]] = (
    studio.SECTION,
    managed.SECTION,
    actions.SECTION,
    jobs.SECTION,
    resources.SECTION,
    resources.AS_WRITTEN,
    conditions.SECTION,
    variables.SECTION,
    creation.SECTION,
    tags.SECTION,
    roles.SECTION,
    temporary.SECTION,
    linked.SECTION,
    limits.SECTION,
    guardrails.SECTION,
    workday.SECTION,
)
