"""The demo plant as a site package (站点包), made from the geometry table: run `python -m app.plant.package DIR`.

The committed `resources/demo/site` is exactly what this writes; a test makes it again and compares the bytes.
"""

import csv
import io
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from app.domain.tag import DataType, Priority, Tag, WordOrder
from app.plant import geometry as g
from app.plant.displays import area_display, as_text, overview
from app.plant.drawing import area_plan, plan
from app.plant.points import all_points, gas_area

SITE_TOML = f"""\
# {g.COMPANY}: the demo plant. Served by `hazwatch plant`; ports are rewritten by `hazwatch demo`.

[site]
code = "{g.COMPANY_CODE}"
name = "{g.COMPANY}"
timezone = "Asia/Shanghai"

[[source]]
id = "dcs"
name = "集散控制系统"
driver = "opcua"
url = "opc.tcp://127.0.0.1:4840/plant"

[[source]]
id = "gds"
name = "气体检测报警系统"
driver = "modbus_tcp"
url = "tcp://127.0.0.1:5020"
unit = 1
period_s = 1.0
bad_raw = [0x7FFF]
"""

EQUIPMENT_HEAD = (
    "equipment", "name", "type", "area", "hazard_source", "hazard_level", "chemical", "cas", "capacity_t", "status",
    "responsible",
)  # fmt: skip
CAMERA_HEAD = ("camera", "name", "main_url", "sub_url", "secret", "nvr", "channel", "equipment", "kind")
TAG_HEAD = (
    "tag", "name", "equipment", "kind", "unit", "range_low", "range_high", "decimals", "source", "address", "data_type",
    "word_order", "scale", "offset", "period_s", "stale_s", "ll", "l", "h", "hh", "deadband", "on_delay_s", "off_delay_s",
    "alarm_on", "priority_hh", "priority_h", "priority_l", "priority_ll", "latching", "guidance", "camera",
)  # fmt: skip


def files() -> dict[str, bytes]:
    """Path inside the package to its bytes."""
    made = {
        "site.toml": SITE_TOML,
        "tags.csv": tags_csv(all_points()),
        "equipment.csv": table(EQUIPMENT_HEAD, equipment_rows()),
        "cameras.csv": table(CAMERA_HEAD, camera_rows()),
        "layouts/overview.json": as_text(overview()),
        "layouts/overview.svg": plan().svg(f"{g.COMPANY} 总平面布置图"),
    }
    for area in g.AREAS:
        made[f"layouts/{area.id}.json"] = as_text(area_display(area))
        made[f"layouts/{area.id}.svg"] = area_plan(area).svg(area.title)
    return {path: text.encode("utf-8") for path, text in made.items()}


def write(folder: Path, contents: Mapping[str, bytes]) -> None:
    for path, data in contents.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def table(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


def tags_csv(tags: Iterable[Tag]) -> str:
    return table(TAG_HEAD, map(_tag_row, tags))


def _tag_row(tag: Tag) -> list[str]:
    """A cell that says what an empty one means anyway stays empty."""
    limits = tag.limits
    analog = tag.data_type is not DataType.BOOL
    return [
        tag.tag, tag.name, tag.equipment, tag.kind.value, tag.unit, _number(tag.range_low), _number(tag.range_high),
        str(tag.decimals), tag.source, tag.address, tag.data_type.value,
        "" if tag.word_order is WordOrder.ABCD else tag.word_order.value,
        "" if tag.scale == 1.0 else _number(tag.scale), "" if tag.offset == 0.0 else _number(tag.offset),
        _number(tag.period_s), _number(tag.stale_s), *(_number(one) for one in (limits.ll, limits.l, limits.h, limits.hh)),
        _number(tag.deadband or None), _number(tag.on_delay_s or None), _number(tag.off_delay_s or None),
        "" if tag.alarm_on is None else str(tag.alarm_on),
        _priority(tag.priority_hh, limits.hh is not None), _priority(tag.priority_h, limits.h is not None or not analog),
        _priority(tag.priority_l, limits.l is not None), _priority(tag.priority_ll, limits.ll is not None),
        "1" if tag.latching else "", tag.guidance, ";".join(tag.camera),
    ]  # fmt: skip


def _priority(priority: Priority, used: bool) -> str:
    return priority.word if used else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def equipment_rows() -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    areas = {area.id: area for area in g.AREAS}

    def add(code: str, name: str, kind: str, area: str, chemical: str = "", cas: str = "", capacity: str = "") -> None:
        home = areas.get(area)
        source = f"{g.COMPANY_CODE}{home.hazard:03d}" if home and home.hazard else ""
        level = str(home.level) if home and home.level else ""
        owner = home.responsible if home else "孙明"
        where = home.name if home else area
        rows.append((code, name, kind, where, source, level, chemical, cas, capacity, "in_service", owner))

    for v in g.VESSELS:
        sphere = v.item == "tank.sphere"
        tonnes = round(v.nominal_m3 * 0.9 * v.chemical.fluid.density / 1000)
        name = f"{v.chemical.name}{'球罐' if sphere else '内浮顶罐'}{v.code}"
        add(v.code, name, "pressure_vessel" if sphere else "tank", v.area, v.chemical.name, v.chemical.cas, str(tonnes))
    for number, farm in (("1", "lpg"), ("2", "methanol"), ("3", "benzene")):
        for spot in g.PUMPS:
            if spot.code.split("-")[1].startswith(number):
                machine = spot.code.startswith("C-")
                add(spot.code, f"{'压缩机' if machine else '输送泵'}{spot.code}", "compressor" if machine else "pump", farm)
    add("W-401", "液氯库(1t钢瓶×20)", "warehouse", "chlorine", "氯", "7782-50-5", "20")
    add("E-401", "液氯气化器", "other", "chlorine", "氯", "7782-50-5")
    add("C-401", "事故氯吸收塔", "other", "chlorine", "氢氧化钠溶液")
    for spot in g.FANS:
        add(spot.code, f"排风机{spot.code}", "other", "chlorine")
    for code, name, product, _ in g.BAYS:
        chemical = next(v.chemical for v in g.VESSELS if v.chemical.name == product)
        add(code, name, "loading_bay", "loading", product, chemical.cas, {"液化石油气": "20"}.get(product, "30"))
    add("R-601", "氯化釜", "reactor", "chlorination", "苯、氯", "71-43-2", "12")
    add("T-601", "氯苯精馏塔", "other", "chlorination", "氯苯", "108-90-7")
    for area_id, area in areas.items():
        add(gas_area(area_id), f"{area.name}气体检测", "gas_area", area_id)
    add("GDS-01", "气体报警控制主机", "other", "公用工程")
    add("WM-901", "气象站", "other", "公用工程")
    for spot in g.FIRE_TANKS:
        add(spot.code, f"消防水罐{spot.code}", "tank", "公用工程", "水")
    add("P-701", "消防水泵组", "pump", "公用工程")
    add("S-02", "事故应急池", "other", "公用工程")
    add("U-01", "变配电所", "building", "公用工程")
    add("U-02", "空压制氮站", "building", "公用工程")
    add("A-02", "中心控制室", "building", "厂前区")
    add("DR-01", "消防控制室兼值班室", "duty_room", "厂前区")
    return rows


def camera_rows() -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for number, eye in enumerate(g.EYES, start=1):
        base = f"rtsp://127.0.0.1:8554/cam{number:02d}"
        rows.append((eye.code, eye.name, base, f"{base}/sub", "", "generic", str(number), ";".join(eye.equipment), eye.kind))
    return rows


if __name__ == "__main__":
    write(Path(sys.argv[1]), files())
