"""The handover sheet and the daily duty report as an Excel sheet that can be sent up as it is: merged title, borders, column
widths, A4. Station side; blocking.

Everything stands on a grid of twelve columns; a table takes as many of them for a column as its weight asks for.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from app.station.sheets import safe, saved

GRID = 12
WIDTH = 8.4  # characters of one column of the grid: A4 upright at about 95 %
LABEL, VALUE = 2, 4  # columns of the grid of a pair
_LINE = Side(style="thin", color="000000")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_SHADE = PatternFill("solid", fgColor="EDEDED")
_FACE = "宋体"
_HIGH = 18.0  # points of one line


class _Grid:
    """Writes from top to bottom; every cell is merged over its share of the twelve columns and has its border all round."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self.row = 1

    def line(
        self, cells: Sequence[tuple[Any, int, str]], size: float = 10, bold: bool = False, box: bool = True, least: int = 1
    ) -> None:
        """`cells`: value, columns, and `label`, `left`, `right` or `centre`; `least` so many lines high."""
        lines, column = least, 1
        for value, span, kind in cells:
            last = column + span - 1
            for number in range(column, last + 1):
                cell = self._sheet.cell(row=self.row, column=number)
                if box:
                    cell.border = _BOX
                if kind == "label":
                    cell.fill = _SHADE
            cell = self._sheet.cell(row=self.row, column=column)
            cell.value = safe(value)
            if isinstance(cell.value, str):
                cell.data_type = "s"  # never a formula, whatever it begins with
            cell.font = Font(name=_FACE, size=size, bold=bold)
            across = {"label": "center", "centre": "center", "right": "right"}.get(kind, "left")
            cell.alignment = Alignment(horizontal=across, vertical="center", wrap_text=True)
            if span > 1:
                self._sheet.merge_cells(start_row=self.row, start_column=column, end_row=self.row, end_column=last)
            lines = max(lines, _lines(str(value), span * WIDTH * 10 / size))
            column = last + 1
        self._sheet.row_dimensions[self.row].height = _HIGH * min(lines, 20) * size / 10
        self.row += 1

    def gap(self, points: float = 6) -> None:
        self._sheet.row_dimensions[self.row].height = points
        self.row += 1


def duty_book(data: Mapping[str, Any]) -> bytes:
    """`data` as `duty_sheet` gives it."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = data["title"]
    for number in range(1, GRID + 1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTH
    grid = _Grid(sheet)
    grid.line([(data["title"], GRID, "centre")], 18, True, box=False, least=2)
    about = f"{data['site']}　　{data['subtitle']}　　编号 {data['number']}　　{data['state']}"
    grid.line([(about, GRID, "centre")], 10, box=False)
    grid.gap()
    _part(grid, data["first"])
    for part in data["parts"]:
        grid.line([(part["title"], GRID, "left")], 11, True)
        _part(grid, part)
    if data["opinion"]:
        grid.line([("签发意见", LABEL, "label"), (data["opinion"], GRID - LABEL, "left")])
    grid.gap(10)
    half = GRID // len(data["signatures"])
    cells: list[tuple[Any, int, str]] = []
    for what, who, when in data["signatures"]:
        cells += [(what, LABEL, "label"), (f"{who}　{when}".strip("　"), half - LABEL, "left")]
    grid.line(cells, 10, least=2)
    for text in (data["basis"], data["printed"]):
        grid.line([(text, GRID, "left")], 8, box=False)
    _page(sheet, grid.row - 1)
    return saved(book)


def _part(grid: _Grid, part: Mapping[str, Any]) -> None:
    pair: list[tuple[Any, int, str]] = []
    for one in part["rows"]:
        if one["wide"]:
            grid.line([(one["title"], LABEL, "label"), (one["value"], GRID - LABEL, "left")])
        else:
            pair += [(one["title"], LABEL, "label"), (one["value"], VALUE, "left")]
            if len(pair) == 4:
                grid.line(pair)
                pair = []
    for table in part["tables"]:
        spans = spans_of(table["weights"])
        grid.line([(f"{table['title']}（{len(table['rows'])}）", GRID, "left")], 10)
        grid.line([(title, span, "label") for title, span in zip(table["head"], spans, strict=True)], 9)
        for row in table["rows"]:
            cells = [
                (_number(text), span, "right") if right else (text, span, "left")
                for text, span, right in zip(row, spans, table["right"], strict=True)
            ]
            grid.line(cells, 9)
    if part["nothing"]:
        grid.line([("无", LABEL, "label"), ("、".join(part["nothing"]), GRID - LABEL, "left")])


def spans_of(weights: Sequence[float]) -> list[int]:
    """Shares of the grid, at least one each, all of it together; by largest remainder."""
    free = GRID - len(weights)
    total = sum(weights)
    exact = [free * weight / total for weight in weights]
    spans = [int(one) for one in exact]
    order = sorted(range(len(weights)), key=lambda n: exact[n] - spans[n], reverse=True)
    for n in order[: free - sum(spans)]:
        spans[n] += 1
    return [1 + span for span in spans]


def _lines(text: str, width: float) -> int:
    """How many lines the text takes; a Chinese character is two wide."""
    room = max(4, int(width))
    return sum(max(1, -(-sum(2 if letter > "\u2e00" else 1 for letter in line) // room)) for line in text.split("\n"))


def _number(text: str) -> float | int | str:
    """Numbers go in as numbers, so that whoever gets the sheet can add them up."""
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() else value


def _page(sheet: Worksheet, last: int) -> None:
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "portrait"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_area = f"A1:{get_column_letter(GRID)}{last}"
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.5
    margins.top, margins.bottom = 0.6, 0.7
    footer = sheet.oddFooter
    assert footer is not None
    footer.center.text = "第 &P 页，共 &N 页"
    sheet.sheet_view.showGridLines = False
