"""The replay against a live client that wrote down what it saw: the same alarms, the same values, at every moment."""

import asyncio
import contextlib
import gc
import random
import weakref
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.domain.instant import SECOND, Instant, from_rfc3339, to_datetime
from app.domain.sample import Reason
from app.domain.tag import DataType, Kind, Limits
from app.station.past import LOADED_AT_START
from app.station.replay_board import PastBoard
from app.station.replay_site import Library, SiteThen
from app.store.rows import Record
from tests.station.rig import FeedReader, Rig, a_site, running, tag, until

GAS = {"kind": Kind.COMBUSTIBLE_GAS, "unit": "%LEL", "source": "gds", "equipment": "V-102", "limits": Limits(h=25.0, hh=50.0)}
TAGS = (
    tag("T1"),
    tag("T2", latching=True),
    tag("T3", equipment="V-102"),
    tag("G1", **GAS),
    tag("G2", **GAS, latching=True),
    tag("S1", kind=Kind.SWITCH, data_type=DataType.BOOL, limits=Limits(), alarm_on=1, range_low=None, range_high=None, unit=""),
)
SITE = a_site(*TAGS, options={"alarm": {"chatter": {"count": 3, "within_s": 60}}})


def text(at: Instant) -> str:
    return to_datetime(at).isoformat().replace("+00:00", "Z")


MOVING = ("occurrence", "state", "process_state", "cleared_at", "source_lost_since", "acked_by", "chattering")


class Seen(NamedTuple):
    """All that stood on a screen at a moment at which nothing was on the way."""

    at: Instant
    values: dict[str, dict[str, Any]]
    alarms: dict[tuple[str, str], dict[str, Any]]
    flood: dict[str, Any]


class Witness:
    """A client that keeps what it is told, and writes down what it knows when all is quiet."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, Any]] = {}
        self.alarms: dict[tuple[str, str], dict[str, Any]] = {}
        self.flood: dict[str, Any] = {}
        self.seen: list[Seen] = []

    def hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "snapshot":
            self.values, self.alarms = {}, {}
        for value in message.get("values", ()):
            self.values[value["tag"]] = value
        for alarm in message.get("alarms", ()):
            key = (alarm["tag"], alarm["rule"])
            if alarm["state"] != "NORM":
                self.alarms[key] = alarm
            elif key in self.alarms and self.alarms[key]["occurrence"] <= alarm["occurrence"]:
                del self.alarms[key]
        self.flood = (message.get("extra") or {}).get("flood", self.flood)

    async def follow(self, feed: FeedReader) -> None:
        while True:
            self.hear(await feed.next(60))

    async def write_down(self, rig: Rig) -> None:
        """Waits until everything the station knows has been written and has arrived here."""
        station = rig.station

        def quiet() -> bool:
            shown = {(a.tag, a.rule): [getattr(a, name) for name in MOVING] for a in station.board.alarms()}
            mine = {key: [a[name] for name in MOVING] for key, a in self.alarms.items()}
            values = {name: (s.sample.value, s.sample.quality.value) for name, s in station.table.slots.items()}
            known = {name: (v["value"], v["quality"]) for name, v in self.values.items()}
            engine = {rule.key for rule, state in station.engine.pairs() if state.shown != "NORM"}
            board = {f"{a.tag}/{a.rule}" for a in station.board.alarms()}
            flood = self.flood.get("active") == (station.flood.active)
            return not station.writer.backlog and shown == mine and values == known and engine == board and flood

        await until(quiet, "the witness has seen everything")
        self.seen.append(Seen(station.clock.now(), dict(self.values), dict(self.alarms), self.flood))


@contextlib.asynccontextmanager
async def watched(data: Path, witness: Witness) -> AsyncIterator[Rig]:
    async with running(data, SITE) as rig, rig.feed() as feed:
        await feed.socket.send('{"subscribe": {"tags": ["*"], "max_rate_hz": 20}}')
        task = asyncio.create_task(witness.follow(feed))
        try:
            yield rig
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await until(lambda: not rig.station.history.buffered, "history written")


async def deed(rig: Rig, chance: random.Random) -> None:
    """Something the field or a person does. What is refused is part of life."""
    alarms = rig.station.board.alarms()
    one = chance.choice(alarms) if alarms else None
    name = chance.choice(TAGS).tag
    match chance.choice(
        ["say"] * 6 + ["ack", "ack", "shelve", "unshelve", "oos", "back", "suppress", "unsuppress", "fail", "reset"]
    ):
        case "say":
            for said in chance.sample(TAGS, 2):
                field = rig.field[said.source]
                if field.sink is not None:
                    field.say(
                        said.tag, chance.random() < 0.5 if said.tag == "S1" else chance.choice([5.0, 30.0, 50.0, 85.0, 95.5])
                    )
        case "fail":
            source = next(t.source for t in TAGS if t.tag == name)
            if rig.field[source].sink is not None:
                rig.field[source].fail(name, chance.choice([Reason.SENSOR_FAILURE, Reason.DEVICE_FAILURE]), "code 7")
        case "ack" if one is not None:
            await rig.post(f"/alarms/{one.occurrence}/ack", {"note": "到场"}, chance.choice(["wang", "li"]))
        case "reset" if one is not None:
            await rig.post(f"/alarms/{one.occurrence}/reset", {})
        case "shelve" if one is not None:
            await rig.post(f"/alarms/{one.occurrence}/shelve", {"minutes": 20, "reason": "Stale"}, "zhao")
        case "unshelve" if one is not None:
            await rig.post(f"/alarms/{one.occurrence}/unshelve", {}, "zhao")
        case "oos":
            await rig.post(f"/tags/{name}/out_of_service", {"reason": "检修", "work_order": "W-1"}, "zhao")
        case "back":
            await rig.post(f"/tags/{name}/return_to_service", {}, "zhao")
        case "suppress":
            await rig.post(f"/tags/{name}/suppress", {"reason": "停用"}, "zhao")
        case "unsuppress":
            await rig.post(f"/tags/{name}/unsuppress", {}, "zhao")


async def cut(rig: Rig) -> None:
    rig.field["gds"].cut()
    await until(lambda: rig.field["gds"].sink is None, "cut")
    await until(lambda: rig.field["gds"].sink is not None, "back")


async def played(rig: Rig, told: Witness, start: Instant, end: Instant, step_s: float) -> int:
    """`told` hears the pages of a span, as the console would; how many pages."""
    pages = 0
    while start < end:
        page = await rig.get("/replay/span", start=text(start), end=text(end), step_s=step_s)
        times = [message["time"] for message in page["messages"]]
        assert times == sorted(times)
        for message in page["messages"]:
            told.hear(message)
        assert from_rfc3339(page["end"]) > start
        start = from_rfc3339(page["end"])
        pages += 1
    return pages


async def storm(rig: Rig) -> None:
    """Ten alarms at once."""
    for one in TAGS:
        field = rig.field[one.source]
        await until(lambda field=field: field.sink is not None, "connected")
        field.say(one.tag, True if one.tag == "S1" else 95.5)


def same_picture(told: dict[str, Any], seen: Seen) -> None:
    """`told` by the replay, of that moment."""
    alarms = {(a["tag"], a["rule"]): a for a in told["alarms"]}
    assert {key: a["state"] for key, a in alarms.items()} == {key: a["state"] for key, a in seen.alarms.items()}, text(seen.at)
    for key, alarm in seen.alarms.items():
        assert alarms[key] == alarm, (text(seen.at), key)
    shown = {one["tag"]: one for one in told["values"]}
    for name, value in seen.values.items():
        mine = shown[name]
        fields = ("value", "quality", "reason", *(("source_time", "receive_time") if value["quality"] == "good" else ()))
        assert [mine[field] for field in fields] == [value[field] for field in fields], (text(seen.at), name)
    assert told["flood"] == seen.flood, text(seen.at)


@pytest.mark.parametrize("seed", [20261122, 7])
async def test_the_replay_is_what_a_live_client_saw(tmp_path: Path, seed: int) -> None:
    witness, chance = Witness(), random.Random(seed)
    for run in range(3):
        async with watched(tmp_path, witness) as rig:
            for step in range(16):
                await deed(rig, chance)
                if step == 8:
                    await cut(rig)
                if step == 12 and run != 1:
                    await storm(rig)
                await witness.write_down(rig)
            if run == 2:
                await until(lambda: not rig.station.history.buffered, "history written")
                for seen in chance.sample(witness.seen, len(witness.seen)):
                    answer = await rig.get("/replay/at", at=text(seen.at))
                    same_picture(answer | {"flood": answer["extra"]["flood"]}, seen)
                told, before = Witness(), witness.seen[0].at
                told.hear(await rig.get("/replay/at", at=text(before)))
                for seen in witness.seen[1:]:
                    await played(rig, told, before, seen.at, chance.choice([0.1, 1.0, 15.0]))
                    mine = {"alarms": list(told.alarms.values()), "values": list(told.values.values()), "flood": told.flood}
                    same_picture(mine, seen)
                    before = seen.at
    assert len({a["state"] for seen in witness.seen for a in seen.alarms.values()}) >= 6
    assert any(a["first_out"] for seen in witness.seen for a in seen.alarms.values())
    assert {seen.flood["active"] for seen in witness.seen} == {True, False}


async def test_a_value_nobody_renewed_is_seen_to_be_old(tmp_path: Path) -> None:
    """What the desk showed as stale at that second, with the value known last, the replay shows as stale."""
    async with running(tmp_path, a_site(tag("T1", stale_s=0.4), tag("T2"))) as rig:
        slot = rig.station.table.slots["T1"]
        rig.field["dcs"].say("T1", 50.0)
        fresh = rig.station.clock.now()
        await until(lambda: slot.sample.reason is Reason.STALE, "stale")
        old = rig.station.clock.now()
        await until(lambda: not rig.station.history.buffered, "history written")
        for at, expected in ((fresh, (50.0, "good", "")), (old, (50.0, "bad", "stale"))):
            shown = {one["tag"]: one for one in (await rig.get("/replay/at", at=text(at)))["values"]}["T1"]
            assert (shown["value"], shown["quality"], shown["reason"]) == expected


async def test_a_value_that_has_not_changed_since_before_the_loss_is_no_gap(tmp_path: Path) -> None:
    """An OPC UA server tells a valve that rests with the time of its last move, hours before the link was lost."""
    async with running(tmp_path, SITE) as rig:
        slot = rig.station.table.slots["T1"]
        rig.field["dcs"].say("T1", 50.0, ago_s=3 * 3600)
        rig.field["dcs"].cut()
        await until(lambda: slot.sample.reason is Reason.COMM_LOST, "lost")
        lost = rig.station.clock.now()
        await until(lambda: rig.field["dcs"].sink is not None, "back")
        rig.field["dcs"].say("T1", 50.0, ago_s=3 * 3600)
        assert slot.sample.quality == "good"
        back = rig.station.clock.now()
        await until(lambda: not rig.station.history.buffered, "history written")
        for at, quality in ((lost, "bad"), (back, "good")):
            shown = {one["tag"]: one for one in (await rig.get("/replay/at", at=text(at)))["values"]}["T1"]
            assert (shown["quality"], shown["value"]) == (quality, 50.0)
        span = {"tag": "T1", "start": text(back), "end": text(back + SECOND), "points": 2}
        assert (await rig.get("/history", **span))[0]["max"][0] == 50.0


async def test_a_gap_is_unknown_and_a_device_whose_clock_is_wrong_is_seen(tmp_path: Path) -> None:
    async with running(tmp_path, SITE) as rig:
        rig.field["dcs"].say("T1", 50.0, ago_s=600)  # ten minutes behind
        rig.field["dcs"].say("T2", 60.0, ago_s=-40)  # ahead
        await until(lambda: rig.station.table.slots["T2"].sample.quality == "good", "heard")
        there = rig.station.clock.now()
        await until(lambda: not rig.station.history.buffered, "history written")
        shown = {one["tag"]: one for one in (await rig.get("/replay/at", at=text(there)))["values"]}
        assert (shown["T1"]["value"], shown["T2"]["value"]) == (50.0, 60.0)
        lost = rig.station.clock.now()
        rig.station.store.historian.lost(lost, lost + 1000)
        after = {one["tag"]: one for one in (await rig.get("/replay/at", at=text(lost + 2000)))["values"]}
        assert (after["T1"]["value"], after["T1"]["quality"], after["T1"]["reason"]) == (None, "bad", "not_kept")
        before = {one["tag"]: one for one in (await rig.get("/replay/at", at=text(there)))["values"]}
        assert before["T1"]["value"] == 50.0


async def test_a_nonsense_span_is_refused_and_looking_is_journalled(tmp_path: Path) -> None:
    async with running(tmp_path, SITE) as rig:
        now = rig.station.clock.now()
        for path, params in (
            ("/replay/at", {"at": text(now + 3600 * SECOND)}),
            ("/replay/at", {"at": "yesterday"}),
            ("/replay/span", {"start": text(now), "end": text(now - SECOND)}),
            ("/replay/span", {"start": text(now - SECOND), "end": text(now), "step_s": 0}),
            ("/replay/events", {"start": text(now - 90 * 86400 * SECOND), "end": text(now)}),
        ):
            assert (await rig.raw("GET", path, params=params)).status_code == 400, path
        assert (await rig.raw("GET", "/replay/at", None)).status_code == 401
        first = await rig.get("/replay/at", at=text(now - 86400 * SECOND))
        assert first["alarms"] == []
        assert first["notices"]
        await rig.get("/replay/at", at=text(now))
        await rig.get("/replay/at", at=text(now))
        await until(lambda: not rig.station.writer.backlog, "written")
        seen = [line.record for line in rig.station.store.journal.read(kind="view") if line.record.data["what"] == "replay"]
        assert [one.actor for one in seen] == ["wang", "wang"]  # an hour each, however often it was looked at


async def test_an_operator_reads_no_folders(tmp_path: Path) -> None:
    """With what a starting station was configured lies somewhere; that it was is what happened."""
    async with running(tmp_path, SITE) as rig:
        now = rig.station.clock.now()
        loaded = {"what": "imported", "why": f"{LOADED_AT_START} /srv/plant", "tags": 6, "changes": 0}
        asked = {"what": "imported", "why": "按变更单 12 号", "tags": 6, "changes": 1}
        rig.station.store.journal.append([Record(now, "config", "os:root", data=data) for data in (loaded, asked)])
        found = await rig.get("/replay/events", start=text(now - 60 * SECOND), end=text(now + SECOND))
        told = [one["text"] for one in found["events"] if one["what"] == "imported"]
        assert told == ["站 载入配置 6 个位号，0 处变化", "root（命令行） 载入配置 6 个位号，1 处变化 原因：按变更单 12 号"]


async def test_moments_make_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answers by way of many moments, of none, and of moments that do not fit the journal."""
    monkeypatch.setattr("app.station.replay_index.BLOCK", 7)
    chance = random.Random(7)
    async with running(tmp_path, SITE) as rig:
        moments = []
        for _ in range(20):
            await deed(rig, chance)
            await until(lambda: not rig.station.writer.backlog, "written")
            moments.append(rig.station.clock.now())

        async def pictures() -> list[Any]:
            return [(await rig.get("/replay/at", at=text(at)))["alarms"] for at in moments]

        await until(lambda: not rig.station.history.buffered, "history written")
        plain = await pictures()
        assert any(plain)
        store, index = rig.station.store, rig.station.replay._index
        while index.grow():
            pass
        newest = store.moments.newest()
        assert newest is not None and newest.id % 7 == 0
        index._boards.clear()
        assert await pictures() == plain
        store.moments.keep(replace(newest, hash="0" * 64))  # of another journal
        index._boards.clear()
        index._grown = None  # as at a start
        while index.grow():
            pass
        assert await pictures() == plain
        assert (found := store.moments.newest()) is not None and found.hash == newest.hash


async def test_an_hour_that_was_twice_is_told_as_the_later_run_saw_it(tmp_path: Path) -> None:
    """A station was started again with its clock an hour back: records of two runs lie over each other in time."""
    async with running(tmp_path, SITE) as rig:
        store, index = rig.station.store, rig.station.replay._index
        await until(lambda: not rig.station.writer.backlog, "written")
        begin = rig.station.clock.now() + 60 * SECOND

        def note(at: Instant, tag: str, occurrence: int) -> Record:
            data = {
                "after": "UNACK",
                "before": "NORM",
                "rule": "H",
                "what": "raised",
                "priority": "high",
                "limit": 80.0,
                "value": 85.0,
            }
            return Record(at, "alarm", "", tag, occurrence, {**data, "annunciate": True, "note": "", "source_time": None})

        first = [note(begin + n * 60 * SECOND, "T1", 101 + n) for n in range(2)]
        second = [note(begin + (30 + n * 60) * SECOND, "T3", 201 + n) for n in range(2)]
        last = store.journal.append([*first, *second])[-1].id
        found = [index.last_not_after(begin + s * SECOND) for s in (0, 29, 30, 60, 90)]
        assert found == [last - 3, last - 3, last - 1, last - 1, last]
        board = index.board(index.last_not_after(begin + 45 * SECOND))
        assert {alarm.tag for alarm in board.board.alarms() if alarm.tag.startswith("T")} == {"T1", "T3"}


def test_a_past_board_goes_when_nobody_has_it_any_more() -> None:
    """Boards of thousands of alarms that wait for a collection were a hundred megabytes within minutes."""
    then = SiteThen(None, a_site(), ())
    gc.disable()
    try:
        board = PastBoard(Library(lambda version: then, lambda number, tag, rule: None))
        gone = weakref.ref(board.board)
        del board
        assert gone() is None
    finally:
        gc.enable()
