"""The results of a run as an Excel workbook: the site and its groups, every point, every finding. Station side; blocking."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from app.domain.instant import Instant, from_rfc3339
from app.domain.quality import PARTS
from app.domain.quality_words import BASIS, TITLES
from app.station.sheets import put, saved

PART_WORDS = {"completeness": "完整性", "authenticity": "真实性", "timeliness": "及时性", "configuration": "配置"}
Local = Callable[[Instant], str]


def quality_book(
    about: Mapping[str, Any],
    company: str,
    groups: Mapping[str, Sequence[Mapping[str, Any]]],
    points: Sequence[Mapping[str, Any]],
    findings: Sequence[Mapping[str, Any]],
    local: Local,
) -> bytes:
    """`groups`: title to rows; all as `report` gives them."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "汇总"
    span = f"{local(from_rfc3339(about['start']))} 至 {local(from_rfc3339(about['end']))}"
    row = _line(sheet, 1, [f"{company}  数据质量  {about['day']}"], bold=True)
    row = _line(sheet, row, [f"{span}{'（当天尚未结束）' if about['partial'] else ''}；{BASIS}"])
    head = ["编码", "名称", "得分", *PART_WORDS.values(), "完整率 %", "在线率 %", "测点", "最差位号"]
    for title, rows in groups.items():
        row = _line(sheet, row + 1, [title], bold=True)
        row = _line(sheet, row, head, bold=True, shade=True)
        for one in rows:
            parts = [one[part] for part in PARTS]
            rates = [_percent(one["complete_rate"]), _percent(one["online_rate"])]
            row = _line(sheet, row, [one["key"], one["name"], one["score"], *parts, *rates, one["tags"], one["worst"]])
    _widths(sheet, (22, 24, 9, 9, 9, 9, 9, 11, 11, 8, 18))
    _points(book.create_sheet("测点"), points)
    _findings(book.create_sheet("问题"), findings, local)
    return saved(book)


def _points(sheet: Worksheet, points: Sequence[Mapping[str, Any]]) -> None:
    kinds = list(TITLES.items())
    head = ["位号", "名称", "设备", "数据源", "得分", *PART_WORDS.values(), "应收", "实收", "完整率 %", "在线率 %"]
    _line(sheet, 1, [*head, *(title for _, title in kinds)], bold=True, shade=True)
    for number, one in enumerate(points, start=2):
        cells = [one["tag"], one["name"], one["equipment"], one["source"], one["score"], *(one[part] for part in PARTS)]
        rates = [one["expected"], one["received"], _percent(one["complete_rate"]), _percent(one["online_rate"])]
        _line(sheet, number, [*cells, *rates, *(one["counts"].get(kind.value) for kind, _ in kinds)])
    _widths(sheet, (18, 28, 12, 10, 9, 9, 9, 9, 9, 10, 10, 11, 11, *(9 for _ in kinds)))
    sheet.freeze_panes = "C2"


def _findings(sheet: Worksheet, findings: Sequence[Mapping[str, Any]], local: Local) -> None:
    _line(sheet, 1, ["位号", "类别", "开始", "结束", "程度", "次数", "说明"], bold=True, shade=True)
    for number, one in enumerate(findings, start=2):
        times = [local(from_rfc3339(one["start"])), local(from_rfc3339(one["end"]))]
        _line(sheet, number, [one["tag"] or "（全厂）", one["title"], *times, one["score"], one["count"], one["reason"]])
    _widths(sheet, (18, 12, 20, 20, 8, 8, 110))
    sheet.freeze_panes = "A2"


def _line(sheet: Worksheet, row: int, cells: Sequence[Any], bold: bool = False, shade: bool = False) -> int:
    for column, value in enumerate(cells, start=1):
        put(sheet, row, column, value, bold, shade)
    return row + 1


def _widths(sheet: Worksheet, widths: Sequence[int]) -> None:
    for column, width in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", widths, strict=False):
        sheet.column_dimensions[column].width = width


def _percent(rate: float | None) -> float | None:
    return None if rate is None else int(rate * 10_000) / 100
