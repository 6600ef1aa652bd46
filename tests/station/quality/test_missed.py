"""漏报 against the journal: found when nothing is on record, and never said where the station rightly kept silent."""

from dataclasses import replace

import numpy as np
import pytest

from app.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant
from app.domain.tag import Limits
from tests.station.quality.plantdata import SECONDS, START, clean_values
from tests.station.quality.rig import Day

AT = 10 * 3600


def gas(day: Day, length: int, value: float = 32.0, tag: str = "GT-1") -> Instant:
    """Above the limit of 25 for `length` seconds from ten o'clock on."""
    number = clean_values(tag).copy()
    number[AT : AT + length] = value + np.random.default_rng(1).normal(0, 0.5, length)
    day.set(tag, number=number)
    return int(day.columns[tag].receive[AT])


def missed(day: Day, **more: object) -> list[str]:
    found = day.judge(**more)  # type: ignore[arg-type]
    return [one.what for one in found.findings if one.kind.value == "missed"]


def test_missed_when_nothing_is_on_record(day: Day) -> None:
    began = gas(day, 300)
    found = day.judge()
    one = found.one("GT-1", "missed")
    assert one.what == "missed_H" and abs(one.start - began) <= SECOND and 299 <= one.evidence["length_s"] <= 301
    assert one.evidence["should"] == 25 and one.value > 30 and "没有任何报警记录" in one.reason
    assert found.rows["GT-1"].scores.authenticity <= 50


def test_not_missed_with_a_record_heard_or_not(day: Day) -> None:
    began = gas(day, 300)
    day.alarm("GT-1", "H", began + SECOND, began + 301 * SECOND, 25, announced=False)  # under a shelf
    assert missed(day) == []


def test_an_alarm_that_stood_since_yesterday_is_a_record(day: Day) -> None:
    gas(day, 300)
    day.alarm("GT-1", "H", START - 3 * HOUR, None, 25)
    assert missed(day) == []


def test_another_rule_or_point_is_no_record(day: Day) -> None:
    began = gas(day, 300, value=60.0)
    day.alarm("GT-1", "H", began, began + 300 * SECOND, 25)
    day.alarm("GT-2", "HH", began, began + 300 * SECOND, 50)
    assert missed(day) == ["missed_HH"]


@pytest.mark.parametrize("length, want", [(45, []), (75, ["missed_H"])])
def test_a_minute_is_needed(day: Day, length: int, want: list[str]) -> None:
    gas(day, length)
    assert missed(day) == want


def test_the_delay_is_honoured(day: Day) -> None:
    gas(day, 300)
    slow = tuple(replace(one, on_delay_s=600.0) if one.tag == "GT-1" else one for one in day.site.tags)
    day.site = replace(day.site, tags=slow)
    assert missed(day) == []


def test_the_limit_in_force_at_that_time_counts(day: Day) -> None:
    gas(day, 300)
    wide = tuple(replace(one, limits=Limits(None, None, 40, 50)) if one.tag == "GT-1" else one for one in day.site.tags)
    day.store.config.save(replace(day.site, tags=wide), "zheng", "放宽", START - DAY)
    day.store.config.save(day.site, "zheng", "恢复", START + 12 * HOUR)
    assert missed(day) == []


def test_bad_quality_and_gaps_break_an_excursion(day: Day) -> None:
    began = gas(day, 110)
    quality = np.zeros(SECONDS, np.uint16)
    quality[AT + 50 : AT + 60] = 2  # two excursions of less than a minute
    day.set("GT-1", quality=quality)
    assert missed(day) == []
    day.set("GT-1", quality=np.zeros(SECONDS, np.uint16))
    day.gaps = [(began + 50 * SECOND, began + 51 * SECOND)]
    assert missed(day) == []


def test_late_samples_accuse_nobody(day: Day) -> None:
    """An hour that was stored and sent later: nobody could have alarmed."""
    gas(day, 300)
    receive = day.columns["GT-1"].receive.copy()
    receive[AT - 60 : AT + 600] = receive[AT + 700] + np.arange(660)
    day.set("GT-1", receive=receive)
    assert missed(day) == []


def test_a_held_value_of_a_subscription_counts_as_long_as_it_is_held(day: Day) -> None:
    c = day.columns["GT-2"]
    at, until = START + 10 * HOUR, START + 10 * HOUR + 10 * MINUTE
    keep = (c.receive < at) | (c.receive >= until)
    source = np.sort(np.append(c.source[keep], at))
    where = int(np.searchsorted(source, at))
    day.columns["GT-2"] = type(c)(
        "GT-2", source, source + 40_000, np.insert(c.number[keep], where, 30.0), np.zeros(len(source), np.uint16)
    )
    assert missed(day) == ["missed_H"]


def test_a_switch_that_stood_wrong(day: Day) -> None:
    from app.domain.tag import DataType, Kind, Tag

    switch = Tag("LSHH-1", "高高联锁", "V-1", Kind.INTERLOCK, data_type=DataType.BOOL, source="dcs", address="CO:1", alarm_on=1)
    day.site = replace(day.site, tags=(*day.site.tags, switch))
    number = np.zeros(SECONDS)
    number[AT : AT + 200] = 1
    c = day.columns["LT-1"]
    day.columns["LSHH-1"] = type(c)("LSHH-1", c.source, c.receive, number, np.zeros(SECONDS, np.uint16))
    assert missed(day) == ["missed_STATE"]


def test_cleared_too_soon(day: Day) -> None:
    began = gas(day, 900)
    day.alarm("GT-1", "H", began, began + 200 * SECOND, 25)
    one = day.judge().one("GT-1", "cleared")
    assert one.what == "too_soon" and "仍越限" in one.reason
    day.alarm("GT-1", "H", began + 210 * SECOND, began + 900 * SECOND, 25)  # it came again at once
    assert not [f for f in day.judge().findings if f.kind.value == "cleared"]


def test_raised_by_another_limit_than_the_tables(day: Day) -> None:
    began = gas(day, 300)
    day.alarm("GT-1", "H", began, began + 300 * SECOND, 30)
    one = day.judge().one("GT-1", "limits")
    assert one.what == "differs" and "30" in one.reason and "25" in one.reason


def test_the_alarm_system_itself(day: Day) -> None:
    for number in range(60):
        at = START + HOUR + number * 5 * SECOND
        day.alarm("GT-1", "BAD", at, at + SECOND, 0)
    found = day.judge()
    assert ("alarms", "peak_slot") in found.of("") and found.run.summary["alarms"]["count"] == 60


@pytest.mark.parametrize(
    "papers, open_alarm, want",
    [
        ([], False, ["unapproved"]),
        ([("WO-1", -1, 3)], False, []),
        ([("", -1, 3)], False, ["unapproved"]),
        ([("WO-1", -1, 1)], False, ["too_long"]),
        ([("WO-1", -1, 3)], True, ["alarm_open"]),
    ],
)
def test_bypass_of_an_interlock(day: Day, papers: list, open_alarm: bool, want: list[str]) -> None:
    from app.domain.tag import DataType, Kind, Tag

    own = Tag("LSHH-1", "高高联锁", "V-1", Kind.INTERLOCK, data_type=DataType.BOOL, source="dcs", address="CO:1")
    bypass = Tag("HS-1", "联锁旁路", "V-1", Kind.SWITCH, data_type=DataType.BOOL, source="dcs", address="CO:2")
    declared = {"interlock": [{"tag": "LSHH-1", "bypass": "HS-1", "limits": ["LT-1"]}]}
    day.site = replace(day.site, tags=(*day.site.tags, own, bypass), options={"quality": declared})
    c = day.columns["LT-1"]
    on = np.zeros(SECONDS)
    on[AT : AT + 2 * 3600] = 1
    day.columns["LSHH-1"] = type(c)("LSHH-1", c.source, c.receive, np.zeros(SECONDS), np.zeros(SECONDS, np.uint16))
    day.columns["HS-1"] = type(c)("HS-1", c.source, c.receive, on, np.zeros(SECONDS, np.uint16))
    noon = START + AT * SECOND
    for order, start, end in papers:
        day.command(noon + start * HOUR, "out_of_service", "HS-1", reason="校验", work_order=order)
        day.command(noon + end * HOUR, "return_to_service", "HS-1")
    if open_alarm:
        day.alarm("LT-1", "H", noon + HOUR, None, 12.8)
    found = day.judge()
    assert [one.what for one in found.findings if one.kind.value == "interlock"] == want
    rate = found.run.summary["interlocks"]["in_service"]
    assert rate == pytest.approx(1 - 2 / 24, abs=0.001)
