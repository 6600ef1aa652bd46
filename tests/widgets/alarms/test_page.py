"""The alarm page by hand and keyboard: what is selected stays selected, what is read stays in place, what is sent is named."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from app.domain.instant import SECOND, to_rfc3339
from app.domain.tag import Priority
from tests.widgets.alarms.test_queue import alarm
from widgets.alarms.aside import AsideStrip
from widgets.alarms.banner import AlarmBanner
from widgets.alarms.flood import Flood
from widgets.alarms.groups import Grouping, Heading
from widgets.alarms.page import AlarmPage
from widgets.alarms.permits import Permits, ShelvePermit
from widgets.alarms.presets import Preset, read_preset
from widgets.alarms.queue import AlarmQueue
from widgets.alarms.row import LIMIT, NOTE, VALUE, View
from widgets.alarms.sieve import Filter
from widgets.alarms.wish import Outcome, Want
from widgets.symbols import Blink
from widgets.theme import DAY, ThemeHolder

SHELVE = ShelvePermit(
    True, (15.0, 60.0), ("检修", "其他"), "其他", frozenset({"high", "low"}), frozenset({"critical"}), 60.0, 1, 5
)
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


def storm(page: AlarmPage, first: int, count: int, **more) -> None:
    """`count` new alarms of mixed priority in one flush, some of the standing ones acknowledged."""
    words = ("critical", "high", "medium", "low")
    page.put_alarms(
        [alarm(n, f"T{n}", priority=words[n % 4], area=f"罐区{n % 7}", **more) for n in range(first, first + count)]
    )
    page.table.flush()


@pytest.mark.parametrize("grouping", list(Grouping))
@pytest.mark.parametrize("wanted", [Filter(), Filter(View.UNACKED, text="液位")])
def test_a_storm_leaves_selection_scroll_and_line_of_the_keyboard(page, grouping: Grouping, wanted: Filter) -> None:
    """A thousand alarms a second for five seconds, in batches as the table takes them."""
    page.replace_alarms([alarm(n, f"T{n}", area=f"罐区{n % 7}") for n in range(1, 400)])
    page.bar.groupings[grouping].click()
    page.table.set_filter(wanted)
    if grouping is Grouping.FIRST_OUT:
        for heading in [line for line in page.table.queue.shown if isinstance(line, Heading)]:
            page.table.toggle(heading)
    chosen = {7, 8, 9, 200, 333}
    page.table.select(chosen)
    table, bar = page.table, page.table.verticalScrollBar()
    table.setCurrentIndex(table.model().index(table.queue.index_of(200), 0))
    table.select(chosen)
    bar.setValue(120)
    top = table.queue.shown[bar.value()]
    for step in range(20):
        storm(page, 1000 + 250 * step, 250)
        assert table.selected() == chosen
        marked = {table.queue.shown[index.row()].occurrence for index in table.selectionModel().selectedRows()}
        assert marked == chosen
        now = table.queue.shown[bar.value()]
        assert (now.occurrence, getattr(now, "key", None)) == (top.occurrence, getattr(top, "key", None))
        assert table.queue.shown[table.currentIndex().row()].occurrence == 200
    assert table.queue.shown_rows == 5399


def test_ten_thousand_at_once_are_all_there_after_one_flush(page) -> None:
    page.replace_alarms([alarm(n, f"T{n}") for n in range(1, 400)])
    storm(page, 1000, 10_000)
    assert page.table.queue.count(View.QUEUE) == 10_399
    assert {row.occurrence for row in page.table.queue.rows} == {*range(1, 400), *range(1000, 11_000)}


def test_a_selection_of_everything_does_not_make_a_storm_slow(page, monkeypatch) -> None:
    """Counted: what a flush asks about the selected does not grow with how many are selected."""
    asked = []
    monkeypatch.setattr(
        AlarmQueue, "index_of", lambda self, one, real=AlarmQueue.index_of: asked.append(one) or real(self, one)
    )
    page.replace_alarms([alarm(n, f"T{n}") for n in range(1, 3000)])
    page.table.selectAll()
    assert len(page.table.selected()) == 2999
    asked.clear()
    storm(page, 5000, 100)
    assert len(asked) < 10 and len(page.table.selected()) == 2999


def test_select_all_leaves_critical_alarms_to_the_hand(page, qtbot) -> None:
    page.replace_alarms([alarm(1, "A"), alarm(2, "B", priority="critical"), alarm(3, "C")])
    qtbot.keyClick(page.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert page.table.selected() == {1, 3}


def test_first_out_is_pinned_and_the_others_fold_beneath(page, qtbot) -> None:
    burst = [alarm(n, f"T{n}", hazard_source="H1", area="罐区", first_out=n == 2) for n in range(1, 6)]
    page.replace_alarms([*burst, alarm(9, "X", area="装卸台"), alarm(10, "Y", area="装卸台")])
    page.bar.groupings[Grouping.FIRST_OUT].click()
    lines = page.table.queue.shown
    assert [(line.key[0], line.ordered) if isinstance(line, Heading) else line.occurrence for line in lines] == [
        ("H1", True),
        2,
        ("装卸台", False),
    ]
    heading = lines[0]
    assert (heading.rows, heading.unacked, heading.area) == (5, 5, "罐区")
    page.table.setCurrentIndex(page.table.model().index(0, 0))
    qtbot.keyClick(page.table, Qt.Key.Key_Right)
    assert [line.occurrence for line in page.table.queue.shown] == [0, 2, 5, 4, 3, 1, 0]
    page.table.select([4])
    page.table.toggle(page.table.queue.shown[0])
    assert [line.occurrence for line in page.table.queue.shown] == [0, 2, 0]
    assert page.table.selected() == set(), "who folds a group himself lets go of what is in it"


def test_the_flood_groups_by_first_out_and_leaves_alone_who_switches_back(page) -> None:
    page.replace_alarms([alarm(n, f"T{n}", area="罐区", first_out=n == 1) for n in range(1, 30)])
    page.table.select([20])
    page.show_flood(Flood(True, "2026-11-21T18:40:00Z", 37))
    assert page.bar.grouping is Grouping.FIRST_OUT
    assert page.table.selected() == {20}, "the machine folds nothing away that somebody has chosen"
    assert [line.occurrence for line in page.table.queue.shown] == [0, 1, 20]
    page.bar.groupings[Grouping.NONE].click()
    page.show_flood(Flood(True, "2026-11-21T18:40:00Z", 40))
    assert page.bar.grouping is Grouping.NONE
    page.show_flood(Flood())
    page.show_flood(Flood(True))
    page.show_flood(Flood())
    assert page.bar.grouping is Grouping.NONE


def test_the_three_lists_of_what_is_put_aside_are_apart(page) -> None:
    page.replace_alarms(
        [alarm(1, "A", state="SHLVD"), alarm(2, "B", state="DSUPR"), alarm(3, "C", state="OOSRV"), alarm(4, "D")]
    )
    for view, only in ((View.SHELVED, 1), (View.SUPPRESSED, 2), (View.OUT_OF_SERVICE, 3), (View.QUEUE, 4)):
        page.bar.views[view].click()
        assert shown(page) == [only]


def test_latched_alarms_are_reset_by_key_and_only_those(page, qtbot) -> None:
    page.replace_alarms([alarm(1, "A", state="LAKED"), alarm(2, "B")])
    page.table.select([1, 2])
    with qtbot.waitSignal(page.wished) as sent:
        qtbot.keyClick(page.table, Qt.Key.Key_R)
    assert (sent.args[0].want, [one.occurrence for one in sent.args[0].alarms]) == (Want.RESET, [1])


def test_a_note_that_is_due_marks_field_and_button_and_nothing_is_sent(page, qtbot) -> None:
    page.replace_alarms([alarm(1, "A", priority="critical")])
    page.table.select([1])
    assert "备注" in page.panel.buttons[Want.ACK].text()
    with qtbot.assertNotEmitted(page.wished):
        qtbot.keyClick(page.table, Qt.Key.Key_Space)
    page.panel.note.setText("已通知")
    assert "备注" not in page.panel.buttons[Want.ACK].text()
    with qtbot.waitSignal(page.wished) as sent:
        qtbot.keyClick(page.table, Qt.Key.Key_Space)
    assert sent.args[0].note == "已通知"
    page.show_outcome(sent.args[0], Outcome("没有成功", False))
    assert page.panel.note.text() == "已通知", "a refusal keeps what was typed"


def test_the_menu_offers_the_same_as_the_panel(page, qtbot) -> None:
    page.replace_alarms([alarm(1, "A"), alarm(2, "B")])
    page.table.select([1])
    menu = page.panel.menu(page.mapToGlobal(page.rect().center()))
    shown = {one.text(): one.isEnabled() for one in menu.actions() if one.text()}
    assert shown == {one.text(): one.isEnabled() for one in page.panel.buttons.values() if not one.isHidden()}
    with qtbot.waitSignal(page.wished) as sent:
        next(one for one in menu.actions() if "为何" in one.text()).trigger()
    assert sent.args[0].want is Want.WHY
    menu.close()


def test_a_preset_that_cannot_be_read_is_left_out() -> None:
    kept = Preset("夜班", Filter(View.UNACKED, frozenset({Priority.HIGH}), "罐区"), Grouping.EQUIPMENT).kept()
    assert read_preset(kept) == Preset("夜班", Filter(View.UNACKED, frozenset({Priority.HIGH}), "罐区"), Grouping.EQUIPMENT)
    assert read_preset({**kept, "view": ["NEW"]}) is None and read_preset({}) is None


def test_the_strip_counts_down_and_asks_for_attention_before_a_return(qtbot) -> None:
    now = [1_000_000.0]
    strip = AsideStrip(ThemeHolder(), lambda: now[0])
    qtbot.addWidget(strip)
    assert strip.buttons[View.SHELVED].text().endswith("—"), "what is not known is no zero"
    queue = AlarmQueue()
    until = [to_rfc3339(round((now[0] + seconds) * SECOND)) for seconds in (900, 2000)]
    queue.replace([alarm(n, f"T{n}", state="SHLVD", shelved_until=at) for n, at in enumerate(until, 1)])
    strip.show_queue(queue)
    assert strip.buttons[View.SHELVED].text() == "搁置 2" and "T1 " in strip.next.text() and "15:00" in strip.next.text()
    assert not strip.soon
    now[0] += 601
    strip._count_down()
    assert strip.soon and "04:59" in strip.next.text()
    queue.apply([alarm(1, "T1", state="UNACK")])
    strip.show_queue(queue)
    assert not strip.soon and "T2 " in strip.next.text() and strip.buttons[View.SHELVED].text() == "搁置 1"
    with qtbot.waitSignal(strip.list_wanted) as asked:
        strip.next.click()
    assert asked.args == [View.SHELVED]
