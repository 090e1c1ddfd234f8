"""No test has a time limit: a slow machine is no failure. Hypothesis would set one of 200 ms for each example."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
