"""First layout of the station database."""

import sqlalchemy as sa
from alembic import op

revision = "s0001"
down_revision = None

_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("id", _id, primary_key=True, autoincrement=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("occurrence", sa.BigInteger, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_index("journal_kind", "journal", ["kind", "id"])
    head = op.create_table(
        "journal_head",
        sa.Column("one", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("last_id", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("last_occurrence", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(head, [{"one": 1, "last_id": 0, "hash": bytes(32), "last_occurrence": 0}])
    op.create_table(
        "rule_state",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
    )
    op.create_table(
        "occurrence",
        sa.Column("occurrence", _id, primary_key=True, autoincrement=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("equipment", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("limit", sa.Double, nullable=True),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("raised_at", sa.BigInteger, nullable=False),
        sa.Column("cleared_at", sa.BigInteger, nullable=True),
        sa.Column("acked_at", sa.BigInteger, nullable=True),
        sa.Column("acked_by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("search", sa.Text, nullable=False),
    )
    op.create_index("occurrence_tag", "occurrence", ["tag", "occurrence"])
    op.create_index("occurrence_raised", "occurrence", ["raised_at", "occurrence"])
    op.create_index("occurrence_priority", "occurrence", ["priority", "occurrence"])
    op.create_index("occurrence_equipment", "occurrence", ["equipment", "occurrence"])
    op.create_index("occurrence_user", "occurrence", ["acked_by", "occurrence"])
    op.create_table(
        "account",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("password_changed_at", sa.BigInteger, nullable=False),
        sa.Column("password", sa.Text, nullable=False),
    )
    op.create_table(
        "config_version",
        sa.Column("version", _id, primary_key=True, autoincrement=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
