"""Whose watch it is: shifts over midnight and over a clock change, rotation, roster, settings."""

from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.instant import HOUR, MINUTE, Instant, from_rfc3339
from app.domain.plant import Duty
from app.domain.settings import Section, settings, wrong_settings
from app.domain.settings.shift import read_shift
from app.domain.shift import Rota, Turn

CREWS = [
    {"name": "甲班", "leader": "张伟", "members": ["王强", "李敏"]},
    {"name": "乙班", "leader": "刘洋", "members": ["陈静"]},
    {"name": "丙班", "leader": "赵磊", "members": []},
    {"name": "丁班", "leader": "孙丽"},
]
TWO: dict[str, Any] = {
    "anchor": "2026-01-01",
    "rotation": ["甲班 丁班", "乙班 甲班", "丙班 乙班", "丁班 丙班"],
    "crew": CREWS,
    "person": [{"name": "张伟", "user": "zhang"}],
}
THREE: dict[str, Any] = {
    "anchor": "2026-01-01",
    "rotation": ["甲班 乙班 -"],
    "crew": CREWS,
    "shift": [
        {"name": "早班", "start": "08:00", "hours": 8},
        {"name": "中班", "start": "16:00", "hours": 8},
        {"name": "夜班", "start": "00:00", "hours": 8},
    ],
}
DAY_ONLY: dict[str, Any] = {"shift": [{"name": "白班", "start": "08:30", "hours": 8.5}]}


def rota(table: dict[str, Any], zone: str = "Asia/Shanghai", duties: tuple[Duty, ...] = ()) -> Rota:
    return Rota(settings({"shift": table}, "shift", read_shift), duties, ZoneInfo(zone))


def at(text: str) -> Instant:
    return from_rfc3339(text)


def said(turn: Turn | None) -> str:
    return "" if turn is None else f"{turn.key} {turn.crew}"


WHOSE = [
    # the day shift begins at 08:00, not a moment sooner; Shanghai is 8 h ahead
    (TWO, "2026-01-01T00:00:00Z", "2026-01-01/白班 甲班"),
    (TWO, "2025-12-31T23:59:59.999Z", "2025-12-31/夜班 丙班"),
    (TWO, "2026-01-01T11:59:59.999Z", "2026-01-01/白班 甲班"),
    (TWO, "2026-01-01T12:00:00Z", "2026-01-01/夜班 丁班"),
    (TWO, "2026-01-01T16:00:00Z", "2026-01-01/夜班 丁班"),  # midnight: still yesterday's shift
    (TWO, "2026-01-01T23:59:59Z", "2026-01-01/夜班 丁班"),
    (TWO, "2026-01-02T00:00:00Z", "2026-01-02/白班 乙班"),
    (TWO, "2026-01-05T01:00:00Z", "2026-01-05/白班 甲班"),  # the cycle of four begins anew
    (TWO, "2025-12-31T01:00:00Z", "2025-12-31/白班 丁班"),  # and runs before its anchor too
    (THREE, "2026-01-01T16:00:00Z", "2026-01-02/夜班 "),  # begins at midnight and belongs to the new day; "-": nobody
    (THREE, "2026-01-01T01:00:00Z", "2026-01-01/早班 甲班"),
    (THREE, "2026-01-01T09:00:00Z", "2026-01-01/中班 乙班"),
    (DAY_ONLY, "2026-01-01T00:29:00Z", ""),  # a gap is a gap
    (DAY_ONLY, "2026-01-01T00:30:00Z", "2026-01-01/白班 "),
    (DAY_ONLY, "2026-01-01T09:00:00Z", ""),
    ({}, "2026-01-01T00:00:00Z", "2026-01-01/白班 "),  # ours, where the site says nothing
]


@pytest.mark.parametrize(("table", "now", "whose"), WHOSE)
def test_whose_watch_it_is(table: dict[str, Any], now: str, whose: str) -> None:
    assert said(rota(table).at(at(now))) == whose


NEXT = [
    (TWO, "2026-01-01T01:00:00Z", "2026-01-01/夜班 丁班"),
    (TWO, "2026-01-01T17:00:00Z", "2026-01-02/白班 乙班"),
    (TWO, "2026-01-02T00:00:00Z", "2026-01-02/夜班 甲班"),
    (DAY_ONLY, "2026-01-01T12:00:00Z", "2026-01-02/白班 "),
]


@pytest.mark.parametrize(("table", "now", "whose"), NEXT)
def test_which_comes_next(table: dict[str, Any], now: str, whose: str) -> None:
    assert said(rota(table).after(at(now))) == whose


HANDED = [
    ("2026-01-01T01:00:00Z", "2026-01-01/白班 甲班"),  # in the middle: somebody takes over the same shift
    ("2026-01-01T10:59:59Z", "2026-01-01/白班 甲班"),
    ("2026-01-01T11:00:00Z", "2026-01-01/夜班 丁班"),  # the last hour: the next shift's
    ("2026-01-01T12:00:01Z", "2026-01-01/夜班 丁班"),
]


@pytest.mark.parametrize(("now", "whose"), HANDED)
def test_to_whom_it_is_handed(now: str, whose: str) -> None:
    assert said(rota(TWO).handed_to(at(now))) == whose


# Berlin puts the clock forward on 2026-03-29 at 02:00 and back on 2026-10-25 at 03:00.
CHANGES = [
    (date(2026, 3, 28), 11 * HOUR),
    (date(2026, 3, 29), 12 * HOUR),
    (date(2026, 10, 24), 13 * HOUR),
    (date(2026, 10, 25), 12 * HOUR),
]


@pytest.mark.parametrize(("day", "length"), CHANGES)
def test_the_night_of_a_clock_change(day: date, length: Instant) -> None:
    night = rota(TWO, "Europe/Berlin").of_day(day)[1]
    assert night.end - night.start == length


@pytest.mark.parametrize("start", ["02:30", "03:00", "02:00", "23:15"])
@pytest.mark.parametrize("days", [(date(2026, 3, 27), 5), (date(2026, 10, 23), 5)])
def test_no_moment_of_a_clock_change_is_nobodys(start: str, days: tuple[date, int]) -> None:
    """Also where a shift begins at a time the clock leaves out, or shows twice."""
    table = {"shift": [{"name": "全天", "start": start, "hours": 24}]}
    rotas = rota(table, "Europe/Berlin")
    turns = rotas.days(*days)
    assert all(this.end == after.start for this, after in pairwise(turns))
    for turn in turns:
        for moment in range(turn.start, turn.end, 10 * MINUTE):
            assert rotas.at(moment) == turn


def test_the_roster_goes_before_the_rotation_and_fills_in_from_the_crew() -> None:
    duties = (
        Duty("2026-01-01", "白班", leader="外援"),
        Duty("2026-01-01", "夜班", crew="乙班"),
        Duty("2026-01-02", "白班", crew="丙班", members=("周涛",)),
    )
    made = rota(TWO, duties=duties)
    turns = made.days(date(2026, 1, 1), 2)
    assert [(t.crew, t.leader, t.members) for t in turns] == [
        ("", "外援", ()),
        ("乙班", "刘洋", ("陈静",)),
        ("丙班", "赵磊", ("周涛",)),
        ("甲班", "张伟", ("王强", "李敏")),
    ]
    assert made.named("2026-01-01/夜班") == turns[1]
    assert made.named("2026-01-01/早班") is None
    assert made.named("昨天/夜班") is None
    assert not made.is_empty
    assert rota({}).is_empty


def test_names_and_accounts() -> None:
    made = settings({"shift": TWO}, "shift", read_shift)
    assert (made.user_of("张伟"), made.user_of("王强")) == ("zhang", "王强")
    assert (made.name_of("zhang"), made.name_of("admin")) == ("张伟", "admin")


WRONG: list[tuple[dict[str, Any], str, str, str]] = [
    ({"shift": [{"name": "白班", "start": "8点"}]}, "shift.shift", "start", "不是钟点"),
    ({"shift": [{"name": "白班", "start": "24:00"}]}, "shift.shift", "start", "不是钟点"),
    ({"shift": [{"name": "白班", "start": "08:00", "hours": 30}]}, "shift.shift", "hours", "不对"),
    ({"shift": [{"start": "08:00"}]}, "shift.shift", "name", "没有填写"),
    ({"shift": [{"name": "白", "start": "08:00"}, {"name": "夜", "start": "19:00"}]}, "shift", "shift", "重叠"),
    ({"shift": [{"name": "白", "start": "08:00"}, {"name": "夜", "start": "20:00", "hours": 13}]}, "shift", "shift", "重叠"),
    ({"shift": [{"name": "白班", "start": "08:00"}, {"name": "白班", "start": "20:00"}]}, "shift.shift", "name", "重复"),
    ({"crew": [{"name": "甲"}, {"name": "甲"}]}, "shift.crew", "name", "重复"),
    ({"crew": [{"name": "甲 班"}]}, "shift.crew", "name", "不能用作名称"),
    ({"person": [{"name": "张", "user": "a"}, {"name": "李", "user": "a"}]}, "shift.person", "user", "另一个人"),
    ({"person": [{"name": "张"}, {"name": "张"}]}, "shift.person", "name", "重复"),
    ({**TWO, "rotation": ["甲班"]}, "shift", "rotation", "写了 1 个"),
    ({**TWO, "rotation": ["甲班 戊班"]}, "shift", "rotation", "戊班"),
    ({**TWO, "anchor": ""}, "shift", "anchor", "没有填写"),
    ({**TWO, "anchor": "元旦"}, "shift", "anchor", "不是日期"),
    ({"daily_report_at": "25:00"}, "shift", "daily_report_at", "不是钟点"),
    ({"grace_min": 0}, "shift", "grace_min", "不对"),
    ({"remind_minn": 5}, "shift", "remind_minn", "不认识"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "path", "key", "found"), WRONG)
def test_wrong_settings_are_told(table: dict[str, Any], path: str, key: str, found: str) -> None:
    wrong = wrong_settings({"shift": table})
    assert [(one.path, one.key) for one in wrong] == [(path, key)]
    assert found in wrong[0].found


@pytest.mark.parametrize("table", [TWO, THREE, DAY_ONLY, {}, {"daily_report_at": ""}])
def test_right_settings_raise_no_fault(table: dict[str, Any]) -> None:
    wrong: list[Any] = []
    read_shift(Section(table, "shift", wrong))
    assert wrong == []
