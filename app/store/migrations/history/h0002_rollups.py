"""Samples that are not closed yet in groups of tags; chunks on shared time axes, with roll-ups beside them.

What lies in the old table of fresh samples is carried over group by group; old chunks stay as they are and are merged into new
ones by the running station.
"""

import zlib

import numpy as np
import sqlalchemy as sa
from alembic import op

revision = "h0002"
down_revision = "h0001"

GROUP = 128
RECORD = np.dtype([("tag", "<i4"), ("source", "<i8"), ("receive", "<i8"), ("number", "<f8"), ("status", "<u2")])
_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "sample_hot",
        sa.Column("id", _id, primary_key=True, autoincrement=False),
        sa.Column("grp", sa.Integer, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("extras", sa.Text, nullable=True),
    )
    op.create_index("sample_hot_group", "sample_hot", ["grp", "id"])
    op.create_table(
        "sample_axis",
        sa.Column("id", _id, primary_key=True, autoincrement=False),
        sa.Column("grp", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "sample_rollup",
        sa.Column("tag", sa.Integer, nullable=False),
        sa.Column("level", sa.SmallInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("chunk", sa.BigInteger, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("tag", "level", "last", "chunk"),
        sqlite_with_rowid=False,
    )
    # a table of its own order of columns: what is read without the samples stands before them
    op.drop_index("sample_chunk_tag", "sample_chunk")
    op.drop_index("sample_chunk_received", "sample_chunk")
    op.rename_table("sample_chunk", "sample_chunk_old")
    op.create_table(
        "sample_chunk",
        sa.Column("id", _id, primary_key=True, autoincrement=False),
        sa.Column("tag", sa.Integer, nullable=False),
        sa.Column("stage", sa.SmallInteger, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("ahead", sa.BigInteger, nullable=False),
        sa.Column("axis", sa.BigInteger, nullable=True),
        sa.Column("minutes", sa.LargeBinary, nullable=True),
        sa.Column("body", sa.LargeBinary, nullable=True),
        sa.Column("extras", sa.Text, nullable=True),
    )
    connection = op.get_bind()
    connection.execute(
        sa.text(
            "INSERT INTO sample_chunk (id, tag, stage, n, first, last, received, ahead, body, extras) "
            "SELECT id, tag, 0, 0, first, last, received, 1, body, extras FROM sample_chunk_old"
        )
    )
    op.drop_table("sample_chunk_old")
    op.create_index("sample_chunk_tag", "sample_chunk", ["tag", "stage", "last", "first"])
    op.create_index("sample_chunk_received", "sample_chunk", ["received"])
    op.create_index("sample_chunk_axis", "sample_chunk", ["axis"])
    where = sa.text("stage = 0")
    op.create_index("sample_chunk_fresh", "sample_chunk", ["tag", "received"], sqlite_where=where, postgresql_where=where)
    where = sa.text("ahead > 0")
    op.create_index("sample_chunk_ahead", "sample_chunk", ["tag", "last"], sqlite_where=where, postgresql_where=where)
    if connection.dialect.name == "postgresql":
        # the blobs are deflated already; trying to compress them again only costs
        for table, column in (("hot", "body"), ("axis", "body"), ("chunk", "minutes"), ("chunk", "body"), ("rollup", "body")):
            op.execute(f"ALTER TABLE sample_{table} ALTER COLUMN {column} SET STORAGE EXTERNAL")
    _carry_over(connection)
    op.drop_table("sample_batch")


def _carry_over(connection: sa.Connection) -> None:
    import json

    rows = connection.execute(sa.text("SELECT received, tags, body, extras FROM sample_batch ORDER BY id")).all()
    number = 0
    for received, tags, body, extras in rows:
        n = len(tags) // 4
        records = np.empty(n, RECORD)
        records["tag"] = np.frombuffer(tags, "<i4")
        cuts = (1, 1 + 8 * n, 1 + 16 * n, 1 + 24 * n, 1 + 26 * n)
        for name, low, high in zip(("source", "receive", "number", "status"), cuts, cuts[1:], strict=False):
            records[name] = np.frombuffer(body[low:high], RECORD[name])
        beside = {at: rest for at, *rest in json.loads(extras)} if extras else {}
        groups = (records["tag"] - 1) // GROUP
        for group in np.unique(groups).tolist():
            places = np.flatnonzero(groups == group)
            part = records[places]
            mine = [[new, *beside[old]] for new, old in enumerate(places.tolist()) if old in beside]
            text = json.dumps(mine, separators=(",", ":")) if mine else None
            raw = part.tobytes()
            checked = zlib.crc32(raw if text is None else raw + text.encode("ascii")).to_bytes(4, "little") + raw
            number += 1
            connection.execute(
                sa.text(
                    "INSERT INTO sample_hot (id, grp, n, first, last, received, body, extras) "
                    "VALUES (:id, :grp, :n, :first, :last, :received, :body, :extras)"
                ),
                {
                    "id": number,
                    "grp": group,
                    "n": len(part),
                    "first": int(part["source"].min()),
                    "last": int(part["source"].max()),
                    "received": received,
                    "body": checked,
                    "extras": text,
                },
            )
