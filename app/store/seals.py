"""Seals of the journal (日封印): making one over the records since the last, and reading them. Station side.

A seal and the record that tells of it are one transaction. Its digests are made before, page by page and giving way to others,
while the chain of those records is checked once more.
"""

import hashlib
import time
from binascii import b2a_hex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from app.domain.instant import Instant
from app.domain.seal import Seal
from app.store import tables
from app.store.chain import GENESIS
from app.store.database import Database
from app.store.journal import StationJournal
from app.store.lines import line_writer, raw_page
from app.store.rows import Record
from app.store.spans import SpanDigest

PAGE = 1000
PAUSE_S = 0.002  # between pages: the watch goes on meanwhile
ACTOR = "@station"


class StationSeals:
    """Fills `ports.Seals`."""

    def __init__(self, database: Database, journal: StationJournal) -> None:
        self._database = database
        self._journal = journal

    def last(self) -> Seal | None:
        return next(iter(self.list(limit=1)), None)

    def list(self, before: int | None = None, limit: int = 200) -> list[Seal]:
        query = select(tables.seal).order_by(tables.seal.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(tables.seal.c.number < before)
        with self._database.read() as connection:
            return [Seal(**row) for row in connection.execute(query).mappings()]

    def get(self, number: int) -> Seal | None:
        with self._database.read() as connection:
            row = connection.execute(select(tables.seal).where(tables.seal.c.number == number)).mappings().one_or_none()
        return None if row is None else Seal(**row)

    def open_since(self) -> tuple[int, Instant] | None:
        last = self.last()
        c = tables.journal.c
        query = select(c.id, c.time).where(c.id > (0 if last is None else last.last)).order_by(c.id).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else (row.id, row.time)

    def last_before(self, first: int, end: Instant) -> int:
        c = tables.journal.c
        with self._database.read() as connection:
            late = connection.scalar(select(c.id).where(c.id >= first, c.time >= end).order_by(c.id).limit(1))
            if late is not None:
                return int(late) - 1
            return connection.scalar(select(tables.head.c.last_id)) or 0

    def make(
        self,
        day: str,
        cause: str,
        now: Instant,
        last: int,
        sign: Callable[[Seal], Seal],
        in_time: Callable[[], bool] = lambda: True,
    ) -> Seal | None:
        before = self.last()
        first = 1 if before is None else before.last + 1
        if last < first:
            raise ValueError(f"第 {first} 条以后还没有可以封印的记录")
        digested = self._digest(first, last, GENESIS if before is None else before.hash, in_time)
        if digested is None:
            return None
        hash, sha256, sm3 = digested
        number = 1 if before is None else before.number + 1
        seal = sign(Seal(number, day, cause, now, first, last, hash, sha256, sm3))
        told: dict[str, Any] = {column.name: getattr(seal, column.name) for column in tables.seal.c if column.name != "record"}
        record = Record(now, "seal", ACTOR, data=told | {"count": seal.count, "what": "sealed"})
        written = self._journal.append_with_row(record, tables.seal, told, "record")
        return replace(seal, record=written.id)

    def _digest(self, first: int, last: int, previous_hash: str, in_time: Callable[[], bool]) -> tuple[str, str, str] | None:
        span, write = SpanDigest(first, last), line_writer()
        at, previous = first - 1, previous_hash.encode()
        while at < last:
            if not in_time():
                return None
            with self._database.read() as connection:
                page = raw_page(self._database, connection, at, min(PAGE, last - at))
            lines: list[bytes] = []
            for row in page:
                line = _line(write, row)
                found = hashlib.sha256(previous + line).digest()
                if row[0] != at + len(lines) + 1 or found != row[7]:
                    raise ValueError(f"第 {at + len(lines) + 1} 条记录与它的哈希不符，不能封印；请运行 hazwatch verify 查看")
                previous = b2a_hex(found)
                lines.append(line)
            if not lines:
                raise ValueError(f"第 {at + 1} 条起的记录不见了，不能封印；请运行 hazwatch verify 查看")
            span.add(at + 1, lines)
            at += len(lines)
            time.sleep(PAUSE_S)
        return previous.decode(), *span.finish()


def _line(write: Callable[[Any], bytes], row: Any) -> bytes:
    try:
        return write(row) if row[8] else b""
    except ValueError:
        return b""
