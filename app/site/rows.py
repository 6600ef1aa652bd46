"""A sheet read by the columns of its table: each row a dictionary of typed values, every wrong cell a fault. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.plant import Fault
from app.site.columns import Column, Table
from app.site.csv_file import read_csv
from app.site.faults import Wrong, quote
from app.site.sheet import Cell, OddCell, Sheet, hidden_character
from app.site.xlsx_file import read_xlsx


@dataclass(slots=True)
class Row:
    """`values` holds the columns that are set and right; `wrong` those that are set and were faulted already."""

    row: int
    values: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Rows:
    """A table as read. `key_rows`: key to the row it first stands in; `fault` names a column as the file does."""

    file: str
    columns: Mapping[str, str]
    rows: list[Row]
    faults: list[Fault]
    key_rows: dict[str, int] = field(default_factory=dict)

    def fault(self, row: Row, column: str, found: str, expected: str) -> None:
        row.wrong.add(column)
        self.faults.append(Fault(self.file, row.row, self.columns.get(column, column), found, expected))


def read_rows(file: str, data: bytes, table: Table, faults: list[Fault]) -> Rows | None:
    """None when the table cannot be read at all (then nothing can be said about references to it)."""
    known = table.by_header
    sheet = read_xlsx(file, data, faults) if file.endswith(".xlsx") else read_csv(file, data, known, faults)
    if sheet is None:
        return None
    header = _header(sheet, table, faults)
    if header is None:
        return None
    shown = {column.name: sheet.columns[index] for index, column in header.items()}
    result = Rows(file, shown, [], faults)
    extras = [(index, name) for index, name in enumerate(sheet.header) if name and index not in header]
    shown |= {name: sheet.columns[index] for index, name in extras}
    readers = [(index, column, dict[str, Any]()) for index, column in header.items()]
    for number, cells in sheet.rows:
        row = Row(number)
        for index, column, seen in readers:
            cell = cells[index] if index < len(cells) else ""
            if cell == "":
                continue
            if isinstance(cell, str) and cell in seen:
                row.values[column.name] = seen[cell]
                continue
            try:
                text = _plain(cell, column)
                value = row.values[column.name] = column.read(text)
            except Wrong as wrong:
                result.fault(row, column.name, wrong.found, wrong.expected)
            else:
                seen[text] = value
        for index, name in extras:
            row.extra[name] = _kept(result, row, name, cells[index] if index < len(cells) else "")
        _check_key(result, row, table)
        result.rows.append(row)
    return result


def _plain(cell: Cell, column: Column) -> str:
    """The text of a cell for its column. Raises Wrong."""
    if isinstance(cell, OddCell):
        text = cell.number if column.is_number else cell.text
        if text is None:
            raise Wrong(cell.found, cell.expected)
        return text
    hidden = hidden_character(cell)
    if hidden:
        raise Wrong(f"{quote(cell)} 里有看不见的控制字符 {hidden}", "应为普通文字，请重新输入")
    return cell


def _kept(rows: Rows, row: Row, name: str, cell: Cell) -> str:
    """An unknown column is kept as it is."""
    if isinstance(cell, OddCell):
        if cell.kept is None:
            rows.fault(row, name, cell.found, cell.expected)
        return cell.kept or ""
    hidden = hidden_character(cell)
    if hidden:
        rows.fault(row, name, f"{quote(cell)} 里有看不见的控制字符 {hidden}", "应为普通文字，请重新输入")
    return cell


def _check_key(rows: Rows, row: Row, table: Table) -> None:
    if not table.key:
        return
    key = row.values.get(table.key)
    if key is None:
        if table.key not in row.wrong:
            rows.fault(row, table.key, "是空的", f"每行都应有{table.thing}")
    elif key in rows.key_rows:
        rows.fault(row, table.key, f"{table.thing} {quote(key)} 与第 {rows.key_rows[key]} 行重复", f"{table.thing}不能重复")
    else:
        rows.key_rows[key] = row.row


def _header(sheet: Sheet, table: Table, faults: list[Fault]) -> dict[int, Column] | None:
    """Position to column. None when a required column is missing: the rows would only repeat that."""
    header: dict[int, Column] = {}
    at: dict[str, int] = {}
    unknown: list[int] = []
    folded = {_folded(name): column for name, column in table.by_header.items()}
    for index, name in enumerate(sheet.header):
        column = folded.get(_folded(name))
        first = at.setdefault(column.name if column else name, index)
        if not name:
            faults.append(Fault(sheet.file, 1, sheet.columns[index] or f"第 {index + 1} 列", "列名是空的", "每一列都应有列名"))
        elif first != index:
            found = f"与第 {first + 1} 列 {quote(sheet.header[first])} 重复"
            faults.append(Fault(sheet.file, 1, sheet.columns[index], found, "每列只能出现一次"))
        elif column:
            header[index] = column
        else:
            unknown.append(index)
    nearly = {_bare(name): column for name, column in table.by_header.items()}
    for index in unknown:
        # an unknown column is kept, but a limit that nobody reads because of its header is an alarm lost
        near = nearly.get(_bare(sheet.header[index]))
        if near and near.name not in at:
            faults.append(
                Fault(
                    sheet.file,
                    1,
                    sheet.columns[index],
                    f"列名 {quote(sheet.header[index])} 与“{near.name}”（{near.chinese[0]}）只差标点或括号",
                    f"应写成 {near.name} 或 {near.chinese[0]}；如果是另外的列，请换一个名字",
                )
            )
    missing = [column for column in table.columns if column.required and column.name not in at]
    for column in missing:
        faults.append(
            Fault(sheet.file, 1, column.name, "缺少必需的列", f"表头应有 {column.name} 或 {' 或 '.join(column.chinese)}")
        )
    return None if missing else header


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _bare(name: str) -> str:
    """A header without what people add to it: `高高报(%)`, `high-limit`, `H H`."""
    without_remark = re.sub(r"\(.*?\)|\[.*?\]", "", _folded(name))
    return re.sub(r"[\W_]+", "", without_remark)
