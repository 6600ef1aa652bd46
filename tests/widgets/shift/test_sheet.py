"""The sheet as lines, and the view of it: what each row says and opens, keys, a place that stays."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.handover import SECTIONS
from tests.domain.test_handover import FULL, make_sheet
from widgets.shift.lines import Block, Line, Opens, blocks_of, count_words
from widgets.shift.sheet import SheetView
from widgets.theme import ThemeHolder


def block(key: str) -> Block:
    return next(one for one in blocks_of(make_sheet(FULL)) if one.key == key)


SAYS = [
    ("open_alarms", 0, "T3　T3液位 高报", "未确认", Opens.ALARM, 3, True),
    ("open_alarms", 2, "T1　T1液位 高报", "已确认", Opens.ALARM, 1, False),
    ("standing", 0, "T1　T1液位 高报", "9.0 小时", Opens.ALARM, 1, False),
    ("out_of_service", 0, "T6　T6液位", "2 条报警　拆检（工单 WO-7）", Opens.ALARM, 6, False),
    ("stopped", 0, "V-2　二号罐", "罐区　检修", Opens.NOTHING, None, False),
    ("limit_changes", 0, "T1　T1液位　高报 80 → 未设", "zhao　限值-7 批准 wu", Opens.TAG, "T1", False),
    ("sources_lost", 0, "gds　气体", "对端关闭了连接", Opens.NOTHING, None, True),
    ("bad_actors", 0, "T1　T1液位　高报", "2 次　占 66.7 %", Opens.TAG, "T1", False),
    ("notes", 0, "巡检一号罐区正常", "王强", Opens.NOTHING, None, False),
    ("left", 1, "GT-3 数据坏", "待检修　前一班　未办结", Opens.LEFT, "GT-3 数据坏", True),
]


@pytest.mark.parametrize(("section", "row", "main", "side", "opens", "target", "strong"), SAYS)
def test_what_a_row_says_and_opens(
    section: str, row: int, main: str, side: str, opens: Opens, target: Any, strong: bool
) -> None:
    line = block(section).lines[row]
    assert (line.main, line.side, line.opens, line.target, line.strong) == (main, side, opens, target, strong)


def test_forms_open_their_form_and_overdue_ones_stand_out() -> None:
    late, other = block("forms_open").lines
    assert (late.opens, late.target, late.strong, other.strong) == (Opens.FORM, ("handling", 12), True, False)
    assert "已超期" in late.side


def test_a_row_that_only_counts_what_is_left_out_opens_nothing() -> None:
    rows = {key: [{"item" if key == "left" else "text": "……另有 800 条"}] for key in SECTIONS if key != "figures"}
    for one in blocks_of(rows):
        assert all(line.main == "……另有 800 条" for line in one.lines), one.key
        assert all(line.opens is Opens.NOTHING for line in one.lines) or one.key == "left"


def test_every_section_is_there_and_says_that_it_is_empty() -> None:
    blocks = blocks_of({})
    assert [one.key for one in blocks] == list(SECTIONS)
    assert {count_words(one) for one in blocks if one.key != "figures"} == {"无"}


def test_what_came_after_the_signature_stands_first() -> None:
    row = make_sheet(FULL)["open_alarms"][0]
    first = blocks_of({}, [{"section": "open_alarms", "title": "未消除的报警", "change": "gone", "row": row}])[0]
    assert (first.key, first.lines[0].main) == ("after", "已无　未消除的报警　T3　T3液位 高报")


@pytest.fixture
def view(qtbot: Any) -> SheetView:
    made = SheetView(ThemeHolder())
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show_blocks(blocks_of(make_sheet(FULL)))
    made.show()
    return made


def test_by_keyboard_from_row_to_row(view: SheetView) -> None:
    opened: list[Line] = []
    view.opened.connect(opened.append)
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert [line.target for line in opened] == [3]  # two that were left, then the first alarm
    QTest.keyClick(view, Qt.Key.Key_Up)
    QTest.keyClick(view, Qt.Key.Key_Up)
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert view.chosen is not None and view.chosen.main == "2号泵漏油"
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum() > 0


def test_by_mouse(view: SheetView) -> None:
    opened: list[Line] = []
    view.opened.connect(opened.append)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.line_rect("open_alarms", 1).center())
    assert [line.target for line in opened] == [2]
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.line_rect("left", 0).center())
    assert len(opened) == 1  # closed already: nothing to open


def test_news_keep_the_place_and_the_choice(view: SheetView) -> None:
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Down)
    view.verticalScrollBar().setValue(40)
    sheet = make_sheet(FULL)
    sheet["notes"] = [*sheet["notes"], {"at": "2027-01-15T09:00:00.000Z", "by": "王强", "text": "新的一条"}]
    view.show_blocks(blocks_of(sheet))
    assert view.verticalScrollBar().value() == 40
    assert view.chosen is not None and view.chosen.target == 3
