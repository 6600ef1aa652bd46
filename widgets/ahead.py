"""Time to limit in words (到限时间): `按此速度 12 分钟后到高高报（8–17 分钟）`. Console side; the figures are the station's.

It speaks of a rate, not of what will happen: never in a colour of alarms, and gone with the first value that is not good.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.instant import SECOND, Instant, from_rfc3339
from widgets.vocabulary import rule_word
from widgets.words import tr

_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Countdown:
    """When one limit is reached, seconds counted from `at`; `latest` None: perhaps never."""

    at: Instant
    seconds: float
    soonest: float
    latest: float | None

    def left(self, now: Instant) -> str:
        """`约 8 分钟`, counted down since it was reckoned."""
        return tr("约 {time}", time=_time(self._since(self.seconds, now)))

    def span(self, now: Instant) -> str:
        """Its bounds, 95 %: `7–10 分钟`; "" where they are one."""
        if self.latest is None:
            return tr("最早 {low}", low=_time(self._since(self.soonest, now)))
        seconds = self._since(self.seconds, now)
        low, high = _pair(self._since(self.soonest, now), self._since(self.latest, now), seconds)
        return "" if low == high else f"{low}–{high}"

    def _since(self, seconds: float, now: Instant) -> float:
        return max(0.0, seconds - max(0, now - self.at) / SECOND)


@dataclass(frozen=True, slots=True)
class AheadNote:
    """`text`: a sentence without the tag; `seconds` to the nearest limit."""

    text: str
    seconds: float


def notes_of(told: Any) -> dict[str, AheadNote]:
    """By tag, out of the feed's `extra["ahead"]`; empty for what this version does not understand."""
    tags = told.get("tags") if isinstance(told, Mapping) else None
    if not isinstance(tags, Mapping):
        return {}
    found = {}
    for tag, rows in tags.items():
        try:
            found[str(tag)] = AheadNote(_sentence(rows), float(rows[0]["seconds"]))
        except (KeyError, IndexError, TypeError, ValueError):
            continue
    return found


def countdown_to(told: Any, tag: str, limit: float | None) -> Countdown | None:
    """Of the feed's `extra["ahead"]` what is said of this limit of this tag; None: nothing."""
    tags = told.get("tags") if isinstance(told, Mapping) else None
    rows = tags.get(tag) if isinstance(tags, Mapping) else None
    try:
        for row in rows or ():
            if limit is None or float(row["limit"]) == limit:
                latest = None if row["latest"] is None else float(row["latest"])
                return Countdown(from_rfc3339(str(told["at"])), float(row["seconds"]), float(row["soonest"]), latest)
    except (KeyError, TypeError, ValueError):
        return None
    return None


def _sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    """Of the nearest limit."""
    row = rows[0]
    seconds, soonest, latest = float(row["seconds"]), float(row["soonest"]), row["latest"]
    rule = rule_word(str(row["rule"]))
    said = tr("按此速度 {time}后到{rule}", time=_time(seconds), rule=rule)
    if latest is None:
        return said + tr("（最早 {low}）", low=_time(soonest))
    low, high = _pair(soonest, float(latest), seconds)
    return said if low == high else said + tr("（{low}–{high}）", low=low, high=high)


def _time(seconds: float) -> str:
    if seconds < 1.5 * _MINUTE:
        return tr("{n} 秒", n=max(0, round(seconds / 5) * 5))
    return tr("{n} 分钟", n=round(seconds / _MINUTE))


def _pair(soonest: float, latest: float, seconds: float) -> tuple[str, str]:
    """Both in the same unit, the unit said once."""
    if seconds < 1.5 * _MINUTE and latest < 3 * _MINUTE:
        low, high = max(0, round(soonest / 5) * 5), round(latest / 5) * 5
        return (str(low), tr("{n} 秒", n=high)) if low != high else ("", "")
    low, high = round(soonest / _MINUTE), round(latest / _MINUTE)
    return (str(low), tr("{n} 分钟", n=high)) if low != high else ("", "")
