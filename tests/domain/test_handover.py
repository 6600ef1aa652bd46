"""The handover sheet from what is known: every section, what is left open, what came after the signature."""

from dataclasses import replace
from importlib import resources
from typing import Any

from app.domain.form import Form, FormDef
from app.domain.form_file import read_form
from app.domain.form_step import begin, move
from app.domain.handover import (
    MOST,
    SECTIONS,
    Known,
    Left,
    LimitChange,
    Note,
    OpenForm,
    after_signing,
    horn_test,
    make_sheet,
    still_left,
)
from app.domain.instant import HOUR, MINUTE, SECOND, Instant, to_rfc3339
from app.domain.kpi import Alarmed
from app.domain.plant import Equipment, EquipmentStatus
from app.domain.roles import Role
from app.domain.wire import AlarmMsg, LinkMsg

START: Instant = 1_800_000_000 * SECOND
NOW = START + 9 * HOUR


def alarm(occurrence: int, state: str = "UNACK", rule: str = "H", ago: Instant = HOUR, **more: Any) -> AlarmMsg:
    made = AlarmMsg(occurrence, f"T{occurrence}", f"T{occurrence}液位", "V-1", rule, state, "high")
    return replace(made, raised_at=to_rfc3339(NOW - ago), message=f"T{occurrence}液位 高报", **more)


def definition() -> FormDef:
    faults: list[Any] = []
    made = read_form("handover.toml", resources.files("resources").joinpath("forms/handover.toml").read_bytes(), faults)
    assert made is not None, faults
    return made


FULL = Known(
    START,
    NOW,
    alarms=(
        alarm(1, "ACKED", ago=9 * HOUR),
        alarm(2, priority="low"),
        alarm(3, priority="critical"),
        alarm(4, "SHLVD", shelved_until=to_rfc3339(NOW + HOUR), shelved_by="wang", reason="仪表校验"),
        alarm(5, "DSUPR", reason="罐停用"),
        alarm(6, "OOSRV", rule="H", reason="拆检（工单 WO-7）"),
        replace(alarm(7, "OOSRV", rule="HH", reason="拆检（工单 WO-7）"), tag="T6"),
        alarm(8, "UNACK", rule="SYSTEM"),
        alarm(9, "ACKED", rule="LINK"),
    ),
    alarmed=(
        Alarmed(START + MINUTE, START + 2 * MINUTE, START + MINUTE + 30 * SECOND, "T1", "H", "high", "V-1", "wang"),
        Alarmed(START + 3 * MINUTE, None, START + 4 * MINUTE, "T1", "H", "high", "V-1", "wang"),
        Alarmed(START + HOUR, None, None, "T2", "HH", "critical", "V-1"),
    ),
    equipment=(Equipment("V-1", "一号罐"), Equipment("V-2", "二号罐", area="罐区", status=EquipmentStatus.MAINTENANCE)),
    links=(LinkMsg("dcs", "up", "", 1), LinkMsg("gds", "down", to_rfc3339(NOW - MINUTE), 1, "对端关闭了连接", name="气体")),
    limit_changes=(LimitChange(START + HOUR, "T1", "T1液位", "高报", "80", "", "zhao", "限值-7 批准 wu"),),
    forms=(
        OpenForm(11, "handling", "处置-2", "T2 高报", "待处置", None, START),
        OpenForm(12, "handling", "处置-1", "T1 高报", "待核销", NOW - MINUTE, START),
    ),
    notes=(
        Note(START + MINUTE, "王强", "听到报警声", "horn_test"),
        Note(START + HOUR, "王强", "巡检一号罐区正常"),
        Note(START + 2 * HOUR, "王强", "已修好", "closed", "2号泵漏油"),
    ),
    left=(Left("2号泵漏油", "交办", "前一班"), Left("GT-3 数据坏", "待检修", "前一班")),
    names={"T1": "T1液位"},
)


def cells(section: str, column: str, known: Known = FULL) -> list[Any]:
    return [row.get(column) for row in make_sheet(known)[section]]


def test_every_section_says_what_is_known() -> None:
    assert cells("open_alarms", "occurrence") == [3, 2, 1]  # not acknowledged first, then by priority
    assert [(row["occurrence"], row["hours"]) for row in make_sheet(FULL)["standing"]] == [(1, 9.0)]
    assert make_sheet(FULL)["shelved"] == [
        {"tag": "T4", "text": "T4液位", "what": "H", "until": to_rfc3339(NOW + HOUR), "by": "wang", "reason": "仪表校验",
         "occurrence": 4}
    ]  # fmt: skip
    assert cells("suppressed", "reason") == ["罐停用"]
    assert [(r["tag"], r["reason"], r["rules"]) for r in make_sheet(FULL)["out_of_service"]] == [("T6", "拆检（工单 WO-7）", 2)]
    assert [(r["equipment"], r["status"]) for r in make_sheet(FULL)["stopped"]] == [("V-2", "检修")]
    assert [(r["old"], r["new"], r["by"], r["why"]) for r in make_sheet(FULL)["limit_changes"]] == [
        ("80", "未设", "zhao", "限值-7 批准 wu")
    ]
    assert [(r["number"], r["overdue"]) for r in make_sheet(FULL)["forms_open"]] == [("处置-1", True), ("处置-2", False)]
    assert [(r["source"], r["error"]) for r in make_sheet(FULL)["sources_lost"]] == [("gds", "对端关闭了连接")]
    assert cells("system", "occurrence") == [8]
    assert cells("notes", "text") == ["巡检一号罐区正常", "已修好"]
    assert [(r["item"], r.get("closed_by")) for r in make_sheet(FULL)["left"]] == [("2号泵漏油", "王强"), ("GT-3 数据坏", None)]
    assert horn_test(FULL.notes) == FULL.notes[0]
    assert horn_test(FULL.notes[1:]) is None


def test_the_figures_of_the_shift() -> None:
    said = {row["text"]: row["value"] for row in make_sheet(FULL)["figures"]}
    assert said == {
        "报警次数": "3", "其中紧急": "1", "其中高": "2", "其中中": "0", "其中低": "0", "平均每 10 分钟": "0.1",
        "10 分钟内最多": "2", "报警泛滥": "0", "确认用时中位数": "45 秒", "确认用时 95 %": "1 分 0 秒", "尚未确认": "1",
    }  # fmt: skip
    assert [(r["tag"], r["text"], r["count"], r["share"]) for r in make_sheet(FULL)["bad_actors"]] == [
        ("T1", "T1液位", 2, 66.7),
        ("T2", "T2", 1, 33.3),
    ]


def test_a_quiet_shift_has_every_section_and_they_are_empty() -> None:
    sheet = make_sheet(Known(START, START))
    assert list(sheet) == list(SECTIONS)
    assert {key for key, rows in sheet.items() if rows} == {"figures"}


def test_a_storm_does_not_make_the_sheet_unreadable() -> None:
    sheet = make_sheet(replace(FULL, alarms=[alarm(n) for n in range(1, 1001)]))
    assert len(sheet["open_alarms"]) == MOST
    assert sheet["open_alarms"][-1] == {"text": f"……另有 {1000 - MOST + 1} 条，见报警列表"}


def test_the_sheet_is_what_the_form_declares() -> None:
    """Columns and sections of the code and of the declaration are the same, and the words are in its lists of choices."""
    kind = definition()
    form = begin(kind, 1, "shift:x", "x", "", {}, "@station", None, NOW, make_sheet(FULL))
    assert {key for key in SECTIONS if form.fields.get(key)} == set(SECTIONS)
    assert [kind.field_named(key).title for key in SECTIONS] == list(SECTIONS.values())


def signed(**fields: Any) -> Form:
    kind = definition()
    form = begin(kind, 1, "shift:x", "x", "", {}, "@station", None, START)
    return move(kind, form, "sign_out", fields, "", "wang", Role.OPERATOR, NOW, make_sheet(FULL))


def test_what_stays_open_goes_to_the_next_shift() -> None:
    kind = definition()
    form = signed(matters=[{"item": "盯住 V-2 清罐"}])
    form = move(kind, form, "sign_in", {"refused": [{"item": "GT-5", "why": "没有标定记录"}]}, "", "li", Role.OPERATOR, NOW)
    assert form.state == "done"
    assert still_left(form.fields, "夜班") == [
        Left("GT-3 数据坏", "待检修", "前一班"),
        Left("盯住 V-2 清罐", "交办", "夜班"),
        Left("GT-5", "接班人未接受：没有标定记录", "夜班"),
    ]
    assert still_left({}, "夜班") == []


def test_what_changed_after_the_signature_is_told_and_the_sheet_is_not_touched() -> None:
    form = signed()
    assert after_signing(form.fields, make_sheet(FULL)) == []
    later = replace(
        FULL,
        now=NOW + HOUR,
        alarms=[replace(one, state="ACKED") if one.occurrence == 3 else one for one in FULL.alarms if one.occurrence != 2]
        + [alarm(30)],
        links=FULL.links[:1],
    )
    told = [(c["section"], c["change"], c["row"].get("occurrence", "")) for c in after_signing(form.fields, make_sheet(later))]
    assert told == [
        ("open_alarms", "new", 30),
        ("open_alarms", "new", 3),
        ("open_alarms", "gone", 3),
        ("open_alarms", "gone", 2),
        ("sources_lost", "gone", ""),
    ]
