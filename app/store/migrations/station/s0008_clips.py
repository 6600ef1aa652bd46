"""Clips: pieces of video and the alarms they belong to."""

import sqlalchemy as sa
from alembic import op

revision = "s0008"
down_revision = "s0007"

_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "clip",
        sa.Column("id", _id, primary_key=True, autoincrement=False),
        sa.Column("camera", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("end", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("occurrences", sa.Text, nullable=False),
        sa.Column("first_frame", sa.BigInteger, nullable=True),
        sa.Column("last_frame", sa.BigInteger, nullable=True),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("locked_by", sa.Text, nullable=False),
        sa.Column("locked_at", sa.BigInteger, nullable=True),
        sa.Column("lock_why", sa.Text, nullable=False),
        sa.Column("case", sa.Text, nullable=False),
        sa.Column("form", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
    )
    op.create_index("clip_camera", "clip", ["camera", "id"])
    op.create_index("clip_time", "clip", ["end", "id"])
    op.create_index("clip_state", "clip", ["state", "id"])
    op.create_table(
        "clip_alarm",
        sa.Column("occurrence", _id, primary_key=True, autoincrement=False),
        sa.Column("clip", _id, primary_key=True, autoincrement=False),
    )
