"""Periods of reports, the open model of risk, their settings."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.instant import DAY, HOUR, from_rfc3339
from app.domain.report_period import Calendar
from app.domain.report_risk import risk
from app.domain.settings.reports import CUTS, WEIGHTS, ReportSettings, RiskSettings, read_reports
from app.domain.settings.section import Section, WrongSetting
from app.domain.settings.shift import ShiftSettings
from app.domain.shift import Rota

NOW = from_rfc3339("2026-11-22T03:00:00Z")  # Sunday, 11:00 in the plant


def calendar(zone: str = "Asia/Shanghai") -> Calendar:
    return Calendar(Rota(ShiftSettings(), (), ZoneInfo(zone)))


@pytest.mark.parametrize(
    "key, start, end",
    [
        ("2026-11-21/夜班", "2026-11-21T12:00:00Z", "2026-11-22T00:00:00Z"),
        ("2026-11-21", "2026-11-20T16:00:00Z", "2026-11-21T16:00:00Z"),
        ("2026-W47", "2026-11-15T16:00:00Z", "2026-11-22T16:00:00Z"),
        ("2027-W01", "2027-01-03T16:00:00Z", "2027-01-10T16:00:00Z"),
        ("2026-12", "2026-11-30T16:00:00Z", "2026-12-31T16:00:00Z"),
    ],
)
def test_a_period_by_its_key(key: str, start: str, end: str) -> None:
    found = calendar().named(key)
    assert (found.key, found.start, found.end) == (key, from_rfc3339(start), from_rfc3339(end))


@pytest.mark.parametrize(
    "key", ["", "x", "2026-13", "2026-02-30", "2026-W60", "2026-11-21/中班", "0001-01", "９999-01", "2026-11-2"]
)
def test_nonsense_is_told(key: str) -> None:
    with pytest.raises(ValueError, match=r"时段|班次|年份"):
        calendar().named(key)


@pytest.mark.parametrize(
    "span, running, last, over", [("shift", "2026-11-22/白班", "2026-11-21/夜班", 20), ("day", "2026-11-22", "2026-11-21", 10),
                                  ("week", "2026-W47", "2026-W46", 1), ("month", "2026-11", "2026-10", 0)],
)  # fmt: skip
def test_what_runs_and_what_is_over(span: str, running: str, last: str, over: int) -> None:
    now, before = calendar().at(span, NOW), calendar().before(span, NOW)
    assert now is not None and before is not None and (now.key, before.key) == (running, last)
    ended = calendar().over(span, NOW - 10 * DAY, NOW)
    assert len(ended) == over and all(NOW - 10 * DAY < one.end <= NOW for one in ended)


def test_the_day_the_clock_is_changed_is_longer() -> None:
    day = calendar("Europe/Berlin").named("2026-10-25")
    assert day.end - day.start == 25 * HOUR


def test_the_risk_is_the_weighted_mean_of_its_scores() -> None:
    at_sixty: dict[str, float | None] = {name: cuts[1] for name, cuts in CUTS.items()}
    found = risk(at_sixty, 0.0, RiskSettings())
    assert found.score == pytest.approx(60.0) and found.level == "orange"
    assert risk(dict.fromkeys(CUTS, 1e9), 0.0, RiskSettings()).score == pytest.approx(100.0)
    calm = risk({name: cuts[0] for name, cuts in CUTS.items()}, 0.0, RiskSettings())
    assert (calm.score, calm.level, calm.why) == (0.0, "blue", ("各项指标都在零分线以内",))
    one = risk({"longest_min": 35.0}, 0.0, RiskSettings())  # half way from 10 to 60
    assert one.score == pytest.approx(30.0 * WEIGHTS["longest_min"]) and "最长报警 35 分钟" in one.why[0]
    assert sum(part.part for part in one.scored) == pytest.approx(one.score)


@pytest.mark.parametrize("minutes, level", [(0, "blue"), (10, "blue"), (11, "yellow"), (31, "orange"), (10_000, "orange")])
def test_a_grave_alarm_that_stands_is_never_outvoted(minutes: float, level: str) -> None:
    found = risk({}, minutes, RiskSettings())
    assert found.level == level and bool(found.floor) == (level != "blue")
    assert risk(dict.fromkeys(CUTS, 1e9), minutes, RiskSettings()).level == "red"


def test_settings_are_read_and_faults_told() -> None:
    def read(table: dict[str, Any]) -> tuple[ReportSettings, list[WrongSetting]]:
        wrong: list[WrongSetting] = []
        return read_reports(Section(table, "reports", wrong)), wrong

    assert read({}) == (ReportSettings(), [])
    made, wrong = read({"automatic": ["day", "risk/week"], "keep_days": {"day": 40}, "risk": {"levels": [10, 20, 30]}})
    assert (
        not wrong
        and made.automatic == ("day", "risk/week")
        and made.keep_days["day"] == 40
        and made.risk.levels == (10, 20, 30)
    )
    for table in (
        {"automatic": ["year"]}, {"keep_days": {"day": 3}}, {"risk": {"cuts": {"repeated": [5, 1, 2]}}},
        {"risk": {"weights": dict.fromkeys(WEIGHTS, 0)}}, {"risk": {"standing_min": [30, 10]}}, {"automatik": []},
    ):  # fmt: skip
        assert len(read(table)[1]) == 1, table
