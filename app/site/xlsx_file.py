"""A spreadsheet (.xlsx) to rows of text as a person sees it, and back. openpyxl lives here and nowhere else. Station side.

Excel turns `40101` into a number, `00123` into 123 with a format, `1-2` into a date and `1.10` into 1.1. What is certain
comes back as text; what is not is an `OddCell`, so that no wrong address or code is taken silently.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from app.domain.plant import Fault
from app.site.faults import Wrong, quote
from app.site.sheet import MAX_ROWS, Cell, OddCell, Sheet, clean

MAX_UNPACKED = 512 << 20
_AS_TEXT = "应为文本：把单元格格式设为“文本”后重新输入"
_TABLE_NAMES = {"tags", "位号表"}
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_PLAIN_FORMAT = re.compile(r"(?:General|@|#|0|#,##0|#,##0_ |0_ |#,##0_\);.*|0_\);.*)", re.IGNORECASE)
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
    parts = _parts(data)
    grid = list(_grid(data, parts))
    header_at = next((index for index, (row, _) in enumerate(grid) if row == 1), None)
    header = [_header_text(cell) for cell in grid[header_at][1]] if header_at is not None else []
    while header and not header[-1]:
        header.pop()
    if not header:
        faults.append(Fault(file, 1, "", "没有表头", "第一行应为列名"))
        return None
    columns = tuple(f"{name}({_letter(index)})" if name else _letter(index) for index, name in enumerate(header))
    return Sheet(file, tuple(header), columns, _body(file, grid[1:], len(header), faults))


def _body(file: str, grid: list[tuple[int, list[Cell]]], width: int, faults: list[Fault]) -> Iterator[tuple[int, list[Cell]]]:
    for row, cells in grid:
        for index in range(width, len(cells)):
            if cells[index]:
                faults.append(
                    Fault(file, row, _letter(index), "单元格在表头以外的列里", "每个有内容的列都应有列名，备注请加一列")
                )
        yield row, cells[:width]


def _parts(data: bytes) -> dict[str, bytes]:
    """The XML of the worksheets, to see formulas and merged cells that the fast reader of openpyxl does not tell."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                raise Wrong("工作簿展开后过大", f"展开后最多 {MAX_UNPACKED} 字节")
            return {name: archive.read(name) for name in archive.namelist() if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name)}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError):
        raise Wrong("不是完整的 .xlsx 文件", "应为 Excel 工作簿 (*.xlsx)") from None


def _grid(data: bytes, parts: dict[str, bytes]) -> Iterator[tuple[int, list[Cell]]]:
    """Rows with content, as cells; formulas without a stored value and merged areas already settled."""
    worksheet = _open(data, data_only=True)
    xml = parts.get(_part_name(worksheet), b"")
    formulas = _formulas(data) if _FORMULA.search(xml) else {}
    areas = [_area(match) for match in _MERGED.finditer(xml)]
    corners: dict[tuple[int, int], Cell] = {}
    try:
        for number, line in enumerate(worksheet.iter_rows(), start=1):
            cells: list[Cell] = [
                "" if cell.value is None else clean(cell.value) if cell.data_type == "s" else _cell(cell) for cell in line
            ]
            for at, formula in formulas.get(number, {}).items():
                cells.extend("" for _ in range(at + 1 - len(cells)))
                # data type "str" without a value is a formula whose result is the empty text
                if cells[at] == "" and (at >= len(line) or line[at].data_type != "str"):
                    found = f"公式 {quote(formula)} 没有保存计算结果"
                    cells[at] = OddCell(None, None, None, found, "应为值：请在 Excel 中打开并保存，或粘贴为数值")
            for area in areas:
                _fill(number, cells, area, corners)
            if any(cells):
                if number > MAX_ROWS:
                    raise Wrong(f"超过 {MAX_ROWS} 行", f"一个表最多 {MAX_ROWS} 行")
                yield number, cells
            elif number > 2 * MAX_ROWS:
                return
    finally:
        worksheet.parent.close()


def _open(data: bytes, data_only: bool) -> Any:
    import openpyxl  # here, so that a site kept in CSV does not pay for it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # lost styles and validations do not matter to a reader
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=data_only)
    except (KeyError, ValueError, TypeError, SyntaxError, OSError, AttributeError) as error:
        raise Wrong(f"工作簿打不开（{error}）", "应为 Excel 工作簿 (*.xlsx)") from error
    sheets = book.worksheets
    if not sheets:
        raise Wrong("工作簿里没有工作表", "应有一个工作表，第一行为列名")
    chosen = next((sheet for sheet in sheets if sheet.title.strip().casefold() in _TABLE_NAMES), sheets[0])
    chosen.reset_dimensions()  # some programs write a wrong extent, and rows would be lost
    return chosen


def _part_name(worksheet: Any) -> str:
    # the only way to learn which part belongs to a sheet opened read-only
    return str(worksheet._worksheet_path).lstrip("/")


def _formulas(data: bytes) -> dict[int, dict[int, str]]:
    worksheet = _open(data, data_only=False)
    found: dict[int, dict[int, str]] = {}
    try:
        for number, line in enumerate(worksheet.iter_rows(max_row=MAX_ROWS), start=1):
            at = {index: str(cell.value) for index, cell in enumerate(line) if cell.data_type == "f"}
            if at:
                found[number] = at
    finally:
        worksheet.parent.close()
    return found


Area = tuple[int, int, int, int]


def _area(match: re.Match[bytes]) -> Area:
    """First row, last row, first column, last column; rows from 1, columns from 0."""
    return int(match[2]), int(match[4]), _index(match[1].decode()), _index(match[3].decode())


def _fill(row: int, cells: list[Cell], area: Area, corners: dict[tuple[int, int], Cell]) -> None:
    first, last, left, right = area
    if not first <= row <= last:
        return
    cells.extend("" for _ in range(right + 1 - len(cells)))
    if row == first:
        corners[first, left] = cells[left]
    for column in range(left, right + 1):
        cells[column] = corners.get((first, left), "")


def _cell(cell: Any) -> Cell:
    """What a cell that holds no plain text is worth."""
    value = cell.value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if cell.data_type == "e":
        return OddCell(None, None, None, f"单元格是错误值 {value}", "应为值")
    if isinstance(value, int | float):
        return _number(value, cell.number_format or "General")
    if isinstance(value, datetime | date | time | timedelta):
        shown = _date_text(value)
        return OddCell(None, None, shown, f"Excel 把单元格变成了日期 {shown}", _AS_TEXT)
    return clean(str(value))


def _number(value: int | float, style: str) -> Cell:
    exact = str(value) if isinstance(value, int) else format(value, ".15g")
    if "%" in style:
        return OddCell(None, None, exact + f"（{style}）", f"单元格是百分比格式，值为 {exact}", "应为普通数字，单位写在单位列")
    if re.fullmatch("0{2,}", style) and float(value).is_integer():
        shown = format(int(value), f"0{len(style)}d")
        return shown if value >= 0 else OddCell(exact, None, shown, f"单元格是数字 {exact}", _AS_TEXT)
    if not _PLAIN_FORMAT.fullmatch(style) and not re.fullmatch(r"0\.0+(_ )?|#,##0\.0+(_ )?", style):
        return OddCell(exact, None, exact, f"单元格是数字 {exact}，显示格式为 {quote(style)}", _AS_TEXT)
    if abs(value) >= 1e15:
        return OddCell(exact, None, exact, f"单元格是数字 {exact}，Excel 只保留 15 位", _AS_TEXT)
    if "." in exact or "e" in exact:
        # 1.10 typed as a number has become 1.1: bit 10 and bit 1 of a register cannot be told apart any more
        return OddCell(exact, None, exact, f"单元格是数字 {exact}，Excel 会丢掉末尾的 0", _AS_TEXT)
    return exact


def _date_text(value: datetime | date | time | timedelta) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _header_text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.kept or ""


def _letter(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


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
