"""The alarm page by hand and keyboard: what is selected stays selected, what is read stays in place, what is sent is named."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from app.domain.tag import Priority
from tests.widgets.alarms.test_queue import alarm
from widgets.alarms.banner import AlarmBanner
from widgets.alarms.page import AlarmPage
from widgets.alarms.permits import Permits, ShelvePermit
from widgets.alarms.queue import AlarmQueue
from widgets.alarms.row import LIMIT, NOTE, VALUE, View
from widgets.alarms.wish import Want
from widgets.symbols import Blink
from widgets.theme import DAY, ThemeHolder


SHELVE = ShelvePermit(True, (15.0, 60.0), ("检修", "其他"), "其他", frozenset({"high", "low"}), frozenset({"critical"}), 60.0, 1, 5)
PERMITS = Permits(True, True, True, True, frozenset({"critical"}), shelve=SHELVE)


@pytest.fixture
def page(qtbot):
    blink = Blink()
    made = AlarmPage(ThemeHolder(), blink)
    blink.setParent(made)
    qtbot.addWidget(made)
    made.resize(1400, 600)
    made.allow(PERMITS)
    made.show()
    return made


def shown(page: AlarmPage) -> list[int]:
    return [row.occurrence for row in page.table.queue.shown]


def test_selection_belongs_to_alarms_not_to_lines(page) -> None:
    page.replace_alarms([alarm(n, f"T{n}") for n in range(1, 50)])
    page.table.select([10, 20])
    page.put_alarms([alarm(n, f"T{n}", priority="critical") for n in range(50, 90)])
    page.table.flush()
    assert {row.occurrence for row in page.table.selected_rows()} == {10, 20}
    page.put_alarms([alarm(10, "T10", state="ACKED", priority="critical")])  # moves to another place
    page.table.flush()
    assert {row.occurrence for row in page.table.selected_rows()} == {10, 20}
    marked = {page.table.queue.shown[index.row()].occurrence for index in page.table.selectionModel().selectedRows()}
    assert marked == {10, 20}


def test_the_line_being_read_stays_where_it_is(page) -> None:
    page.replace_alarms([alarm(n, f"T{n}") for n in range(1, 200)])
    bar = page.table.verticalScrollBar()
    bar.setValue(50)
    top = shown(page)[bar.value()]
    page.put_alarms([alarm(n, f"T{n}") for n in range(200, 260)])
    page.table.flush()
    assert shown(page)[bar.value()] == top
    bar.setValue(0)
    page.put_alarms([alarm(300, "T300")])
    page.table.flush()
    assert bar.value() == 0 and shown(page)[0] == 300


def test_what_is_filtered_away_is_not_acknowledged(page) -> None:
    page.replace_alarms([alarm(1, "A"), alarm(2, "B")])
    page.table.select([1, 2])
    page.bar.search.setText("a")
    assert {row.occurrence for row in page.table.selected_rows()} == {1}


def test_space_acknowledges_the_selection_with_the_note(page, qtbot) -> None:
    page.replace_alarms([alarm(1, "A"), alarm(2, "B", state="ACKED"), alarm(3, "C", state="RTNUN")])
    page.panel.note.setText("现场确认")
    qtbot.keyClick(page.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(page.wished) as sent:
        qtbot.keyClick(page.table, Qt.Key.Key_Space)
    wish = sent.args[0]
    assert (wish.want, sorted(wish.occurrences), wish.note) == (Want.ACK, [1, 3], "现场确认")


def test_acknowledging_a_page_leaves_critical_alarms_alone(page, qtbot) -> None:
    page.replace_alarms([alarm(1, "A"), alarm(2, "B", priority="critical")])
    with qtbot.waitSignal(page.wished) as sent:
        page.panel.page.click()
    assert sent.args[0].occurrences == (1,)


def test_nobody_acknowledges_without_the_role(page, qtbot) -> None:
    page.allow(Permits())
    page.replace_alarms([alarm(1, "A")])
    page.table.select([1])
    with qtbot.assertNotEmitted(page.wished):
        qtbot.keyClick(page.table, Qt.Key.Key_Space)
    assert not page.panel.buttons[Want.ACK].isVisible()


def test_shelved_alarms_are_one_click_away(page) -> None:
    page.replace_alarms([alarm(1, "A"), alarm(2, "B", state="SHLVD")])
    assert shown(page) == [1]
    page.bar.views[View.SHELVED].click()
    assert shown(page) == [2]


def test_an_empty_list_says_so(page) -> None:
    page.replace_alarms([])
    assert page._stack.currentWidget() is page._empty and "没有报警" in page._empty.text()
    page.replace_alarms([alarm(1)])
    page.bar.search.setText("zzz")
    assert "筛选" in page._empty.text()


def test_flash_runs_only_while_something_is_unacknowledged(page) -> None:
    blink = page.table._blink
    page.replace_alarms([alarm(1)])
    assert blink.running
    page.replace_alarms([alarm(1, state="ACKED")])
    blink._tick()
    assert not blink.running


def test_banner_shows_the_gravest_newest_and_names_it(qtbot) -> None:
    holder, blink = ThemeHolder(), Blink()
    page, banner = AlarmPage(holder, blink), AlarmBanner(holder, blink)
    qtbot.addWidget(page)
    qtbot.addWidget(banner)
    page.changed.connect(lambda: banner.show_queue(page.table.queue))
    assert "不明" in banner._text.text() and banner._counts[0]._text.text() == "—"
    page.replace_alarms([])
    assert banner._row is None and "没有" in banner._text.text()
    page.replace_alarms([alarm(1, "A", priority="critical"), alarm(2, "B", priority="critical"), alarm(3, "C")])
    page.table.queue.sort(2)
    banner.show_queue(page.table.queue)
    assert banner._row.occurrence == 2
    with qtbot.waitSignal(banner.acknowledge) as sent:
        banner._ack.click()
    assert sent.args == [[2]]
    banner.show_queue(page.table.queue, may_acknowledge=False)
    assert banner._ack.isHidden()


def test_banner_counts_by_priority(qtbot) -> None:
    holder, blink = ThemeHolder(), Blink()
    page, banner = AlarmPage(holder, blink), AlarmBanner(holder, blink)
    qtbot.addWidget(page)
    qtbot.addWidget(banner)
    page.replace_alarms([alarm(1, "A"), alarm(2, "B", state="ACKED"), alarm(3, "C", state="RTNUN", priority="low")])
    banner.show_queue(page.table.queue)
    assert {count.priority: count._text.text() for count in banner._counts} == {
        Priority.CRITICAL: "0 / 0",
        Priority.HIGH: "1 / 2",
        Priority.MEDIUM: "0 / 0",
        Priority.LOW: "1 / 0",
    }


def test_no_button_text_is_clipped_in_either_theme(page, qtbot) -> None:
    page.replace_alarms([alarm(n, f"T{n}") for n in range(1, 120)])
    for theme in (page._holder.theme, DAY):
        page._holder.set_theme(theme)
        for button in page.findChildren(QPushButton):
            if button.isVisible():
                assert button.fontMetrics().horizontalAdvance(button.text()) <= button.width(), button.text()


@pytest.mark.parametrize(
    ("given", "sentence", "note"),
    [
        (
            {"tag": "@gds", "rule": "LINK", "name": "数据源 gds", "message": "数据源 gds 数据源中断：连接断开了"},
            "数据源 gds 数据源中断：连接断开了",
            "连接断开了",
        ),
        (
            {"tag": "@station", "rule": "SYSTEM", "name": "站点服务", "message": "磁盘将满：剩 2 %"},
            "磁盘将满：剩 2 %",
            "磁盘将满：剩 2 %",
        ),
        (
            {"tag": "LSHH-1", "rule": "STATE", "name": "V-1高高联锁", "message": "V-1高高联锁 状态报警"},
            "V-1高高联锁  状态异常",
            "",
        ),
    ],
)
def test_what_has_no_number_is_told_in_words(qtbot, given, sentence, note) -> None:
    blink = Blink()
    banner = AlarmBanner(ThemeHolder(), blink)
    blink.setParent(banner)
    qtbot.addWidget(banner)
    queue = AlarmQueue()
    queue.replace([replace(alarm(1, given["tag"], given["rule"]), value=1.0, limit=1.0, unit="", equipment="", **given)])
    banner.show_queue(queue)
    assert banner._text.text().split("  ", 1)[1] == sentence
    cells = queue.shown[0].cells
    assert (cells[VALUE], cells[LIMIT], cells[NOTE]) == ("", "", note)


def test_the_banner_says_when_it_is_over(qtbot) -> None:
    blink = Blink()
    banner = AlarmBanner(ThemeHolder(), blink)
    blink.setParent(banner)
    qtbot.addWidget(banner)
    queue = AlarmQueue()
    queue.replace([alarm(1, state="RTNUN")])
    banner.show_queue(queue)
    assert banner._text.text().endswith("91.0 %  已恢复")
