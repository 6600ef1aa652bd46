"""Journal and alarm history as a file. Station side; in the worker's process. A page at a time, newest first, so that memory
stays flat; how a row becomes a file is in `rowfile`.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, tzinfo
from itertools import chain
from pathlib import Path
from typing import Any

from app.domain import journal_words as words
from app.domain.instant import Instant
from app.station.journal_query import search_of
from app.station.rowfile import Row, local_in, write_sheet
from app.station.seal import zone_of
from app.store.chain import data_text
from app.store.ports import Store
from app.store.rows import OccurrenceRow, Written

PAGE = 2000

JOURNAL: Row = ["编号", "时间", "类别", "人员", "位号", "位号名称", "报警编号", "内容", "数据", "哈希"]
ALARMS: Row = [
    "报警编号", "位号", "名称", "设备", "报警", "级别", "状态", "报警值", "限值", "单位", "报警时间", "恢复时间", "确认时间",
    "确认人", "备注", "说明",
]  # fmt: skip


def write_export(store: Store, job: dict[str, Any], tell: Callable[[int, int], None]) -> dict[str, Any]:
    """Writes `job["file"]` and says rows, size and SHA-256."""
    kept = store.config.current()
    names = {} if kept is None else {tag.tag: tag.name for tag in kept[1].tags}
    zone = zone_of(job["zone"])
    local = local_in(zone)
    if job["what"] == "journal":
        rows: Iterable[Row] = (_record_row(one, local, names, zone) for one in _records(store, job["filters"], tell))
        head = JOURNAL
    else:
        rows = (_alarm_row(one, local, names) for one in _alarms(store, job["filters"], tell))
        head = ALARMS
    return write_sheet(Path(job["file"]), job["format"], chain([head], rows))


def _records(store: Store, filters: dict[str, Any], tell: Callable[[int, int], None]) -> Iterator[Written]:
    top = store.journal.last_id()
    before: int | None = None
    while True:
        found = store.journal.search(search_of(filters, before, PAGE))
        yield from found.records
        before = found.before
        if before is None:
            return
        tell(max(0, top - before), top)


def _alarms(store: Store, filters: dict[str, Any], tell: Callable[[int, int], None]) -> Iterator[OccurrenceRow]:
    top = store.journal.last_occurrence()
    wanted = {key: filters.get(key) or None for key in ("start", "end", "tag", "equipment", "priority", "user", "text")}
    after: int | None = None
    while rows := store.journal.occurrences(**wanted, after=after, limit=PAGE):
        yield from rows
        after = rows[-1].occurrence
        tell(max(0, top - after), top)


def _record_row(one: Written, local: Callable[[Instant | None], datetime | None], names: dict[str, str], zone: tzinfo) -> Row:
    record = one.record
    said = words.sentence(
        record.kind, record.actor, record.tag, record.occurrence, record.data, lambda tag: names.get(tag, ""), zone
    )
    return [
        one.id, local(record.time), words.kind_word(record.kind), words.person(record.actor), record.tag,
        names.get(record.tag, ""), record.occurrence or None, said, data_text(record.data), one.hash,
    ]  # fmt: skip


def _alarm_row(one: OccurrenceRow, local: Callable[[Instant | None], datetime | None], names: dict[str, str]) -> Row:
    value = one.value if isinstance(one.value, int | float) and not isinstance(one.value, bool) else _word(one.value)
    return [
        one.occurrence, one.tag, names.get(one.tag, ""), one.equipment, words.RULES.get(one.rule, one.rule),
        words.PRIORITIES.get(one.priority, one.priority), words.STATES.get(one.state, one.state), value, one.limit, one.unit,
        local(one.raised_at), local(one.cleared_at), local(one.acked_at), one.acked_by, one.note, one.message,
    ]  # fmt: skip


def _word(value: object) -> str:
    return "" if value is None else str(value)
