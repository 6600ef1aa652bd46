"""The journal searched by time, tag and person; daily seals (日封印). On a million records this takes about three seconds."""

import sqlalchemy as sa
from alembic import op

revision = "s0004"
down_revision = "s0003"

_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_index("journal_time", "journal", ["time"])
    op.create_index("journal_tag", "journal", ["tag", "id"])
    named = sa.text("actor <> ''")
    op.create_index("journal_actor", "journal", ["actor", "id"], sqlite_where=named, postgresql_where=named)
    op.create_table(
        "seal",
        sa.Column("number", _id, primary_key=True, autoincrement=False),
        sa.Column("record", sa.BigInteger, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("sm3", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
    )
