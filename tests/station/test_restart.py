"""What a restart brings back, and what follows from a changed configuration."""

from contextlib import closing
from pathlib import Path

from app.domain.tag import Limits
from app.store import open_store
from tests.station.rig import a_site, running, tag, until


async def test_acknowledgement_latch_shelf_and_numbers_come_back_exactly(tmp_path: Path) -> None:
    site = a_site(tag("T1"), tag("T2", latching=True), tag("T3"))
    async with running(tmp_path, site) as rig:
        dcs = rig.field["dcs"]
        dcs.say("T1", 85.0)
        acked = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        await rig.post(f"/alarms/{acked}/ack", {"note": "知道了"})
        dcs.say("T2", 85.0)
        await rig.has("T2", "H", "UNACK")
        dcs.say("T2", 50.0)
        await rig.has("T2", "H", "LUNAK")
        dcs.say("T3", 85.0)
        shelved = (await rig.has("T3", "H", "UNACK"))["occurrence"]
        await rig.post(f"/alarms/{shelved}/shelve", {"minutes": 60, "reason": "校验"})
        await rig.post("/tags/T1/out_of_service", {"reason": "拆检"}, "zhao")
        before = sorted(await rig.get("/alarms"), key=lambda a: a["occurrence"])
    async with running(tmp_path, site) as rig:
        after = sorted(await rig.get("/alarms"), key=lambda a: a["occurrence"])
        assert after == before
        rig.field["dcs"].say("T3", 95.0)
        new = await rig.has("T3", "HH", "UNACK")
        assert new["occurrence"] == max(a["occurrence"] for a in before) + 1


async def test_a_rule_that_is_configured_no_more_ends_on_record(tmp_path: Path) -> None:
    async with running(tmp_path, a_site(tag("T1"))) as rig:
        rig.field["dcs"].say("T1", 85.0)
        number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
    for _ in range(2):
        async with running(tmp_path, a_site(tag("T1", limits=Limits(hh=90.0)))) as rig:
            assert await rig.get("/alarms") == []
            await until(lambda: rig.station.writer.backlog == 0, "written")
    with closing(open_store(tmp_path)) as store:
        removed = [w.record for w in store.journal.read(0, 500, "config")]
        assert [(r.tag, r.occurrence, r.data["rule"], r.data["before"]) for r in removed] == [("T1", number, "H", "UNACK")]


async def test_a_changed_limit_is_judged_by_the_next_value(tmp_path: Path) -> None:
    async with running(tmp_path, a_site(tag("T1"))) as rig:
        rig.field["dcs"].say("T1", 85.0)
        await rig.has("T1", "H", "UNACK")
    async with running(tmp_path, a_site(tag("T1", limits=Limits(h=88.0)))) as rig:
        assert (await rig.has("T1", "H", "UNACK"))["limit"] == 88.0
        rig.field["dcs"].say("T1", 85.0)
        await rig.has("T1", "H", "RTNUN")
