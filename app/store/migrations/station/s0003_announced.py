"""Which occurrences were heard."""

import sqlalchemy as sa
from alembic import op

revision = "s0003"
down_revision = "s0002"


def upgrade() -> None:
    op.add_column("occurrence", sa.Column("announced", sa.Boolean, nullable=False, server_default=sa.true()))
