"""The journal page as a person uses it; what it asks for and what it shows."""

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from widgets.journal.filters import Wanted
from widgets.journal.page import JournalPage
from widgets.theme import DAY, NIGHT, ThemeHolder


def line(number: int, **more: Any) -> dict[str, Any]:
    made = {
        "id": number, "time": "2026-11-21T18:41:07.000Z", "kind": "alarm", "actor": "李明", "tag": "T-302", "occurrence": 7,
        "data": {"what": "acknowledged", "note": "已到现场"}, "previous": "0" * 64, "hash": "ab" * 32, "title": "报警",
        "text": f"李明 确认 T-302 高高报 #{number}",
    }  # fmt: skip
    return made | more


@pytest.fixture
def page(qtbot) -> Iterator[JournalPage]:
    made = JournalPage(ThemeHolder(NIGHT))
    made.resize(1600, 900)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def heard(signal: Any) -> list[Any]:
    got: list[Any] = []
    signal.connect(lambda *args: got.append(args[0] if args else None))
    return got


def lines(low: int, count: int) -> list[dict[str, Any]]:
    return [line(number) for number in range(low, low - count, -1)]


def texts(widget: Any) -> str:
    return "\n".join(one.text() for one in widget.findChildren(QLabel)).replace("\u200b", "")


def test_older_pages_are_asked_for_near_the_end_and_once(page: JournalPage) -> None:
    more = heard(page.more)
    page.show_first(lines(1000, 200), whole=False)
    assert more == []
    page.table.scrollToBottom()
    page.table.scrollToTop()
    page.table.scrollToBottom()
    assert len(more) == 1
    kept = page.table.verticalScrollBar().value()
    page.show_more(lines(800, 200), whole=False)
    assert (page.model.rowCount(), page.table.verticalScrollBar().value()) == (400, kept)
    page.table.scrollToBottom()
    assert len(more) == 2
    page.show_more(lines(600, 50), whole=True)
    page.table.scrollToBottom()
    assert len(more) == 2 and page.status.text() == "共 450 条"


def test_a_short_page_asks_for_the_next_by_itself(page: JournalPage) -> None:
    more = heard(page.more)
    page.show_first(lines(10, 5), whole=False)
    assert len(more) == 1


def test_filters_say_what_is_wanted(page: JournalPage, qtbot) -> None:
    wanted = heard(page.wanted)
    QTest.keyClicks(page.filters.text, "pump 1")
    QTest.keyClick(page.filters.text, Qt.Key.Key_Return)
    assert wanted[-1] == Wanted(text="pump 1")
    page.filters.tag.setText(" T-302 ")
    page.filters.choose_kinds(("alarm", "command"))
    assert wanted[-1] == Wanted(text="pump 1", tag="T-302", kinds=("alarm", "command"))
    assert wanted[-1].params() == [("tag", "T-302"), ("text", "pump 1"), ("kind", "alarm"), ("kind", "command")]
    assert wanted[-1].filters() == {"tag": "T-302", "text": "pump 1", "kinds": ["alarm", "command"]}
    page.filters.clear.click()
    assert wanted[-1] == Wanted()
    page.filters._spans.button(2).click()
    assert wanted[-1].start.endswith("Z") and wanted[-1].end == ""
    page.filters._spans.button(5).click()
    assert page.filters.start.isVisible() and wanted[-1].start < wanted[-1].end
    count = len(wanted)
    QTest.keyClicks(page.filters.actor, "li")  # typing asks by itself, a little later, once
    assert len(wanted) == count
    qtbot.waitUntil(lambda: len(wanted) == count + 1, timeout=3000)
    page.filters.text.setFocus()
    QTest.keyClick(page.filters.text, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert len(wanted) == count + 2


def test_nothing_found_says_what_to_do(page: JournalPage) -> None:
    page.filters.text.setText("x")
    page.show_first([], whole=True)
    assert page.empty.isVisible() and "放宽时间" in page.empty.text()
    page.filters.text.clear()
    page.show_first([], whole=True)
    assert "还没有记录" in page.empty.text()
    page.show_fault("日志没有取到：连不上站点")
    assert "连不上" in page.empty.text() and "连不上" in page.status.text()
    page.show_first(lines(5, 5), whole=True)
    assert not page.empty.isVisible()


def test_a_record_opened_shows_all_of_it_and_its_neighbours(page: JournalPage) -> None:
    opened = heard(page.opened)
    page.show_first(lines(30, 30), whole=True)
    page.table.selectRow(4)
    assert opened == [26]
    data = {
        "what": "changed",
        "table": "tags",
        "column": "hh",
        "old": 90.0,
        "new": 92.5,
        "why": "复核",
        "odd": {"a": [1, True]},
    }
    page.show_record(line(26, kind="config", data=data, before=line(25, text="前面"), after=line(27, text="后面")))
    said = texts(page.record)
    for word in ("第 26 条", "高高报限值", "90.0", "92.5", "复核", "odd", "a：1、是", "abababab abababab", "前面", "后面"):
        assert word in said, word
    page.record.newer.click()
    page.record.older.click()
    assert opened == [26, 27, 25]
    page.show_record(line(1, before=None, after=None))
    assert not page.record.older.isEnabled() and not page.record.newer.isEnabled()


def test_a_record_never_makes_the_panel_wider(page: JournalPage) -> None:
    page.show_record(line(1, data={"signature": "S" * 300, "note": "长" * 900}, before=None, after=None))
    assert page.record.widget().minimumSizeHint().width() <= page.record.viewport().width()


def test_long_work_shows_how_far_it_is_and_can_be_called_off(page: JournalPage) -> None:
    cancelled = heard(page.checking.cancelled)
    page.checking.show_running("校验日志：10 / 20 条", 10, 20)
    assert page.checking.isVisible() and page.checking.share.isVisible()
    page.checking.end.click()
    assert len(cancelled) == 1 and page.checking.isVisible()
    page.checking.show_outcome("第 7 条不符", bad=True)
    assert page.checking.words.objectName() == "error" and not page.checking.share.isVisible()
    page.checking.end.click()
    assert not page.checking.isVisible() and len(cancelled) == 1
    page.exporting.show_outcome("已导出", file=True)
    assert page.exporting.save.isVisible()


def test_seals_are_chosen_printed_and_held_against_the_journal(page: JournalPage) -> None:
    printed, held, wanted = heard(page.seals.printed), heard(page.seals.held), heard(page.seals_wanted)
    page.show_seals.click()
    assert len(wanted) == 1 and page.seals.isVisible() and not page.seals.print.isEnabled()
    seal = {
        "number": 2, "day": "2026-11-21", "first": 1, "last": 9, "made_at": "2026-11-21T16:00:00.000Z", "cause": "midnight",
        "count": 9, "hash": "ab" * 32,
    }  # fmt: skip
    page.seals.show_seals([seal, seal | {"number": 1}], "KEY")
    page.seals.print.click()
    page.seals.table.selectRow(1)
    page.seals.print.click()
    assert printed == [2, 1] and "KEY" in texts(page.seals)
    page.seals.hold.click()
    page.seals.paper.setPlainText("last=1 hash=2")
    page.seals.hold.click()
    assert held == ["last=1 hash=2"]


def test_nothing_of_the_last_person_stays(page: JournalPage) -> None:
    page.show_first(lines(30, 30), whole=True)
    page.show_record(line(3, before=None, after=None))
    page.checking.show_outcome("x")
    page.clear()
    assert (page.model.rowCount(), page.record.number, page.checking.isVisible()) == (0, None, False)


@pytest.mark.parametrize("theme", [NIGHT, DAY])
def test_250_000_records_do_not_freeze_it(qtbot, theme) -> None:
    """What a page costs does not grow with what is there: counted in what Qt asks, not in seconds."""
    made = JournalPage(ThemeHolder(theme))
    made.resize(1600, 900)
    qtbot.addWidget(made)
    made.show()
    one = line(1)
    made.show_first([one] * 250_000, whole=False)
    asked = 0
    plain = made.model.data

    def counted(index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        nonlocal asked
        asked += 1
        return plain(index, role)

    made.model.data = counted  # type: ignore[method-assign]
    made.show_more([one] * 200, whole=False)
    made.table.scrollToBottom()
    made.grab()
    assert 0 < asked < 20_000
    made.close()
