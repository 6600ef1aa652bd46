"""When the store cannot be written: alarms are still shown, commands are refused, everything is written in order afterwards."""

import asyncio
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.domain.alarm import RuleState
from app.store import open_store
from app.store.ports import Journal, StoreUnavailable
from app.store.rows import OccurrenceRow, Record, Written
from tests.station.rig import people_in, running, until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.station.writer.RETRY_S", 0.05)


class BrittleJournal:
    """The real journal behind a switch: `down` raises, `gate` holds a call back, `after_commit` loses the answer."""

    def __init__(self, real: Journal) -> None:
        self._real = real
        self.down = False
        self.lose_answer = False
        self.gate = threading.Event()
        self.gate.set()

    def append(
        self,
        records: Sequence[Record],
        states: Mapping[str, RuleState] = {},
        occurrences: Sequence[OccurrenceRow] = (),
        *more: Any,
    ) -> list[Written]:
        self.gate.wait(60)
        if self.down:
            raise StoreUnavailable("磁盘已满：请清理磁盘")
        written = self._real.append(records, states, occurrences, *more)
        if self.lose_answer:
            self.lose_answer = False
            raise StoreUnavailable("数据库连接中断")
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def brittle(data: Path) -> tuple[Any, BrittleJournal]:
    people_in(data)
    store = open_store(data)
    journal = BrittleJournal(store.journal)
    store.journal = journal  # type: ignore[assignment]
    return store, journal


async def test_alarms_are_shown_commands_are_refused_and_all_is_written_later(tmp_path: Path) -> None:
    store, journal = brittle(tmp_path)
    with closing(store):
        async with running(tmp_path, store=store) as rig, rig.feed() as feed:
            rig.field["dcs"].say("T1", 85.0)
            number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
            journal.down = True
            rig.field["dcs"].say("T2", 95.0)
            alarm = await rig.has("T2", "HH", "UNACK")
            assert alarm["durable"] is False
            notice = await feed.find(lambda m: any("磁盘已满" in n for n in m.get("notices", [])))
            assert notice
            status, body = await rig.post(f"/alarms/{number}/ack")
            assert (status, body["error"]["code"]) == (503, "store_unavailable")
            assert "磁盘" in body["error"]["message"]
            assert (await rig.alarm("T1", "H"))["state"] == "UNACK"  # type: ignore[index]
            assert (await rig.get("/status"))["store"]["writable"] is False
            journal.down = False
            await until(lambda: not rig.station.writer.trouble, "well again")
            assert (await rig.has("T2", "HH", "UNACK"))["durable"] is True
            assert (await rig.post(f"/alarms/{number}/ack"))[0] == 200
            raised = [(e["tag"], e["rule"]) for m in feed.seen for e in m.get("events", []) if e["what"] == "raised"]
            assert raised.count(("T2", "HH")) <= 1
        records = [w.record for w in store.journal.read(0, 1000, "alarm") if w.record.tag in ("T1", "T2")]
        assert [(r.tag, r.data["rule"], r.data["what"]) for r in records] == [
            ("T1", "H", "raised"),
            ("T2", "HH", "raised"),
            ("T2", "H", "raised"),
            ("T1", "H", "acknowledged"),
        ]
        assert store.journal.verify().broken_at is None


async def test_a_command_under_way_when_the_store_fails_has_not_been(tmp_path: Path) -> None:
    store, journal = brittle(tmp_path)
    with closing(store):
        async with running(tmp_path, store=store) as rig:
            rig.field["dcs"].say("T1", 85.0)
            number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
            await until(lambda: rig.station.writer.backlog == 0, "all written")
            journal.gate.clear()
            ack = asyncio.create_task(rig.post(f"/alarms/{number}/ack"))
            await until(lambda: rig.station.engine.state("T1/H").acked, "acknowledged in the engine")
            rig.field["dcs"].say("T1", 50.0)  # clears meanwhile
            journal.down = True
            journal.gate.set()
            status, body = await ack
            assert (status, body["error"]["code"]) == (503, "store_unavailable")
            alarm = await rig.has("T1", "H", "RTNUN")  # not NORM: nobody acknowledged it
            assert (alarm["durable"], alarm["acked_by"]) == (False, "")
            journal.down = False
            await until(lambda: not rig.station.writer.trouble, "well again")
            assert (await rig.has("T1", "H", "RTNUN"))["durable"] is True
        assert store.journal.states()["T1/H"].acked is False
        last = [w.record.data for w in store.journal.read(0, 1000, "alarm") if w.record.tag == "T1"][-1]
        assert (last["what"], last["before"], last["after"]) == ("cleared", "UNACK", "RTNUN")


async def test_a_command_whose_answer_was_lost_is_set_right(tmp_path: Path) -> None:
    store, journal = brittle(tmp_path)
    with closing(store):
        async with running(tmp_path, store=store) as rig:
            rig.field["dcs"].say("T1", 85.0)
            number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
            await until(lambda: rig.station.writer.backlog == 0, "all written")
            journal.lose_answer = True
            assert (await rig.post(f"/alarms/{number}/ack"))[0] == 503
            assert (await rig.alarm("T1", "H"))["state"] == "UNACK"  # type: ignore[index]
            await until(lambda: not rig.station.writer.trouble, "well again")
            await until(lambda: rig.station.writer.backlog == 0, "all written")
        assert store.journal.states()["T1/H"].acked is False
        outcomes = [w.record.data["outcome"] for w in store.journal.read(0, 1000, "command")]
        assert outcomes == ["done", "not_written"]
        assert store.journal.verify().broken_at is None


async def test_a_store_that_does_not_answer_holds_no_alarm_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.station.writer.PATIENCE_S", 0.1)
    store, journal = brittle(tmp_path)
    with closing(store):
        async with running(tmp_path, store=store) as rig:
            rig.field["dcs"].say("T1", 85.0)
            number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
            await until(lambda: rig.station.writer.backlog == 0, "all written")
            journal.gate.clear()
            ack = asyncio.create_task(rig.post(f"/alarms/{number}/ack"))
            await until(lambda: rig.station.writer.trouble, "in trouble")
            rig.field["dcs"].say("T1", 50.0)
            alarm = await rig.has("T1", "H", "RTNUN")  # the acknowledgement is not written, so it is not shown
            assert alarm["acked_by"] == ""
            journal.gate.set()
            assert (await ack)[0] == 200
            await rig.gone("T1", "H")  # it was written after all


async def test_a_database_locked_by_somebody_else(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 85.0)
        number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        await until(lambda: rig.station.writer.backlog == 0, "all written")
        with closing(sqlite3.connect(tmp_path / "station.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            rig.field["dcs"].say("T2", 95.0)
            assert (await rig.has("T2", "HH", "UNACK"))["durable"] is False
            assert (await rig.post(f"/alarms/{number}/ack"))[0] == 503
            other.execute("ROLLBACK")
        await until(lambda: not rig.station.writer.trouble, "well again")
        assert (await rig.post(f"/alarms/{number}/ack"))[0] == 200
