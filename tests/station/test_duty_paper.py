"""Handover sheet and daily report on paper and in Excel: from a real station, and looked into."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.domain.instant import HOUR, MINUTE, Instant
from app.station.duty_book import GRID, spans_of
from tests.station.rig import Rig, running
from tests.station.test_shift import begun, clock, site, step

__all__ = ["clock"]  # the fixture


async def book(rig: Rig, kind: str, form: int) -> Any:
    answer = await rig.raw("GET", f"/forms/{kind}/{form}.xlsx")
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.content)).active


async def pages(rig: Rig, kind: str, form: int) -> int:
    answer = await rig.raw("GET", f"/forms/{kind}/{form}.pdf")
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"%PDF-")
    return max(int(count) for count in re.findall(rb"/Count (\d+)", answer.content))


def texts(sheet: Any) -> list[Any]:
    return [cell.value for line in sheet.iter_rows() for cell in line if cell.value is not None]


def is_a_form(sheet: Any, title: str) -> None:
    """As one sends it up: a title over the whole width, every cell in its box, A4 upright, one page wide."""
    merged = {str(one) for one in sheet.merged_cells.ranges}
    assert (sheet["A1"].value, sheet["A1"].alignment.horizontal) == (title, "center")
    assert "A1:L1" in merged
    assert (str(sheet.page_setup.paperSize), sheet.page_setup.orientation) == (sheet.PAPERSIZE_A4, "portrait")
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.print_area
    boxed = [row for row in range(4, sheet.max_row) if sheet.cell(row, 1).border.left.style == "thin"]
    assert len(boxed) > 20
    for row in boxed:
        assert all(sheet.cell(row, column).border.top.style == "thin" for column in range(1, GRID + 1)), row
        spans = [one for one in sheet.merged_cells.ranges if one.min_row == row]
        alone = [c for c in range(1, GRID + 1) if not any(one.min_col <= c <= one.max_col for one in spans)]
        assert sum(one.size["columns"] for one in spans) + len(alone) == GRID, row
    assert not any(cell.data_type == "f" for line in sheet.iter_rows() for cell in line)


async def test_the_handover_sheet(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    async with running(tmp_path, site()) as rig:
        form = (await begun(rig))["sheet"]["id"]
        await step(rig, form, "take_over", "wang")
        rig.field["dcs"].say("T1", 85.0)
        await rig.has("T1", "H", "UNACK")
        await rig.post("/shift/notes", {"text": "=1+1 不是公式，#set page 也不是排版"})
        running_sheet = texts(await book(rig, "handover", form))  # while it is being written: as it stands
        assert "T1液位 高报：85.0 % ≥ 80 %" in running_sheet
        clock(2 * HOUR + 30 * MINUTE)
        await step(rig, form, "sign_out", "wang", remarks="第一行\n第二行", matters=[{"item": "盯住 T1"}])
        await step(rig, form, "sign_in", "li", in_remarks="已到岗")
        sheet = await book(rig, "handover", form)
        is_a_form(sheet, "交接班记录")
        said = texts(sheet)
        for text in ("未消除的报警（1）", "盯住 T1", "第一行\n第二行", "已到岗", "'=1+1 不是公式，#set page 也不是排版"):
            assert text in said, text
        assert any(str(text).startswith("王强　2026-11-21 19:30") for text in said)  # who signed, by name, in local time
        assert any(str(text).startswith("李敏　2026-11-21 19:30") for text in said)
        assert await pages(rig, "handover", form) >= 1


async def test_the_daily_report(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    async with running(tmp_path, site()) as rig:
        rig.field["dcs"].say("T1", 85.0)
        await rig.has("T1", "H", "UNACK")
        clock(7 * HOUR + 31 * MINUTE)
        await rig.station.daily.round()
        [line] = await rig.get("/forms/daily_report")
        sheet = await book(rig, "daily_report", line["id"])
        is_a_form(sheet, "值班值守日报")
        said = texts(sheet)
        parts = [text for text in said if re.match("[一二三四五六七八]、", str(text))]
        assert [text[2:] for text in parts] == [
            "安全承诺", "封闭化", "特殊作业", "重大危险源", "双重预防", "人员定位", "提醒、预警、报警", "其他",
        ]  # fmt: skip
        row = next(cell.row for line in sheet.iter_rows() for cell in line if cell.value == "液位")
        assert [cell.value for cell in sheet[row] if cell.value is not None] == ["液位", 1, 0, 1, 1]  # numbers, not texts
        assert await pages(rig, "daily_report", line["id"]) >= 1


@pytest.mark.parametrize("weights", [[1], [4, 1], [1.7, 1.2, 1.8, 4, 1.2, 1.2, 2], [1] * 12, [0.1, 9, 0.1]])
def test_columns_share_the_whole_grid(weights: list[float]) -> None:
    spans = spans_of(weights)
    assert sum(spans) == GRID
    assert min(spans) >= 1
    ranked = [span for _, span in sorted(zip(weights, spans, strict=True))]
    assert ranked == sorted(ranked)
