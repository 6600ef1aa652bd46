"""The alarm table against the plainest model of what an operator expects, through anything that may happen to it.

The model is a dict of alarms, sorted and filtered anew each time. What is selected stays selected while it is shown, no more
and no less; the line at the top of the window stays there; a window that stands at the very top stays at the very top.
"""

import random

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from tests.widgets.alarms.test_queue import STATES, alarm, plainly_passes
from widgets.alarms.row import EQUIPMENT, NAME, PRIORITY, RAISED, STATE, TAG, Row, View
from widgets.alarms.sieve import Filter
from widgets.alarms.table import AlarmTable
from widgets.symbols import Blink
from widgets.theme import ThemeHolder

STEPS = 80
WORDS = ("critical", "high", "medium", "low")
ORDERS = {
    PRIORITY: lambda one: (WORDS.index(one.priority), -one.occurrence),  # newer alarms have greater numbers here
    RAISED: lambda one: -one.occurrence,
    STATE: lambda one: (one.state, WORDS.index(one.priority), -one.occurrence),
    TAG: lambda one: (one.tag, -one.occurrence),
    NAME: lambda one: (one.name, -one.occurrence),
    EQUIPMENT: lambda one: (one.equipment, -one.occurrence),
}
FILTERS = [
    Filter(),
    Filter(View.UNACKED),
    Filter(View.ACTIVE, frozenset({Priority.CRITICAL, Priority.HIGH})),
    Filter(View.SHELVED),
    Filter(text="t1"),
    Filter(View.UNACKED, text="液位 t2"),
    Filter(text="没有这个词"),
]


class Desk:
    def __init__(self, table: AlarmTable, seed: int) -> None:
        self.table, self.dice = table, random.Random(seed)
        self.live: dict[str, AlarmMsg] = {}  # one rule a tag
        self.order, self.filter = PRIORITY, Filter()
        self.count = 0
        self.at_end = False  # between two goes the list was too short to hold the line where it was

    def expected(self) -> list[int]:
        alarms = sorted(self.live.values(), key=ORDERS[self.order])
        return [one.occurrence for one in alarms if plainly_passes(Row(one), self.filter)]

    def batch(self) -> None:
        dice, said = self.dice, []
        for number in dice.sample(range(600), dice.choice((1, 3, 30, 260, 600))):
            name = f"T{number}"
            known = self.live.get(name)
            if known is None or dice.random() < 0.3:
                self.count += 1
                one = alarm(self.count, name, priority=dice.choice(WORDS), area=f"罐区{self.count % 3}")
            else:
                one = alarm(known.occurrence, name, state=dice.choice(STATES), priority=known.priority, area=known.area)
            said.append(one)
            self.live.pop(name, None)
            if one.state != "NORM":
                self.live[name] = one
        self.table.put_alarms(said)
        if dice.random() < 0.5:
            self.table.flush()
        else:  # as the clock takes them, a part at a time
            while self.table._waiting:
                self.table._flush_some()
                bar = self.table.verticalScrollBar()
                self.at_end |= bar.value() == bar.maximum()

    def fresh(self) -> None:
        for name in self.dice.sample(sorted(self.live), len(self.live) // 4):
            del self.live[name]
        self.table.replace_alarms(self.live.values())

    def sort(self) -> None:
        self.order = self.dice.choice(list(ORDERS))
        self.table._sort(self.order)

    def sift(self) -> None:
        self.filter = self.dice.choice(FILTERS)
        self.table.set_filter(self.filter)

    def choose(self) -> None:
        shown = self.expected()
        self.table.select(self.dice.sample(shown, min(len(shown), self.dice.choice((0, 1, 5, 600)))))

    def scroll(self) -> None:
        bar = self.table.verticalScrollBar()
        bar.setValue(self.dice.randint(0, bar.maximum()))

    def happens(self) -> str:
        return self.dice.choice((*(("batch",) * 6), "fresh", "sort", "sift", "sift", "choose", "scroll", "scroll"))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_selection_and_place_belong_to_alarms(qtbot, seed: int) -> None:
    blink = Blink()
    table = AlarmTable(ThemeHolder(), blink)
    blink.setParent(table)
    qtbot.addWidget(table)
    table.resize(1400, 500)
    table.show()
    desk = Desk(table, seed)
    desk.batch()
    bar = table.verticalScrollBar()
    for _ in range(STEPS):
        what = desk.happens()
        chosen, value = table.selected(), bar.value()
        top = table.queue.shown[value].occurrence if value < len(table.queue.shown) else None
        desk.at_end = False
        getattr(desk, what)()
        QApplication.processEvents()

        shown = desk.expected()
        assert [line.occurrence for line in table.queue.shown] == shown, what
        assert table.model().rowCount() == len(shown)
        if what != "choose":
            assert table.selected() == chosen & set(shown), what
        marked = {shown[index.row()] for index in table.selectionModel().selectedRows()}
        assert marked == table.selected(), what
        assert {row.occurrence for row in table.selected_rows()} == table.selected()
        assert bar.maximum() == max(0, len(shown) - bar.pageStep()), what
        if what not in ("scroll", "choose"):
            if value == 0:
                assert bar.value() == 0, what
            elif top in shown and not desk.at_end:
                assert bar.value() == min(shown.index(top), bar.maximum()), what
        assert not table._waiting and table.updatesEnabled() and table.viewport().updatesEnabled()
