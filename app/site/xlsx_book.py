"""A workbook opened with openpyxl: the XML of its table's sheet, and what a cell of it is worth. Station side.

Excel turns `40101` into a number, `00123` into 123 with a format, `1-2` into a date and `1.10` into 1.1. What is certain
comes back as text; what is not is an `OddCell`, so that no wrong address or code is taken silently.
"""

import io
import re
import warnings
import zipfile
import zlib
from datetime import date, datetime, time, timedelta
from typing import Any

from app.site.faults import Wrong, quote
from app.site.sheet import Cell, OddCell, clean
from app.site.xlsx_xml import NOT_A_WORKBOOK, read_strings, refuse_declarations

MAX_UNPACKED = 512 << 20
_AS_TEXT = "应为文本：把单元格格式设为“文本”后重新输入"
_TABLE_NAMES = {"tags", "位号表"}
_SHARED_STRINGS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
_PLAIN_FORMAT = re.compile(r"(?:General|@|#|0|#,##0|#,##0_ |0_ |#,##0_\);.*|0_\);.*)", re.IGNORECASE)


class Book:
    """An open workbook: the XML of its table's sheet, and what the cells of it are worth. Raises Wrong."""

    def __init__(self, data: bytes) -> None:
        from openpyxl.reader.excel import ExcelReader  # here, so that a site kept in CSV does not pay for it
        from openpyxl.styles.stylesheet import apply_stylesheet

        _look_inside(data)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # lost styles and validations do not matter to a reader
                reader: Any = ExcelReader(io.BytesIO(data), read_only=True, data_only=True)
                with reader.archive:
                    # what `load_workbook` does, without what a reader of values has no use for
                    reader.read_manifest()
                    reader.read_workbook()
                    apply_stylesheet(reader.archive, reader.wb)
                    self.sheet = _chosen_sheet(reader)
                    strings = reader.package.find(_SHARED_STRINGS)
                    texts = read_strings(reader.archive.read(strings.PartName[1:])) if strings else []
        except (KeyError, ValueError, TypeError, SyntaxError, OSError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
            if isinstance(error, Wrong):
                raise
            raise Wrong(f"工作簿打不开（{error}）", NOT_A_WORKBOOK) from error
        self._book = reader.wb
        self._strings = [clean(text) for text in texts]
        self._known: dict[tuple[str, str, str], Cell] = {}

    def worth(self, kind: str, style: str, text: str) -> Cell:
        if kind == "s":
            if text.isdecimal() and int(text) < len(self._strings):
                return self._strings[int(text)]
            raise Wrong(f"工作簿打不开（没有文本 {quote(text)}）", NOT_A_WORKBOOK)
        if kind in ("str", "inlineStr"):
            return clean(text)
        key = (kind, style, text)
        cell = self._known.get(key)
        if cell is None:
            cell = self._known[key] = _cell(self._value(kind, style, text), kind, self._format(style))
        return cell

    def _value(self, kind: str, style: str, text: str) -> Any:
        """As openpyxl would give it. `#VALUE!` for a date out of bounds."""
        from openpyxl.utils import datetime as dates

        convert: Any = dates
        try:
            if kind == "b":
                return bool(int(text))
            if kind == "d":
                return convert.from_ISO8601(text)
            if kind != "n":
                return text
            number = float(text) if "." in text or "e" in text.lower() else int(text)
            index = int(style or 0)
        except ValueError:
            raise Wrong(f"工作簿打不开（{quote(text)} 不是值）", NOT_A_WORKBOOK) from None
        if index not in self._book._date_formats:
            return number
        try:
            return convert.from_excel(number, self._book.epoch, timedelta=index in self._book._timedelta_formats)
        except (OverflowError, ValueError):
            return "#VALUE!"

    def _format(self, style: str) -> str:
        from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

        try:
            number = self._book._cell_styles[int(style or 0)].numFmtId
            own = number - BUILTIN_FORMATS_MAX_SIZE
            return str(BUILTIN_FORMATS.get(number, "General") if own < 0 else self._book._number_formats[own])
        except (ValueError, IndexError):
            raise Wrong(f"工作簿打不开（没有格式 {quote(style)}）", NOT_A_WORKBOOK) from None


def _look_inside(data: bytes) -> None:
    """What the archive says of itself, before anything in it is read at length. Raises Wrong."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                raise Wrong("工作簿展开后过大", f"展开后最多 {MAX_UNPACKED} 字节")
            for name in archive.namelist():
                if name.endswith((".xml", ".rels")):
                    refuse_declarations(archive.read(name))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise Wrong("不是完整的 .xlsx 文件", NOT_A_WORKBOOK) from None


def _chosen_sheet(reader: Any) -> bytes:
    """The XML of the sheet named tags or 位号表, else of the first."""
    sheets = [
        (sheet.name, rel.target)
        for sheet, rel in reader.parser.find_sheets()
        if rel.target in reader.valid_files and "chartsheet" not in rel.Type
    ]
    if not sheets:
        raise Wrong("工作簿里没有工作表", "应有一个工作表，第一行为列名")
    chosen = next((target for name, target in sheets if name.strip().casefold() in _TABLE_NAMES), sheets[0][1])
    return bytes(reader.archive.read(chosen))


def _cell(value: Any, kind: str, style: str) -> Cell:
    """What a cell that holds no plain text is worth."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if kind == "e" or isinstance(value, str):
        return OddCell(None, None, None, f"单元格是错误值 {value}", "应为值")
    if isinstance(value, int | float):
        return _number(value, style)
    shown = _date_text(value)
    return OddCell(None, None, shown, f"Excel 把单元格变成了日期 {shown}", _AS_TEXT)


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
