"""A spreadsheet (.xlsx) to rows of text as a person sees it, and back. openpyxl lives here and in `xlsx_book`. Station side."""

import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from app.domain.plant import Fault
from app.site.faults import Wrong, quote
from app.site.sheet import MAX_ROWS, Cell, OddCell, Sheet
from app.site.xlsx_book import Book
from app.site.xlsx_xml import Area, read_cells

MAX_MERGED = 1_000_000
Grid = dict[int, dict[int, Cell]]
"""Row (from 1) to column (from 0) to what stands there; what is empty is not in it."""
_MAX_TEXT = 32_767


def read_xlsx(file: str, data: bytes, faults: list[Fault]) -> Sheet | None:
    """The sheet named tags or 位号表, else the first. Merged cells count in every row and column they cover."""
    try:
        return _read(file, data, faults)
    except Wrong as wrong:
        faults.append(Fault(file, 0, "", wrong.found, wrong.expected))
        return None


def _read(file: str, data: bytes, faults: list[Fault]) -> Sheet | None:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Wrong("是旧格式 .xls 或加了密码的工作簿", "应为不带密码的 .xlsx，请另存为“Excel 工作簿 (*.xlsx)”")
    grid = _grid(data)
    first = grid.pop(1, {})
    header = [_header_text(first.get(index, "")) for index in range(max(first, default=-1) + 1)]
    while header and not header[-1]:
        header.pop()
    if not header:
        faults.append(Fault(file, 1, "", "没有表头", "第一行应为列名"))
        return None
    columns = tuple(f"{name}({_letter(index)})" if name else _letter(index) for index, name in enumerate(header))
    return Sheet(file, tuple(header), columns, _body(file, grid, len(header), faults))


def _body(file: str, grid: Grid, width: int, faults: list[Fault]) -> Iterator[tuple[int, list[Cell]]]:
    columns = range(width)
    for row, cells in grid.items():
        for index in sorted(index for index in cells if index >= width):
            faults.append(Fault(file, row, _letter(index), "单元格在表头以外的列里", "每个有内容的列都应有列名，备注请加一列"))
        yield row, [cells.get(index, "") for index in columns]


def _grid(data: bytes) -> Grid:
    """Rows and cells with content, in order; formulas without a stored value and merged areas already settled."""
    book = Book(data)
    rows: Grid = {}
    row_now, cells_now = 0, dict[int, Cell]()

    def found(row: int, column: int, kind: str, style: str, text: str, formula: str | None) -> None:
        nonlocal row_now, cells_now
        if row != row_now:
            if row > MAX_ROWS:
                raise Wrong(f"超过 {MAX_ROWS} 行", f"一个表最多 {MAX_ROWS} 行")
            row_now, cells_now = row, rows.setdefault(row, {})
        if text:
            cell = book.worth(kind, style, text)
            if cell:
                cells_now[column] = cell
        elif formula is not None and kind != "str":  # "str": a formula whose result is the empty text
            says = f"公式 {quote('=' + formula)} 没有保存计算结果"
            cells_now[column] = OddCell(None, None, None, says, "应为值：请在 Excel 中打开并保存，或粘贴为数值")

    last_row, areas = read_cells(book.sheet, found)
    _fill(rows, areas, min(last_row, MAX_ROWS))
    return {row: cells for row, cells in sorted(rows.items()) if cells}


def _fill(rows: Grid, areas: list[Area], last_row: int) -> None:
    """A merged area counts in every row and column it covers."""
    room = MAX_MERGED
    for first, last, left, right in areas:
        last = min(last, last_row)
        corner = rows.get(first, {}).get(left, "")
        room -= max(last + 1 - first, 0) * max(right + 1 - left, 0)
        if room < 0:
            raise Wrong("合并单元格覆盖的区域过大", f"合并单元格总共最多覆盖 {MAX_MERGED} 格，请取消合并")
        for row in range(first, last + 1):
            cells = rows.setdefault(row, {})
            for column in range(left, right + 1):
                if corner:
                    cells[column] = corner
                else:
                    cells.pop(column, None)


def _header_text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.kept or ""


def _letter(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def write_xlsx(title: str, header: Sequence[str], rows: Iterable[Sequence[str]], numeric: Collection[int]) -> bytes:
    """One sheet. Columns in `numeric` become numbers, all else text that Excel leaves alone. Raises ValueError."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    lines = list(rows)
    longest = max((len(text) for line in lines for text in line), default=0)
    if longest > _MAX_TEXT:
        raise ValueError(f"内容有 {longest} 个字符，Excel 单元格最多 {_MAX_TEXT} 个；请导出为 tags.csv")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "B2"

    def text_cell(text: str) -> Any:
        cell = WriteOnlyCell(sheet, text)
        cell.data_type = "s"  # a text that begins with = or # stays a text
        cell.number_format = "@"
        return cell

    def number_or_text(text: str) -> Any:
        value = float(text)
        # a number that Excel's 15 digits cannot hold is kept exactly, as text
        return value if float(format(value, ".15g")) == value and abs(value) < 1e15 else text_cell(text)

    sheet.append([text_cell(name) for name in header])
    for line in lines:
        sheet.append(
            [
                None if not text else number_or_text(text) if index in numeric else text_cell(text)
                for index, text in enumerate(line)
            ]
        )
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
