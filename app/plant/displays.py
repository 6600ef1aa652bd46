"""The displays of the demo plant: an overview and one per area, over its plot plan. From the geometry table; plant side.

A display is made as the plain data of `layouts/NAME.json`.
"""

from typing import Any

from app.plant import geometry as g
from app.plant.drawing import area_box
from app.plant.geometry import Area, Box, Vessel
from app.plant.svg import UNITS

Item = dict[str, Any]


def overview() -> dict[str, Any]:
    items: list[Item] = []
    for area in g.AREAS:
        box = area.box
        items.append(_link(f"to-{area.id}", box.x0 + 13, round(box.y1 - 3.2, 1), 24, 5, area.title, area.id))
    items += [_tank(vessel) for vessel in g.VESSELS]
    items += [_bay(bay, short=True) for bay in g.BAYS]
    items += [_store(short=True), *_reactor_and_column()]
    # from far the numbers count, not the names: those are a click away
    items += [_head(head) | {"label": ""} for head in g.HEADS]
    items += [_eye(eye, sector=False) | {"label": ""} for eye in g.EYES]
    items += [
        _value("WS-901", 100, 89, "风速"),
        _value("WD-901", 120, 89, "风向"),
        _value("LT-701A", 207, 28, ""),
        _value("LT-701B", 226, 28, ""),
    ]
    return _display("overview", "全厂总图", 1, Box(g.GROUND.x0, g.GROUND.y0, g.GROUND.x1, g.GROUND.y1), g.SHEET, items)


def area_display(area: Area) -> dict[str, Any]:
    box = area_box(area)
    items: list[Item] = [_link("to-overview", round(box.x0 + 9, 1), round(box.y1 - 3, 1), 12, 3.6, "全厂总图", "overview")]
    for number, (name, points) in enumerate(g.PIPES, start=1):
        if name == area.id:
            items.append(_pipe(f"pipe{number}", points))
    items += [_tank(vessel) for vessel in g.VESSELS if vessel.area == area.id]
    items += _EXTRAS[area.id]()
    items += [_head(head) for head in g.HEADS if head.area == area.id]
    items += [_eye(eye) for eye in g.EYES if area.box.contains(eye.x, eye.y)]
    return _display(area.id, area.title, 2, box, box, items)


def _display(name: str, title: str, level: int, extent: Box, sheet: Box, items: list[Item]) -> dict[str, Any]:
    step = 1 / UNITS
    return {
        "schema": 1,
        "id": name,
        "title": title,
        "level": level,
        "extent": [extent.x0, extent.y0, extent.x1, extent.y1],
        "background": {"file": f"{name}.svg", "affine": [step, 0, 0, -step, sheet.x0, sheet.y1], "dim": 0.3},
        "items": items,
    }


def _link(name: str, x: float, y: float, w: float, h: float, label: str, layout: str) -> Item:
    return {"id": name, "type": "link", "x": x, "y": y, "w": w, "h": h, "label": label, "layout": layout}


def _tank(v: Vessel) -> Item:
    bind = {"level": f"LT-{v.number}", "temperature": f"TT-{v.number}", "pressure": f"PT-{v.number}"}
    cameras = [eye.code for eye in g.EYES if v.code in eye.equipment]
    return {
        "id": v.code, "type": v.item, "x": v.x, "y": v.y, "w": v.diameter, "h": v.diameter, "label": v.code,
        "equipment": v.code, "bind": bind, "cameras": cameras,
    }  # fmt: skip


def _head(head: g.Head) -> Item:
    return {"id": head.tag, "type": "gas_detector", "x": head.x, "y": head.y, "label": head.tag, "bind": {"value": head.tag}}


def _eye(eye: g.Eye, sector: bool = True) -> Item:
    item = {
        "id": eye.code, "type": "camera", "x": eye.x, "y": eye.y, "label": eye.name, "camera": eye.code, "bearing": eye.bearing,
    }  # fmt: skip
    return item | {"angle": eye.angle, "reach": eye.reach} if sector else item


def _value(tag: str, x: float, y: float, label: str) -> Item:
    return {"id": tag, "type": "value", "x": x, "y": y, "label": label, "bind": {"value": tag}}


def _pipe(name: str, points: tuple[tuple[float, float], ...]) -> Item:
    return {"id": name, "type": "pipe", "x": points[0][0], "y": points[0][1], "points": [list(point) for point in points]}


def _machine(kind: str, code: str, x: float, y: float, equipment: str, bind: dict[str, str], size: float = 3.0) -> Item:
    return {
        "id": code, "type": kind, "x": x, "y": y, "w": size, "h": size, "label": code, "equipment": equipment, "bind": bind,
    }  # fmt: skip


def _valve(code: str, x: float, y: float, equipment: str, size: float) -> Item:
    return _machine("valve", code, round(x, 1), round(y, 1), equipment, {"open": code}, size)


def _pumps(*codes: str) -> list[Item]:
    spots = [spot for spot in (*g.PUMPS, *g.FANS) if spot.code in codes]
    items = []
    for spot in spots:
        kind = "compressor" if spot.code.startswith("C-") else "pump"
        items.append(_machine(kind, spot.code, spot.x, spot.y, spot.code, {"running": f"{spot.code}.RUN"}))
    return items


def _switch(tag: str, x: float, y: float, label: str) -> Item:
    return {"id": tag, "type": "switch", "x": x, "y": y, "w": 1.6, "h": 1.6, "label": label, "bind": {"value": tag}}


def _tank_valves(area: str, reach: float) -> list[Item]:
    """Inlet valve and high-high switch of every tank, at the same place beside each. The valve sits on the pipe, `reach` radii
    from the middle: east of a tank, towards the header between the rows of spheres."""
    items = []
    for v in g.VESSELS:
        if v.area == area:
            r = v.diameter / 2
            dx, dy = (0.0, -1.0 if v.y > 231 else 1.0) if v.item == "tank.sphere" else (1.0, 0.0)
            items.append(_valve(f"XV-{v.number}", v.x + dx * reach * r, v.y + dy * reach * r, v.code, 2.2))
            items.append(_switch(f"LSHH-{v.number}", round(v.x - r - 2.5, 1), round(v.y + r - 1.5, 1), ""))
    return items


def _lpg() -> list[Item]:
    return [
        *_tank_valves("lpg", 1.45),
        *_pumps("P-101A", "P-101B", "C-101"),
        _value("FT-110", 124, 250, "收料流量"),
        _value("FT-100", 124, 244, "外送流量"),
        _value("PT-100", 124, 238, "泵出口"),
        _value("WS-901", 128, 262, "风速"),
        _value("WD-901", 128, 256.5, "风向"),
    ]


def _methanol() -> list[Item]:
    return [
        *_tank_valves("methanol", 1.3),
        *_pumps("P-201A", "P-201B"),
        _value("FT-210", 165, 196, "收料流量"),
        _value("FT-200", 178, 196, "外送流量"),
        _value("PT-200", 257, 195, "泵出口"),
    ]


def _benzene() -> list[Item]:
    return [
        *_tank_valves("benzene", 1.75),
        *_pumps("P-301A", "P-301B"),
        _value("FT-310", 389, 197, "收料流量"),
        _value("FT-300", 298, 196.5, "外送流量"),
        _value("PT-300", 363, 196, "泵出口"),
    ]


def _bay(bay: tuple[str, str, str, float], short: bool = False) -> Item:
    code, _, product, x = bay
    n = code[2:]
    bind = {"grounding": f"GA-{n}", "overfill": f"LA-{n}"}
    if not short:
        bind |= {"flow": f"FT-{n}", "total": f"FQ-{n}"}
    return {
        "id": code, "type": "loading_bay", "x": x, "y": g.BAY_Y, "w": 12.0, "h": g.BAY_H - 4,
        "label": code if short else f"{code} {product}", "equipment": code, "bind": bind, "cameras": ["CAM-06"],
    }  # fmt: skip


def _loading() -> list[Item]:
    items = [_bay(bay) for bay in g.BAYS]
    items += [_valve(f"XV-{code[2:]}", x + 7.2, 168.5, code, 2.4) for code, _, _, x in g.BAYS]
    return items


def _store(short: bool = False) -> Item:
    bind = {"temperature": "TT-401", "pressure": "PT-402"}
    if not short:
        bind |= {"weight": "WT-401"}
    box = next(place.box for place in g.PLACES if place.code == "W-40")
    return {
        "id": "W-401", "type": "warehouse", "x": box.x, "y": box.y - 2, "w": 22, "h": 14, "label": "W-401",
        "equipment": "W-401", "bind": bind, "cameras": ["CAM-08", "CAM-09"],
    }  # fmt: skip


def _chlorine() -> list[Item]:
    e, c, t = g.VAPORISER, g.SCRUBBER, g.CAUSTIC_TANK
    return [
        _store(),
        {"id": "E-401", "type": "tank.horizontal", "x": e.x, "y": e.y, "w": 11, "h": 4.6, "label": "E-401",
         "equipment": "E-401", "bind": {"temperature": "TT-403", "pressure": "PT-401"}},
        {"id": "C-401", "type": "column", "x": c.x, "y": c.y, "w": 5, "h": 14, "label": "C-401", "equipment": "C-401",
         "bind": {"flow": "FT-402"}},
        {"id": "V-402", "type": "tank.vertical", "x": t.x, "y": t.y, "w": 8, "h": 8, "label": "V-402", "equipment": "C-401",
         "bind": {"level": "LT-402", "composition": "AT-402"}},
        *_pumps("F-401A", "F-401B"),
        _switch("UZ-401", 362, 131, "联锁"),
        _switch("HS-401", 361.5, 161.8, "旁路"),
        _value("TT-402", 304, 147, "西侧"),
    ]  # fmt: skip


def _reactor_and_column() -> list[Item]:
    r, t = g.REACTOR, g.COLUMN
    return [
        {"id": "R-601", "type": "reactor", "x": r.x, "y": r.y, "w": 11, "h": 14, "label": "R-601", "equipment": "R-601",
         "bind": {"level": "LT-601", "temperature": "TT-601", "pressure": "PT-601"}, "cameras": ["CAM-07"]},
        {"id": "T-601", "type": "column", "x": t.x, "y": t.y, "w": 7, "h": 22, "label": "T-601", "equipment": "T-601",
         "bind": {"level": "LT-611", "temperature": "TT-611", "pressure": "PT-611"}, "cameras": ["CAM-07"]},
    ]  # fmt: skip


def _chlorination() -> list[Item]:
    return [
        *_reactor_and_column(),
        _value("TT-612", 224, 138, "塔釜"),
        _value("FT-601", 184, 162, "氯气"),
        _value("FT-602", 176, 128, "苯"),
        _value("ST-601", 192, 128, "搅拌"),
        _switch("UZ-601", 216, 163.5, "紧急停车"),
        _switch("HS-601", 197, 163.5, "停车旁路"),
    ]


_EXTRAS = {
    "lpg": _lpg, "methanol": _methanol, "benzene": _benzene, "loading": _loading, "chlorine": _chlorine,
    "chlorination": _chlorination,
}  # fmt: skip
