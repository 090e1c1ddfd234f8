"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LIVE = "valid_to IS NULL"


def word(name: str, *, nullable: bool = False) -> sa.Column[str]:
    kind = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=nullable)


def number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def flag(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger(), nullable=False)


def serial(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def index(name: str, table: str, columns: list[str], *, unique: bool = False, where: str | None = None) -> None:
    only = None if where is None else sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=only, postgresql_where=only)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE revision")
    op.create_table(
        "access_key",
        word("access_key_id"),
        word("account"),
        number("item_id"),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        word("status"),
        number("created"),
        number("last_used_at", nullable=True),
        word("last_used_service", nullable=True),
        word("last_used_region", nullable=True),
        sa.PrimaryKeyConstraint("access_key_id"),
    )
    index("access_key_holder", "access_key", ["account", "item_id"])
    op.create_table(
        "audit",
        serial("sequence"),
        word("event_id"),
        word("request_id"),
        number("time"),
        word("account"),
        word("source"),
        word("name"),
        word("principal"),
        word("error_code"),
        flag("read_only"),
        text("event"),
        text("decisions"),
        sa.PrimaryKeyConstraint("sequence"),
    )
    index("audit_event", "audit", ["event_id"])
    index("audit_name", "audit", ["account", "name", "time", "sequence"])
    index("audit_principal", "audit", ["account", "principal", "time", "sequence"])
    index("audit_request", "audit", ["request_id"])
    index("audit_source", "audit", ["account", "source", "time", "sequence"])
    index("audit_time", "audit", ["account", "time", "sequence"])
    op.create_table("document", word("digest"), text("text"), sa.PrimaryKeyConstraint("digest"))
    op.create_table(
        "item",
        serial("id"),
        word("account"),
        word("region"),
        word("service"),
        word("type"),
        word("name"),
        word("folded_name"),
        flag("folds"),
        word("parent"),
        word("arn"),
        word("unique_id"),
        word("path"),
        word("status"),
        number("created"),
        number("modified"),
        number("next_at", nullable=True),
        text("body"),
        number("valid_from"),
        number("valid_to", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    index("item_any_created", "item", ["account", "service", "type", "region", "created", "id"], where=LIVE)
    index("item_any_modified", "item", ["account", "service", "type", "region", "modified", "id"], where=LIVE)
    index("item_any_name", "item", ["account", "service", "type", "region", "name", "id"], where=LIVE)
    index(
        "item_any_status_created",
        "item",
        ["account", "service", "type", "region", "status", "created", "id"],
        where=LIVE,
    )
    index(
        "item_any_status_modified",
        "item",
        ["account", "service", "type", "region", "status", "modified", "id"],
        where=LIVE,
    )
    index(
        "item_any_status_name",
        "item",
        ["account", "service", "type", "region", "status", "name", "id"],
        where=LIVE,
    )
    index(
        "item_child_created",
        "item",
        ["account", "service", "type", "region", "parent", "created", "id"],
        where=LIVE,
    )
    index(
        "item_child_modified",
        "item",
        ["account", "service", "type", "region", "parent", "modified", "id"],
        where=LIVE,
    )
    index("item_child_name", "item", ["account", "service", "type", "region", "parent", "name", "id"], where=LIVE)
    index(
        "item_child_status_created",
        "item",
        ["account", "service", "type", "region", "parent", "status", "created", "id"],
        where=LIVE,
    )
    index(
        "item_child_status_modified",
        "item",
        ["account", "service", "type", "region", "parent", "status", "modified", "id"],
        where=LIVE,
    )
    index(
        "item_child_status_name",
        "item",
        ["account", "service", "type", "region", "parent", "status", "name", "id"],
        where=LIVE,
    )
    index("item_due", "item", ["next_at", "id"], where="valid_to IS NULL AND next_at IS NOT NULL")
    index("item_live_arn", "item", ["arn"], unique=True, where=LIVE)
    index(
        "item_live_name",
        "item",
        ["account", "service", "type", "region", "parent", "folded_name"],
        unique=True,
        where=LIVE,
    )
    index("item_live_unique_id", "item", ["unique_id"], unique=True, where="valid_to IS NULL AND unique_id != ''")
    op.create_table("setting", word("key"), text("value"), sa.PrimaryKeyConstraint("key"))
    op.create_table("version", word("scope"), number("number"), sa.PrimaryKeyConstraint("scope"))
    op.create_table(
        "link",
        serial("id"),
        number("item_id"),
        word("relation"),
        word("name"),
        word("target"),
        number("created"),
        number("valid_from"),
        number("valid_to", nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["item.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    index("link_live", "link", ["item_id", "relation", "name"], unique=True, where=LIVE)
    index("link_live_target", "link", ["relation", "target", "id"], where=LIVE)
    op.create_table(
        "tag",
        serial("id"),
        number("item_id"),
        word("key"),
        word("value"),
        number("position"),
        number("valid_from"),
        number("valid_to", nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["item.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    index("tag_live", "tag", ["item_id", "key"], unique=True, where=LIVE)
