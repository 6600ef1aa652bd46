"""Excel sheets (.xlsx) of forms and reports: the same content as on paper. Station side; blocking.

A text that begins like a formula is kept a text: what a person wrote into a form must not compute, or call out, on the
computer of whoever opens the sheet.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

FORMULA = ("=", "+", "-", "@", "\t", "\r")
LONGEST = 32_767  # characters of a cell, by the format
_HAIR = Side(style="thin", color="BFBFBF")
_BOX = Border(left=_HAIR, right=_HAIR, top=_HAIR, bottom=_HAIR)
_SHADE = PatternFill("solid", fgColor="F2F2F2")
_WRAP = Alignment(wrap_text=True, vertical="top")
WIDTHS = (16, 34, 16, 34)


def safe(value: Any) -> Any:
    """Numbers stay numbers; a text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub(" ", str(value))[: LONGEST - 1]
    return f"'{text}" if text.startswith(FORMULA) else text


def put(sheet: Worksheet, row: int, column: int, value: Any, bold: bool = False, shade: bool = False) -> Cell:
    cell = sheet.cell(row=row, column=column)
    cell.value = safe(value)
    if isinstance(cell.value, str):
        cell.data_type = "s"  # never a formula, whatever it begins with
    cell.font = Font(bold=bold)
    cell.alignment = _WRAP
    cell.border = _BOX
    if shade:
        cell.fill = _SHADE
    assert isinstance(cell, Cell)
    return cell


def form_sheet(data: Mapping[str, Any]) -> bytes:
    """`data` as `form_sheet.sheet_of` gives it."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "表单"
    for number, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions["ABCD"[number - 1]].width = width
    row = _heading(sheet, 1, f"{data['site']}  {data['title']}", 14)
    row = _heading(sheet, row, data["subtitle"], 11)
    row = _pairs(sheet, row, [{"title": key, "value": value, "wide": False} for key, value in data["head"]])
    for group in data["groups"]:
        row = _heading(sheet, row + 1, group["title"], 11) if group["title"] else row + 1
        row = _pairs(sheet, row, group["rows"])
        for inner in group["tables"]:
            row = _heading(sheet, row, inner["title"], 10)
            row = _table(sheet, row, inner["head"], inner["rows"])
    row = _heading(sheet, row + 1, "办理经过", 11)
    row = _table(sheet, row, ("时间", "步骤", "办理人", "备注"), data["history"])
    if data["attachments"]:
        row = _heading(sheet, row + 1, "附件", 11)
        row = _table(sheet, row, ("序", "文件", "大小", "SHA-256"), data["attachments"])
    for text in (data["basis"], data["printed"]):
        row = _heading(sheet, row + 1, text, 9)
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _heading(sheet: Worksheet, row: int, text: str, size: int) -> int:
    cell = sheet.cell(row=row, column=1, value=safe(text))
    cell.font = Font(bold=size > 9, size=size, color="000000" if size > 9 else "7F7F7F")
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(WIDTHS))
    return row + 1


def _pairs(sheet: Worksheet, row: int, rows: Sequence[Mapping[str, Any]]) -> int:
    column = 1
    for one in rows:
        if one["wide"] and column != 1:
            row, column = row + 1, 1
        put(sheet, row, column, one["title"], shade=True)
        put(sheet, row, column + 1, one["value"])
        if one["wide"]:
            for other in (3, 4):
                sheet.cell(row=row, column=other).border = _BOX
            sheet.merge_cells(start_row=row, start_column=2, end_row=row, end_column=len(WIDTHS))
            lines = sum(1 + len(line) // 40 for line in str(one["value"]).split("\n"))
            sheet.row_dimensions[row].height = 15 * min(lines, 20)
            row += 1
        else:
            row, column = (row + 1, 1) if column == 3 else (row, 3)
    return row + 1 if column != 1 else row


def _table(sheet: Worksheet, row: int, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    for number, title in enumerate(head, start=1):
        put(sheet, row, number, title, bold=True, shade=True)
    for line in rows:
        row += 1
        for number, value in enumerate(line, start=1):
            put(sheet, row, number, value)
    return row + 1
