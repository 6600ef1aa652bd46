"""The tables of the data quality, as the migrations leave them. Station side."""

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, Table, Text

from app.store.tables import station

_Id = BigInteger().with_variant(Integer, "sqlite")

# a run that ended; `day` is the local day, or the span somebody asked for
quality_run = Table(
    "quality_run",
    station,
    Column("number", _Id, primary_key=True, autoincrement=False),
    Column("day", Text, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("took_s", Double, nullable=False),
    Column("partial", Boolean, nullable=False),
    Column("summary", Text, nullable=False),  # JSON
    Index("quality_run_day", "day"),
    Index("quality_run_start", "start"),
)

quality_tag = Table(
    "quality_tag",
    station,
    Column("run", _Id, primary_key=True, autoincrement=False),
    Column("tag", Text, primary_key=True),
    Column("total", Double, nullable=True),
    Column("completeness", Double, nullable=True),
    Column("authenticity", Double, nullable=True),
    Column("timeliness", Double, nullable=True),
    Column("configuration", Double, nullable=True),
    Column("received", Double, nullable=False),
    Column("expected", Double, nullable=False),
    Column("online", Double, nullable=False),
    Column("should", Double, nullable=False),
    Column("counts", Text, nullable=False),  # JSON: findings by kind
    Index("quality_tag_tag", "tag", "run"),
)

quality_finding = Table(
    "quality_finding",
    station,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("run", BigInteger, nullable=False),
    Column("tag", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("score", Double, nullable=False),
    Column("value", Double, nullable=True),
    Column("count", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),  # JSON
    Index("quality_finding_run", "run", "tag"),
    Index("quality_finding_span", "end", "start"),
    Index("quality_finding_tag", "tag", "start"),
)
