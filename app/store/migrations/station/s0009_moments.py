"""Moments of the alarms, told again from the journal, so that a replay need not begin at its first record."""

import sqlalchemy as sa
from alembic import op

revision = "s0009"
down_revision = "s0008"

_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "moment",
        sa.Column("id", _id, primary_key=True, autoincrement=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("low", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
