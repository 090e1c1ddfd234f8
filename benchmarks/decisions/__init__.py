"""Decisions a second, beside other engines: `make bench` (see run.py)."""
