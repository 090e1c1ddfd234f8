"""Policy tests: cases that say what policies must allow and deny, decided by the same code as on the server."""
