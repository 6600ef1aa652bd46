"""Readings, people and a store that fails at random, in every order: what must hold at the end holds.

Real engine, writer and board over a journal in memory. The seed of a failing run is in the test's name.
"""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from app.domain.alarm import Acknowledge, AlarmState, Event, Reading, Refused, RuleState, Shelve, Suppress, Unshelve, Unsuppress
from app.domain.instant import MINUTE, SECOND
from app.domain.plant import Source
from app.domain.rules import rules_of
from app.domain.sample import Quality, Reason
from app.station import writer as module
from app.station.board import Board
from app.station.engine import Engine
from app.station.waiting import Published
from app.station.words import Wording
from app.station.writer import JournalWriter
from app.store.ports import StoreUnavailable
from app.store.rows import OccurrenceRow, Record, Written
from tests.station.rig import a_site, tag, until

NAMES = ("T1", "T2")


class MemoryJournal:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.trouble = 0.0  # share of calls that fail
        self.records: list[Record] = []
        self.states: dict[str, RuleState] = {}
        self.rows: dict[int, OccurrenceRow] = {}

    def append(
        self, records: Sequence[Record], states: Mapping[str, RuleState], occurrences: Sequence[OccurrenceRow], *more: Any
    ) -> list[Written]:
        if self.chance.random() < 0.3:
            time.sleep(0.003)  # meanwhile several commands gather
        if self.chance.random() < self.trouble:
            raise StoreUnavailable("磁盘已满")
        first = len(self.records) + 1
        self.records += records
        self.states |= states
        self.rows |= {row.occurrence: row for row in occurrences}
        return [Written(first + i, record, "", "") for i, record in enumerate(records)]


@pytest.mark.parametrize("seed", range(25))
async def test_whatever_happens(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.002)
    chance = random.Random(seed)
    journal = MemoryJournal(chance)
    site = a_site(*(tag(name, latching=name == "T2") for name in NAMES))
    at = 1_000_000 * SECOND
    shown: list[Published] = []
    engine = Engine(1, lambda change: writer.put(change))
    wording = Wording(site, lambda name: (Reason.NONE, ""))
    board = Board(wording)

    def publish(published: Sequence[Published], durable: bool) -> None:
        shown.extend(p for p in published if p.event)
        board.apply(published, durable)

    writer = JournalWriter(journal, wording, publish, engine.revert, lambda text: None)  # type: ignore[arg-type]
    source = Source("dcs", "modbus_tcp", "tcp://x")
    for one in site.tags:
        engine.add(one.tag, rules_of(one, source), {})
    confirmed: list[tuple[str, int]] = []
    refused: list[tuple[str, int]] = []

    async def act(event: Event, name: str, i: int) -> None:
        watch = engine.watches[name]
        try:
            changes, undo = engine.act(watch, i, event, at)
        except Refused:
            return
        if not changes:
            return
        what = (changes[0].transition.what.value, changes[0].transition.occurrence)
        record = Record(at, "command", "wang", name, data={"outcome": "done"})
        try:
            await writer.submit([record], changes, [undo])
        except StoreUnavailable:
            refused.append(what)
        else:
            confirmed.append(what)

    running = asyncio.create_task(writer.run())
    people: set[asyncio.Task[None]] = set()
    try:
        for _ in range(150):
            at += SECOND
            if chance.random() < 0.05:
                journal.trouble = chance.choice((0.0, 0.5, 1.0))
            name = chance.choice(NAMES)
            watch = engine.watches[name]
            if chance.random() < 0.5:
                value = chance.choice((5.0, 50.0, 50.0, 85.0, 95.0))
                engine.reading(watch, Reading(value, Quality.GOOD, Reason.NONE, at), at)
            else:
                i = chance.randrange(len(watch.rules))
                number = watch.states[i].occurrence
                event = chance.choice(
                    (
                        Acknowledge(number, "wang"),
                        Acknowledge(number, "wang"),
                        Shelve(at + MINUTE, "wang", "x"),
                        Unshelve("wang"),
                        Suppress("wang", "x"),
                        Unsuppress("wang"),
                    )
                )
                people.add(asyncio.create_task(act(event, name, i)))
            engine.tick(at)
            if chance.random() < 0.5:
                await asyncio.sleep(0.001)
        journal.trouble = 0.0
        await asyncio.gather(*people)
        await until(lambda: writer.backlog == 0 and not writer.trouble, "all written")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await writer.close(0.0)

    # What is written is what the engine knows, and what is shown is what is written.
    for rule, state in engine.pairs():
        kept = journal.states.get(rule.key, RuleState())
        assert replace(kept, **_delays()) == replace(state, **_delays()), rule.key
    standing = {(r.tag, r.kind.value): s.shown.value for r, s in engine.pairs() if s.shown is not AlarmState.NORM}
    assert {(a.tag, a.rule): a.state for a in board.alarms()} == standing
    assert all(alarm.durable for alarm in board.alarms())
    # Every transition was shown once, in the order of the journal; every confirmed command is in it, no refused one is.
    written = [(r.data["what"], r.occurrence) for r in journal.records if r.kind == "alarm"]
    assert sorted((p.change.transition.what.value, p.change.transition.occurrence) for p in shown) == sorted(written)
    raised = [number for what, number in written if what == "raised"]
    assert len(raised) == len(set(raised))
    for what in set(confirmed):
        assert written.count(what) >= confirmed.count(what)
    for what in set(refused):
        if what[0] == "acknowledged":
            assert written.count(what) == confirmed.count(what)


def _delays() -> dict[str, object]:
    """Delays are not kept from one start to the next."""
    return {
        "pending": False,
        "elapsed": 0,
        "running_from": None,
        "seen": None,
        "pending_value": None,
        "pending_source_time": None,
    }
