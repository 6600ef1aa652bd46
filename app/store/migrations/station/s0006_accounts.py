"""Accounts: whose, approved, to be changed, last seen; passwords of before."""

import sqlalchemy as sa
from alembic import op

revision = "s0006"
down_revision = "s0005"

_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("account", sa.Column("person", sa.Text, nullable=False, server_default=""))
    op.add_column("account", sa.Column("approved", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("account", sa.Column("must_change", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("account", sa.Column("last_login_at", sa.BigInteger, nullable=True))
    op.create_table(
        "password_past",
        sa.Column("id", _id, primary_key=True, autoincrement=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("password", sa.Text, nullable=False),
    )
    op.create_index("password_past_name", "password_past", ["name", "id"])
