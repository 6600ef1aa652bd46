"""The daily duty report from what is known of a day."""

from dataclasses import replace
from importlib import resources
from typing import Any

from app.domain.daily import KINDS, CrewOfDay, Day, FormsOfDay, report
from app.domain.form_file import read_form
from app.domain.form_step import begin
from app.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant
from app.domain.kpi import Alarmed
from app.domain.plant import Equipment, Source
from app.domain.tag import Kind, Tag

START: Instant = 1_800_000_000 * SECOND


def heard(at: Instant, tag: str, rule: str = "H", lasts: Instant | None = MINUTE, ack: bool = True, **more: Any) -> Alarmed:
    made = Alarmed(START + at, None if lasts is None else START + at + lasts, START + at + SECOND if ack else None, tag, rule,
                   "high", "V-1", "wang")  # fmt: skip
    return made._replace(**more)


DAY_KNOWN = Day(
    "2026-11-20",
    START,
    START + DAY,
    START + DAY + 30 * MINUTE,
    "示范化工",
    "370300001",
    tags=(
        Tag("T1", equipment="V-1", kind=Kind.LEVEL, source="dcs"),
        Tag("T2", equipment="V-1", kind=Kind.PRESSURE, source="dcs"),
        Tag("G1", equipment="G-1", kind=Kind.TOXIC_GAS, source="gds"),
    ),
    equipment=(
        Equipment("V-1", area="罐区", hazard_source="H1", hazard_level=2, chemical="甲醇", responsible="孙明"),
        Equipment("V-2", area="罐区", hazard_source="H1", hazard_level=2, chemical="苯", responsible="孙明"),
        Equipment("G-1", area="氯库", hazard_source="H2", hazard_level=1, chemical="氯"),
    ),
    sources=(Source("dcs", "opcua", "x", options={"name": "集散"}), Source("gds", "modbus_tcp", "y")),
    alarmed=(
        heard(-HOUR, "T1", lasts=None),  # of the day before, still standing
        heard(HOUR, "T1"),
        heard(2 * HOUR, "T1", ack=False),
        heard(3 * HOUR, "G1", "HH", lasts=None, priority="critical", equipment="G-1"),
        heard(4 * HOUR, "T2", "BAD", lasts=6 * HOUR),
    ),
    lost={
        "dcs": [
            (START - HOUR, START + 3 * HOUR),
            (START + 2 * HOUR, START + 5 * HOUR),
            (START + 23 * HOUR, START + 30 * HOUR),
        ]
    },
    crews=(CrewOfDay("白班", "甲班", "张伟", "张伟"),),
    forms=(FormsOfDay("报警处置单", 3, 2, 4, 1),),
)


def test_alarms_by_priority_kind_and_area() -> None:
    found = report(DAY_KNOWN)

    def said(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return [(row["name"], row["count"], row["handled"], row["open"], row["unacked"]) for row in rows]

    assert said(found["by_class"]) == [("紧急", 1, 0, 1, 0), ("高", 3, 2, 1, 1), ("中", 0, 0, 0, 0), ("低", 0, 0, 0, 0)]
    assert said(found["by_kind"]) == [("液位", 2, 1, 1, 1), ("数据坏", 1, 1, 0, 0), ("有毒气体", 1, 0, 1, 0)]
    assert said(found["by_area"]) == [("罐区", 3, 2, 1, 1), ("氯库", 1, 0, 1, 0)]
    assert found["alarm_line"].startswith("全天报警 4 次，涉及 3 个位号；已处置 2 次，未处置 2 次；10 分钟内最多 1 次")


def test_hazard_sources_worst_first() -> None:
    rows = report(DAY_KNOWN)["hazards"]
    assert [(r["code"], r["level"], r["chemicals"], r["tags"], r["alarms"], r["standing"]) for r in rows] == [
        ("H2", 1, "氯", 1, 1, 1),
        ("H1", 2, "甲醇、苯", 2, 3, 1),
    ]


def test_losses_are_counted_once_and_within_the_day() -> None:
    dcs, gds = report(DAY_KNOWN)["sources"]
    # lost 0-5 h and 23-24 h; T2 blind 4-10 h too: T1 6 h, T2 11 h of 2 x 24 h
    assert (dcs["losses"], dcs["lost_min"], dcs["online"], dcs["complete"]) == (2, 360.0, 75.0, round(100 * (1 - 17 / 48), 2))
    assert (gds["losses"], gds["online"], gds["complete"]) == (0, 100.0, 100.0)


def test_a_day_without_anything() -> None:
    found = report(Day("2026-11-20", START, START + DAY, START + DAY))
    assert found["alarm_line"] == "全天没有报警。"
    assert [row["count"] for row in found["by_class"]] == [0, 0, 0, 0]
    assert found["by_kind"] == found["hazards"] == found["sources"] == []


def test_every_kind_of_tag_has_its_word() -> None:
    assert set(KINDS) == set(Kind)


def test_it_is_what_the_form_declares() -> None:
    faults: list[Any] = []
    data = resources.files("resources").joinpath("forms/daily_report.toml").read_bytes()
    kind = read_form("daily_report.toml", data, faults)
    assert kind is not None, faults
    shelf = {"tag": "T1", "text": "液位", "what": "H", "until": "2026-11-21T00:00:00.000Z", "by": "wang", "reason": "校验"}
    form = begin(kind, 1, "day:x", "x", "", {}, "@station", None, START, report(replace(DAY_KNOWN, shelved=[shelf])))
    filled = {one.key for one in kind.fields if one.filled}
    assert filled - form.fields.keys() == {"limit_changes"}  # there were none
    groups = list(dict.fromkeys(one.group for one in kind.fields))
    assert [name[0] for name in groups if name[1] == "、"] == list("一二三四五六七八")
