"""Where other engines decide otherwise, and why: `python -m benchmarks.agreement.run`."""
