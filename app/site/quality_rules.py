"""`[quality]` of site.toml checked against the tables: each tag, piece of equipment and strapping table it names exists. Pure.

What a single value may be is in `app.domain.settings.quality`; here only what it refers to.
"""

from collections.abc import Collection, Iterator

from app.domain.plant import Fault
from app.domain.settings import settings
from app.domain.settings.quality import QualitySettings, read_quality
from app.site.faults import quote
from app.site.head import FILE, Head
from app.site.strapping import STRAPPING

_Named = tuple[str, int, str, str]
"""Table, which of several, key, tag."""


def check_quality(
    head: Head, tags: Collection[str] | None, equipment: Collection[str] | None, tables: Collection[str], faults: list[Fault]
) -> None:
    """`tags`, `equipment` None: that table could not be read, nothing is said of it. `tables`: the files of strapping/."""
    wanted = settings(head.options, "quality", read_quality)

    def fault(table: str, index: int, key: str, found: str, expected: str) -> None:
        faults.append(Fault(FILE, head.places.row(table, index, key), f"{table}.{key}".rstrip("."), found, expected))

    for table, index, key, tag in _tags(wanted):
        if tags is not None and tag and tag not in tags:
            fault(table, index, key, f"没有位号 {quote(tag)}", "应为位号表里的位号")
    tanks = set[str]()
    for index, tank in enumerate(wanted.tanks):
        if equipment is not None and tank.equipment and tank.equipment not in equipment:
            fault("quality.tank", index, "equipment", f"没有设备 {quote(tank.equipment)}", "应为 equipment.csv 里的设备编号")
        if tank.equipment in tanks:
            fault("quality.tank", index, "equipment", f"储罐 {quote(tank.equipment)} 写了两次", "每座储罐应只有一段")
        tanks.add(tank.equipment)
        file = f"{STRAPPING}{tank.equipment}.csv"
        if not tank.area_m2 and file not in tables:
            fault("quality.tank", index, "equipment", f"没有罐容表 {file}", "应有罐容表，立罐也可以写 area_m2（截面积，m²）")
    interlocks = set[str]()
    for index, one in enumerate(wanted.interlocks):
        if one.tag in interlocks:
            fault("quality.interlock", index, "tag", f"联锁 {quote(one.tag)} 写了两次", "每个联锁应只有一段")
        interlocks.add(one.tag)


def _tags(wanted: QualitySettings) -> Iterator[_Named]:
    for name in wanted.tags:
        yield f"quality.tags.{name}", 0, "", name
    for index, tank in enumerate(wanted.tanks):
        for key, names in (
            ("level", (tank.level,)),
            ("temperature", (tank.temperature,)),
            ("inflows", tank.inflows),
            ("outflows", tank.outflows),
            ("activity", tank.activity),
        ):
            for tag in names:
                yield "quality.tank", index, key, tag
    for index, one in enumerate(wanted.interlocks):
        for key, names in (("tag", (one.tag,)), ("bypass", (one.bypass,)), ("fault", (one.fault,)), ("limits", one.limits)):
            for tag in names:
                yield "quality.interlock", index, key, tag
