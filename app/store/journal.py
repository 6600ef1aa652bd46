"""The journal over both engines: records in a hash chain, alarm states and occurrences, one transaction a call. Station side.

Not the chain's rule (`chain.py`), nor the search for past occurrences (`occurrences.py`), nor the check (`verify.py`).
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from app.domain.alarm import RuleState
from app.domain.instant import Instant
from app.domain.kpi import Alarmed
from app.domain.seal import GivenSeal
from app.store import tables
from app.store.chain import data_text, line, link
from app.store.clips import alarm_rows, clip_row
from app.store.database import Database
from app.store.forms import form_row, text_row
from app.store.mark import JournalMark
from app.store.occurrences import alarmed, find, repeats, row_of
from app.store.ports import StoreUnavailable
from app.store.rows import ClipRow, FormRow, Found, OccurrenceRow, Record, Search, Verdict, Written
from app.store.search import search
from app.store.statetext import state_from, state_text
from app.store.texts import clean
from app.store.verify import verify

NO_STATES: Mapping[str, RuleState] = MappingProxyType({})


class StationJournal:
    """Fills `ports.Journal`. Any thread may call; appends take turns."""

    def __init__(self, database: Database, mark: JournalMark | None = None) -> None:
        """`mark`: beside the database, how far the journal came; only the station keeps one."""
        self._database = database
        self._mark = mark
        # made once: to build a statement costs more than to run it
        self._insert = insert(tables.journal)
        self._keep_state = database.upsert(tables.rule_state)
        self._keep_occurrence = database.upsert(tables.occurrence)
        self._keep_form = database.upsert(tables.form)
        self._keep_form_text = database.upsert(tables.form_text)
        self._keep_clip = database.upsert(tables.clip)
        self._keep_clip_alarm = database.upsert(tables.clip_alarm)
        self._move_head = update(tables.head).values(
            last_id=bindparam("last_id"), hash=bindparam("hash"), last_occurrence=bindparam("last_occurrence")
        )
        self._read_head = select(tables.head.c.last_id, tables.head.c.hash, tables.head.c.last_occurrence).with_for_update()
        self._turn = threading.Lock()
        self._doubt: tuple[tuple[Record, ...], list[Written]] | None = None

    def append(
        self,
        records: Sequence[Record],
        states: Mapping[str, RuleState] = NO_STATES,
        occurrences: Sequence[OccurrenceRow] = (),
        forms: Sequence[FormRow] = (),
        clips: Sequence[ClipRow] = (),
    ) -> list[Written]:
        plain = [_plain(record) for record in records]
        kept = [{"key": clean(key), "state": state_text(state)} for key, state in states.items()]
        # the last row of an occurrence counts
        rows = list({row.occurrence: row_of(row) for row in occurrences}.values())
        last = {form.id: form for form in forms}.values()
        papers = [(form_row(form), text_row(form)) for form in last]
        films = list({clip.id: clip for clip in clips}.values())
        highest = max(
            (
                *(record.occurrence for record in records),
                *(state.occurrence for state in states.values()),
                *(row.occurrence for row in occurrences),
            ),
            default=0,
        )
        with self._turn:
            with self._database.write() as connection:
                written = self._write(connection, records, plain, kept, rows, papers, films, highest)
                # from here on the commit may succeed and its answer be lost (connection cut)
                self._doubt = (tuple(records), written) if written else None
            self._doubt = None
            if written:
                self._marked(written[-1])
        return written

    def append_with_row(self, record: Record, table: Table, row: Mapping[str, Any], column: str) -> Written:
        """One record and one new row of another table, whose `column` takes the number of the record; or nothing."""
        plain = [_plain(record)]
        with self._turn:
            with self._database.write() as connection:
                last_id, last_hash, last_occurrence = self._head(connection)
                [written] = self._linked([record], plain, [], last_id, last_hash)
                hash = bytes.fromhex(written.hash)
                connection.execute(self._insert, [plain[0] | {"id": written.id, "hash": hash}])
                connection.execute(insert(table), [dict(row) | {column: written.id}])
                connection.execute(self._move_head, {"last_id": written.id, "hash": hash, "last_occurrence": last_occurrence})
            self._marked(written)
        return written

    def _write(
        self,
        connection: Connection,
        records: Sequence[Record],
        plain: Sequence[dict[str, Any]],
        states: Sequence[dict[str, Any]],
        rows: Sequence[dict[str, Any]],
        papers: Sequence[tuple[dict[str, Any], dict[str, Any]]],
        films: Sequence[ClipRow],
        highest: int,
    ) -> list[Written]:
        last_id, last_hash, last_occurrence = self._head(connection)
        done = self._settled(connection, records)
        written = self._linked(records, plain, done, last_id, last_hash)
        new = written[len(done) :]
        if new:
            last_id, last_hash = new[-1].id, new[-1].hash
            lines = zip(plain[len(done) :], new, strict=True)
            connection.execute(self._insert, [one | {"id": w.id, "hash": bytes.fromhex(w.hash)} for one, w in lines])
        if states:
            connection.execute(self._keep_state, states)
        if rows:
            connection.execute(self._keep_occurrence, rows)
        if papers:
            connection.execute(self._keep_form, [row for row, _ in papers])
            connection.execute(self._keep_form_text, [text for _, text in papers])
        if films:
            connection.execute(self._keep_clip, [clip_row(film) for film in films])
            if alarms := [row for film in films for row in alarm_rows(film)]:
                connection.execute(self._keep_clip_alarm, alarms)
        if new or highest > last_occurrence:
            head = {"last_id": last_id, "hash": bytes.fromhex(last_hash), "last_occurrence": max(highest, last_occurrence)}
            connection.execute(self._move_head, head)
        return written

    def _head(self, connection: Connection) -> tuple[int, str, int]:
        """Last id, its hash, highest occurrence. Read inside the transaction, so that two processes cannot fork the chain."""
        row = connection.execute(self._read_head).one_or_none()
        if row is None:
            raise StoreUnavailable("日志的末尾标记不见了, 日志可能被人改动过; 请运行 hazwatch verify 查看")
        return row.last_id, bytes(row.hash).hex(), row.last_occurrence

    def _settled(self, connection: Connection, records: Sequence[Record]) -> list[Written]:
        """What of `records` is in the journal already: an earlier call failed while it committed, the commit had reached the
        server all the same, and the caller now tries again, maybe with more behind."""
        if self._doubt is None:
            return []
        before, written = self._doubt
        kept = connection.scalar(select(tables.journal.c.hash).where(tables.journal.c.id == written[-1].id))
        if kept != bytes.fromhex(written[-1].hash) or tuple(records[: len(before)]) != before:
            return []
        return written

    @staticmethod
    def _linked(
        records: Sequence[Record], plain: Sequence[dict[str, Any]], done: list[Written], last_id: int, last_hash: str
    ) -> list[Written]:
        written = list(done)
        for number in range(len(done), len(records)):
            last_id += 1
            previous = last_hash
            last_hash = link(previous, line(last_id, **plain[number]))
            written.append(Written(last_id, records[number], previous, last_hash))
        return written

    def read(self, after: int = 0, limit: int = 500, kind: str | None = None) -> list[Written]:
        journal = tables.journal
        before = journal.alias("before")
        query = (
            select(journal, before.c.hash.label("previous"))
            .outerjoin(before, before.c.id == journal.c.id - 1)
            .where(journal.c.id > after)
            .order_by(journal.c.id)
            .limit(limit)
        )
        if kind is not None:
            query = query.where(journal.c.kind == kind)
        with self._database.read() as connection:
            return [
                Written(
                    row.id,
                    Record(row.time, row.kind, row.actor, row.tag, row.occurrence, json.loads(row.data)),
                    bytes(row.previous or bytes(32)).hex(),
                    bytes(row.hash).hex(),
                )
                for row in connection.execute(query)
            ]

    def search(self, wanted: Search) -> Found:
        return search(self._database, wanted)

    def last_id(self) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(tables.head.c.last_id)) or 0

    def states(self) -> dict[str, RuleState]:
        with self._database.read() as connection:
            rows = connection.execute(select(tables.rule_state.c.key, tables.rule_state.c.state))
            return {key: state_from(key, text) for key, text in rows}

    def last_occurrence(self) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(tables.head.c.last_occurrence)) or 0

    def occurrences(
        self,
        start: Instant | None = None,
        end: Instant | None = None,
        tag: str | None = None,
        equipment: str | None = None,
        priority: str | None = None,
        user: str | None = None,
        text: str | None = None,
        after: int | None = None,
        limit: int = 200,
    ) -> list[OccurrenceRow]:
        with self._database.read() as connection:
            return find(
                connection,
                start=start,
                end=end,
                tag=tag,
                equipment=equipment,
                priority=priority,
                user=user,
                text=text,
                after=after,
                limit=limit,
            )

    def repeats(
        self, tag: str, rule: str, before: int, limit: int, since: Sequence[Instant]
    ) -> tuple[list[OccurrenceRow], list[int]]:
        with self._database.read() as connection:
            return repeats(connection, tag=tag, rule=rule, before=before, limit=limit, since=since)

    def alarmed(self, start: Instant, end: Instant) -> list[Alarmed]:
        with self._database.read() as connection:
            return alarmed(connection, start, end)

    def verify(
        self,
        progress: Callable[[int], None] | None = None,
        given: GivenSeal | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Verdict:
        return verify(self._database, progress, given, stop)

    def _marked(self, written: Written) -> None:
        if self._mark is not None:
            self._mark.move(written.id, written.hash)


def _plain(record: Record) -> dict[str, Any]:
    return {
        "time": record.time,
        "kind": clean(record.kind),
        "actor": clean(record.actor),
        "tag": clean(record.tag),
        "occurrence": record.occurrence,
        "data": data_text(record.data),
    }
