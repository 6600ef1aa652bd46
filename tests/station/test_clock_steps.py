"""The wall clock set an hour forward or back while delays run and shelves lie: they last as long as they would have."""

import time
from itertools import pairwise
from pathlib import Path

import pytest

from app.domain.instant import HOUR, MINUTE, SECOND, from_rfc3339
from app.station import station as station_module
from app.station.clock import StationClock
from tests.station.rig import a_site, running, tag, until


class Wall:
    def __init__(self) -> None:
        self.apart_ns = 0

    def __call__(self) -> int:
        return time.time_ns() + self.apart_ns

    def set_by(self, micros: int) -> None:
        self.apart_ns += micros * 1000


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    made = Wall()
    monkeypatch.setattr(station_module, "StationClock", lambda: StationClock(made))
    return made


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_shelf_and_delay_last_as_long_and_order_stays(tmp_path: Path, wall: Wall, step: int) -> None:
    slow = tag("T2", on_delay_s=30.0, stale_s=3600.0)
    async with running(tmp_path, a_site(tag("T1"), slow, tag("T3"))) as rig:
        station, dcs = rig.station, rig.field["dcs"]
        dcs.say("T1", 85.0)
        high = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        await rig.post(f"/alarms/{high}/shelve", {"minutes": 10, "reason": "检修"})
        dcs.say("T2", 85.0)
        await until(lambda: station.engine.state("T2/H").pending, "delay runs")
        left = station.engine.state("T1/H").shelved_until - station.clock.now()  # type: ignore[operator]
        before = station.clock.now()

        wall.set_by(step)
        await until(lambda: station.notices.get("clock"), "noticed")
        now = station.clock.now()
        assert now >= before
        assert (now - before > 59 * MINUTE) is (step > 0)
        shelved = station.engine.state("T1/H")
        assert shelved.shelved_until is not None
        assert abs(shelved.shelved_until - now - left) < 10 * SECOND
        delayed = station.engine.state("T2/H")
        assert delayed.pending and not delayed.active
        assert delayed.running_from is not None
        assert now - delayed.running_from < 10 * SECOND

        dcs.say("T3", 85.0)  # what comes afterwards comes after in number and in time
        later = await rig.has("T3", "H", "UNACK")
        assert later["occurrence"] > high
        await until(lambda: station.writer.backlog == 0, "written")
        times = [w.record.time for w in station.store.journal.read(0, 1000)]
        assert all(after > before - SECOND for before, after in pairwise(times))  # a command is written before what it did
        shown = await rig.alarm("T1", "H")
        assert shown is not None
        assert from_rfc3339(shown["shelved_until"]) // 1000 == shelved.shelved_until // 1000
        until_then = shown["shelved_until"]
    async with running(tmp_path, a_site(tag("T1"), slow, tag("T3"))) as rig:
        assert (await rig.has("T1", "H", "SHLVD"))["shelved_until"] == until_then


async def test_a_delay_ends_when_it_is_due_after_the_clock_was_set(tmp_path: Path, wall: Wall) -> None:
    async with running(tmp_path, a_site(tag("T1", on_delay_s=3.0, stale_s=3600.0))) as rig:
        began = time.monotonic()
        rig.field["dcs"].say("T1", 85.0)
        await until(lambda: rig.station.engine.state("T1/H").pending, "delay runs")
        wall.set_by(HOUR)
        await until(lambda: rig.station.notices.get("clock"), "noticed")
        assert not rig.station.engine.state("T1/H").active or time.monotonic() - began > 2.8
        await rig.has("T1", "H", "UNACK")
        assert time.monotonic() - began > 2.8
