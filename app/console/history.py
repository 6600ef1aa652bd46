"""Asks the station for reduced history and turns it into plain numbers. Session's thread, no Qt."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from app.console.client import StationClient
from app.console.errors import Known
from app.console.reader import instant
from app.domain.instant import SECOND, to_rfc3339
from widgets.words import tr


@dataclass(frozen=True, slots=True)
class Past:
    """One tag over `start`..`end` (seconds since the epoch); None in `low`, `high`, `mean` is a gap."""

    tag: str
    start: float
    end: float
    t: list[float]
    low: list[float | None]
    high: list[float | None]
    mean: list[float | None]
    quality: list[str | None] = field(default_factory=list)
    """The worst in each slot: good, uncertain, bad; None where nothing was known."""
    points: int = 0
    """How many slots were asked for; where there are fewer, nothing finer is left."""


@dataclass(slots=True)
class _Answer:
    tag: str
    t: list[str]
    min: list[float | None]
    max: list[float | None]
    mean: list[float | None]
    quality: list[str | None]


async def load_history(client: StationClient, tags: Sequence[str], start: float, end: float, points: int) -> list[Past]:
    """Raises Known."""
    params = [("tag", tag) for tag in tags] + [
        ("start", to_rfc3339(round(start * SECOND))),
        ("end", to_rfc3339(round(end * SECOND))),
        ("points", str(points)),
    ]
    answer = await client.call("GET", "/history", params=params)
    try:
        series = msgspec.convert(answer, list[_Answer])
        found, text, times = [], None, []
        for one in series:
            if one.t != text:  # the curves of one question mostly share their times
                text, times = one.t, [instant(at) / SECOND for at in one.t]
            found.append(Past(one.tag, start, end, times, one.min, one.max, one.mean, one.quality, points))
        return found
    except (msgspec.ValidationError, ValueError) as error:
        raise Known(tr("站点的历史数据与本值守台的版本不相配：{error}", error=str(error)), "version") from error
