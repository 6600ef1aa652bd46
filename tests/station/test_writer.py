"""The journal writer by itself: batches, poison, taking back."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from app.domain.alarm import AlarmRule, AlarmState, RuleKind, RuleState, Suppress, Transition, Unsuppress, What
from app.domain.plant import Source
from app.domain.rules import rules_of
from app.domain.sample import Reason
from app.domain.tag import Priority
from app.station import writer as module
from app.station.changes import Change, Undo
from app.station.engine import Engine
from app.station.waiting import Published
from app.station.words import Wording
from app.station.writer import JournalWriter
from app.store.ports import StoreUnavailable
from app.store.rows import ClipRow, FormRow, OccurrenceRow, Record, Written
from tests.station.rig import a_site, tag, until

RULE = AlarmRule("T1", RuleKind.H, Priority.HIGH, limit=80.0)


def change(number: int, after: AlarmState = AlarmState.UNACK, what: What = What.RAISED, rule: AlarmRule = RULE) -> Change:
    state = RuleState(active=after is AlarmState.UNACK, acked=False, occurrence=number, raised_at=number)
    return Change(rule, RuleState(), state, Transition(what, number, AlarmState.NORM, after, number))


class Shelf:
    def __init__(self) -> None:
        self.away = False
        self.poison: set[int] = set()
        self.batches: list[list[int]] = []
        self.states: dict[str, int] = {}
        self.merged = 0

    def append(
        self,
        records: Sequence[Record],
        states: Mapping[str, RuleState],
        occurrences: Sequence[OccurrenceRow],
        forms: Sequence[FormRow] = (),
        clips: Sequence[ClipRow] = (),
    ) -> list[Written]:
        if self.away:
            raise StoreUnavailable("磁盘已满")
        if self.poison & {record.occurrence for record in records}:
            raise TypeError("cannot be written")
        first = sum(map(len, self.batches)) + 1
        self.states.update((key, state.occurrence) for key, state in states.items())
        self.merged += sum(record.data.get("merged", 0) for record in records)
        self.batches.append([record.occurrence for record in records])
        return [Written(first + i, record, "", "") for i, record in enumerate(records)]

    @property
    def kept(self) -> list[int]:
        return [number for batch in self.batches for number in batch]


class Desk:
    def __init__(self) -> None:
        self.shelf = Shelf()
        self.published: list[tuple[int, bool, bool, bool]] = []  # occurrence, durable, event, newest
        wording = Wording(a_site(), lambda name: (Reason.NONE, ""))
        self.told: list[str] = []
        self.writer = JournalWriter(self.shelf, wording, self.show, lambda undo: undo.before, self.told.append)  # type: ignore[arg-type]

    def show(self, published: Sequence[Published], durable: bool) -> None:
        self.published += [(p.change.transition.occurrence, durable, p.event, p.newest) for p in published]


@asynccontextmanager
async def writing(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    desk = Desk()
    task = asyncio.create_task(desk.writer.run())
    try:
        yield desk
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await desk.writer.close(0.0)


async def test_what_gathers_while_one_batch_is_written_goes_into_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 50)
    async with writing(monkeypatch) as desk:
        desk.writer._size = 50
        for number in range(1, 131):
            desk.writer.put(change(number))
        await until(lambda: desk.writer.backlog == 0, "written")
        assert [len(batch) for batch in desk.shelf.batches] == [50, 50, 30]
        assert desk.shelf.kept == list(range(1, 131))
        assert desk.published == [(number, True, True, True) for number in range(1, 131)]


async def test_writing_up_a_backlog_brings_back_no_old_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 1)
    async with writing(monkeypatch) as desk:
        desk.writer._size = 1
        desk.shelf.away = True
        for number in (1, 2, 3):
            desk.writer.put(change(number))
        await until(lambda: len(desk.published) == 3, "shown all the same")
        assert desk.published == [(number, False, True, True) for number in (1, 2, 3)]
        desk.shelf.away = False
        await until(lambda: desk.writer.backlog == 0, "written")
        assert desk.published[3:] == [(1, True, False, False), (2, True, False, False), (3, True, False, True)]


async def test_one_record_that_cannot_be_written_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    async with writing(monkeypatch) as desk:
        desk.shelf.poison = {5}
        for number in range(1, 11):
            desk.writer.put(change(number))
        await until(lambda: desk.writer.backlog == 0, "written")
        assert desk.shelf.kept == [1, 2, 3, 4, 6, 7, 8, 9, 10]
        assert (5, False, True, True) in desk.published  # shown, and said not to be durable
        assert desk.writer.dropped == 1


async def test_when_nothing_can_be_written_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    async with writing(monkeypatch) as desk:
        desk.shelf.poison = set(range(1, 100))
        for number in range(1, 11):
            desk.writer.put(change(number))
        await until(lambda: desk.writer.trouble, "in trouble")
        assert desk.writer.dropped == 1
        desk.shelf.poison = set()
        await until(lambda: desk.writer.backlog == 0, "written")
        assert desk.shelf.kept == list(range(2, 11))


async def test_a_store_that_is_away_for_long_fills_no_memory_and_forgets_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BOUND", 100)
    monkeypatch.setattr(module, "BATCH", 10)
    rules = [replace(RULE, tag=f"T{i}") for i in range(5)]
    async with writing(monkeypatch) as desk:
        desk.shelf.away = True
        desk.writer.put(change(1))
        await until(lambda: desk.writer.trouble, "in trouble")
        number = 1
        for _ in range(500):
            number += 1
            desk.writer.put(change(number, rule=rules[number % 5]))
            if number % 20 == 0:
                desk.writer.note(Record(1, "login", "wang", occurrence=10_000 + number))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            assert desk.writer.backlog <= 160
        await until(lambda: len(desk.published) == 501, "all shown")
        assert [p[0] for p in desk.published] == list(range(1, 502))
        waiting = f"{desk.writer.backlog} 条事件等待写入"
        await until(lambda: waiting in desk.told[-1], "told how much waits")
        desk.shelf.away = False
        await until(lambda: desk.writer.backlog == 0, "written")
        assert desk.told[-1] == ""
        notes = [number for number in desk.shelf.kept if number > 10_000]
        assert notes == [10_000 + number for number in range(20, 502, 20)]
        changes = [number for number in desk.shelf.kept if number < 10_000]
        assert changes == sorted(changes)
        assert (changes[:3], changes[-5:]) == ([1, 2, 3], [497, 498, 499, 500, 501])
        assert desk.shelf.states == {**{f"T{number % 5}/H": number for number in (497, 498, 499, 500, 501)}}
        assert 501 + 25 - len(desk.shelf.kept) == desk.writer.merged == desk.shelf.merged
        assert desk.writer.dropped == 0


async def test_notes_without_end_are_given_up_before_the_memory_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BOUND", 20)
    async with writing(monkeypatch) as desk:
        desk.shelf.away = True
        for number in range(1, 101):
            desk.writer.note(Record(1, "login", "wang", occurrence=number))
        desk.writer.put(change(200))
        await until(lambda: len(desk.published) == 1, "an alarm is shown all the same")
        desk.shelf.away = False
        await until(lambda: desk.writer.backlog == 0, "written")
        assert desk.shelf.kept == [*range(1, 42), 200]
        assert desk.writer.dropped == 59


async def test_a_fault_in_showing_ends_no_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with writing(monkeypatch) as desk:

        def broken(published: Sequence[Published], durable: bool) -> None:
            raise RuntimeError("a bug in the feed")

        desk.writer._publish = broken
        record = Record(1, "command", "wang", occurrence=1)
        assert [w.id for w in await desk.writer.submit([record], [change(1)], [])] == [1, 2]
        desk.writer.put(change(2))
        await until(lambda: desk.writer.backlog == 0, "written")
        assert desk.shelf.kept == [1, 1, 2]


@pytest.mark.parametrize("fault", ["away", "poison"])
async def test_what_stands_upon_another_is_taken_back_first(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Suppressed and at once unsuppressed, neither written: at rest again, not suppressed."""
    async with writing(monkeypatch) as desk:
        site = a_site(tag("T1"))
        engine = Engine(1, desk.writer.put)
        watch = engine.add("T1", rules_of(site.tags[0], Source("dcs", "modbus_tcp", "tcp://x")), {})
        desk.writer._revert = engine.revert
        desk.shelf.away, desk.shelf.poison = fault == "away", {1} if fault == "poison" else set()
        waiting = []
        for event in (Suppress("wang", "检修"), Unsuppress("wang")):
            changes, undo = engine.act(watch, 0, event, 1)
            waiting.append(asyncio.create_task(desk.writer.submit([], changes, [undo])))
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(answer) for answer in answers] == [StoreUnavailable, StoreUnavailable]
        assert watch.states[0] == RuleState()


def test_taking_back_leaves_what_has_happened_since() -> None:
    under = RuleState(active=True, acked=True, acked_by="li", occurrence=3, suppressed="检修", raised_at=3)
    lifted = replace(under, suppressed="", acked=False, acked_by="", occurrence=5, raised_at=5)
    undo = Undo("T1/H", under, lifted)
    assert undo.applied_to(lifted) == under
    later = replace(lifted, occurrence=6, raised_at=6, value=91.0)  # raised anew before it was taken back
    back = undo.applied_to(later)
    assert (back.occurrence, back.raised_at, back.value) == (6, 6, 91.0)
    assert (back.acked, back.acked_by) == (False, "")
    assert back.suppressed == "检修"
