"""The plot plan (总平面布置图) of the demo plant as SVG, drawn from the geometry table. Pure; plant side.

`plan()` is the whole sheet, `area_plan(area)` one area with smaller letters and more detail.
"""

from math import cos, pi, sin

from app.plant import geometry as g
from app.plant.geometry import Area, Box, Place
from app.plant.sheet import column, grid
from app.plant.svg import GREEN, GREY, INK, PALE, WATER, Paper


def plan() -> Paper:
    paper = Paper(g.SHEET)
    _ground(paper)
    _contents(paper, detail=False)
    grid(paper, g.GROUND)
    column(paper)
    return paper


def area_box(area: Area) -> Box:
    """What the display of an area shows: the block and the roads around it, 16:10."""
    box = Box(area.box.x0 - 4, area.box.y0 - 5, area.box.x1 + 4, area.box.y1 + 5)
    wide = max(box.w, box.h * 1.6)
    tall = wide / 1.6
    corners = (box.x - wide / 2, box.y - tall / 2, box.x + wide / 2, box.y + tall / 2)
    return Box(*(round(value, 1) for value in corners))


def area_plan(area: Area) -> Paper:
    paper = Paper(area_box(area), text=0.5, weight=0.6)
    _ground(paper)
    _contents(paper, detail=True)
    return paper


def _ground(paper: Paper) -> None:
    paper.comment("fence, gates, roads")
    _fence(paper)
    for road in g.ROADS:
        paper.rect(road, 0.0, fill="#f1f2f3")
    _road_edges(paper)
    for name, x, y, gate_x, gate_y0, gate_y1 in g.GATES:
        if gate_x < 10:
            paper.line([(gate_x, gate_y0), (gate_x, gate_y1)], 0.7)
        else:
            paper.line([(gate_x - 4, 4), (gate_x + 4, 4)], 0.7)
        paper.words(x, y, name, 3.0, anchor="middle" if gate_x < 10 else "start")
    paper.words(83, 98, "化 工 一 路", 2.6, GREY)
    paper.words(344, 98, "化 工 一 路", 2.6, GREY)
    paper.words(215, 186, "罐 区 路", 2.6, GREY)
    paper.words(150, 56, "主 干 道", 2.6, GREY, turn=90)
    paper.words(150, 232, "主 干 道", 2.6, GREY, turn=90)
    paper.words(284, 56, "化 工 二 路", 2.6, GREY, turn=90)
    paper.words(200, 276, "北 环 路 (消防车道 宽6m)", 2.6, GREY)
    paper.words(83, 14, "南 环 路", 2.6, GREY)


def _fence(paper: Paper) -> None:
    f = g.FENCE
    for a, b in (
        ((f.x0, f.y0), (146, f.y0)), ((154, f.y0), (f.x1, f.y0)), ((f.x1, f.y0), (f.x1, f.y1)), ((f.x1, f.y1), (f.x0, f.y1)),
        ((f.x0, f.y1), (f.x0, 104)), ((f.x0, 92), (f.x0, f.y0)),
    ):  # fmt: skip
        paper.line([a, b], 0.25)
        length = abs(b[0] - a[0]) + abs(b[1] - a[1])
        for k in range(1, int(length / 8) + 1):
            x, y = a[0] + (b[0] - a[0]) * k * 8 / length, a[1] + (b[1] - a[1]) * k * 8 / length
            paper.line([(x - 0.7, y - 0.7), (x + 0.7, y + 0.7)], 0.12)
            paper.line([(x - 0.7, y + 0.7), (x + 0.7, y - 0.7)], 0.12)


def _road_edges(paper: Paper) -> None:
    """Kerbs are the outline of all roads together: each edge without the stretches another road covers."""
    for road in g.ROADS:
        others = [one for one in g.ROADS if one is not road]
        for x in (road.x0, road.x1):
            for low, high in _free(road.y0, road.y1, [(o.y0, o.y1) for o in others if o.x0 < x < o.x1]):
                paper.line([(x, low), (x, high)], 0.18)
        for y in (road.y0, road.y1):
            for low, high in _free(road.x0, road.x1, [(o.x0, o.x1) for o in others if o.y0 < y < o.y1]):
                paper.line([(low, y), (high, y)], 0.18)
        middle = [(road.x, road.y0), (road.x, road.y1)] if road.h > road.w else [(road.x0, road.y), (road.x1, road.y)]
        paper.line(middle, 0.08, PALE, "30 18")


def _free(low: float, high: float, covered: list[tuple[float, float]]) -> list[tuple[float, float]]:
    left = [(low, high)]
    for start, end in covered:
        left = [part for a, b in left for part in ((a, min(b, start)), (max(a, end), b)) if part[1] - part[0] > 1e-6]
    return left


def _contents(paper: Paper, detail: bool) -> None:
    paper.comment("green areas, dikes, racks, buildings")
    for box in g.GREENS:
        _green(paper, box)
    for name, box, walls in g.DIKES:
        paper.rect(box, 0.2)
        paper.rect(Box(box.x0 + 0.8, box.y0 + 0.8, box.x1 - 0.8, box.y1 - 0.8), 0.12)
        for x0, y0, x1, y1 in walls:
            paper.line([(x0, y0), (x1, y1)], 0.3)
        paper.words(box.x0 + 2, box.y1 - 3, name, 2.2, GREY, anchor="start")
        for x in (box.x0 + box.w * 0.25, box.x0 + box.w * 0.75):
            _steps(paper, x, box.y1)
            _steps(paper, x, box.y0)
    for box in g.RACKS:
        _rack(paper, box)
    for _, points in g.PIPES:
        paper.line(points, 0.22, GREY)
    for x0, x1, y in g.DIMENSIONS:
        _dimension(paper, x0, x1, y)
    for x in (60, 326):
        paper.words(x, 177, "管 廊", 2.4, GREY)
    for place in g.PLACES:
        _place(paper, place, detail)
    paper.comment("tanks and machines")
    for vessel in g.VESSELS:
        _vessel(paper, vessel)
    for spot in g.FIRE_TANKS:
        paper.circle(spot.x, spot.y, g.FIRE_TANK_DIAMETER / 2, 0.2)
        paper.words(spot.x, spot.y + 1.6, "消防水罐", 2.4)
        paper.words(spot.x, spot.y - 1.8, spot.code, 2.2, GREY)
    for spot in (*g.PUMPS, *g.FANS):
        paper.circle(spot.x, spot.y, 1.3, 0.15)
        paper.line([(spot.x + 1.3, spot.y), (spot.x + 3.0, spot.y)], 0.15)
        paper.rect(Box(spot.x + 3.0, spot.y - 0.8, spot.x + 5.0, spot.y + 0.8), 0.12)
    _bays(paper)
    for spot, r in ((g.SCRUBBER, 3.0), (g.CAUSTIC_TANK, 3.4), (g.REACTOR, 4.0), (g.COLUMN, 2.4)):
        paper.circle(spot.x, spot.y, r, 0.2)
        paper.line([(spot.x - r, spot.y), (spot.x + r, spot.y)], 0.08, GREY, "12 6 3 6")
        paper.line([(spot.x, spot.y - r), (spot.x, spot.y + r)], 0.08, GREY, "12 6 3 6")
    paper.comment("fire fighting")
    for spot in g.HYDRANTS:
        paper.circle(spot.x, spot.y, 0.9, 0.14, fill="#ffffff")
        paper.line([(spot.x - 0.9, spot.y), (spot.x + 0.9, spot.y)], 0.14)
        paper.line([(spot.x, spot.y), (spot.x, spot.y - 0.9)], 0.14)
    for spot in g.MONITORS:
        paper.closed([(spot.x - 1.2, spot.y - 1), (spot.x + 1.2, spot.y - 1), (spot.x, spot.y + 1.4)], 0.16)
    mast = g.WIND_MAST
    paper.line([(mast.x, mast.y), (mast.x, mast.y + 4)], 0.2)
    paper.closed([(mast.x, mast.y + 4), (mast.x + 3, mast.y + 3.3), (mast.x, mast.y + 2.6)], 0.14)


def _dimension(paper: Paper, x0: float, x1: float, y: float) -> None:
    """A level dimension line with its metres above."""
    paper.line([(x0, y), (x1, y)], 0.08, GREY)
    for x in (x0, x1):
        paper.line([(x, y - 1.4), (x, y + 1.4)], 0.08, GREY)
        paper.line([(x - 0.7, y - 0.7), (x + 0.7, y + 0.7)], 0.2, GREY)
    paper.words((x0 + x1) / 2 + 6, y + 1.6 * paper.text, f"{x1 - x0:.1f}", 2.0, GREY)


def _green(paper: Paper, box: Box) -> None:
    paper.rect(box, 0.08, GREEN, "8 6")
    gap = 4.6
    across, along = max(1, int(box.w / gap)), max(1, int(box.h / gap))
    for i in range(across):
        for j in range(along):
            x, y = box.x0 + box.w * (i + 0.5) / across, box.y0 + box.h * (j + 0.5) / along
            paper.circle(x, y, 0.9, 0.07, GREEN)
            paper.line([(x - 0.5, y), (x + 0.5, y)], 0.06, GREEN)


def _steps(paper: Paper, x: float, y: float) -> None:
    """Stairs over a dike."""
    paper.rect(Box(x - 1.2, y - 1.6, x + 1.2, y + 0.8), 0.1, fill="#ffffff")
    for k in range(3):
        paper.line([(x - 1.2, y - 1.0 + 0.6 * k), (x + 1.2, y - 1.0 + 0.6 * k)], 0.08)


def _rack(paper: Paper, box: Box) -> None:
    lying = box.w > box.h
    paper.rect(box, 0.12, GREY)
    for share in (0.2, 0.4, 0.6, 0.8):
        if lying:
            y = box.y0 + box.h * share
            paper.line([(box.x0, y), (box.x1, y)], 0.07, PALE)
        else:
            x = box.x0 + box.w * share
            paper.line([(x, box.y0), (x, box.y1)], 0.07, PALE)
    length = box.w if lying else box.h
    for k in range(int(length / 6) + 1):
        if lying:
            x = box.x0 + k * 6
            paper.line([(x, box.y0 - 0.5), (x, box.y1 + 0.5)], 0.16, GREY)
        else:
            y = box.y0 + k * 6
            paper.line([(box.x0 - 0.5, y), (box.x1 + 0.5, y)], 0.16, GREY)


def _place(paper: Paper, place: Place, detail: bool) -> None:
    box = place.box
    if place.look == "canopy":
        paper.rect(box, 0.18, dash="20 10")
        paper.line([(box.x0, box.y0), (box.x1, box.y1)], 0.05, PALE)
        paper.line([(box.x0, box.y1), (box.x1, box.y0)], 0.05, PALE)
    elif place.look == "slab":
        paper.rect(box, 0.16, GREY)
        for x in _stations(box.x0 + 2, box.x1 - 2, 8):
            for y in _stations(box.y0 + 2, box.y1 - 2, 8):
                paper.rect(Box(x - 0.4, y - 0.4, x + 0.4, y + 0.4), 0.08, GREY)
    elif place.look == "basin":
        paper.rect(box, 0.3)
        paper.rect(Box(box.x0 + 1.2, box.y0 + 1.2, box.x1 - 1.2, box.y1 - 1.2), 0.12)
        for k, y in enumerate(_stations(box.y0 + 4, box.y1 - 4, 5)):
            for x in _stations(box.x0 + 6 + 3 * (k % 2), box.x1 - 6, 9):
                paper.arc(x - 1.2, y, 1.2, -70, 70, 0.08, WATER)
                paper.arc(x + 1.2, y - 0.1, 1.2, 110, 250, 0.08, WATER)
    elif place.look == "parking":
        paper.rect(box, 0.12, GREY, "16 8")
        for x in _stations(box.x0 + 3, box.x1 - 3, 3):
            paper.line([(x, box.y0), (x, box.y0 + 5.4)], 0.09, GREY)
            paper.line([(x, box.y1 - 5.4), (x, box.y1)], 0.09, GREY)
    else:
        thick = 0.7 if place.look in ("control", "store") else 0.35
        paper.rect(box, thick, fill="#ffffff")
        if place.look == "control":
            paper.rect(Box(box.x0 + 1.2, box.y0 + 1.2, box.x1 - 1.2, box.y1 - 1.2), 0.12)
        if place.look == "store":
            paper.hatch(Box(box.x0 + 0.6, box.y0 + 0.6, box.x1 - 0.6, box.y1 - 0.6), 3.0, 0.06)
            if detail:
                _cylinders(paper, box)
        if place.look == "cooling":
            for x in _stations(box.x0 + 6, box.x1 - 6, 8):
                paper.circle(x, box.y0 + 6, 3.2, 0.15)
                for k in range(4):
                    paper.line([(x, box.y0 + 6), (x + 3 * cos(k * pi / 2 + 0.5), box.y0 + 6 + 3 * sin(k * pi / 2 + 0.5))], 0.1)
    _caption(paper, place)


def _cylinders(paper: Paper, box: Box) -> None:
    """Twenty one-tonne chlorine cylinders on their racks, two rows of ten."""
    for k in range(20):
        x, y = box.x + (k // 2 - 4.5) * 4.2, box.y + (-6.0 if k % 2 else 2.0)
        paper.rect(Box(x - 0.9, y - 2.4, x + 0.9, y + 2.4), 0.14, GREY, fill="#ffffff")
        paper.arc(x, y + 2.4, 0.9, -90, 90, 0.14, GREY)
        paper.arc(x, y - 2.4, 0.9, 90, 270, 0.14, GREY)


def _caption(paper: Paper, place: Place) -> None:
    """The name in the middle, or under the upper edge where machines stand inside."""
    box = place.box
    y = box.y
    if place.look in ("canopy", "slab", "cooling", "store") or box.contains(g.VAPORISER.x, g.VAPORISER.y):
        y = box.y1 - 3.8 * paper.text - 0.6
    size = 3.0
    if place.look in ("basin", "parking", "store"):
        wide = sum(size if ord(c) > 0x2E7F else size * 0.56 for c in place.name) * paper.text + 1.6
        paper.rect(Box(box.x - wide / 2, y - 2.2 * paper.text, box.x + wide / 2, y + 2.2 * paper.text), 0.0, fill="#ffffff")
    lift = 1.8 * paper.text if place.floors else 0.0
    paper.words(box.x, y + lift, place.name, size)
    if place.floors and place.look != "store":
        paper.words(box.x, y + lift - 3.8 * paper.text, place.floors, 2.4, GREY)


def _vessel(paper: Paper, vessel: g.Vessel) -> None:
    x, y, r = vessel.x, vessel.y, vessel.diameter / 2
    paper.circle(x, y, r, 0.28, fill="#ffffff")
    if vessel.item == "tank.sphere":
        paper.circle(x, y, r * 0.94, 0.1)
        for k in range(10):
            turn = 2 * pi * k / 10
            paper.circle(x + r * 0.94 * cos(turn), y + r * 0.94 * sin(turn), 0.45, 0.12, fill=INK)
    else:
        paper.circle(x, y, r - 0.5, 0.1)
        paper.circle(x, y, r + 1.1, 0.08, GREY, "6 5")
    paper.words(x, y + 1.4, vessel.code, 2.8, scaled=False)
    paper.words(x, y - 2.0, f"{vessel.nominal_m3}m³", 2.0, GREY, scaled=False)


def _bays(paper: Paper) -> None:
    for _, name, _, x in g.BAYS:
        low, high = g.BAY_Y - g.BAY_H / 2, g.BAY_Y + g.BAY_H / 2
        paper.rect(Box(x + 6.2, low + 3, x + 8.2, high - 1), 0.2, fill="#ffffff")
        paper.closed([(x - 1.7, low + 1), (x + 1.7, low + 1), (x + 1.7, high), (x - 1.7, high)], 0.12, GREY, "10 6")
        paper.line([(x - 1.7, low + 5), (x + 1.7, low + 5)], 0.1, GREY)
        paper.words(x, 122, name, 2.6)


def _stations(low: float, high: float, gap: float) -> list[float]:
    count = max(1, int((high - low) / gap))
    return [low + (high - low) * k / count for k in range(count + 1)]
