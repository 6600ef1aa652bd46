"""A small tank farm for the tests of the plant picture: two rows of tanks, gas detectors, a pump, a bay, a camera, a plan."""

from app.domain.alarm import AlarmState, RuleKind
from app.domain.instant import SECOND, Instant
from app.domain.plant import Background, Camera, Equipment, EquipmentStatus, EquipmentType, Layout, LayoutItem
from app.domain.sample import Quality, Reason, Sample, good
from app.domain.tag import DataType, Kind, Limits, Priority, Tag
from app.domain.wire import AlarmMsg

NOW: Instant = 1_790_000_000 * SECOND

_ROWS = (  # id, type, x, y, w, h, chemical
    ("V-101", "tank.sphere", 20, 74, 14, 14, "液化石油气"),
    ("V-102", "tank.sphere", 46, 74, 14, 14, "液化石油气"),
    ("V-103", "tank.sphere", 72, 74, 14, 14, "液化石油气"),
    ("V-201", "tank.vertical", 20, 40, 12, 12, "甲醇"),
    ("V-202", "tank.vertical", 42, 40, 12, 12, "甲醇"),
    ("V-203", "tank.floating_roof", 64, 40, 12, 12, "苯"),
    ("V-204", "tank.floating_roof", 86, 40, 12, 12, "苯"),
    ("V-301", "tank.horizontal", 104, 74, 18, 8, "液氯"),
    ("R-401", "reactor", 108, 42, 9, 13, "硝化"),
    ("T-402", "column", 126, 44, 5, 22, "精馏"),
)


def tank_tags(name: str) -> list[Tag]:
    return [
        Tag(f"{name}.LT", f"{name}液位", name, Kind.LEVEL, "%", 0, 100, 1, limits=Limits(5, 10, 85, 92)),
        Tag(f"{name}.TT", f"{name}温度", name, Kind.TEMPERATURE, "℃", -20, 80, 1, limits=Limits(h=40, hh=50)),
        Tag(f"{name}.PT", f"{name}压力", name, Kind.PRESSURE, "MPa", 0, 2, 3, limits=Limits(h=1.2, hh=1.6)),
    ]


def digital(name: str, said: str, equipment: str, kind: Kind, alarm_on: int | None = None) -> Tag:
    return Tag(name, said, equipment, kind, data_type=DataType.BOOL, decimals=0, alarm_on=alarm_on)


def gas(name: str, kind: Kind, unit: str, high: float) -> Tag:
    return Tag(name, f"{name}浓度", "", kind, unit, 0, high, 0, limits=Limits(h=high * 0.25, hh=high * 0.5))


TAGS: dict[str, Tag] = {
    tag.tag: tag
    for tag in [
        *(tag for row in _ROWS for tag in tank_tags(row[0])),
        Tag("V-201.LSHH", "V-201高高液位开关", "V-201", Kind.SWITCH, data_type=DataType.BOOL, alarm_on=1),
        *(gas(f"GT-10{i}", Kind.COMBUSTIBLE_GAS, "%LEL", 100) for i in range(1, 5)),
        gas("GT-301", Kind.TOXIC_GAS, "ppm", 20),
        digital("P-101.RUN", "P-101运行", "P-101", Kind.OTHER),
        Tag("P-101.FT", "P-101流量", "P-101", Kind.FLOW, "t/h", 0, 80, 1),
        digital("XV-101.ZS", "XV-101开", "XV-101", Kind.OTHER),
        digital("B-1.GND", "1号鹤位接地", "B-1", Kind.GROUNDING, 0),
        digital("B-1.OVF", "1号鹤位溢流", "B-1", Kind.OVERFILL, 1),
        Tag("WD", "风向", "", Kind.WIND_DIRECTION, "°", 0, 360, 0),
        Tag("WS", "风速", "", Kind.WIND_SPEED, "m/s", 0, 40, 1),
    ]
}
EQUIPMENT: dict[str, Equipment] = {
    **{
        row[0]: Equipment(
            row[0], f"{row[6]}储罐", EquipmentType.TANK, "一号罐区", "370300001001", 1 if row[6] == "液化石油气" else 2, row[6]
        )
        for row in _ROWS
    },
    "P-101": Equipment("P-101", "装车泵", EquipmentType.PUMP, "装卸区", "370300001002", 3),
    "B-1": Equipment("B-1", "1号装车鹤位", EquipmentType.LOADING_BAY, "装卸区", "370300001002", 3, "甲醇"),
    "V-204": Equipment(
        "V-204",
        "苯储罐",
        EquipmentType.TANK,
        "一号罐区",
        "370300001001",
        2,
        "苯",
        "71-43-2",
        870.0,
        EquipmentStatus.MAINTENANCE,
    ),
}
CAMERAS = {"C1": Camera("C1", "罐区东北角球机", equipment=("V-101",)), "C2": Camera("C2", "装车台枪机", equipment=("B-1",))}

_ITEMS = (
    *(
        LayoutItem(row[0], row[1], row[2], row[3], row[4], row[5], label=row[0], equipment=row[0],
                   bind={"level": f"{row[0]}.LT", "temperature": f"{row[0]}.TT", "pressure": f"{row[0]}.PT"}, cameras=("C1",))
        for row in _ROWS
    ),
    *(
        LayoutItem(f"g{i}", "gas_detector", x, y, label=name, bind={"value": name})
        for i, (name, x, y) in enumerate(
            (("GT-101", 33, 78), ("GT-102", 59, 78), ("GT-103", 31, 44), ("GT-104", 53, 44), ("GT-301", 88, 80))
        )
    ),
    LayoutItem("p1", "pump", 20, 14, 4, 4, label="P-101", equipment="P-101", bind={"running": "P-101.RUN", "flow": "P-101.FT"}),
    LayoutItem("xv1", "valve", 32, 14, 3.4, 3.4, label="XV-101", bind={"open": "XV-101.ZS"}),
    LayoutItem("b1", "loading_bay", 52, 14, 16, 9, label="1号鹤位", equipment="B-1",
               bind={"grounding": "B-1.GND", "overfill": "B-1.OVF"}),
    LayoutItem("w1", "warehouse", 78, 14, 14, 9, label="甲类库"),
    LayoutItem("x1", "flare.stack", 98, 14, 8, 8, label="火炬"),
    LayoutItem("c1", "camera", 134, 86, options={"bearing": 235, "angle": 50, "reach": 40}, camera="C1", label="C1"),
    LayoutItem("wd", "value", 120, 14, label="风向", bind={"value": "WD", "speed": "WS"}),
    LayoutItem("pipe", "pipe", 0, 0, options={"points": [[22, 14], [30, 14], [36, 14], [44, 14]]}),
    LayoutItem("a1", "area", 46, 72, 86, 28, label="球罐区防火堤"),
    LayoutItem("t1", "text", 70, 95, label="一号罐区", options={"size": 3}),
    LayoutItem("l1", "link", 14, 94, 20, 5, label="装卸站", options={"layout": "loading"}),
)  # fmt: skip

PLAN = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1400 1000" width="1400" height="1000">
<rect width="1400" height="1000" fill="#ffffff"/>
<g fill="none" stroke="#222" stroke-width="2"><rect x="20" y="130" width="900" height="300"/>
<rect x="20" y="480" width="960" height="270"/>
<path d="M0 455H1400M0 465H1400M0 780H1400M0 790H1400" stroke="#666"/>
<circle cx="200" cy="260" r="70"/><circle cx="460" cy="260" r="70"/></g>
<text x="1180" y="960" font-size="30" fill="#000">总平面布置图</text></svg>""".encode()

LAYOUT = Layout("farm", "一号罐区", 2, (0, 0, 140, 100), _ITEMS, Background("farm.svg", (0.1, 0, 0, -0.1, 0, 100), 0.3))
LOADING = Layout(
    "loading", "装卸站", 2, (0, 0, 60, 40),
    (LayoutItem("b1", "loading_bay", 30, 20, 16, 9, label="1号鹤位", equipment="B-1",
                bind={"grounding": "B-1.GND", "overfill": "B-1.OVF"}),),
)  # fmt: skip


def calm(now: Instant = NOW) -> dict[str, Sample]:
    """Everything normal."""
    values: dict[str, Sample] = {}
    for i, row in enumerate(_ROWS):
        for tag, value in ((".LT", 30.0 + 5.3 * i), (".TT", 18.0 + i * 0.7), (".PT", 0.62 + 0.01 * i)):
            values[row[0] + tag] = good(row[0] + tag, value, now, now)
    for name, value in (
        ("GT-101", 0.0),
        ("GT-102", 2.0),
        ("GT-103", 0.0),
        ("GT-104", 1.0),
        ("GT-301", 0.0),
        ("P-101.FT", 42.5),
    ):
        values[name] = good(name, value, now, now)
    for name, state in (
        ("P-101.RUN", 1),
        ("XV-101.ZS", 0),
        ("B-1.GND", 1),
        ("B-1.OVF", 0),
        ("V-201.LSHH", 0),
        ("WD", 135),
        ("WS", 3.2),
    ):
        values[name] = good(name, state, now, now)
    return values


def upset(now: Instant = NOW) -> dict[str, Sample]:
    """What differs in a bad hour."""
    old = now - 185 * SECOND
    return {
        "V-202.LT": good("V-202.LT", 93.4, now, now),
        "V-103.TT": good("V-103.TT", 41.2, now, now),
        "GT-102": good("GT-102", 31.0, now, now),
        "V-203.LT": Sample("V-203.LT", 61.7, Quality.BAD, Reason.COMM_LOST, old, old),
        "V-203.TT": Sample("V-203.TT", 24.1, Quality.BAD, Reason.COMM_LOST, old, old),
        "V-203.PT": Sample("V-203.PT", 0.002, Quality.BAD, Reason.COMM_LOST, old, old),
        "GT-301": Sample("GT-301", None, Quality.BAD, Reason.SENSOR_FAILURE, old, old),
        "B-1.GND": good("B-1.GND", 0, now, now),
        "R-401.LT": Sample("R-401.LT", 48.0, Quality.UNCERTAIN, Reason.STALE, old, old),
    }


def alarm(
    occurrence: int,
    tag: str,
    rule: RuleKind,
    state: AlarmState,
    priority: Priority,
    value: float = 0.0,
    limit: float | None = None,
) -> AlarmMsg:
    bound = TAGS.get(tag)
    return AlarmMsg(
        occurrence, tag, bound.name if bound else tag, bound.equipment if bound else "", rule, state, priority.word, value,
        limit, bound.unit if bound else "", raised_at="2026-09-21T14:13:20.000Z", message=f"{tag} {rule}",
        guidance="停止进料，关闭进料阀 XV-202，现场确认液位计；通知班长并准备倒罐。",
    )  # fmt: skip


def alarms() -> dict[str, list[AlarmMsg]]:
    return {
        "V-202.LT": [
            alarm(11, "V-202.LT", RuleKind.HH, AlarmState.UNACK, Priority.CRITICAL, 93.4, 92),
            alarm(10, "V-202.LT", RuleKind.H, AlarmState.ACKED, Priority.HIGH, 93.4, 85),
        ],
        "V-103.TT": [alarm(12, "V-103.TT", RuleKind.H, AlarmState.ACKED, Priority.HIGH, 41.2, 40)],
        "GT-102": [alarm(13, "GT-102", RuleKind.H, AlarmState.UNACK, Priority.MEDIUM, 31, 25)],
        "V-203.LT": [alarm(14, "V-203.LT", RuleKind.BAD, AlarmState.UNACK, Priority.MEDIUM)],
        "V-101.PT": [alarm(15, "V-101.PT", RuleKind.H, AlarmState.RTNUN, Priority.HIGH, 1.21, 1.2)],
        "V-301.TT": [alarm(16, "V-301.TT", RuleKind.H, AlarmState.SHLVD, Priority.LOW, 41, 40)],
        "B-1.GND": [alarm(17, "B-1.GND", RuleKind.STATE, AlarmState.ACKED, Priority.LOW, 0)],
    }
