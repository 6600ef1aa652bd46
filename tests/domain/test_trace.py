"""Why is it silent, why did it alarm: which facts are told of a rule, and what they say."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.alarm import AlarmRule, RuleKind, RuleState
from app.domain.instant import DAY, HOUR, MINUTE, SECOND
from app.domain.sample import Quality, Reason, Sample
from app.domain.tag import Priority
from app.domain.trace import Around, Fact, span, why

S = SECOND
NOW = 1_000_000 * S
RULE = AlarmRule("T1", RuleKind.H, Priority.HIGH, 90.0, deadband=2.0, on_delay=10 * S, off_delay=5 * S)
LOW = replace(RULE, kind=RuleKind.L, limit=10.0)
STANDING = RuleState(active=True, acked=False, occurrence=7, raised_at=NOW - MINUTE, value=91.2, limit=90.0)
AROUND = Around(unit="%", clock=lambda at: f"+{(at - NOW) // S}s", mask="压缩机停机 状态报警")


def sample(value: Any, age_s: float = 2, quality: Quality = Quality.GOOD, reason: Reason = Reason.NONE) -> Sample:
    at = NOW - round(age_s * S)
    return Sample("T1", value, quality, reason, at, at)


def facts(rule: AlarmRule, state: RuleState, value: Sample | None, around: Around = AROUND) -> dict[str, Fact]:
    told = why(rule, state, value, NOW, around)
    assert told[0].code == "verdict"
    assert len({fact.code for fact in told}) == len(told)
    return {fact.code: fact for fact in told}


def test_a_value_below_its_limit_is_told_with_what_is_missing() -> None:
    told = facts(RULE, RuleState(), sample(85.0))
    assert list(told) == ["verdict", "value", "limit", "within"]
    assert told["verdict"].text == "没有报警"
    assert told["value"].text == "现在 85.0 %，2 秒前，数据良好"
    assert told["limit"].text == "限值 90.0 %，死区 2.0 %，报警延时 10 秒，消警延时 5 秒"
    assert (told["within"].text, told["within"].numbers["by"]) == ("未到限值，还差 5.0 %", -5.0)


def test_a_delay_is_told_with_how_far_it_is() -> None:
    waiting = RuleState(pending=True, running_from=NOW - 3 * S, elapsed=1 * S, seen=NOW, pending_value=91.0)
    told = facts(RULE, waiting, sample(91.0))
    assert told["on_delay"].text == "报警延时：10 秒中已过 4 秒"
    assert told["on_delay"].numbers == {"of_s": 10.0, "done_s": 4.0, "running": True}
    frozen = facts(RULE, replace(waiting, running_from=None), sample(91.0, 2, Quality.BAD, Reason.TIMEOUT))
    assert "已过 1 秒，因数据不可信而暂停" in frozen["on_delay"].text
    assert "报警不变化，延时暂停" in frozen["not_good"].text
    assert "beyond" not in frozen


CONDITIONS = [
    (RULE, STANDING, 91.2, "beyond", "达到或高于限值，超出 1.2 %"),
    (RULE, STANDING, 89.0, "deadband", "已回到限值以内，但死区使报警保持，须不高于 88.0 % 才消警"),
    (RULE, replace(STANDING, pending=True, running_from=NOW - S), 87.0, "off_delay", "消警延时：5 秒中已过 1 秒"),
    (LOW, RuleState(), 12.0, "within", "未到限值，还差 2.0 %"),
    (LOW, STANDING, 9.5, "beyond", "达到或低于限值，超出 0.5 %"),
    (LOW, STANDING, 11.0, "deadband", "已回到限值以内，但死区使报警保持，须不低于 12.0 % 才消警"),
]


@pytest.mark.parametrize(("rule", "state", "value", "code", "text"), CONDITIONS)
def test_why_it_alarms_or_keeps_alarming(rule: AlarmRule, state: RuleState, value: float, code: str, text: str) -> None:
    assert facts(rule, state, sample(value))[code].text == text


OVERLAYS = [
    ({"out_of_service": "拆检（工单 WO-7）"}, "out_of_service", "已停用：拆检（工单 WO-7）", "不发声：已停用"),
    ({"suppressed": "按设计抑制：一号罐 停用"}, "suppressed", "已抑制：按设计抑制：一号罐 停用", "不发声：已抑制"),
    ({"masked_by": "K1/STATE"}, "masked", "被上级报警屏蔽：压缩机停机 状态报警", "不发声：被上级报警屏蔽"),
    (
        {"shelved_until": NOW + 12 * MINUTE, "shelved_by": "wang", "shelve_reason": "检修"},
        "shelved",
        "已由 wang 搁置到 +720s，还剩 12 分钟，原因：检修",
        "不发声：已搁置",
    ),
]


@pytest.mark.parametrize(("fields", "code", "text", "verdict"), OVERLAYS)
def test_why_it_is_silent_although_the_condition_holds(fields: dict[str, Any], code: str, text: str, verdict: str) -> None:
    told = facts(RULE, replace(STANDING, **fields), sample(91.2))
    assert told[code].text == text
    assert told["verdict"].text == f"{verdict}（其下：正在报警，尚未确认）"
    assert "beyond" in told


def test_all_overlays_are_told_the_gravest_first() -> None:
    every: dict[str, Any] = {}
    for fields, *_ in OVERLAYS:
        every |= fields
    told = list(facts(RULE, replace(STANDING, **every), sample(91.2)))
    assert [code for code in told if code in ("out_of_service", "suppressed", "masked", "shelved")] == [
        code for _, code, _, _ in OVERLAYS
    ]


def test_a_standing_alarm_tells_when_with_what_and_who() -> None:
    acked = replace(STANDING, acked=True, acked_at=NOW - 30 * S, acked_by="wang", note="已派人")
    told = facts(RULE, replace(acked, active=False, latched=True), sample(80.0))
    assert told["raised"].text == "+-60s 报警，当时值 91.2 %，当时限值 90.0 %，至今 1 分钟"
    assert told["acknowledged"].text == "wang 于 +-30s 确认，说明：已派人"
    assert told["latched"].text == "条件已消失，锁存使报警保持，须复位"


def test_lost_data_is_told_with_its_reason_and_since_when() -> None:
    lost = replace(STANDING, source_lost_since=NOW - 3 * MINUTE)
    told = facts(RULE, lost, sample(91.0, 200, Quality.BAD, Reason.COMM_LOST))
    assert told["not_good"].text.startswith("数据不可信：数据源中断，最后的值 91.0 %，3 分钟前")
    assert told["source_lost"].text == "数据源自 +-180s 中断（3 分钟），报警按最后所知保持"
    never = facts(RULE, RuleState(), sample(None, 5, Quality.UNCERTAIN, Reason.NO_DATA_YET))
    assert "还没有收到过值" in never["not_good"].text


def test_chatter_tells_the_longer_delay() -> None:
    around = replace(AROUND, chattering_since=NOW - MINUTE, plain_off_delay=5 * S)
    told = facts(replace(RULE, off_delay=30 * S), STANDING, sample(91.0), around)
    assert told["chattering"].text == "自 +-60s 起反复报警，消警延时由 5 秒 暂时加长到 30 秒"


def test_switches_sources_and_the_station_have_their_own_words() -> None:
    switch = AlarmRule("K1", RuleKind.STATE, Priority.HIGH, 1.0)
    assert facts(switch, RuleState(), sample(False))["within"].text == "现在不是报警值 1"
    assert facts(switch, RuleState(active=True), sample(True))["beyond"].text == "现在是报警值 1"
    link = AlarmRule("@dcs", RuleKind.LINK, Priority.HIGH, 1.0)
    told = facts(link, RuleState(), None, replace(AROUND, detail="服务器没有应答"))
    assert [(code, fact.text) for code, fact in told.items()] == [("verdict", "没有报警"), ("link", "服务器没有应答")]


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0, "0 秒"),
        (400_000, "0.4 秒"),
        (4 * S, "4 秒"),
        (59 * S, "59 秒"),
        (61 * S, "1 分钟"),
        (3 * HOUR + 5 * MINUTE, "3 小时 5 分钟"),
        (2 * DAY + 4 * HOUR, "2 天 4 小时"),
        (-5 * S, "0 秒"),
    ],
)
def test_spans_in_words(length: int, text: str) -> None:
    assert span(length) == text
