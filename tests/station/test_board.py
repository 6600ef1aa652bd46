"""First-out marks and what the board says when something is shown before it is written."""

from app.domain.alarm import Acknowledge, AlarmState, Reading, RuleKind
from app.domain.instant import MINUTE, SECOND
from app.domain.plant import Source
from app.domain.rules import rules_of
from app.domain.sample import Quality, Reason
from app.station.board import Board, Delta
from app.station.changes import Change
from app.station.engine import Engine
from app.station.firstout import FirstOut
from app.station.waiting import Published
from app.station.words import Wording
from tests.station.rig import a_site

START = 1_000_000 * SECOND


class Desk:
    """Engine and board, with the test in the writer's place."""

    def __init__(self) -> None:
        self.site = a_site()
        self.waiting: list[Change] = []
        self.engine = Engine(1, self.waiting.append)
        source = Source("dcs", "modbus_tcp", "tcp://x")
        for one in self.site.tags:
            self.engine.add(one.tag, rules_of(one, source), {})
        self.wording = Wording(self.site, lambda name: (Reason.NONE, ""))
        self.board = Board(self.wording)
        self.at = START

    def value(self, name: str, value: float, happened: int | None = None) -> None:
        self.at += SECOND
        reading = Reading(value, Quality.GOOD, Reason.NONE, self.at if happened is None else happened)
        self.engine.reading(self.engine.watches[name], reading, self.at)

    def show(self, durable: bool = True, event: bool = True, newest: bool = True, again: list[Change] | None = None) -> Delta:
        changes = list(self.waiting) if again is None else again
        self.waiting.clear()
        return self.board.apply([Published(c, 7 if durable else 0, event, newest) for c in changes], durable)

    def marked(self) -> set[tuple[str, str]]:
        return {(a.tag, a.rule) for a in self.board.alarms() if a.first_out}

    def acknowledge(self, occurrence: int) -> None:
        watch, i = self.engine.find(occurrence)
        self.at += SECOND
        self.waiting += self.engine.act(watch, i, Acknowledge(occurrence, "wang"), self.at)[0]


def test_the_first_of_a_group_is_marked_until_all_are_acknowledged() -> None:
    desk = Desk()
    desk.value("T1", 85.0)
    desk.value("T2", 85.0)
    desk.show()
    assert desk.marked() == {("T1", "H")}
    for alarm in desk.board.alarms():
        desk.acknowledge(alarm.occurrence)
    desk.value("T2", 95.0)
    desk.show()
    assert desk.marked() == {("T1", "H"), ("T2", "HH")}


def test_what_happened_earlier_takes_the_mark_though_it_arrived_later() -> None:
    desk = Desk()
    desk.value("T1", 85.0)
    desk.show()
    desk.value("T2", 85.0, happened=START)
    delta = desk.show()
    assert desk.marked() == {("T2", "H")}
    assert {(a.tag, a.first_out) for a in delta.alarms} == {("T1", False), ("T2", True)}


def test_the_marks_are_found_again() -> None:
    desk = Desk()
    desk.value("T1", 85.0)
    desk.show()
    desk.acknowledge(desk.board.alarms()[0].occurrence)
    desk.value("T2", 95.0)
    desk.show()
    assert desk.marked() == {("T1", "H"), ("T2", "HH")}
    again = Board(desk.wording)
    again.restore(desk.engine.pairs())
    assert {(a.tag, a.rule) for a in again.alarms() if a.first_out} == desk.marked()
    assert again.alarms() == desk.board.alarms()


def test_alarms_about_the_data_lead_no_group() -> None:
    first = FirstOut()
    assert first.raised(RuleKind.BAD, "H1", 1, START, START) is None
    first.raised(RuleKind.H, "H1", 2, START, START)
    assert first.marked == {2}
    assert first.raised(RuleKind.H, "H1", 3, START - 5 * MINUTE, START + 2 * MINUTE) is None  # too late to take it
    assert first.marked == {2}


def test_what_is_written_later_does_not_bring_back_an_old_state() -> None:
    desk = Desk()
    desk.value("T1", 85.0)
    raised = list(desk.waiting)
    desk.show(durable=False)
    desk.value("T1", 50.0)
    cleared = list(desk.waiting)
    desk.show(durable=False)
    assert [(a.state, a.durable) for a in desk.board.alarms()] == [("RTNUN", False)]
    assert desk.show(event=False, newest=False, again=raised) == Delta()
    assert [(a.state, a.durable) for a in desk.board.alarms()] == [("RTNUN", False)]
    delta = desk.show(event=False, again=cleared)
    assert [(a.state, a.durable) for a in desk.board.alarms()] == [("RTNUN", True)]
    assert delta.events == []


def test_the_old_occurrence_is_taken_away_when_a_new_one_comes() -> None:
    desk = Desk()
    for value in (85.0, 50.0):
        desk.value("T1", value)
    desk.show()
    desk.value("T1", 85.0)
    delta = desk.show()
    assert [(a.occurrence, a.state) for a in delta.alarms] == [(1, AlarmState.NORM), (2, AlarmState.UNACK)]
    assert desk.board.alarm(1) is None
