"""Forms: what is searched stands in a table of its own; lists by kind and by state have their index."""

import sqlalchemy as sa
from alembic import op

revision = "s0007"
down_revision = "s0006"

_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "form_text",
        sa.Column("id", _id, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.execute("INSERT INTO form_text (id, text) SELECT id, search FROM form")
    op.execute("ALTER TABLE form DROP COLUMN search")
    op.drop_index("form_subject", "form")
    op.create_index("form_subject", "form", ["subject", "kind", "id"])
    op.create_index("form_newest", "form", ["kind", "id"])
    op.create_index("form_state", "form", ["kind", "state", "id"])
