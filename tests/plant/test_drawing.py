"""The plot plan and the displays: made from one table, nothing on top of anything else."""

import re
from xml.etree import ElementTree

import pytest

from app.plant import geometry as g
from app.plant.drawing import area_plan, plan
from app.plant.package import demo_site
from app.plant.svg import UNITS, Paper

PAPERS = {"overview": plan(), **{area.id: area_plan(area) for area in g.AREAS}}
SITE = demo_site()
LAYOUTS = {layout.id: layout for layout in SITE.layouts}


@pytest.mark.parametrize("name", PAPERS)
def test_no_two_texts_lie_on_each_other(name: str) -> None:
    texts = PAPERS[name].texts
    clashes = [(a[0], b[0]) for i, a in enumerate(texts) for b in texts[i + 1 :] if a[1].overlaps(b[1])]
    assert clashes == []
    assert texts


def test_every_text_of_the_whole_sheet_is_inside_its_frame() -> None:
    frame = g.SHEET
    outside = [
        text
        for text, box in PAPERS["overview"].texts
        if box.x0 < frame.x0 + 1 or box.x1 > frame.x1 - 1 or box.y0 < frame.y0 + 1 or box.y1 > frame.y1 - 1
    ]
    assert outside == []


@pytest.mark.parametrize("name", PAPERS)
def test_drawings_are_plain_svg_without_gradients_or_references(name: str) -> None:
    root = ElementTree.fromstring(PAPERS[name].svg("title"))
    kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert kinds <= {"svg", "title", "rect", "path", "circle", "text"}
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert (width / UNITS, height / UNITS) == pytest.approx((PAPERS[name].box.w, PAPERS[name].box.h))


def test_hydrants_monitors_buildings_dikes_and_green_areas_keep_clear_of_each_other_and_of_roads() -> None:
    solid = [(place.name, place.box) for place in g.PLACES] + [(name, box) for name, box, _ in g.DIKES]
    solid += [(spot.code, g.Box(spot.x - 0.9, spot.y - 0.9, spot.x + 0.9, spot.y + 0.9)) for spot in g.HYDRANTS]
    solid += [(spot.code, g.Box(spot.x - 1.2, spot.y - 1.2, spot.x + 1.2, spot.y + 1.4)) for spot in g.MONITORS]
    solid += [(f"green {k}", box) for k, box in enumerate(g.GREENS)]
    solid += [(f"road {k}", box) for k, box in enumerate(g.ROADS)]
    clashes = [
        (a, b)
        for i, (a, one) in enumerate(solid)
        for b, two in solid[i + 1 :]
        if not (a.startswith("road") and b.startswith("road")) and one.overlaps(two)
    ]
    assert clashes == []


def test_spacing_of_tanks_is_at_least_what_gb_50160_asks() -> None:
    """Spheres 0.5 D, inner floating roofs 0.4 D between walls; every tank at least half its height from the dike."""
    for a in g.VESSELS:
        for b in g.VESSELS:
            if a.code < b.code and a.area == b.area:
                gap = ((a.x - b.x) ** 2 + (a.y - b.y) ** 2) ** 0.5 - (a.diameter + b.diameter) / 2
                assert gap >= (0.5 if a.item == "tank.sphere" else 0.4) * max(a.diameter, b.diameter), (a.code, b.code)
        dike = next(box for _, box, _ in g.DIKES if box.contains(a.x, a.y))
        nearest = min(a.x - dike.x0, dike.x1 - a.x, a.y - dike.y0, dike.y1 - a.y) - a.diameter / 2
        assert nearest >= (3.0 if a.item == "tank.sphere" else a.height / 2), a.code


@pytest.mark.parametrize("name", LAYOUTS)
def test_items_lie_where_the_picture_shows_them(name: str) -> None:
    layout = LAYOUTS[name]
    background = layout.background
    assert background is not None and background.affine is not None
    a, b, c, d, e, f = background.affine
    drawing = SITE.pictures[background.file].decode()
    circles = {
        (round(a * float(u) + c * float(v) + e, 1), round(b * float(u) + d * float(v) + f, 1))
        for u, v in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawing)
    }
    tanks = [item for item in layout.items if item.type in ("tank.sphere", "tank.floating_roof")]
    for item in tanks:
        assert (round(item.x, 1), round(item.y, 1)) in circles, item.id
    x0, y0, x1, y1 = layout.extent
    assert all(x0 <= item.x <= x1 and y0 <= item.y <= y1 for item in layout.items)


@pytest.mark.parametrize("name", LAYOUTS)
def test_items_of_a_display_do_not_cover_each_other(name: str) -> None:
    """Bodies only; a camera and a pipe may pass under anything."""
    bodies = [
        (item.id, g.Box(item.x - w / 2, item.y - h / 2, item.x + w / 2, item.y + h / 2))
        for item in LAYOUTS[name].items
        if item.type not in ("pipe", "camera")
        for w, h in [(item.w or 1.6, item.h or 1.6)]
    ]
    inside = {"L-501", "L-502", "L-503", "L-504", "W-401"}  # heads hang inside these
    clashes = [
        (a, b) for i, (a, one) in enumerate(bodies) for b, two in bodies[i + 1 :] if one.overlaps(two) and not inside & {a, b}
    ]
    assert clashes == []


def test_every_tag_with_a_place_is_on_a_display() -> None:
    shown = {tag for layout in SITE.layouts for item in layout.items for tag in item.bind.values()}
    indoors = {"TT-901", "PT-701", "LT-801", "PT-801", "PT-802", "UA-901", "GDS-F1", "GDS-F2"}
    assert {tag.tag for tag in SITE.tags} - shown == indoors


def test_a_text_far_outside_is_left_out() -> None:
    paper = Paper(g.Box(0, 0, 10, 10))
    paper.words(50, 50, "远")
    paper.words(5, 5, "近")
    assert [text for text, _ in paper.texts] == ["近"]
