"""Which cameras are bound to what can alarm: the same as the alarm card says, for every tag at once."""

from app.domain.nearby import place_of
from app.domain.plant import Camera, Equipment, Layout, LayoutItem, Site
from app.domain.tag import Limits
from app.station.card import cameras_of
from app.station.video.bound import bound_cameras
from tests.station.rig import tag

SITE = Site(
    "1",
    "厂",
    tags=(
        tag("BY_TAG", equipment="", camera=("C1", "NONE")),
        tag("BY_EQUIPMENT", equipment="V-1"),
        tag("DRAWN", equipment=""),
        tag("DRAWN_EQUIPMENT", equipment="V-3"),
        tag("ALL", equipment="V-1", camera=("C4",)),
        tag("SWITCH", equipment="V-2", limits=Limits(), alarm_on=1),
        tag("SILENT", equipment="V-9", limits=Limits(), camera=("C9",)),
    ),
    equipment=(
        Equipment("V-1", hazard_source="H1", hazard_level=3),
        Equipment("V-2", hazard_source="H2", hazard_level=1),
        Equipment("V-3"),
        Equipment("V-9", hazard_source="H9", hazard_level=1),
    ),
    cameras=tuple(
        Camera(code, equipment=looks)
        for code, looks in (
            ("C1", ()), ("C2", ("V-1",)), ("C3", ()), ("C4", ()), ("C5", ("V-2", "V-1")), ("C6", ()), ("C9", ()), ("FREE", ())
        )
    ),
    layouts=(
        Layout("top", "", 1, (0, 0, 1, 1), (LayoutItem("a", "value", 0, 0, bind={"value": "DRAWN"}, cameras=("C9",)),)),
        Layout(
            "deep", "", 3, (0, 0, 1, 1),
            (
                LayoutItem("b", "value", 0, 0, bind={"value": "DRAWN"}, camera="C3"),
                LayoutItem("c", "camera", 0, 0, equipment="V-3", camera="C9"),
                LayoutItem("d", "tank.vertical", 0, 0, equipment="V-3", cameras=("C6", "C6")),
            ),
        ),
    ),
)  # fmt: skip


def test_as_the_card_says() -> None:
    bound = bound_cameras(SITE)
    equipment = {one.equipment: one for one in SITE.equipment}
    for one in SITE.tags:
        place = place_of(SITE.layouts, one.tag, one.equipment)
        card = cameras_of(SITE.cameras, one, equipment.get(one.equipment), None if place is None else place[1])
        if one.tag != "SILENT":
            assert bound.by_tag.get(one.tag, ()) == tuple(camera.camera for camera in card), one.tag
    assert bound.by_tag == {
        "BY_TAG": ("C1",),
        "BY_EQUIPMENT": ("C2", "C5"),
        "DRAWN": ("C3",),
        "DRAWN_EQUIPMENT": ("C6",),
        "ALL": ("C4", "C2", "C5"),
        "SWITCH": ("C5",),
    }


def test_gravest_hazard_source_first() -> None:
    watched = bound_cameras(SITE).watched
    assert next(iter(watched)) == "C5" and watched["C5"].hazard_sources == ("H1", "H2") and watched["C5"].level == 1
    assert watched["C1"].hazard_sources == () and "C9" not in watched and "FREE" not in watched
