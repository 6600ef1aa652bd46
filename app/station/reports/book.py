"""A report as a workbook (报表的 Excel): a sheet for each table, numbers and times that compute, charts of Excel's own. Station
side; blocking.

The first sheet says what the paper says in words. Column headings stay in view, and stand on every page that is printed; a
length is a time of Excel, so that it can be added up.
"""

import math
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from app.domain.instant import to_datetime
from app.station.reports.paper import Bars, Block, Cell, Cells, Column, Figure, Levels, Pairs, Paper, Say, Table, Trend
from app.station.sheets import safe

_SHADE = PatternFill("solid", fgColor="EDEDED")
_FONT = "Calibri"  # that of a new workbook; a font without a name is another one to each program
_HEAD = Font(name=_FONT, bold=True)
_SOFT = Font(name=_FONT, color="7F7F7F", size=9)
_RIGHT, _APART = Alignment(horizontal="right"), Alignment(horizontal="left", indent=1)
_TIME, _SPAN = "yyyy-mm-dd hh:mm:ss", "[h]:mm:ss"
_GREYS = ("3A3A3A", "7A7A7A", "ABABAB", "D5D5D5")
SUMMARY = "概要"
_BAD_NAME = re.compile(r"[\[\]:*?/\\]")
_WIDEST = 46.0
_ON_PORTRAIT = 95.0  # characters of a line that can be read on an upright page


def write_book(paper: Paper, zone: tzinfo, file: Path) -> None:
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    first.title = SUMMARY
    names = {SUMMARY}
    _summary(first, paper, zone)
    for block in (block for part in paper.parts for block in part.blocks):
        if not isinstance(block, Table | Bars | Trend):
            continue
        sheet = book.create_sheet(_name(block.sheet or block.title, names))
        match block:
            case Table():
                _table(sheet, block, zone)
            case Bars():
                _bars(sheet, block)
            case Trend():
                _trend(sheet, block, zone)
        _lay_out(sheet, paper, not isinstance(block, Table))
    _lay_out(first, paper, False)
    book.save(file)


def _lay_out(sheet: Worksheet, paper: Paper, drawn: bool) -> None:
    """For A4: lines as wide as the page, on its long side where they would be too small otherwise."""
    widths = [column.width for column in sheet.column_dimensions.values()]
    setup = sheet.page_setup
    setup.paperSize, setup.fitToWidth, setup.fitToHeight = sheet.PAPERSIZE_A4, 1, 0
    setup.orientation = "landscape" if drawn or (sum(widths) > _ON_PORTRAIT and sheet.title != SUMMARY) else "portrait"
    assert sheet.sheet_properties.pageSetUpPr is not None
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    head, foot = sheet.oddHeader, sheet.oddFooter
    assert head is not None and foot is not None
    if sheet.title != SUMMARY:
        sheet.print_title_rows = "1:1"
        head.left.text = _print_text(f"{paper.site}　{paper.title}　{paper.subtitle}　") + "&A"
    foot.left.text = _print_text(paper.number)
    foot.right.text = "第 &P 页，共 &N 页"


def _print_text(text: str) -> str:
    """An ampersand begins a code there."""
    return text.replace("&", "&&")


def _summary(sheet: Worksheet, paper: Paper, zone: tzinfo) -> None:
    sheet.column_dimensions["A"].width = 22
    sheet.column_dimensions["B"].width = 100
    rows: list[tuple[str, Any, bool]] = [
        (f"{paper.site}　{paper.title}", None, True),
        (paper.subtitle, None, False),
        ("编号", paper.number, False),
        *((key, value, False) for key, value in paper.about),
        ("内容校验值 SHA-256", paper.digest, False),
    ]
    for part in paper.parts:
        told = [line for block in part.blocks for line in _told(block)]
        if told:
            rows += [("", None, False), (part.title, None, True), *told]
    rows += [("", None, False), *((text, None, False) for text in paper.basis)]
    for number, (key, value, bold) in enumerate(rows, start=1):
        cell = sheet.cell(row=number, column=1, value=safe(key))
        cell.font = Font(name=_FONT, bold=bold, size=14 if number == 1 else 11)
        cell.alignment = Alignment(vertical="top", wrap_text=value is not None)
        if value is not None:
            text = sheet.cell(row=number, column=2, value=safe(value))
            text.font, text.alignment = Font(name=_FONT), Alignment(vertical="top", wrap_text=True)
            sheet.row_dimensions[number].height = _high(_wide(str(value), "") / 100)
    sheet.row_dimensions[1].height = 20.0
    sheet.freeze_panes = "A2"


def _told(block: Block) -> Iterator[tuple[str, Any, bool]]:
    match block:
        case Say():
            yield ("说明", block.text, False)
        case Pairs():
            yield from ((key, value, False) for key, value in block.rows)
        case Levels():
            yield from ((one.name, f"{one.word}　{one.score:.0f} 分", False) for one in block.rows)
        case _:
            return


def _table(sheet: Worksheet, table: Table, zone: tzinfo) -> None:
    words = [column.cells is Cells.TEXT for column in table.columns]
    widths = _head(sheet, [column.title for column in table.columns], words)
    apart = [at > 0 and words[at] and not words[at - 1] for at in range(len(words))]  # from the number before it
    for number, row in enumerate(table.rows, start=2):
        lines = 1.0
        for at, (cell, column) in enumerate(zip(row, table.columns, strict=True), start=1):
            value, format = _value(cell, column, zone)
            made = sheet.cell(row=number, column=at, value=value)
            if isinstance(value, str):
                made.data_type = "s"  # never a formula, whatever it begins with
            elif format:
                made.number_format = format
            wide = _wide(value, format)
            if words[at - 1] and (apart[at - 1] or wide > _WIDEST):
                side = "left" if apart[at - 1] else None
                made.alignment = Alignment(side, "top", indent=int(apart[at - 1]), wrap_text=wide > _WIDEST)
                lines = max(lines, wide / _WIDEST)
            widths[at - 1] = max(widths[at - 1], wide)
        if lines > 1:
            sheet.row_dimensions[number].height = _high(lines)
    after = len(table.rows) + 3  # a blank row ends the table, for people and for filters
    for text in (table.empty if not table.rows else "", table.title if table.sheet else "", table.note):
        if text:
            sheet.cell(row=after, column=1, value=safe(text)).font = _SOFT
            after += 1
    _set_widths(sheet, widths)
    if table.rows:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{len(table.rows) + 1}"


def _bars(sheet: Worksheet, bars: Bars) -> None:
    widths = _head(sheet, [bars.title, *(name for name, _ in bars.series)])
    for at, label in enumerate(bars.labels):
        sheet.cell(row=at + 2, column=1, value=safe(label))
        for number, (_, values) in enumerate(bars.series):
            value = values[at]
            sheet.cell(row=at + 2, column=number + 2, value=int(value) if value == int(value) else value)
    _set_widths(sheet, [max(widths[0], 14.0), *widths[1:]])
    chart = BarChart()
    chart.type = "bar" if bars.across else "col"
    chart.grouping, chart.overlap = "stacked", 100
    chart.gapWidth = 60
    rows = len(bars.labels) + 1
    chart.add_data(Reference(sheet, min_col=2, max_col=1 + len(bars.series), min_row=1, max_row=rows), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=rows))
    _calm(chart, f"{bars.title}（{bars.unit}）", bars.unit, len(bars.series) > 1)
    if bars.across:
        chart.x_axis.scaling.orientation = "maxMin"
    for series, grey in zip(chart.series, _GREYS if len(bars.series) > 1 else ("7A7A7A",), strict=False):
        series.graphicalProperties = GraphicalProperties(solidFill=grey)
    sheet.add_chart(chart, f"{get_column_letter(len(bars.series) + 3)}2")


def _trend(sheet: Worksheet, trend: Trend, zone: tzinfo) -> None:
    unit = f" {trend.unit}" if trend.unit else ""
    titles = ["时间", f"平均{unit}", f"最小{unit}", f"最大{unit}", *(name for name, _ in trend.limits)]
    widths = _head(sheet, titles, (False,))
    figures = f"0.{'0' * trend.decimals}" if trend.decimals else "0"
    rows = zip(trend.times, trend.mean, trend.low, trend.high, strict=True)
    for number, (at, *values) in enumerate(rows, start=2):
        cell = sheet.cell(row=number, column=1, value=_local(at, zone))
        cell.number_format = _TIME
        for column, value in enumerate([*values, *(limit for _, limit in trend.limits)], start=2):
            sheet.cell(row=number, column=column, value=value).number_format = figures
    _set_widths(sheet, [20.0, *widths[1:]])
    chart = LineChart()
    last = len(trend.times) + 1
    chart.add_data(Reference(sheet, min_col=2, max_col=len(titles), min_row=1, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=last))
    _calm(chart, trend.title, trend.unit, True)
    chart.x_axis.number_format = "mm-dd hh:mm"
    skip = max(1, last // 10)
    chart.x_axis.tickLblSkip = chart.x_axis.tickMarkSkip = skip  # type: ignore[attr-defined]
    chart.display_blanks = "gap"
    for series, (colour, dash, width) in zip(chart.series, _pens(len(trend.limits)), strict=True):
        series.smooth = False
        series.marker.symbol = "none"
        series.graphicalProperties.line.solidFill = colour
        series.graphicalProperties.line.width = width
        series.graphicalProperties.line.dashStyle = dash
    sheet.add_chart(chart, f"{get_column_letter(len(titles) + 2)}2")


def _pens(limits: int) -> list[tuple[str, str, int]]:
    return [("1F1F1F", "solid", 16_000), *[("B0B0B0", "solid", 9_000)] * 2, *[("5A5A5A", "dash", 9_000)] * limits]


def _calm(chart: Any, title: str, unit: str, legend: bool) -> None:
    chart.title = title
    chart.width, chart.height = 22, 11
    chart.x_axis.delete = chart.y_axis.delete = False  # openpyxl hides both in newer Excel otherwise
    chart.y_axis.title = unit or None
    chart.y_axis.majorGridlines = ChartLines(spPr=GraphicalProperties(ln=_line("E0E0E0")))
    if legend:
        chart.legend.position = "b"
    else:
        chart.legend = None


def _line(colour: str) -> Any:
    from openpyxl.drawing.line import LineProperties

    return LineProperties(solidFill=colour)


def _head(sheet: Worksheet, titles: Sequence[str], words: Sequence[bool] = (True,)) -> list[float]:
    """`words`: which columns are no numbers, those left out are; a heading stands where what is below it stands."""
    for at, title in enumerate(titles):
        cell = sheet.cell(row=1, column=at + 1, value=safe(title))
        cell.font, cell.fill = _HEAD, _SHADE
        if not (at < len(words) and words[at]):
            cell.alignment = _RIGHT
        elif at and not words[at - 1]:
            cell.alignment = _APART
    sheet.freeze_panes = "A2"
    return [_wide(title, "") for title in titles]


def _value(cell: Cell, column: Column, zone: tzinfo) -> tuple[Any, str]:
    if cell is None:
        return None, ""
    if isinstance(cell, Figure):
        return cell.value, f"0.{'0' * cell.decimals}" if cell.decimals else "0"
    if isinstance(cell, str):
        return safe(cell), ""
    match column.cells:
        case Cells.TIME:
            return _local(int(cell), zone), _TIME
        case Cells.SPAN:
            return timedelta(microseconds=int(cell)), _SPAN
        case Cells.SHARE:
            return cell, f"0.{'0' * column.decimals}%" if column.decimals else "0%"
        case _:
            return cell, f"0.{'0' * column.decimals}" if column.decimals else "General"


def _local(at: int, zone: tzinfo) -> datetime:
    """Excel knows no zones; whole milliseconds, more it does not keep."""
    wall = to_datetime(at).astimezone(zone).replace(tzinfo=None)
    return wall.replace(microsecond=wall.microsecond // 1000 * 1000)


def _wide(value: Any, format: str) -> float:
    if value is None:
        return 0.0
    if format in (_TIME, _SPAN):
        return 20.0 if format == _TIME else 11.0
    text = str(value) if isinstance(value, str) else f"{value:.6g}"
    return 2.0 + sum(2.0 if letter > "\u2e00" else 1.1 for letter in text)


def _high(lines: float) -> float:
    """A row of so many lines."""
    return 16.5 * max(1, min(math.ceil(lines), 20))


def _set_widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    for at, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = max(8.0, min(width, _WIDEST))


def _name(wanted: str, taken: set[str]) -> str:
    """Excel takes 31 characters, a few not at all, and no two alike."""
    base = _BAD_NAME.sub("_", wanted).strip("'")[:31] or "表"
    name, number = base, 2
    while name.casefold() in taken:
        end = f"_{number}"
        name, number = base[: 31 - len(end)] + end, number + 1
    taken.add(name.casefold())
    return name
