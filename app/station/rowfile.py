"""Rows as a file: CSV for any program, XLSX for Excel; numbers stay numbers and times stay times. Station side; in the worker's
process.

Row by row, so that memory stays flat. A cell that a spreadsheet would take for a formula gets an apostrophe.
"""

import csv
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Protocol

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

from app.domain.instant import Instant, to_datetime

SHEET_ROWS = 1_000_000  # Excel takes 1,048,576
CELL = 32_000  # Excel takes 32,767 characters
TIME_FORMAT = "yyyy-mm-dd hh:mm:ss.000"
_TIME_WIDE = 24  # characters
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
Cell = str | int | float | datetime | None
Row = list[Cell]


class Sheet(Protocol):
    def row(self, cells: Sequence[Cell]) -> None: ...

    def close(self) -> None: ...


def write_sheet(file: Path, format: str, rows: Iterable[Row], about: Iterable[Row] = ()) -> dict[str, Any]:
    """`rows` begin with the head; `about` is a sheet of its own that says what stands there, where the format has room for one.
    Gives rows without the head, size and SHA-256. The file is complete, or this did not return."""
    tempfile.tempdir = str(file.parent)  # openpyxl writes its sheets there first
    sheet: Sheet = CsvSheet(file) if format == "csv" else XlsxSheet(file, about)
    count = -1  # the head
    for row in rows:
        sheet.row([safe_cell(cell) for cell in row])
        count += 1
    sheet.close()
    with file.open("rb+") as done:
        os.fsync(done.fileno())
        digest = hashlib.file_digest(done, "sha256").hexdigest()
    return {"rows": count, "size": file.stat().st_size, "sha256": digest}


def local_in(zone: tzinfo) -> Callable[[Instant | None], datetime | None]:
    """The time of the clock on the wall there, to the millisecond: what a sheet can hold of a time."""

    def local(at: Instant | None) -> datetime | None:
        return None if at is None else to_datetime(at // 1000 * 1000).astimezone(zone).replace(tzinfo=None)

    return local


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
        self._writer.writerow([f"{cell:%Y-%m-%d %H:%M:%S.%f}"[:-3] if isinstance(cell, datetime) else cell for cell in cells])

    def close(self) -> None:
        self._out.close()


class XlsxSheet:
    def __init__(self, file: Path, about: Iterable[Row] = ()) -> None:
        self._file, self._about = file, list(about)
        self._book = Workbook(write_only=True)
        self._head: Sequence[Cell] = ()
        self._rows = 0
        self._sheet: Any = None

    def row(self, cells: Sequence[Cell]) -> None:
        if self._sheet is None or self._rows >= SHEET_ROWS:
            self._begin(cells)
            if self._head is cells:
                return
        self._sheet.append([self._timed(cell) if isinstance(cell, datetime) else cell for cell in cells])
        self._rows += 1

    def close(self) -> None:
        if self._about:
            sheet = self._book.create_sheet("说明")
            sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 90
            for row in self._about:
                sheet.append([safe_cell(cell) for cell in row])
        self._book.save(self._file)

    def _begin(self, cells: Sequence[Cell]) -> None:
        self._sheet = self._book.create_sheet()
        self._sheet.freeze_panes = "A2"
        self._head, self._rows = self._head or cells, 1
        for number, name in enumerate(self._head):  # before the first row, or it is not written
            wide = _TIME_WIDE if "时间" in str(name) else min(max(2 * len(str(name)), 10), 40)
            self._sheet.column_dimensions[get_column_letter(number + 1)].width = wide
        self._sheet.append(self._head)

    def _timed(self, at: datetime) -> Any:
        cell = WriteOnlyCell(self._sheet, at)
        cell.number_format = TIME_FORMAT
        return cell
