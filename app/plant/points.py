"""The point table (位号表) of the demo plant, made from its geometry. Limits are believable, not official. Pure; plant side.

Where limits come from: gas detectors GB/T 50493-2019 (combustible 25/50 %LEL, toxic 100/200 %OEL, rounded down to the next
step of the display); levels HH 90 % of a sphere's volume and H 85 %, floating roofs H 85 % and HH 90 % of the shell, LL the
height at which the inner roof lands; each tank has the twelve limits of temperature, pressure and level.
"""

from dataclasses import replace

from app.domain.tag import DataType, Kind, Limits, Priority, Tag, WordOrder
from app.plant import geometry as g
from app.plant.geometry import Head, Vessel

DCS, GDS = "dcs", "gds"
TOXIC_BASE, STATUS_BASE = 200, 100
"""Registers of the gas panel: combustible from 0, status bits in register 100, toxic from 200."""

TANK_HELP = "核对现场液位计与进出料阀；停止进料，切换收料罐；超高高报时确认联锁已关进料阀"
PREALARMED = {"V-101": 10.0, "V-201": 10.0}
"""Minutes before a level limit at which these tanks warn (趋势预警)."""
GAS_HELP = "通知现场人员向上风向撤离；核对风向和相邻探测器；派人佩戴空气呼吸器两人一组确认；切断泄漏源"
GROUND_HELP = "停止装车，检查接地夹，恢复后重新联锁确认"
SPILL_HELP = "停止装车，关闭鹤管阀，检查收集池，禁止启动车辆"
STOP_HELP = "确认氯气和苯进料已切断，冷却水全开，监视温度压力"
BYPASS_HELP = "核对旁路审批单和期限，专人监视被旁路的参数，到期恢复投用"
TOXIC_HELP = "立即疏散下风向人员；佩戴正压式空气呼吸器；启动事故吸收和水幕；切断泄漏源"


def all_points() -> tuple[Tag, ...]:
    tags = [tag for vessel in g.VESSELS for tag in _vessel(vessel)]
    tags += _pumping()
    tags += _loading()
    tags += _chlorine()
    tags += _chlorination()
    tags += _utilities()
    tags += _detectors()
    return tuple(tags)


def _analog(
    tag: str,
    name: str,
    equipment: str,
    kind: Kind,
    unit: str,
    span: tuple[float, float],
    decimals: int,
    limits: Limits = Limits(),  # noqa: B008  frozen
    deadband: float = 0.0,
    delay: float = 2.0,
    help_text: str = "",
    high: Priority = Priority.HIGH,
    low: Priority = Priority.MEDIUM,
) -> Tag:
    return Tag(
        tag, name, equipment, kind, unit, span[0], span[1], decimals, DCS, f"ns=2;s={tag}.PV", DataType.FLOAT32,
        limits=limits, deadband=deadband, on_delay_s=delay if limits != Limits() else 0.0, guidance=help_text,
        priority_h=high, priority_l=low, priority_ll=Priority.HIGH, camera=_cameras(equipment),
    )  # fmt: skip


def _switch(
    tag: str,
    name: str,
    equipment: str,
    kind: Kind = Kind.SWITCH,
    alarm_on: int | None = None,
    priority: Priority = Priority.HIGH,
    latching: bool = False,
    help_text: str = "",
) -> Tag:
    return Tag(
        tag, name, equipment, kind, "", decimals=0, source=DCS, address=f"ns=2;s={tag}.PV", data_type=DataType.BOOL,
        alarm_on=alarm_on, priority_h=priority, latching=latching, guidance=help_text, camera=_cameras(equipment),
    )  # fmt: skip


def _cameras(equipment: str) -> tuple[str, ...]:
    return tuple(eye.code for eye in g.EYES if equipment in eye.equipment)


def level_limits(vessel: Vessel) -> Limits:
    """Metres."""
    if vessel.item == "tank.sphere":
        d = vessel.diameter
        return Limits(round(0.08 * d, 1), round(0.14 * d, 1), round(0.756 * d, 1), round(0.804 * d, 1))
    return Limits(1.8, 2.2, round(0.852 * vessel.height, 1), round(0.905 * vessel.height, 1))


def _vessel(v: Vessel) -> list[Tag]:
    n, code = v.number, v.code
    sphere = v.item == "tank.sphere"
    top = 16.0 if v.diameter == 15.7 else 14.0 if v.diameter == 14.5 else 15.0 if sphere else 11.0
    if sphere:
        own = Limits(0.12, 0.2, 1.3, 1.55)
        pressure = _analog(f"PT-{n}", f"{code}压力", code, Kind.PRESSURE, "MPa", (0, 2.5), 3, own, 0.02)
        temperature = Limits(-10, -5, 40, 45)
    else:
        blanket = Limits(0.05, 0.12, 1.3, 1.6)
        pressure = _analog(f"PT-{n}", f"{code}氮封压力", code, Kind.PRESSURE, "kPa", (-0.5, 3.0), 2, blanket, 0.03, 5.0)
        temperature = Limits(6, 8, 38, 42) if v.area == "benzene" else Limits(-10, -5, 38, 42)
    low_is = Priority.MEDIUM
    level = _analog(f"LT-{n}", f"{code}液位", code, Kind.LEVEL, "m", (0, top), 2, level_limits(v), 0.03, 1.0, TANK_HELP)
    return [
        replace(level, prealarm_min=PREALARMED.get(code)),
        _analog(f"TT-{n}", f"{code}温度", code, Kind.TEMPERATURE, "℃", (-30, 80), 1, temperature, 0.5, 5.0, high=low_is),
        pressure,
        _switch(f"LSHH-{n}", f"{code}液位高高联锁", code, Kind.INTERLOCK, 1, Priority.CRITICAL, True, TANK_HELP),
        _switch(f"XV-{n}", f"{code}进料切断阀", code),
    ]


def _pumping() -> list[Tag]:
    tags = []
    for spot in g.PUMPS:
        tags.append(_switch(f"{spot.code}.RUN", f"{spot.code}运行", spot.code))
    sets = (("100", "液化烃", "P-101A", 120), ("200", "甲醇", "P-201A", 200), ("300", "苯", "P-301A", 80))
    for number, product, pump, top in sets:
        tags.append(_analog(f"FT-{number}", f"{product}外送流量", pump, Kind.FLOW, "m³/h", (0, top), 1))
        skid = f"M-{number}"
        tags.append(_analog(f"FT-{number[0]}10", f"{product}收料流量", skid, Kind.FLOW, "m³/h", (0, top), 1))
        limits = Limits(None, None, 1.9, 2.1) if number == "100" else Limits(None, None, 0.75, 0.85)
        span = (0.0, 2.5) if number == "100" else (0.0, 1.0)
        tags.append(_analog(f"PT-{number}", f"{product}泵出口压力", pump, Kind.PRESSURE, "MPa", span, 2, limits, 0.02))
    return tags


def _loading() -> list[Tag]:
    tags = []
    for code, name, product, _ in g.BAYS:
        n = code[2:]
        tags += [
            _switch(f"GA-{n}", f"{name}静电接地断开", code, Kind.GROUNDING, 1, Priority.HIGH, False, GROUND_HELP),
            _switch(f"LA-{n}", f"{name}溢油", code, Kind.OVERFILL, 1, Priority.CRITICAL, True, SPILL_HELP),
            _analog(f"FT-{n}", f"{name}{product}流量", code, Kind.FLOW, "m³/h", (0, 100), 1, Limits(None, None, 80, 90), 1.0),
            _analog(f"FQ-{n}", f"{name}已装量", code, Kind.OTHER, "m³", (0, 60), 1),
            _switch(f"XV-{n}", f"{name}装车阀", code),
        ]
    return tags


def _chlorine() -> list[Tag]:
    w, e, c = "W-401", "E-401", "C-401"
    draught = Limits(None, None, -10, -5)
    return [
        _analog("TT-401", "液氯库室温(东)", w, Kind.TEMPERATURE, "℃", (-20, 60), 1, Limits(None, None, 35, 38), 0.5, 5.0),
        _analog("TT-402", "液氯库室温(西)", w, Kind.TEMPERATURE, "℃", (-20, 60), 1, Limits(None, None, 35, 38), 0.5, 5.0),
        _analog("PT-401", "氯气总管压力", e, Kind.PRESSURE, "MPa", (0, 1.0), 3, Limits(0.05, 0.1, 0.45, 0.55), 0.01),
        _analog("TT-403", "气化器水温", e, Kind.TEMPERATURE, "℃", (0, 100), 1, Limits(20, 25, 45, 50), 0.5, 5.0),
        _analog("WT-401", "在用钢瓶净重", w, Kind.OTHER, "kg", (0, 1200), 0, Limits(20, 50), 5.0),
        _analog("PT-402", "液氯库负压", w, Kind.PRESSURE, "Pa", (-100, 50), 0, draught, 2.0, 10.0, high=Priority.MEDIUM),
        _analog("LT-402", "碱液槽液位", c, Kind.LEVEL, "m", (0, 4), 2, Limits(0.8, 1.2, 3.4, 3.7), 0.03),
        _analog("FT-402", "碱液循环量", c, Kind.FLOW, "m³/h", (0, 60), 1, Limits(15, 22), 1.0, 5.0, low=Priority.HIGH),
        _analog("AT-402", "碱液浓度", c, Kind.COMPOSITION, "%", (0, 30), 1, Limits(8, 10), 0.2, 30.0),
        _switch("F-401A.RUN", "排风机A运行", "F-401A"),
        _switch("F-401B.RUN", "排风机B运行", "F-401B"),
        _switch("UZ-401", "氯泄漏联锁动作", c, Kind.INTERLOCK, 1, Priority.CRITICAL, True, TOXIC_HELP),
        _switch("HS-401", "氯泄漏联锁旁路", c, Kind.SWITCH, 1, Priority.MEDIUM, False, BYPASS_HELP),
    ]  # fmt: skip


def _chlorination() -> list[Tag]:
    r, t = "R-601", "T-601"
    return [
        _analog("TT-601", "氯化釜温度", r, Kind.TEMPERATURE, "℃", (0, 150), 1, Limits(55, 65, 83, 88), 0.5),
        _analog("PT-601", "氯化釜压力", r, Kind.PRESSURE, "kPa", (-5, 50), 1, Limits(None, None, 25, 35), 0.5),
        _analog("LT-601", "氯化釜液位", r, Kind.LEVEL, "%", (0, 100), 1, Limits(20, 35, 80, 88), 1.0),
        _analog("FT-601", "氯气流量", r, Kind.FLOW, "kg/h", (0, 1200), 0, Limits(None, None, 850, 950), 10.0),
        _analog("FT-602", "苯进料流量", r, Kind.FLOW, "m³/h", (0, 8), 2, Limits(1.0, 1.8), 0.1),
        _analog("ST-601", "搅拌转速", r, Kind.SPEED, "r/min", (0, 200), 0, Limits(70, 90), 2.0, low=Priority.HIGH),
        _switch("UZ-601", "氯化釜紧急停车", r, Kind.INTERLOCK, 1, Priority.CRITICAL, True, STOP_HELP),
        _switch("HS-601", "氯化釜停车联锁旁路", r, Kind.SWITCH, 1, Priority.MEDIUM, False, BYPASS_HELP),
        _analog("TT-611", "精馏塔顶温度", t, Kind.TEMPERATURE, "℃", (0, 150), 1, Limits(None, None, 88, 92), 0.5, 5.0),
        _analog("TT-612", "精馏塔釜温度", t, Kind.TEMPERATURE, "℃", (0, 200), 1, Limits(None, 120, 140, 145), 0.5, 5.0),
        _analog("PT-611", "精馏塔顶压力", t, Kind.PRESSURE, "kPa", (-5, 50), 1, Limits(None, None, 18, 25), 0.5),
        _analog("LT-611", "精馏塔釜液位", t, Kind.LEVEL, "%", (0, 100), 1, Limits(15, 25, 80, 90), 1.0),
    ]  # fmt: skip


def _utilities() -> list[Tag]:
    water, pit = Limits(0.5, 0.6), Limits(None, None, 0.6, 1.2)
    return [
        _analog("WS-901", "风速", "WM-901", Kind.WIND_SPEED, "m/s", (0, 40), 1),
        _analog("WD-901", "风向", "WM-901", Kind.WIND_DIRECTION, "°", (0, 360), 0),
        _analog("TT-901", "环境温度", "WM-901", Kind.TEMPERATURE, "℃", (-30, 60), 1),
        _analog("LT-701A", "消防水罐A液位", "T-701A", Kind.LEVEL, "m", (0, 12), 2, Limits(7.0, 8.0), 0.05),
        _analog("LT-701B", "消防水罐B液位", "T-701B", Kind.LEVEL, "m", (0, 12), 2, Limits(7.0, 8.0), 0.05),
        _analog("PT-701", "消防水总管压力", "P-701", Kind.PRESSURE, "MPa", (0, 1.6), 2, water, 0.02, low=Priority.HIGH),
        _analog("LT-801", "事故应急池液位", "S-02", Kind.LEVEL, "m", (0, 5), 2, pit, 0.03, high=Priority.MEDIUM),
        _analog("PT-801", "仪表风压力", "U-02", Kind.PRESSURE, "MPa", (0, 1.0), 2, Limits(0.42, 0.5), 0.01, low=Priority.HIGH),
        _analog("PT-802", "氮气压力", "U-02", Kind.PRESSURE, "MPa", (0, 1.0), 2, Limits(0.4, 0.5), 0.01, low=Priority.HIGH),
        _switch("UA-901", "UPS故障", "U-01", Kind.SWITCH, 1, Priority.MEDIUM),
        Tag("GDS-F1", "气体报警主机故障", "GDS-01", Kind.SWITCH, decimals=0, source=GDS, address=f"HR:{STATUS_BASE}.0",
            data_type=DataType.BOOL, alarm_on=1, priority_h=Priority.HIGH),
        Tag("GDS-F2", "气体报警主机备电故障", "GDS-01", Kind.SWITCH, decimals=0, source=GDS, address=f"HR:{STATUS_BASE}.1",
            data_type=DataType.BOOL, alarm_on=1, priority_h=Priority.MEDIUM),
    ]  # fmt: skip


def _detectors() -> list[Tag]:
    tags = []
    combustible = [head for head in g.HEADS if not head.reads.endswith("_ppm")]
    toxic = [head for head in g.HEADS if head.reads.endswith("_ppm")]
    for index, head in enumerate(combustible):
        tags.append(
            Tag(head.tag, f"{head.where}可燃气体", gas_area(head.area), Kind.COMBUSTIBLE_GAS, "%LEL", 0, 100, 1, GDS,
                f"{40001 + index}", DataType.UINT16, scale=0.1, limits=Limits(h=25, hh=50), deadband=2.0, on_delay_s=1.0,
                guidance=GAS_HELP, camera=_near(head))
        )  # fmt: skip
    for index, head in enumerate(toxic):
        chlorine = head.reads == "chlorine_ppm"
        tags.append(
            Tag(head.tag, f"{head.where}{'氯气' if chlorine else '苯'}", gas_area(head.area), Kind.TOXIC_GAS, "ppm",
                0, 5 if chlorine else 20, 2, GDS, f"HR:{TOXIC_BASE + 2 * index}", DataType.FLOAT32, WordOrder.CDAB,
                limits=Limits(h=0.3, hh=0.6) if chlorine else Limits(h=1.8, hh=3.6),
                deadband=0.03 if chlorine else 0.1, on_delay_s=1.0, latching=chlorine,
                guidance=TOXIC_HELP if chlorine else GAS_HELP, camera=_near(head))
        )  # fmt: skip
    return tags


def gas_area(area: str) -> str:
    """Equipment code that an area's detectors belong to."""
    order = ("lpg", "methanol", "benzene", "chlorine", "loading", "chlorination")
    return f"GA-{(order.index(area) + 1) * 100}"


def _near(head: Head) -> tuple[str, ...]:
    """The two nearest cameras of the same block."""
    box = next(area.box for area in g.AREAS if area.id == head.area)
    inside = [eye for eye in g.EYES if box.contains(eye.x, eye.y)]
    inside.sort(key=lambda eye: (eye.x - head.x) ** 2 + (eye.y - head.y) ** 2)
    return tuple(eye.code for eye in inside[:2])
