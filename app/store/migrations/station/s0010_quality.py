"""Data quality: runs, scores by point, findings."""

import sqlalchemy as sa
from alembic import op

revision = "s0010"
down_revision = "s0009"

_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "quality_run",
        sa.Column("number", _id, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("end", sa.BigInteger, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("took_s", sa.Double, nullable=False),
        sa.Column("partial", sa.Boolean, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
    )
    op.create_index("quality_run_day", "quality_run", ["day"])
    op.create_index("quality_run_start", "quality_run", ["start"])
    op.create_table(
        "quality_tag",
        sa.Column("run", _id, primary_key=True, autoincrement=False),
        sa.Column("tag", sa.Text, primary_key=True),
        sa.Column("total", sa.Double, nullable=True),
        sa.Column("completeness", sa.Double, nullable=True),
        sa.Column("authenticity", sa.Double, nullable=True),
        sa.Column("timeliness", sa.Double, nullable=True),
        sa.Column("configuration", sa.Double, nullable=True),
        sa.Column("received", sa.Double, nullable=False),
        sa.Column("expected", sa.Double, nullable=False),
        sa.Column("online", sa.Double, nullable=False),
        sa.Column("should", sa.Double, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
    )
    op.create_index("quality_tag_tag", "quality_tag", ["tag", "run"])
    op.create_table(
        "quality_finding",
        sa.Column("id", _id, primary_key=True, autoincrement=True),
        sa.Column("run", sa.BigInteger, nullable=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("end", sa.BigInteger, nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("value", sa.Double, nullable=True),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
    )
    op.create_index("quality_finding_run", "quality_finding", ["run", "tag"])
    op.create_index("quality_finding_span", "quality_finding", ["end", "start"])
    op.create_index("quality_finding_tag", "quality_finding", ["tag", "start"])
