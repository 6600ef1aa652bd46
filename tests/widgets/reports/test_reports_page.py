"""The page of the reports by itself: what it asks for, what it shows, what it says when there is nothing."""

from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QDate, QIODevice, Qt
from PySide6.QtGui import QColor, QImage

from widgets.reports.page import ReportsPage
from widgets.theme import DAY, NIGHT, ThemeHolder


def period(key: str, title: str) -> dict[str, str]:
    return {"key": key, "title": title}


def answer(**more: Any) -> dict[str, Any]:
    titles = {"shift": "班报", "day": "日报", "week": "周报", "month": "月报", "risk": "运行风险分析报告"}
    return {
        "kinds": [{"kind": kind, "title": title} for kind, title in titles.items()],
        "periods": {
            "shift": {"now": None, "last": period("2026-11-20/夜班", "2026-11-20 夜班")},
            "day": {"now": period("2026-11-21", "2026-11-21"), "last": period("2026-11-20", "2026-11-20")},
            "week": {"now": period("2026-W47", "第 47 周"), "last": period("2026-W46", "第 46 周")},
            "month": {"now": period("2026-11", "2026 年 11 月"), "last": period("2026-10", "2026 年 10 月")},
        },
        "shifts": ["白班", "夜班"], "areas": ["甲醇罐区"], "hazards": ["H1"], "automatic": ["day"], "delay_min": 5.0,
        "keep_days": {"shift": 92, "day": 366, "week": 1098, "month": 1098}, "jobs": [], "reports": [], **more,
    }  # fmt: skip


def report(id: str = "day-2026-11-20-ab12", **more: Any) -> dict[str, Any]:
    return {
        "id": id, "kind": "day", "title": "日报　2026-11-20", "period_title": "2026-11-20",
        "automatic": True, "by": "站（自动）", "scope": {"kind": "site", "code": "", "title": "全厂"},
        "made_at": "2026-11-20T16:05:00.000Z", "pages": 3, "late": False, "whole": True, "no_pdf": "", "digest": "ab",
        "size": {"pdf": 500_000, "xlsx": 120_000}, "sha256": {"pdf": "1", "xlsx": "2"},
        **more,
    }  # fmt: skip


@pytest.fixture
def page(qtbot: Any) -> ReportsPage:
    made = ReportsPage(ThemeHolder(NIGHT))
    qtbot.addWidget(made)
    made.resize(1600, 900)
    made.show()
    return made


@pytest.mark.parametrize(
    "kind, span, which, expected",
    [
        ("shift", None, "last", "2026-11-20/夜班"),
        ("shift", None, "other", "2026-11-18/夜班"),
        ("day", None, "now", "2026-11-21"),
        ("day", None, "other", "2026-11-18"),
        ("week", None, "other", "2026-W47"),
        ("month", None, "last", "2026-10"),
        ("risk", "week", "last", "2026-W46"),
        ("risk", "month", "other", "2026-11"),
    ],
)
def test_it_asks_for_the_period_that_was_chosen(
    page: ReportsPage, kind: str, span: str | None, which: str, expected: str
) -> None:
    asked: list[Any] = []
    page.chooser.wanted.connect(asked.append)
    page.show_reports(answer(), True)
    chooser = page.chooser
    chooser.kind.setCurrentIndex(chooser.kind.findData(kind))
    if span is not None:
        chooser.span.setCurrentIndex(chooser.span.findData(span))
    chooser.day.setDate(QDate(2026, 11, 18))
    chooser.shift.setCurrentIndex(1)
    chooser.which[which].click()
    chooser.scope.setCurrentIndex(1)
    chooser.make.click()
    assert asked == [{"kind": kind, "period": expected, "scope": {"kind": "area", "code": "甲醇罐区"}}]


def test_no_running_shift_cannot_be_chosen_and_who_may_not_make_cannot(page: ReportsPage) -> None:
    page.show_reports(answer(), True)
    assert not page.chooser.which["now"].isEnabled() and "没有" in page.chooser.which["now"].text()
    page.show_reports(answer(), False)
    assert not page.chooser.make.isEnabled() and "不能生成" in page.chooser.about.text()


def test_pages_are_asked_for_shown_and_turned(page: ReportsPage, qtbot: Any) -> None:
    asked: list[tuple[str, int]] = []
    page.preview.wanted.connect(lambda *one: asked.append(one))
    page.show_reports(answer(reports=[report()]), True)
    page.choose("day-2026-11-20-ab12")
    assert asked == [("day-2026-11-20-ab12", 1)] and not page.preview.sheet.has_picture
    page.preview.show_page("day-2026-11-20-ab12", 1, png())
    assert page.preview.sheet.has_picture and page.preview.where.text() == "第 1 页，共 3 页"
    page.preview.ahead.click()
    qtbot.keyClick(page.preview.area, Qt.Key.Key_End)
    assert asked[-1] == ("day-2026-11-20-ab12", 2)
    page.preview.show_page("another", 2, b"nonsense")  # came too late: not this one
    page.preview.show_page("day-2026-11-20-ab12", 2, b"nonsense")
    assert "另存 PDF" in page.preview.sheet.message
    page.show_reports(answer(reports=[report(), report("x", late=True)]), True)  # a new one does not turn the page back
    assert page.preview.number == 2 and len(asked) == 2


def test_paper_is_dimmed_by_night_and_white_by_day(page: ReportsPage, qtbot: Any) -> None:
    page.show_reports(answer(reports=[report()]), True)
    page.choose("day-2026-11-20-ab12")
    page.preview.show_page("day-2026-11-20-ab12", 1, png())

    def middle() -> QColor:
        sheet = page.preview.sheet
        return sheet.grab().toImage().pixelColor(sheet.width() // 2, 40)

    dark = middle()
    page._themes.set_theme(DAY)
    assert dark.lightness() < 200 and middle() == QColor("white")


def test_what_is_there_what_failed_and_nothing(page: ReportsPage) -> None:
    page.show_reports(answer(), True)
    assert "还没有报表" in page._message.text() and page._stack.currentIndex() == 0
    failed = {
        "id": "j", "kind": "month", "title": "月报　2026 年 10 月", "period_title": "2026 年 10 月",
        "automatic": False, "by": "王强",
        "scope": {"kind": "area", "code": "A", "title": "区域 A"},
        "state": "failed", "error": "磁盘已满", "started_at": "2026-11-20T16:05:00Z",
    }  # fmt: skip
    page.show_reports(answer(jobs=[failed], reports=[report(whole=False), report("y", pages=0, sha256={"xlsx": "2"})]), True)
    model = page.table.model()
    lines = [[model.index(row, column).data() for column in range(6)] for row in range(3)]
    assert lines[0] == ["月报", "2026 年 10 月　区域 A", lines[0][2], "王强", "", "没有做成"]
    assert lines[1][3:] == ["自动", "0.6 MB", "时段未满"]
    page.table.selectRow(0)
    assert page.preview.sheet.message == "磁盘已满" and not page.preview.open.isEnabled()
    page.table.selectRow(2)
    assert "只有 Excel" in page.preview.sheet.message and page.preview.save_xlsx.isEnabled()
    assert not page.preview.save_pdf.isEnabled()


def png() -> bytes:
    image = QImage(827, 1169, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(data.data())
