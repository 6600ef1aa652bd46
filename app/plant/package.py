"""The demo plant as a site package (站点包), made from the geometry table: run `python -m app.plant.package DIR`.

The committed `resources/demo/site` is exactly what this writes; a test makes it again and compares the bytes.
"""

import sys
from pathlib import Path

from app.domain.plant import Camera, Duty, Equipment, EquipmentType, Site, Source
from app.plant import geometry as g
from app.plant.displays import area_display, overview
from app.plant.drawing import area_plan, plan
from app.plant.points import all_points, gas_area
from app.plant.quality import quality_section, strapping_tables
from app.site.layouts import layout_of
from app.site.save import package_of

SOURCES = (
    Source("dcs", "opcua", "opc.tcp://127.0.0.1:4840/plant", options={"name": "集散控制系统"}),
    Source("gds", "modbus_tcp", "tcp://127.0.0.1:5020", options={"name": "气体检测报警系统", "bad_raw": [0x7FFF]}),
)

SHIFT = {
    "anchor": "2026-01-01",
    # four crews, two shifts (四班两倒): day, night, off, off
    "rotation": ["甲班 丁班", "乙班 甲班", "丙班 乙班", "丁班 丙班"],
    "daily_report_at": "00:30",
    "shift": [{"name": "白班", "start": "08:00", "hours": 12}, {"name": "夜班", "start": "20:00", "hours": 12}],
    "crew": [
        {"name": "甲班", "leader": "王强", "members": ["周涛", "吴洁"]},
        {"name": "乙班", "leader": "李敏", "members": ["郑凯", "冯雪"]},
        {"name": "丙班", "leader": "赵磊", "members": ["陈静", "何勇"]},
        {"name": "丁班", "leader": "孙丽", "members": ["马超", "朱琳"]},
    ],
    "person": [
        {"name": "王强", "user": "operator", "phone": "8101"},
        {"name": "李敏", "user": "supervisor", "phone": "8102"},
    ],
}
ROSTER = (  # what the rotation does not say: the holidays, and a change between two people
    Duty("2026-10-01", "白班", "甲班", members=("周涛", "吴洁", "何勇"), extra={"备注": "国庆加强值班"}),
    Duty("2026-10-01", "夜班", "丁班", members=("马超", "朱琳", "陈静"), extra={"备注": "国庆加强值班"}),
    Duty("2026-12-31", "夜班", leader="李敏", members=("周涛", "吴洁"), extra={"备注": "王强换班"}),
    Duty("2027-01-01", "白班", "乙班", extra={"备注": "元旦加强值班"}),
)


PICTURES = "video"
"""Folder of the loops a demo draws for its cameras, inside its own copy of the package."""


def picture_of(camera: str) -> str:
    """Path inside the package."""
    return f"{PICTURES}/{camera}.mp4"


def demo_site() -> Site:
    displays = [overview(), *(area_display(area) for area in g.AREAS)]
    drawings = {"overview.svg": plan().svg(f"{g.COMPANY} 总平面布置图")}
    drawings |= {f"{area.id}.svg": area_plan(area).svg(area.title) for area in g.AREAS}
    return Site(
        g.COMPANY_CODE,
        g.COMPANY,
        sources=SOURCES,
        tags=all_points(),
        equipment=tuple(_equipment()),
        cameras=tuple(_cameras()),
        layouts=tuple(layout_of(display) for display in displays),
        pictures={name: drawing.encode("utf-8") for name, drawing in drawings.items()},
        options={"shift": SHIFT, "quality": quality_section()},
        roster=ROSTER,
        strapping=strapping_tables(),
    )


def files() -> dict[str, bytes]:
    """Path inside the package to its bytes."""
    return package_of(demo_site(), encoding="utf-8")


def _equipment() -> list[Equipment]:
    rows: list[Equipment] = []
    areas = {area.id: area for area in g.AREAS}

    def add(code: str, name: str, kind: str, area: str, chemical: str = "", cas: str = "", tonnes: float | None = None) -> None:
        home = areas.get(area)
        rows.append(
            Equipment(
                code,
                name,
                EquipmentType(kind),
                home.name if home else area,
                f"{g.COMPANY_CODE}{home.hazard:03d}" if home and home.hazard else "",
                home.level if home else None,
                chemical,
                cas,
                tonnes,
                responsible=home.responsible if home else "孙明",
            )
        )

    for v in g.VESSELS:
        sphere = v.item == "tank.sphere"
        # GB 18218 counts the design maximum: nine tenths of the nominal volume
        tonnes = round(v.nominal_m3 * 0.9 * v.chemical.fluid.density / 1000)
        name = f"{v.chemical.name}{'球罐' if sphere else '内浮顶罐'}{v.code}"
        add(v.code, name, "pressure_vessel" if sphere else "tank", v.area, v.chemical.name, v.chemical.cas, tonnes)
    for spot in g.PUMPS:
        kind, word = ("compressor", "压缩机") if spot.code.startswith("C-") else ("pump", "输送泵")
        add(spot.code, word + spot.code, kind, {"1": "lpg", "2": "methanol", "3": "benzene"}[spot.code.split("-")[1][0]])
    for code, product, farm in (("M-100", "液化烃", "lpg"), ("M-200", "甲醇", "methanol"), ("M-300", "苯", "benzene")):
        add(code, f"{product}收料计量撬", "other", farm)
    add("W-401", "液氯库(1t钢瓶×20)", "warehouse", "chlorine", "氯", "7782-50-5", 20)
    add("E-401", "液氯气化器", "other", "chlorine", "氯", "7782-50-5")
    add("C-401", "事故氯吸收塔", "other", "chlorine", "氢氧化钠溶液")
    for spot in g.FANS:
        add(spot.code, f"排风机{spot.code}", "other", "chlorine")
    for code, name, product, _ in g.BAYS:
        chemical = next(v.chemical for v in g.VESSELS if v.chemical.name == product)
        add(code, name, "loading_bay", "loading", product, chemical.cas, 20 if product == g.LPG.name else 30)
    add("R-601", "氯化釜", "reactor", "chlorination", "苯、氯", "71-43-2", 12)
    add("T-601", "氯苯精馏塔", "other", "chlorination", "氯苯", "108-90-7")
    for area_id, area in areas.items():
        add(gas_area(area_id), f"{area.name}气体检测", "gas_area", area_id)
    for spot in g.FIRE_TANKS:
        add(spot.code, f"消防水罐{spot.code}", "tank", "公用工程", "水")
    for code, name, kind, where in _OTHERS:
        add(code, name, kind, where)
    return rows


_OTHERS = (
    ("P-701", "消防水泵组", "pump", "公用工程"),
    ("S-02", "事故应急池", "other", "公用工程"),
    ("U-01", "变配电所", "building", "公用工程"),
    ("U-02", "空压制氮站", "building", "公用工程"),
    ("GDS-01", "气体报警控制主机", "other", "公用工程"),
    ("WM-901", "气象站", "other", "公用工程"),
    ("A-02", "中心控制室", "building", "厂前区"),
    ("DR-01", "消防控制室兼值班室", "duty_room", "厂前区"),
)


def _cameras() -> list[Camera]:
    cameras = []
    for number, eye in enumerate(g.EYES, start=1):
        url = f"rtsp://127.0.0.1:8554/cam{number:02d}"
        cameras.append(Camera(eye.code, eye.name, url, f"{url}/sub", "", "generic", str(number), eye.equipment, eye.kind))
    return cameras


if __name__ == "__main__":
    for path, data in files().items():
        file = Path(sys.argv[1]) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
