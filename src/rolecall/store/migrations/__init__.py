"""Alembic's home: one file per step of the schema in versions/, run by store/migrating.py."""
