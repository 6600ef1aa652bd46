"""The period of a report (报表时段): a shift, day, week or month of the site's calendar, and which of them are over.

Both sides; pure. A period has a key people can type: `2026-11-21/白班` a shift, `2026-11-21` a day, `2026-W47` a week (ISO
8601, Monday first), `2026-11` a month. Days are those of the site's time zone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.instant import DAY, HOUR, MINUTE, Instant
from app.domain.shift import Rota

SPAN_WORDS = {"shift": "一个班次", "day": "一天", "week": "一周", "month": "一个月"}
SLOTS = {"shift": 5 * MINUTE, "day": 10 * MINUTE, "week": HOUR, "month": HOUR}
"""So long is one step of the curves and of the search for extremes."""
_DAY_MIN = 24 * 60
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FIRST, _LAST = 1971, 9000  # years


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end). `title` in words."""

    span: str
    key: str
    start: Instant
    end: Instant
    title: str


class Calendar:
    """The periods of a site."""

    def __init__(self, rota: Rota) -> None:
        self._rota = rota

    def named(self, key: str) -> Period:
        """Raises ValueError with a sentence."""
        wrong = ValueError(f"时段 {key!r} 无法理解：班写 2026-11-21/白班，日写 2026-11-21，周写 2026-W47，月写 2026-11")
        try:
            if "/" in key:
                turn = self._rota.named(key)
                if turn is None:
                    shifts = "、".join(one.name for one in self._rota.settings.shifts)
                    raise ValueError(f"没有班次 {key!r}：日期应像 2026-11-21，班次是 {shifts}")
                return Period("shift", turn.key, turn.start, turn.end, f"{turn.date} {turn.name}")
            if _DAY.fullmatch(key):
                return self._day(_within(date.fromisoformat(key)))
            if found := _WEEK.fullmatch(key):
                return self._week(_within(date.fromisocalendar(int(found[1]), int(found[2]), 1)))
            if found := _MONTH.fullmatch(key):
                return self._month(_within(date(int(found[1]), int(found[2]), 1)))
        except (OverflowError, ValueError) as error:
            raise (error if str(error).startswith(("没有班次", "年份")) else wrong) from error
        raise wrong

    def at(self, span: str, now: Instant) -> Period | None:
        """The one that runs; None between two shifts."""
        return next((one for one in self._around(span, now, now) if one.start <= now < one.end), None)

    def before(self, span: str, now: Instant) -> Period | None:
        """The last one that is over; None for shifts of a site that has none."""
        return max(self.over(span, now - 63 * DAY, now), key=lambda one: one.end, default=None)

    def over(self, span: str, after: Instant, now: Instant) -> list[Period]:
        """Those that ended in (after, now], by time."""
        return sorted((p for p in self._around(span, after, now) if after < p.end <= now), key=lambda one: one.end)

    def _around(self, span: str, first: Instant, last: Instant) -> Iterator[Period]:
        """Every period that may touch [first, last]."""
        day, stop = self._rota.day_of(first) - timedelta(days=32), self._rota.day_of(last)
        while day <= stop:
            if span == "shift":
                for turn in self._rota.of_day(day):
                    yield Period("shift", turn.key, turn.start, turn.end, f"{turn.date} {turn.name}")
            elif span == "day":
                yield self._day(day)
            elif span == "week" and day.weekday() == 0:
                yield self._week(day)
            elif span == "month" and day.day == 1:
                yield self._month(day)
            day += timedelta(days=1)

    def _day(self, day: date) -> Period:
        start, end = self._rota.at_clock(day, 0), self._rota.at_clock(day, _DAY_MIN)
        return Period("day", day.isoformat(), start, end, day.isoformat())

    def _week(self, monday: date) -> Period:
        year, week, _ = monday.isocalendar()
        start, end = self._rota.at_clock(monday, 0), self._rota.at_clock(monday, 7 * _DAY_MIN)
        sunday = monday + timedelta(days=6)
        return Period("week", f"{year}-W{week:02d}", start, end, f"{year} 年第 {week} 周（{monday:%m-%d} 至 {sunday:%m-%d}）")

    def _month(self, first: date) -> Period:
        after = (first + timedelta(days=32)).replace(day=1)
        start, end = self._rota.at_clock(first, 0), self._rota.at_clock(after, 0)
        return Period("month", f"{first:%Y-%m}", start, end, f"{first.year} 年 {first.month} 月")


def _within(day: date) -> date:
    if not _FIRST <= day.year <= _LAST:
        raise ValueError(f"年份 {day.year} 超出范围")
    return day
