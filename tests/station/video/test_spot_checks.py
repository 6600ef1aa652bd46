"""Spot checks over the real station: who may be drawn, the form, that looking is journalled, four eyes at the end."""

from pathlib import Path

from app.domain.plant import Camera, Equipment, EquipmentStatus, EquipmentType, Site
from app.domain.spot_check import Subject, draw
from app.station.video.spotchecks import candidates
from tests.station.rig import a_site, running, tag

SITE = Site(
    "1",
    "厂",
    equipment=(
        Equipment("V-1", "一号罐", area="甲醇罐区", hazard_source="H1", hazard_level=3),
        Equipment("V-2", "二号罐", hazard_source="H1", hazard_level=3, status=EquipmentStatus.MAINTENANCE),
        Equipment("W-1", "库", hazard_source="H2"),
        Equipment("ROOM", "中控室", EquipmentType.DUTY_ROOM),
    ),
    cameras=(
        Camera("C1", "罐区", equipment=("V-1", "V-2")),
        Camera("C2", "罐顶", equipment=("V-2",)),
        Camera("C3", "中控", equipment=("ROOM",), kind="duty_room"),
        Camera("C4", "门卫值班", kind="duty_room"),
    ),
)


def test_who_may_be_drawn() -> None:
    found = {one.key: one for one in candidates(SITE, {"spot:work:V-2": 7})}
    assert {key: one.cameras for key, one in found.items()} == {
        "spot:work:V-2": ("C1", "C2"),
        "spot:duty_room:ROOM": ("C3",),
        "spot:duty_room:C4": ("C4",),
        "spot:hazard_source:H1": ("C1", "C2"),
        "spot:hazard_source:H2": (),
    }
    assert found["spot:work:V-2"].checked == 7 and found["spot:hazard_source:H1"].level == 3
    assert found["spot:hazard_source:H1"].name == "重大危险源 H1（甲醇罐区）"
    assert found["spot:hazard_source:H2"].name == "重大危险源 H2"


async def test_drawn_looked_at_and_recorded(tmp_path: Path) -> None:
    site = a_site(tag("T1"), equipment=SITE.equipment, cameras=SITE.cameras)
    async with running(tmp_path, site) as rig:
        assert (await rig.post("/spot_check", user="sun"))[0] == 403
        status, said = await rig.post("/spot_check", {"kinds": ["work"]})
        form = said["form"]
        assert status == 201 and said["camera"] in ("C1", "C2") and form["subject"] == "spot:work:V-2"
        fields = form["fields"]
        assert fields["chance"] == 100 and fields["of"] == 1 and form["state"] == "drawn"
        again = draw([one for one in candidates(site, {}) if one.subject is Subject.WORK], 0, fields["seed"])
        assert again is not None and again.camera == said["camera"], "anybody can draw again"
        path = f"/forms/spot_check/{form['id']}"
        found = {"picture": "clear", "seen": "监护人不在", "problem": ["no_guardian"], "responsible": "张三"}
        assert (await rig.post(f"{path}/finding", {"fields": {"picture": "clear"}}))[0] == 422
        assert (await rig.post(f"{path}/finding", {"fields": found}))[0] == 200
        done = {"measures": "监护人已到位", "rectified_at": "2026-11-22T01:00:00Z"}
        assert (await rig.post(f"{path}/rectify", {"fields": done}, "zhao"))[0] == 200
        assert (await rig.post(f"{path}/close", {"fields": {"review": "属实"}}, "zhao"))[0] == 422
        status, closed = await rig.post(f"{path}/close", {"fields": {"review": "属实"}}, "zhou")
        assert status == 200 and closed["state"] == "closed"
        views = await rig.get("/journal", "zhao", kind="view")
        assert (views[0]["actor"], views[0]["data"]["subject"]) == ("wang", f"camera:{said['camera']}")
        status, second = await rig.post("/spot_check", {"kinds": ["work"]}, "zhao")
        assert second["form"]["fields"]["last_checked"] == form["created_at"]


async def test_nothing_to_check_is_said(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        status, said = await rig.post("/spot_check")
        assert status == 422 and "cameras.csv" in said["error"]["message"]
