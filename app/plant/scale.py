"""A site package of any size for load tests: tank farms of 20 tanks with four values each, a display per farm. Plant side.

Every value moves (the generic walk); addresses are OPC UA nodes `ns=2;s=F001.T01.LT` of one source.
"""

from math import ceil
from pathlib import Path
from typing import Any

from app.domain.plant import Equipment, EquipmentType, Layout, Site, Source
from app.domain.tag import Kind, Limits, Tag
from app.site.layouts import layout_of
from app.site.save import save_site

FARM = 20
VALUES: tuple[tuple[str, str, Kind, str, float, float, Limits], ...] = (
    ("LT", "液位", Kind.LEVEL, "m", 0.0, 14.0, Limits(1.0, 2.0, 11.5, 12.5)),
    ("TT", "温度", Kind.TEMPERATURE, "℃", -30.0, 80.0, Limits(-10.0, 0.0, 38.0, 42.0)),
    ("PT", "压力", Kind.PRESSURE, "kPa", 0.0, 3.0, Limits(0.1, 0.2, 1.5, 1.8)),
    ("GT", "可燃气体", Kind.COMBUSTIBLE_GAS, "%LEL", 0.0, 100.0, Limits(h=25.0, hh=50.0)),
)
ROLES = {"LT": "level", "TT": "temperature", "PT": "pressure"}


def scaled_package(folder: Path, tags: int, url: str = "opc.tcp://127.0.0.1:4840/plant") -> None:
    """Writes the package. Raises ValueError, and OSError when the folder already holds something."""
    if tags < 1:
        raise ValueError(f"位号数 {tags} 应大于 0")
    save_site(scaled_site(tags, url), folder, encoding="utf-8")


def scaled_site(tags: int, url: str = "opc.tcp://127.0.0.1:4840/plant") -> Site:
    tanks = [(number // FARM + 1, number % FARM + 1) for number in range(ceil(tags / len(VALUES)))]
    points = [_tag(farm, tank, value) for farm, tank in tanks for value in VALUES][:tags]
    known = {tag.tag for tag in points}
    equipment = tuple(
        Equipment(
            _code(farm, tank), f"{farm}号罐区{tank}号罐", EquipmentType.TANK, f"{farm}号罐区", f"SCALE{farm:03d}",
            farm % 4 + 1, "甲醇", "67-56-1", 1500.0,
        )
        for farm, tank in tanks
    )  # fmt: skip
    layouts = tuple(
        _layout(farm, [tank for f, tank in tanks if f == farm], known) for farm in sorted({farm for farm, _ in tanks})
    )
    source = Source("dcs", "opcua", url)
    return Site(
        "370300999", f"压力测试工厂({tags}点)", sources=(source,), tags=tuple(points), equipment=equipment, layouts=layouts
    )


def _code(farm: int, tank: int) -> str:
    return f"F{farm:03d}.T{tank:02d}"


def _tag(farm: int, tank: int, value: tuple[str, str, Kind, str, float, float, Limits]) -> Tag:
    short, name, kind, unit, low, high, limits = value
    code = _code(farm, tank)
    return Tag(
        f"{code}.{short}", f"{farm}号罐区{tank}号罐{name}", code, kind, unit, low, high, 2, "dcs", f"ns=2;s={code}.{short}",
        limits=limits, deadband=round((high - low) * 0.005, 3),
    )  # fmt: skip


def _layout(farm: int, tanks: list[int], known: set[str]) -> Layout:
    items: list[dict[str, Any]] = []
    for tank in tanks:
        code = _code(farm, tank)
        x, y = 20.0 + 26.0 * ((tank - 1) % 5), 90.0 - 24.0 * ((tank - 1) // 5)
        bind = {role: f"{code}.{short}" for short, role in ROLES.items() if f"{code}.{short}" in known}
        items.append(
            {
                "id": code,
                "type": "tank.vertical",
                "x": x,
                "y": y,
                "w": 12.0,
                "h": 12.0,
                "label": code,
                "equipment": code,
                "bind": bind,
            }
        )
        if f"{code}.GT" in known:
            items.append(
                {"id": f"{code}.GT", "type": "gas_detector", "x": x + 11.0, "y": y - 8.0, "label": f"{code}.GT",
                 "bind": {"value": f"{code}.GT"}}
            )  # fmt: skip
    return layout_of(
        {
            "schema": 1, "id": f"farm{farm:03d}", "title": f"{farm}号罐区", "level": 2, "extent": [0.0, 0.0, 150.0, 110.0],
            "items": items,
        }
    )  # fmt: skip
