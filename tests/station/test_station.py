"""The station about itself: flood, disk, clock, accounts changed behind its back, what the console decodes."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from app.console.client import StationClient
from app.console.site import load_site as load_console_site
from app.domain.plant import Site
from app.domain.wire import AlarmMsg, FeedMsg, LinkMsg, ValueMsg
from app.site import load_site
from app.station import life, upkeep
from app.station.clock import ClockStep
from app.store import open_store
from tests.station.rig import PASSWORD, a_site, running, tag, until

DEMO = Path(__file__).parents[2] / "resources" / "demo" / "site"


async def test_ten_annunciations_are_a_flood_and_the_journal_says_so(tmp_path: Path) -> None:
    async with running(tmp_path, a_site(*(tag(f"T{i}") for i in range(10)))) as rig, rig.feed() as feed:
        for i in range(4):
            rig.field["dcs"].say(f"T{i}", 95.0)
        await feed.events(8)
        assert not rig.station.flood.active
        rig.field["dcs"].say("T5", 95.0)
        told = await feed.find(lambda m: m.get("extra", {}).get("flood", {}).get("active"))
        assert told["extra"]["flood"]["since"]
        assert (await rig.get("/status"))["flood"]["active"] is True
        await until(lambda: rig.station.writer.backlog == 0, "written")
        system = await rig.get("/journal", "wu", kind="system")
        assert [x["data"]["what"] for x in system] == ["station_started", "flood_began"]


async def test_a_disk_that_fills_is_an_alarm_while_it_can_still_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "LEAST_FREE", 10**18)
    monkeypatch.setattr(upkeep, "DISK_S", 0.05)
    async with running(tmp_path) as rig:
        alarm = await rig.has("@station/disk", "SYSTEM", "UNACK")
        assert "GB" in alarm["message"]
        assert any("数据盘" in text for text in (await rig.get("/status"))["notices"])
        monkeypatch.setattr(upkeep, "LEAST_FREE", 0)
        await rig.has("@station/disk", "SYSTEM", "RTNUN")
        assert (await rig.get("/status"))["notices"] == []


async def test_a_clock_that_is_set_is_an_alarm_and_on_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "ROUND_S", 0.1)
    async with running(tmp_path) as rig:
        steps = [ClockStep(-3_600_000_000, -3_600_000_000, False)]
        monkeypatch.setattr(rig.station.clock, "check", lambda: steps.pop() if steps else None)
        alarm = await rig.has("@station/clock", "SYSTEM", "RTNUN")  # it stands for one round: read afterwards, on record
        records = await rig.get("/journal", "wu", kind="alarm", occurrence=alarm["occurrence"])
        assert [(x["data"]["before"], x["data"]["after"]) for x in records] == [("UNACK", "RTNUN"), ("NORM", "UNACK")]
        assert "-3600.0" in alarm["message"]
        system = await rig.get("/journal", "wu", kind="system")
        assert [x["data"]["moved_s"] for x in system if x["data"]["what"] == "clock_step"] == [-3600.0]


async def test_an_account_disabled_beside_the_station_is_out_within_a_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "ACCOUNTS_S", 0.05)
    async with running(tmp_path) as rig:
        assert (await rig.raw("GET", "/me", "li")).status_code == 200
        with closing(open_store(tmp_path, exclusive=False)) as beside:
            beside.accounts.set_enabled("li", False)

        async def out() -> bool:
            return (await rig.raw("GET", "/me", "li")).status_code == 401

        await until(out, "li is out")
        assert (await rig.raw("GET", "/me", "wang")).status_code == 200


async def test_an_alarm_of_a_lost_source_stands_through_a_restart_until_the_link_does(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].refuse = OSError("no route")
        rig.field["dcs"].cut()
        number = (await rig.has("@dcs", "LINK", "UNACK"))["occurrence"]
    async with running(tmp_path) as rig:
        assert (await rig.has("@dcs", "LINK", "RTNUN"))["occurrence"] == number


async def test_what_is_served_is_what_the_console_decodes(tmp_path: Path) -> None:
    site = load_site(DEMO)
    async with running(tmp_path, site_with_scripted_sources(site)) as rig:
        client = StationClient(rig.url)
        try:
            await client.log_in("wang", PASSWORD)
            view = await load_console_site(client)
        finally:
            await client.close()
        assert tuple(view.tags.values()) == site.tags
        assert tuple(view.equipment.values()) == site.equipment
        assert tuple(view.cameras.values()) == site.cameras
        assert view.layouts == site.layouts
        assert view.pictures == {name: site.pictures[name] for name in view.pictures}
        assert view.pictures
        rig.field["dcs"].say(site.tags[0].tag, 1e9)
        await until(lambda: rig.station.board.alarms(), "an alarm")
        async with rig.feed() as feed:
            message = msgspec.convert(await feed.next(), FeedMsg)
        assert isinstance(message.values[0], ValueMsg)
        assert isinstance(message.alarms[0], AlarmMsg)
        assert isinstance(message.links[0], LinkMsg)


def site_with_scripted_sources(site: Site) -> Site:
    return replace(site, sources=tuple(replace(s, driver=f"scripted_{s.id}") for s in site.sources))
