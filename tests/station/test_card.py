"""The alarm card over a real station: everything about one alarm in one answer, live and past, and what was in force when."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from app.domain.instant import DAY, HOUR, MINUTE, SECOND, to_rfc3339
from app.domain.plant import Camera, Equipment, Layout, LayoutItem, Site
from app.domain.tag import Kind, Limits, Tag
from app.station.configure import EDITED
from app.station.inforce import InForce
from app.station.past import START
from app.store import open_store
from app.store.ports import Store
from app.store.rows import FormRow, OccurrenceRow, Record
from tests.station.rig import Rig, a_site, people_in, running, tag, until

TANK = LayoutItem("e1", "tank.vertical", 0, 0, equipment="V-101", bind={"level": "T1"}, cameras=("C3", "C1"))
GAS = tuple(
    LayoutItem(f"g{n}", "gas_detector", x, 0, label=f"GT-{n}", bind={"value": f"GT{n}"}) for n, x in ((1, 49), (2, 12), (3, 51))
)


def gas(n: int) -> Tag:
    return Tag(
        f"GT{n}", f"{n}号探测器", "GA", Kind.COMBUSTIBLE_GAS, "%LEL", 0, 100, source="gds", address=f"HR:{n}", stale_s=3600.0
    )


def the_site(**first: object) -> Site:
    one = tag("T1", guidance="原因：进料过快。措施：停止进料；切换罐", extra={"联系人": "调度 8001"}, camera=("C1",), **first)
    return a_site(
        one, tag("T2"), tag("T3", equipment="V-102"), gas(1), gas(2), gas(3),
        equipment=(
            Equipment("V-101", "一号罐", area="罐区", hazard_source="H1", hazard_level=2, chemical="甲醇", cas="67-56-1"),
            Equipment("V-102", "二号罐", area="罐区", hazard_source="H1"),
            Equipment("GA", "气体检测", area="罐区", hazard_source="H1"),
        ),
        cameras=(Camera("C1", "北"), Camera("C2", "南", equipment=("V-101",)), Camera("C3", "高点"), Camera("C4", "大门")),
        layouts=(Layout("farm", "罐区", 2, (0, 0, 100, 100), (TANK, *GAS)),),
    )  # fmt: skip


def past(number: int, ago: int, now: int, **more: object) -> OccurrenceRow:
    raised = now - ago
    values: dict[str, object] = {
        "occurrence": number, "tag": "T1", "rule": "HH", "priority": "critical", "equipment": "V-101", "state": "NORM",
        "value": 91.0, "limit": 90.0, "unit": "%", "message": "", "raised_at": raised, "cleared_at": raised + 5 * MINUTE,
        "acked_at": raised + MINUTE, "acked_by": "li", "note": f"第{number}次",
    }  # fmt: skip
    return OccurrenceRow(**values | more)  # type: ignore[arg-type]


async def raised(rig: Rig, name: str = "T1", rule: str = "HH", value: float = 95.0) -> int:
    rig.field["dcs"].say(name, value)
    number: int = (await rig.has(name, rule, "UNACK"))["occurrence"]
    return number


async def test_everything_in_one_answer(tmp_path: Path) -> None:
    async with running(tmp_path, the_site()) as rig:
        number = await raised(rig)
        other = await raised(rig, "T3", "H", 85.0)
        rig.field["gds"].say("GT2", 7.5)
        await until(lambda: rig.station.table.slots["GT2"].sample.value == 7.5, "gas value")
        card = await rig.get(f"/alarms/{number}/card")
    assert card["live"] and card["alarm"]["occurrence"] == number and card["alarm"]["state"] == "UNACK"
    assert card["value"]["value"] == 95.0 and card["value"]["quality"] == "good"
    assert card["tag"]["tag"] == "T1" and card["tag"]["hh"] == 90.0
    assert (card["equipment"]["chemical"], card["equipment"]["hazard_level"]) == ("甲醇", 2)
    assert [one["camera"] for one in card["cameras"]] == ["C1", "C2", "C3"], "tag, equipment, item; each once"
    assert card["guidance"] == {
        "cause": ["进料过快"], "consequence": [], "action": ["停止进料", "切换罐"], "contacts": ["调度 8001"],
    }  # fmt: skip
    assert [(one["label"], one["distance_m"]) for one in card["detectors"]] == [("GT-2", 12.0), ("GT-1", 49.0)]
    assert card["detectors"][0]["values"][0]["value"] == 7.5 and card["detectors"][0]["unit"] == "%LEL"
    assert (card["layout"], card["item"], card["radius_m"]) == ("farm", "e1", 50.0)
    assert [(one["tag"], one["rule"]) for one in card["others"]] == [("T1", "H"), ("T3", "H")], "own equipment first"
    assert other in [one["occurrence"] for one in card["others"]] and card["others_total"] == 2
    assert [one["name"] for one in card["chemicals"]] == ["甲醇"] and card["chemicals_of"] == "equipment"
    assert card["form"] is None and card["earlier"] == []
    assert card["how_often"] == {"day": 1, "week": 1, "month": 1}


async def test_radius(tmp_path: Path) -> None:
    async with running(tmp_path, the_site()) as rig:
        number = await raised(rig)
        for radius, seen in ((0, []), (12, ["GT-2"]), (60, ["GT-2", "GT-1", "GT-3"])):
            card = await rig.get(f"/alarms/{number}/card", radius=radius)
            assert [one["label"] for one in card["detectors"]] == seen
        assert (await rig.raw("GET", f"/alarms/{number}/card?radius=-1")).status_code == 400


async def test_earlier_ones(tmp_path: Path) -> None:
    people_in(tmp_path)
    store = open_store(tmp_path)
    now = store_now()
    rows = [past(n, ago, now) for n, ago in ((1, 40 * DAY), (2, 20 * DAY), (3, 3 * DAY), (5, 2 * HOUR))]
    rows += [past(4, 3 * HOUR, now, rule="H"), past(6, HOUR, now, cleared_at=None, acked_at=None, acked_by="", state="UNACK")]
    store.journal.append([], occurrences=rows)
    try:
        async with running(tmp_path, the_site(), store) as rig:
            number = await raised(rig)
            card = await rig.get(f"/alarms/{number}/card")
            gone = await rig.get("/alarms/3/card")
    finally:
        store.close()
    assert [one["occurrence"] for one in card["earlier"]] == [6, 5, 3, 2, 1], "of the same rule only"
    assert card["how_often"] == {"day": 3, "week": 4, "month": 5}
    standing, newest = card["earlier"][:2]
    assert (newest["duration_s"], newest["ack_after_s"], newest["acked_by"], newest["note"]) == (300.0, 60.0, "li", "第5次")
    assert standing["duration_s"] is None and standing["ack_after_s"] is None
    assert gone["live"] is False and gone["alarm"]["acked_by"] == "li" and gone["alarm"]["limit"] == 90.0
    assert [one["occurrence"] for one in gone["earlier"]] == [2, 1]


async def test_at_most_ten_earlier(tmp_path: Path) -> None:
    people_in(tmp_path)
    store = open_store(tmp_path)
    store.journal.append([], occurrences=[past(n, HOUR - n * SECOND, store_now()) for n in range(1, 31)])
    try:
        async with running(tmp_path, the_site(), store) as rig:
            card = await rig.get("/alarms/30/card")
    finally:
        store.close()
    assert [one["occurrence"] for one in card["earlier"]] == list(range(29, 19, -1)) and card["how_often"]["day"] == 30


async def test_the_form(tmp_path: Path) -> None:
    async with running(tmp_path, the_site()) as rig:
        number = await raised(rig)
        now = rig.station.clock.now()
        form = FormRow(
            7, "handling", "site_check", f"occurrence:{number}", "一号罐", "critical", True, now, now, now - SECOND, {}
        )
        rig.station.store.journal.append([], forms=[form, replace(form, id=8, subject=f"occurrence:{number + 1}")])
        card = await rig.get(f"/alarms/{number}/card")
    assert (card["form"]["id"], card["form"]["state"], card["form"]["overdue"]) == (7, "site_check", True)


async def test_none_such(tmp_path: Path) -> None:
    async with running(tmp_path, the_site()) as rig:
        answer = await rig.raw("GET", "/alarms/99/card")
        assert answer.status_code == 404 and answer.json()["error"]["code"] == "not_found"
        assert (await rig.raw("GET", "/alarms/99/card", user=None)).status_code == 401


async def test_a_lost_source_has_a_card_too(tmp_path: Path) -> None:
    async with running(tmp_path, the_site()) as rig:
        rig.field["dcs"].refuse = OSError("no")
        rig.field["dcs"].cut()
        link = await rig.has("@dcs", "LINK", "UNACK")
        card = await rig.get(f"/alarms/{link['occurrence']}/card")
    assert card["tag"] is None and card["equipment"] is None and card["limits"] is None and card["detectors"] == []


async def test_chemicals(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        listed = await rig.get("/chemicals")
        assert {"cas": "7782-50-5", "name": "氯", "name_en": "chlorine", "aliases": ["液氯", "氯气"], "un": "1017"} in listed
        card = await rig.get("/chemicals/7782-50-5")
        assert card == await rig.get("/chemicals/液氯") and card["texts"]["leak"] and card["figures"][0]["source"]
        assert (await rig.raw("GET", "/chemicals/7782-50-6")).status_code == 404


# what was in force


def store_now() -> int:
    return time.time_ns() // 1_000_000 * 1000


def begin(store: Store, at: int, version: int) -> None:
    store.journal.append([Record(at, "system", "@station", data={"what": START, "config": version})])


def test_saved_is_not_in_force(tmp_path: Path) -> None:
    """A version counts from the start that names it; one that was taken over in the running station counts from there on."""
    store = open_store(tmp_path)
    try:
        in_force = InForce(store)
        assert in_force.at(10**18) is None
        store.config.save(the_site(), "li", "first", 100)
        begin(store, 200, 1)
        store.config.save(the_site(deadband=3.0), "sun", "imported", 300)
        begin(store, 400, 2)
        begin(store, 500, 1)
        store.config.save(the_site(deadband=4.0), "zhao", f"{EDITED}死区", 600)
        store.config.save(the_site(deadband=5.0), "sun", "imported again", 700)
        found = {}
        for at in (199, 200, 399, 400, 500, 600, 999):
            one = in_force.at(at)
            found[at] = None if one is None else (one.version.version, one.at)
        assert found == {199: None, 200: (1, 200), 399: (1, 200), 400: (2, 400), 500: (1, 500), 600: (3, 600), 999: (3, 600)}
    finally:
        store.close()


async def test_limits_of_then(tmp_path: Path) -> None:
    """The limit was changed after the alarm: the card shows what was valid when it was raised, and by whom."""
    people_in(tmp_path)
    store = open_store(tmp_path)
    now = store_now()
    store.config.save(the_site(), "li", "首次", now - 3 * DAY)
    begin(store, now - 3 * DAY + 1, 1)
    changed = the_site(limits=Limits(10.0, 20.0, 70.0, 75.0))
    version = store.config.save(changed, "zhao", "降低限值", now - DAY)
    store.journal.append([], occurrences=[past(1, 2 * DAY, now), past(2, HOUR, now, limit=90.0)])
    try:
        begin(store, now - DAY + 1, 2)
        async with running(tmp_path, changed, store) as rig:
            assert version.version == 2
            before, after = await rig.get("/alarms/1/card"), await rig.get("/alarms/2/card")
            station = rig.station
            station.given = replace(station.given, config=version)  # what it runs with need not be read from the store
            assert (await rig.get("/alarms/2/card"))["limits"] == after["limits"]
            assert (await rig.get("/alarms/1/card"))["limits"] == before["limits"]
    finally:
        store.close()
    limits = before["limits"]
    assert (limits["version"], limits["hh"], limits["by"], limits["why"]) == (1, 90.0, "li", "首次")
    assert limits["since"] == to_rfc3339(now - 3 * DAY + 1) and limits["changed_since"] and not limits["doubt"]
    assert (after["limits"]["version"], after["limits"]["hh"], after["limits"]["changed_since"]) == (2, 75.0, False)
    assert "90" in after["limits"]["doubt"] and "75" in after["limits"]["doubt"], (
        "the alarm's own record contradicts, and counts"
    )


async def test_many_ask_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, the_site()) as rig:
        number = await raised(rig)
        cards = await asyncio.gather(*(rig.get(f"/alarms/{number}/card") for _ in range(20)))
    assert all(card["alarm"] == cards[0]["alarm"] for card in cards)
