"""Journal and alarm history as a file: CSV for any program, XLSX for Excel. Station side; in the worker's process.

A page at a time, newest first, so that memory stays flat. A cell that a spreadsheet would take for a formula gets an
apostrophe.
"""

import csv
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from openpyxl import Workbook

from app.domain import journal_words as words
from app.domain.instant import Instant, to_datetime
from app.station.journal_query import search_of
from app.station.seal import zone_of
from app.store.chain import data_text
from app.store.ports import Store
from app.store.rows import OccurrenceRow, Written

PAGE = 2000
SHEET_ROWS = 1_000_000  # Excel takes 1,048,576
CELL = 32_000  # Excel takes 32,767 characters
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
Cell = str | int | float | None
Row = list[Cell]

JOURNAL = ["编号", "时间", "类别", "人员", "位号", "位号名称", "报警编号", "内容", "数据", "哈希"]
ALARMS = [
    "报警编号", "位号", "名称", "设备", "报警", "级别", "状态", "报警值", "限值", "单位", "报警时间", "恢复时间", "确认时间",
    "确认人", "备注", "说明",
]  # fmt: skip


class Sheet(Protocol):
    def row(self, cells: Sequence[Cell]) -> None: ...

    def close(self) -> None: ...


def write_export(store: Store, job: dict[str, Any], tell: Callable[[int, int], None]) -> dict[str, Any]:
    """Writes `job["file"]` and says rows, size and SHA-256. The file is complete, or this process did not get here."""
    file = Path(job["file"])
    tempfile.tempdir = str(file.parent)  # openpyxl writes its sheets there first
    kept = store.config.current()
    names = {} if kept is None else {tag.tag: tag.name for tag in kept[1].tags}
    zone = zone_of(job["zone"])

    def local(at: Instant | None) -> str:
        return "" if at is None else f"{to_datetime(at).astimezone(zone):%Y-%m-%d %H:%M:%S.%f}"[:-3]

    sheet: Sheet = CsvSheet(file) if job["format"] == "csv" else XlsxSheet(file)
    rows = 0
    if job["what"] == "journal":
        sheet.row(JOURNAL)
        cells: Iterable[Row] = (_record_row(one, local, names) for one in _records(store, job["filters"], tell))
    else:
        sheet.row(ALARMS)
        cells = (_alarm_row(one, local, names) for one in _alarms(store, job["filters"], tell))
    for row in cells:
        sheet.row([safe_cell(cell) for cell in row])
        rows += 1
    sheet.close()
    with file.open("rb+") as done:
        os.fsync(done.fileno())
        digest = hashlib.file_digest(done, "sha256").hexdigest()
    return {"rows": rows, "size": file.stat().st_size, "sha256": digest}


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


def _record_row(one: Written, local: Callable[[Instant | None], str], names: dict[str, str]) -> Row:
    record = one.record
    said = words.sentence(record.kind, record.actor, record.tag, record.occurrence, record.data, lambda tag: names.get(tag, ""))
    return [
        one.id, local(record.time), words.kind_word(record.kind), words.person(record.actor), record.tag,
        names.get(record.tag, ""), record.occurrence or None, said, data_text(record.data), one.hash,
    ]  # fmt: skip


def _alarm_row(one: OccurrenceRow, local: Callable[[Instant | None], str], names: dict[str, str]) -> Row:
    value = one.value if isinstance(one.value, int | float) and not isinstance(one.value, bool) else _word(one.value)
    return [
        one.occurrence, one.tag, names.get(one.tag, ""), one.equipment, words.RULES.get(one.rule, one.rule),
        words.PRIORITIES.get(one.priority, one.priority), words.STATES.get(one.state, one.state), value, one.limit, one.unit,
        local(one.raised_at), local(one.cleared_at), local(one.acked_at), one.acked_by, one.note, one.message,
    ]  # fmt: skip


def _word(value: object) -> str:
    return "" if value is None else str(value)


def safe_cell(cell: Cell) -> Cell:
    """Text stays text: no formula, no character a sheet cannot hold."""
    if not isinstance(cell, str):
        return cell
    text = _CONTROL.sub("\ufffd", cell)[:CELL]
    return f"'{text}" if text.startswith(_FORMULA) else text


class CsvSheet:
    """UTF-8 with a byte order mark, or Excel shows no Chinese."""

    def __init__(self, file: Path) -> None:
        self._out = file.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._out)

    def row(self, cells: Sequence[Cell]) -> None:
        self._writer.writerow(cells)

    def close(self) -> None:
        self._out.close()


class XlsxSheet:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._book = Workbook(write_only=True)
        self._head: Sequence[Cell] = ()
        self._rows = 0
        self._sheet: Any = None

    def row(self, cells: Sequence[Cell]) -> None:
        if self._sheet is None or self._rows >= SHEET_ROWS:
            self._sheet = self._book.create_sheet()
            self._sheet.freeze_panes = "A2"
            self._head, self._rows = self._head or cells, 1
            self._sheet.append(self._head)
            if self._head is cells:
                return
        self._sheet.append(cells)
        self._rows += 1

    def close(self) -> None:
        self._book.save(self._file)
