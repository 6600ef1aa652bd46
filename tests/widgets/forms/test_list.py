"""The list: order, views, pages, selection that stays, and many at once."""

import time
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.roles import Role
from tests.widgets.forms.paper import Paper, entry_json, handling
from widgets.forms.bulk import BulkView, common_steps
from widgets.forms.editors import Desk
from widgets.forms.list import FormList
from widgets.forms.parse import BulkMsg, Entry, RefusedMsg, entries
from widgets.forms.shelf import FormShelf, View, Wanted
from widgets.theme import ThemeHolder

NOW = "2026-11-21T03:00:00.000Z"


def entry(id: int, due: str | None = None, **more: Any) -> Entry:
    made = Entry(id, "handling", "signed", f"处置-{id:04d}", "待现场确认", title=f"报警 {id}", priority="high", due_at=due)
    return replace(made, **more)


def shelf(*found: Entry) -> FormShelf:
    made = FormShelf(lambda one: one.created_by == "wang")
    made.replace_open(found, NOW)
    return made


def ids(made: FormShelf) -> list[int]:
    return [one.id for one in made.shown]


def test_the_most_overdue_stands_on_top_and_what_is_never_due_below() -> None:
    made = shelf(
        entry(1),
        entry(2, "2026-11-21T03:10:00.000Z"),
        entry(3, "2026-11-21T02:10:00.000Z"),
        entry(4, "2026-11-21T02:50:00.000Z"),
    )
    made.begin_search(Wanted(View.OPEN))
    assert ids(made) == [3, 4, 2, 1]
    assert (made.count(View.OPEN), made.count(View.LATE)) == (4, 2)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(View.MINE), [1]),
        (Wanted(View.LATE), [2]),
        (Wanted(View.OPEN, kind="limit_change"), [3]),
        (Wanted(View.OPEN, text="0002"), [2]),
        (Wanted(View.OPEN, text="报警 张"), [3]),
        (Wanted(View.OPEN, text="nothing"), []),
    ],
)
def test_views_and_filters(wanted: Wanted, found: list[int]) -> None:
    made = shelf(
        entry(1, created_by="wang"),
        entry(2, "2026-11-21T02:00:00.000Z"),
        entry(3, kind="limit_change", created_by="张"),
    )
    made.begin_search(wanted)
    assert ids(made) == found


def test_time_makes_forms_late() -> None:
    made = shelf(entry(1, "2026-11-21T03:00:30.000Z", created_by="wang"))
    made.begin_search(Wanted(View.LATE))
    assert ids(made) == [] and made.mine_late() == 0
    assert made.look_at("2026-11-21T03:00:31.000Z") and ids(made) == [1] and made.mine_late() == 1
    assert not made.look_at("2026-11-21T03:00:32.000Z")


def test_pages_of_several_kinds_never_leave_a_gap() -> None:
    made = shelf(entry(5))
    made.begin_search(Wanted(View.ALL))
    assert ids(made) == []
    made.add_found([entry(90), entry(80)], floor=80)
    made.add_found([entry(85, kind="limit_change"), entry(10, kind="limit_change")], floor=80)
    assert ids(made) == [90, 85, 80]  # 10 waits: between it and 80 there may be more
    made.add_found([entry(40)], floor=0)
    assert ids(made) == [90, 85, 80, 40, 10]


def test_a_form_that_is_done_leaves_the_open_ones() -> None:
    made = shelf(entry(1, created_by="wang"), entry(2))
    made.begin_search(Wanted(View.MINE))
    made.put(entry(1, open=False, created_by="wang"), NOW)
    assert ids(made) == [] and made.count(View.OPEN) == 1


@pytest.fixture
def listed(qtbot: Any) -> Any:
    def make(*found: Entry) -> FormList:
        made = FormList(ThemeHolder(), shelf(*found), lambda: 0.0, lambda one: one.id == 3)
        qtbot.addWidget(made)
        made.wanted.connect(lambda wanted: (made.shelf.begin_search(wanted), made.refresh()))
        made.resize(520, 600)
        made.show()
        made.show_view(View.OPEN)
        return made

    return make


def test_selection_and_place_survive_an_update(listed: Any) -> None:
    made = listed(*(entry(n, f"2026-11-21T03:{n // 60:02d}:{n % 60:02d}.000Z") for n in range(1, 200)))
    made._select({60, 61}, 60)
    made.view.verticalScrollBar().setValue(58 * 50)
    top = made.model.rows[50].id
    told: list[list[int]] = []
    made.chosen.connect(told.append)
    newer = [entry(n, "2026-11-21T02:00:00.000Z") for n in range(300, 330)]
    made.shelf.replace_open([*made.shelf._open.values(), *newer], NOW)
    made.refresh()
    assert made.selected() == [60, 61] and made.current() == 60 and told == []
    assert made.model.rows[made.view.indexAt(made.view.rect().topLeft()).row()].id == top
    made.shelf.replace_open([one for id, one in made.shelf._open.items() if id != 61], NOW)
    made.refresh()
    assert made.selected() == [60] and told == [[60]]


def test_one_is_opened_several_are_bulk_and_arrows_work(listed: Any) -> None:
    made = listed(entry(1, "2026-11-21T03:01:00.000Z"), entry(2, "2026-11-21T03:02:00.000Z"), entry(3))
    told: list[list[int]] = []
    made.chosen.connect(told.append)
    made.step(1)
    QTest.keyClick(made.view, Qt.Key.Key_Down)
    QTest.keyClick(made.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert told == [[1], [2], [2, 3]]


def test_empty_pages_say_what_to_do(listed: Any) -> None:
    made = listed()
    assert made._stack.currentWidget() is made.empty and "新建" in made.empty.text()
    made.search.setText("x")
    made._ask()
    assert "清除搜索" in made.empty.text()


def test_the_line_tells_number_state_and_draft(listed: Any) -> None:
    made = listed(entry(3, created_by="wang"))
    said = made.model.data(made.model.index(0))
    assert all(word in said for word in ("报警 3", "处置-0003", "待现场确认", "wang", "有未保存的修改"))
    made.grab()


def test_the_end_of_the_list_asks_for_more(listed: Any, qtbot: Any) -> None:
    made = listed(*(entry(n) for n in range(1, 300)))
    with qtbot.waitSignal(made.more):
        made.view.scrollToBottom()


def test_fifty_thousand_forms_are_listed_without_a_freeze(listed: Any) -> None:
    """Counted against one plain sort of as many in the same run, so that a busy machine does not decide."""
    many = [entry(n, f"2026-11-21T{n % 24:02d}:{n % 60:02d}:00.000Z") for n in range(50_000)]
    made = listed()
    began = time.thread_time()
    sorted(many, key=lambda one: (one.due_at or "", -one.id))
    unit = time.thread_time() - began
    began = time.thread_time()
    made.shelf.replace_open(many, NOW)
    made.refresh()
    made.grab()
    assert len(made.model.rows) == 50_000
    assert time.thread_time() - began < 12 * unit + 0.25
    began = time.thread_time()
    made.view.scrollToBottom()
    made.grab()
    assert time.thread_time() - began < 4 * unit + 0.1


# several at once


@pytest.fixture
def bulk(qtbot: Any) -> BulkView:
    made = BulkView(Desk(lambda: "zhao", lambda: 0.0))
    qtbot.addWidget(made)
    made.resize(1000, 800)
    made.show()
    return made


def lines(*papers: Paper) -> list[Entry]:
    found = []
    for at, paper in enumerate(papers, 1):
        assert paper.form is not None
        found += entries([entry_json(paper.definition, replace(paper.form, id=at))])
    return found


def test_the_same_step_for_many(bulk: BulkView, qtbot: Any) -> None:
    papers = [handling("reported", "li"), handling("reported", "li")]
    kinds = {"handling": papers[0].told()}
    bulk.show_entries(lines(*papers), kinds, Role.SUPERVISOR)
    assert list(bulk.choice) == ["send_back", "verify"] and bulk.choice["verify"].isChecked()
    assert bulk.body is not None
    editor = bulk.body.boxes["verify_text"].editor
    editor.put("同意")
    editor.changed.emit()
    with qtbot.waitSignal(bulk.step) as asked:
        bulk.bar.press_primary()
    assert asked.args == ["handling", [1, 2], "verify", {"verify_text": "同意"}, ""]
    bulk.show_outcome(BulkMsg((1,), (RefusedMsg(2, "须由另一人来做"),)))
    assert "办成 1 张，被拒绝 1 张" in bulk.outcome.text()
    with qtbot.waitSignal(bulk.opened) as opened:
        bulk._refused.itemAt(0).widget().click()
    assert opened.args == [2]


def test_only_what_all_can_do_is_offered(bulk: BulkView) -> None:
    mixed = lines(handling("reported", "li"), handling("signed"))
    definition = handling().told()
    assert common_steps(definition, mixed, Role.SUPERVISOR) == []
    assert [s.code for s in common_steps(definition, mixed[1:], Role.OPERATOR)] == ["site_check"]
    bulk.show_entries(mixed, {"handling": definition}, Role.SUPERVISOR)
    assert "同一状态" in bulk.about.text() and not bulk.bar.buttons
    bulk.show_entries([mixed[0], replace(mixed[1], kind="limit_change")], {"handling": definition}, Role.SUPERVISOR)
    assert "同一种" in bulk.about.text()
