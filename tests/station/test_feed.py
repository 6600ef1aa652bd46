"""The feed: snapshot, deltas, heartbeat, what was missed, subscriptions, slow clients."""

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from websockets import ConnectionClosed, InvalidStatus

from app.station.encode import value_text
from app.station.feed_client import TOO_SLOW, FeedClient
from tests.station.rig import a_site, running, tag, until


def has_value(message: dict[str, object], name: str, value: float) -> bool:
    return any(v["tag"] == name and v["value"] == value for v in message.get("values", []))  # type: ignore[attr-defined]


def assert_without_gaps(messages: Sequence[Mapping[str, Any]], last: int | None = None) -> None:
    """Every message that carries something has the next number, every other one repeats the last."""
    for message in messages:
        if last is not None:
            assert message["seq"] == last + (message["type"] in ("snapshot", "delta")), message["type"]
        last = message["seq"]


async def test_a_snapshot_comes_first_then_deltas_and_something_every_two_seconds(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 42.5)
        async with rig.feed() as feed:
            first = await feed.next()
            assert first["type"] == "snapshot"
            assert {v["tag"]: v["value"] for v in first["values"]} == {"T1": 42.5, "T2": None}
            assert {link["source"]: link["state"] for link in first["links"]} == {"dcs": "up", "gds": "up"}
            assert first["alarms"] == []
            rig.field["dcs"].say("T2", 43.5)
            delta = await feed.find(lambda m: has_value(m, "T2", 43.5))
            assert delta["type"] == "delta"
            loop = asyncio.get_running_loop()
            for _ in range(2):
                before = loop.time()
                message = await feed.next(2.0)
                assert message["type"] in ("delta", "heartbeat")
                assert message["time"]
                assert loop.time() - before < 2.0
            assert_without_gaps(feed.seen)


async def test_values_are_coalesced_and_alarm_events_are_not(tmp_path: Path) -> None:
    async with running(tmp_path) as rig, rig.feed() as feed:
        await feed.next()
        for i in range(40):
            rig.field["dcs"].say("T1", 85.0 if i % 2 == 0 else 50.0)
        events = await feed.events(40)
        assert [e["what"] for e in events] == ["raised", "cleared"] * 20
        assert [e["id"] for e in events] == sorted({e["id"] for e in events})
        assert len({e["occurrence"] for e in events}) == 20
        await feed.find(lambda m: has_value(m, "T1", 50.0))
        assert sum(v["tag"] == "T1" for m in feed.seen[1:] for v in m.get("values", [])) <= 3


async def test_a_normal_alarm_is_sent_once_so_that_it_can_be_taken_away(tmp_path: Path) -> None:
    async with running(tmp_path) as rig, rig.feed() as feed:
        rig.field["dcs"].say("T1", 85.0)
        number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        rig.field["dcs"].say("T1", 50.0)
        rig.field["dcs"].say("T1", 86.0)  # again, before anybody acknowledged
        new = (await feed.events(3))[-1]["occurrence"]
        await rig.post(f"/alarms/{new}/ack")
        rig.field["dcs"].say("T1", 50.0)
        await rig.gone("T1", "H")
        await feed.find(lambda m: any(a["occurrence"] == new and a["state"] == "NORM" for a in m.get("alarms", [])))
        last = {a["occurrence"]: a["state"] for m in feed.seen for a in m.get("alarms", [])}
        assert last == {number: "NORM", new: "NORM"}


async def test_who_comes_back_gets_every_event_missed_in_order(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        async with rig.feed() as feed:
            seq = (await feed.next())["seq"]
        for name in ("T1", "T2"):
            rig.field["dcs"].say(name, 95.0)
        await rig.has("T2", "H", "UNACK")
        async with rig.feed(after=seq) as feed:
            first = await feed.next()
            assert first["type"] == "delta"
            assert [(e["tag"], e["rule"]) for e in first["events"]] == [("T1", "HH"), ("T1", "H"), ("T2", "HH"), ("T2", "H")]
            assert {v["tag"]: v["value"] for v in first["values"]} == {"T1": 95.0, "T2": 95.0}
            assert first["seq"] == seq + 1
            rig.field["dcs"].say("T1", 50.0)
            await feed.events(2)
            assert_without_gaps(feed.seen, seq)


async def test_numbers_have_no_gaps_whatever_is_coalesced(tmp_path: Path) -> None:
    async with running(tmp_path) as rig, rig.feed() as feed, rig.feed("li") as other:
        await other.next()
        await feed.socket.send(json.dumps({"subscribe": {"max_rate_hz": 20}}))
        await feed.socket.send("nonsense")
        for i in range(30):
            rig.field["dcs"].say("T1", 85.0 if i % 3 == 0 else 50.0 + i)
            await asyncio.sleep(0.01)
        await feed.find(lambda m: has_value(m, "T1", 79.0))
        await feed.find(lambda m: m["type"] == "heartbeat")
        assert {m["type"] for m in feed.seen} == {"snapshot", "delta", "heartbeat", "error"}
        assert_without_gaps(feed.seen)
        await other.find(lambda m: has_value(m, "T1", 79.0))
        assert_without_gaps(other.seen)
        assert other.seen[0]["seq"] != feed.seen[0]["seq"]


async def test_a_line_that_breaks_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        async with rig.feed() as feed:
            seq = (await feed.next())["seq"]
        got: list[int] = []
        for turn in range(6):
            for _ in range(5):
                rig.field["dcs"].say("T1", 85.0)
                rig.field["dcs"].say("T1", 50.0)
            if turn % 2:  # sent, and lost on the way
                async with rig.feed(after=seq):
                    await until(lambda: rig.station.writer.backlog == 0, "written")
                    await until(lambda: rig.station.feed.clients, "sending")
                await until(lambda: not rig.station.feed.clients, "closed")
            async with rig.feed(after=seq) as feed:
                message = await feed.next()
                assert (message["type"], message["seq"]) == ("delta", seq + 1)
                seq += 1
                got += [e["id"] for e in message.get("events", [])]
        await until(lambda: rig.station.writer.backlog == 0, "written")
        async with rig.feed(after=seq) as feed:
            got += [e["id"] for e in (await feed.next()).get("events", [])]
        written = [w.id for w in rig.station.store.journal.read(0, 1000, "alarm") if w.record.tag == "T1"]
        assert len(got) == 60
        assert got == written


async def test_who_comes_back_takes_over_from_a_connection_that_is_not_known_to_be_dead(tmp_path: Path) -> None:
    async with running(tmp_path) as rig, rig.feed() as dead:
        seq = (await dead.next())["seq"]
        rig.field["dcs"].say("T1", 85.0)
        await dead.events(1)
        async with rig.feed(after=seq) as feed:
            first = await feed.next()
            assert (first["seq"], [e["what"] for e in first["events"]]) == (seq + 1, ["raised"])
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await dead.next()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4409
            rig.field["dcs"].say("T1", 50.0)
            await feed.events(1)
        # The one that was closed may hold the same number with another meaning: nobody may miss anything by that.
        async with rig.feed(after=seq + 1) as feed:
            assert (await feed.next())["type"] == "snapshot"
        async with rig.feed("li", after=seq) as feed:
            assert (await feed.next())["type"] == "delta"


async def test_a_client_that_used_up_its_numbers_goes_on_with_a_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.station.feed_lines.SPAN", 5)
    async with running(tmp_path) as rig, rig.feed() as feed:
        for i in range(12):
            rig.field["dcs"].say("T1", 50.0 if i % 2 else 85.0)
            await feed.events(1)
        lines: list[list[dict[str, Any]]] = []
        for message in feed.seen:
            if message["type"] == "snapshot":
                lines.append([])
            lines[-1].append(message)
        assert len(lines) > 2
        assert len({m["seq"] for line in lines for m in line if m["type"] != "heartbeat"}) == len(
            [m for m in feed.seen if m["type"] != "heartbeat"]
        )
        for line in lines:
            assert_without_gaps(line)
        assert [e["what"] for m in feed.seen for e in m.get("events", [])] == ["raised", "cleared"] * 6


@pytest.mark.parametrize("after", [-1, 0, 1, 10**17])
async def test_too_far_back_or_of_another_run_is_a_fresh_snapshot(tmp_path: Path, after: int) -> None:
    async with running(tmp_path) as rig, rig.feed(after=after) as feed:
        assert (await feed.next())["type"] == "snapshot"


async def test_numbers_of_a_later_run_are_larger(tmp_path: Path) -> None:
    last = 0
    for _ in range(2):
        async with running(tmp_path) as rig, rig.feed() as feed:
            for i in range(3):
                rig.field["dcs"].say("T1", 95.0 if i % 2 else 50.0)
                seq = (await feed.next())["seq"]
                assert last < seq < 2**53
            async with rig.feed("li") as other:
                last = max(seq, (await other.next())["seq"])
        async with running(tmp_path) as rig, rig.feed(after=last) as feed:
            assert (await feed.next())["type"] == "snapshot"


async def test_a_client_may_choose_tags_and_pace(tmp_path: Path) -> None:
    async with running(tmp_path, a_site(tag("TK1.L"), tag("TK2.L"), tag("P1"))) as rig, rig.feed() as feed:
        await feed.next()
        await feed.socket.send(json.dumps({"subscribe": {"tags": ["TK*"], "max_rate_hz": 20}}))
        for name in ("P1", "TK1.L", "TK2.L"):
            rig.field["dcs"].say(name, 33.0)
        await feed.find(lambda m: has_value(m, "TK2.L", 33.0))
        assert not any(v["tag"] == "P1" and v["value"] == 33.0 for m in feed.seen for v in m.get("values", []))
        rig.field["dcs"].say("P1", 95.0)  # alarms are not a matter of choice
        assert (await feed.events(1))[0]["tag"] == "P1"


NONSENSE: list[str | bytes] = ["{", '{"subscribe": 3}', '{"subscribe": {"max_rate_hz": 0}}', "[]", b"\xff\xfe"]


async def test_a_message_without_sense_is_answered_and_the_feed_goes_on(tmp_path: Path) -> None:
    async with running(tmp_path) as rig, rig.feed() as feed:
        await feed.next()
        await feed.socket.send('{"subscribe": {"max_rate_hz": 20}}')
        for i, nonsense in enumerate(NONSENSE):
            await feed.socket.send(nonsense)
            assert (await feed.find(lambda m: m["type"] == "error"))["message"]
            rig.field["dcs"].say("T1", 50.5 + i)
            await feed.find(lambda m, i=i: has_value(m, "T1", 50.5 + i))


async def test_nobody_without_a_token_and_nobody_after_logging_out(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        with pytest.raises(InvalidStatus) as refused:
            rig._tokens["x"] = "wrong"
            async with rig.feed("x"):
                pass
        assert refused.value.response.status_code == 401
        async with rig.feed("li") as feed:
            await feed.next()
            await rig.post("/logout", user="li")
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await feed.next()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4401
        await until(lambda: not rig.station.feed.clients, "client gone")


async def test_a_slow_client_is_told_and_gets_a_snapshot_and_slows_nobody(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        held = asyncio.Event()
        got: list[dict[str, object]] = []

        async def send(text: str) -> None:
            await held.wait()
            got.append(json.loads(text))

        slow = FeedClient(rig.station.feed, send, bound=20_000)
        task = asyncio.create_task(slow.run(None))
        async with rig.feed() as feed:
            for i in range(100):
                rig.field["dcs"].say("T1", 85.0 if i % 2 == 0 else 50.0)
            assert len(await feed.events(100)) == 100  # the quick one has everything
            assert slow.overruns == 1
            held.set()
            await until(lambda: any(m.get("message") == TOO_SLOW for m in got), "told")
        assert [m["type"] for m in got[:2]] == ["snapshot", "snapshot"]
        assert [a["state"] for a in got[1]["alarms"]] == ["RTNUN"]  # type: ignore[attr-defined]
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_the_bytes_of_a_sample_are_made_once(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 50.0)
        slot = rig.station.table.slots["T1"]
        assert value_text(slot) is value_text(slot)
        text = value_text(slot)
        rig.field["dcs"].say("T1", 51.0)
        assert value_text(slot) != text
        assert json.loads(text)["value"] == 50.0
