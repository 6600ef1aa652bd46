"""Figures of the alarm system over the real station and its store."""

from pathlib import Path

import pytest

from tests.station.rig import a_site, running, tag, until


async def test_what_was_heard_is_counted(tmp_path: Path) -> None:
    async with running(tmp_path, a_site(tag("T1", deadband=0.0), tag("T2"))) as rig:
        await until(lambda: rig.field["dcs"].sink is not None, "the link")
        for value in (85.0, 50.0, 85.0, 50.0, 85.0):
            rig.field["dcs"].say("T1", value)
            await until(lambda v=value: rig.station.table.slots["T1"].sample.value == v, "the value")
        await until(lambda: rig.station.board.counts().get("UNACK", 0) == 1, "the third alarm")
        await until(lambda: not rig.station.writer.backlog, "the journal")
        found = await rig.get("/kpi")
        assert found["figures"]["count"] == 3 and found["figures"]["standing"] == 1
        [worst] = found["figures"]["actors"]
        assert (worst["tag"], worst["rule"], worst["count"], worst["chatters"]) == ("T1", "H", 3, 1)
        assert {one["name"] for one in found["judged"]} >= {"per_slot", "disturbance_pct", "stamped_pct"}
        assert sum(found["bars"]["counts"]) == 3
        assert found["groups"]["unhandled"] == 3


async def test_a_change_is_tried_on_the_past(tmp_path: Path) -> None:
    """Swinging round the limit of 80 by less than a deadband, then one real excursion."""
    async with running(tmp_path, a_site(tag("T1", deadband=0.0))) as rig:
        await until(lambda: rig.field["dcs"].sink is not None, "the link")
        for value in (79.5, 80.2, 79.5, 80.2, 79.5, 80.2, 79.5, 80.2, 79.5, 86.0, 70.0):
            rig.field["dcs"].say("T1", value)
            await until(lambda v=value: rig.station.table.slots["T1"].sample.value == v, "the value")
        now = rig.field["dcs"].now
        store = rig.station.store.historian
        await until(lambda: [one.value for one in store.raw("T1", 0, now())][-1:] == [70.0], "the history")
        found = await rig.get("/kpi/proposals", tag="T1", rule="H", hours=1)
        assert found["samples"] >= 11 and found["now"] == {"deadband": 0.0, "on_delay_s": 0.0, "off_delay_s": 0.0}
        best = found["proposals"][0]
        assert best["before"] == 5 and best["after"] == 1 and best["caught"] and best["later_s"] == 0.0


@pytest.mark.parametrize(
    "path, status",
    [
        ("/kpi?start=2026-11-21T00:00:00Z&end=2026-11-20T00:00:00Z", 400),
        ("/kpi?start=2020-01-01T00:00:00Z&end=2026-11-20T00:00:00Z", 400),
        ("/kpi/proposals?tag=T1&rule=BAD", 400),
        ("/kpi/proposals?tag=T1&rule=XX", 404),
        ("/kpi/proposals?tag=nobody&rule=H", 404),
        ("/kpi/proposals?tag=T1&rule=H&hours=-1", 400),
    ],
)
async def test_nonsense_is_refused_in_words(tmp_path: Path, path: str, status: int) -> None:
    async with running(tmp_path, a_site(tag("T1"))) as rig:
        answer = await rig.raw("GET", path)
        assert answer.status_code == status and answer.json()["error"]["message"]
