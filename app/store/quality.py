"""Results of the data quality (数据质量) over both engines: scores by point and day, and what was found. Station side.

A run is seen when its row in `quality_run` says so, and not before: the rows of the points are written in small pieces, so that
the journal, which lives in the same database, never waits for a thousand of them. What a run that did not end has left behind
goes with the next one.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select

from app.domain.instant import Instant
from app.domain.quality import Finding, QualityKind, Scores, Share
from app.store.database import Database
from app.store.rows import FoundRow, QualityRow, QualityRun
from app.store.tables_quality import quality_finding, quality_run, quality_tag
from app.store.texts import clean

PIECE = 250


class StationQuality:
    """Fills `ports.QualityResults`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, run: QualityRun, rows: Sequence[QualityRow], findings: Sequence[Finding]) -> QualityRun:
        number = self._clear_the_left_behind() + 1
        tags = [_tag_values(number, row) for row in rows]
        found = [_finding_values(number, one) for one in findings]
        for table, values in ((quality_tag, tags), (quality_finding, found)):
            for low in range(0, len(values), PIECE):
                with self._database.write() as connection:
                    connection.execute(insert(table), values[low : low + PIECE])
        with self._database.write() as connection:
            connection.execute(delete(quality_run).where(quality_run.c.day == run.day))
            connection.execute(insert(quality_run).values(_run_values(number, run)))
        self._clear_the_left_behind()
        return QualityRun(**{**_fields(run), "number": number})

    def run(self, day: str) -> QualityRun | None:
        found = self._runs(select(quality_run).where(quality_run.c.day == day))
        return found[0] if found else None

    def runs(self, limit: int = 400) -> list[QualityRun]:
        return self._runs(select(quality_run).order_by(quality_run.c.start.desc(), quality_run.c.number.desc()).limit(limit))

    def rows(self, day: str, tag: str | None = None) -> list[QualityRow]:
        query = select(quality_tag).join(quality_run, quality_run.c.number == quality_tag.c.run).where(quality_run.c.day == day)
        if tag is not None:
            query = query.where(quality_tag.c.tag == clean(tag))
        with self._database.read() as connection:
            return [_row(row) for row in connection.execute(query.order_by(quality_tag.c.tag))]

    def history(self, tag: str, limit: int = 31) -> list[tuple[QualityRun, QualityRow]]:
        query = (
            select(quality_run, quality_tag)
            .join(quality_tag, quality_tag.c.run == quality_run.c.number)
            .where(quality_tag.c.tag == clean(tag))
            .order_by(quality_run.c.start.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return [(_run(row), _row(row)) for row in connection.execute(query)]

    def findings(
        self,
        day: str | None = None,
        start: Instant | None = None,
        end: Instant | None = None,
        tag: str | None = None,
        kinds: Collection[str] = (),
        limit: int = 5000,
    ) -> list[FoundRow]:
        c = quality_finding.c
        query = select(quality_finding).join(quality_run, quality_run.c.number == c.run)
        if day is not None:
            query = query.where(quality_run.c.day == day)
        if start is not None:
            query = query.where(c.end > start)
        if end is not None:
            query = query.where(c.start < end)
        if tag is not None:
            query = query.where(c.tag == clean(tag))
        if kinds:
            query = query.where(c.kind.in_(list(kinds)))
        with self._database.read() as connection:
            return [_finding(row) for row in connection.execute(query.order_by(c.score.desc(), c.start, c.id).limit(limit))]

    def purge(self, before: Instant) -> int:
        with self._database.write() as connection:
            gone = connection.execute(delete(quality_run).where(quality_run.c.end < before)).rowcount
        self._clear_the_left_behind()
        return gone

    def _clear_the_left_behind(self) -> int:
        """Rows of no run; the highest number there ever was among what is left."""
        runs = select(quality_run.c.number)
        highest = 0
        with self._database.read() as connection:
            for column in (quality_run.c.number, quality_tag.c.run, quality_finding.c.run):
                highest = max(highest, connection.scalar(select(func.max(column))) or 0)
        for table in (quality_tag, quality_finding):
            with self._database.read() as connection:
                numbers = list(connection.scalars(select(table.c.run).where(table.c.run.not_in(runs)).distinct()))
            for number in numbers:
                with self._database.write() as connection:
                    connection.execute(delete(table).where(table.c.run == number))
        return highest

    def _runs(self, query: Select[Any]) -> list[QualityRun]:
        with self._database.read() as connection:
            return [_run(row) for row in connection.execute(query)]


def _fields(run: QualityRun) -> dict[str, Any]:
    return {name: getattr(run, name) for name in QualityRun.__dataclass_fields__}


def _run_values(number: int, run: QualityRun) -> dict[str, Any]:
    kept = {**_fields(run), "number": number, "by": clean(run.by)}
    return {**kept, "summary": clean(json.dumps(run.summary, ensure_ascii=False, separators=(",", ":")))}


def _run(row: Row[*tuple[Any, ...]]) -> QualityRun:
    return QualityRun(
        row.day, row.start, row.end, row.made_at, row.by, row.took_s, row.partial, json.loads(row.summary), row.number
    )


def _tag_values(run: int, row: QualityRow) -> dict[str, Any]:
    scores = {name: getattr(row.scores, name) for name in Scores.__dataclass_fields__}
    shares = {"received": row.slots.got, "expected": row.slots.due, "online": row.online.got, "should": row.online.due}
    return {"run": run, "tag": clean(row.tag), **scores, **shares, "counts": json.dumps(row.counts)}


def _row(row: Row[*tuple[Any, ...]]) -> QualityRow:
    scores = Scores(row.total, row.completeness, row.authenticity, row.timeliness, row.configuration)
    return QualityRow(row.tag, scores, Share(row.received, row.expected), Share(row.online, row.should), json.loads(row.counts))


def _finding_values(run: int, one: Finding) -> dict[str, Any]:
    return {
        "run": run,
        "tag": clean(one.tag),
        "kind": one.kind.value,
        "what": one.what,
        "start": one.start,
        "end": one.end,
        "score": one.score,
        "value": one.value,
        "count": one.count,
        "reason": clean(one.reason),
        "evidence": json.dumps(dict(one.evidence)),
    }


def _finding(row: Row[*tuple[Any, ...]]) -> FoundRow:
    finding = Finding(
        QualityKind(row.kind), row.what, row.tag, row.start, row.end, row.score, row.reason, row.value, row._mapping["count"],
        json.loads(row.evidence),
    )  # fmt: skip
    return FoundRow(row.id, finding)
