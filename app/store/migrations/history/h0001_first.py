"""First layout of the history database."""

import sqlalchemy as sa
from alembic import op

revision = "h0001"
down_revision = None

_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "sample_tag",
        sa.Column("id", _id, primary_key=True, autoincrement=False),
        sa.Column("tag", sa.Text, nullable=False, unique=True),
        sa.Column("chunk", sa.BigInteger, nullable=True),
    )
    op.create_table(
        "sample_batch",
        sa.Column("id", _id, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("tags", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("extras", sa.Text, nullable=True),
    )
    op.create_table(
        "sample_chunk",
        sa.Column("id", _id, primary_key=True, autoincrement=False),
        sa.Column("tag", sa.Integer, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("extras", sa.Text, nullable=True),
    )
    op.create_index("sample_chunk_tag", "sample_chunk", ["tag", "last", "first"])
    op.create_index("sample_chunk_received", "sample_chunk", ["received"])
    op.create_table(
        "sample_gap",
        sa.Column("id", _id, primary_key=True, autoincrement=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("end", sa.BigInteger, nullable=False),
    )
    op.create_index("sample_gap_end", "sample_gap", ["end"])
    if op.get_bind().dialect.name == "postgresql":
        # the blobs are deflated already; trying to compress them again only costs
        for table, column in (("sample_batch", "tags"), ("sample_batch", "body"), ("sample_chunk", "body")):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")
