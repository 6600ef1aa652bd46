"""Charts as shapes (图的几何): bars and curves in shares of the drawing's width and height, ready to be drawn. Pure."""

from datetime import tzinfo
from math import floor, log10
from typing import Any

from app.domain.instant import DAY, HOUR, Instant, to_datetime
from app.station.reports.paper import Bars, Trend

TICKS = 4
MOST_LABELS = 16
SHADES = {
    1: (110,),
    2: (50, 170),
    3: (40, 120, 200),
    4: (25, 95, 160, 215),
}
"""Greys of stacked series, the gravest the darkest: told apart on a grey printer too."""
_HOUR_STEPS = (1, 2, 3, 4, 6, 12, 24, 48, 24 * 5, 24 * 7)


def bars_shape(bars: Bars) -> dict[str, Any]:
    """`bars`: x from, x to, pieces (y from, y to, grey); `ticks` of the height, `labels` of the width: share and text."""
    totals = [sum(values[at] for _, values in bars.series) for at in range(len(bars.labels))]
    top, ticks = scale(max([*totals, bars.limit or 0.0, 1.0]))
    shades = SHADES.get(len(bars.series), tuple(range(25, 226, max(1, 200 // len(bars.series)))))
    width = 1 / max(1, len(totals))
    drawn = []
    for at in range(len(totals)):
        low, pieces = 0.0, []
        for (_, values), shade in zip(bars.series, shades, strict=False):
            high = low + values[at] / top
            if high > low:
                pieces.append((low, high, shade))
            low = high
        drawn.append({"from": (at + 0.14) * width, "to": (at + 0.86) * width, "pieces": pieces})
    every = -(-len(totals) // MOST_LABELS)
    return {
        "type": "bars",
        "title": f"{bars.title}（{bars.unit}）",
        "bars": drawn,
        "ticks": [(value / top, f"{value:g}") for value in ticks],
        "labels": [((at + 0.5) * width, text) for at, text in enumerate(bars.labels) if at % every == 0],
        "legend": [(name, shade, f"{sum(values):g}") for (name, values), shade in zip(bars.series, shades, strict=False)]
        if len(bars.series) > 1
        else [],
        "limit": None if bars.limit is None else bars.limit / top,
    }


def rows_shape(bars: Bars) -> dict[str, Any]:
    """Bars that lie: label, share of the longest, what it says."""
    [(_, values)] = bars.series
    whole, most = sum(values), max([*values, 1.0])
    rows = [
        (label, value / most, f"{value:g}" + (f"　{_percent(value / whole)}" if whole else ""))
        for label, value in zip(bars.labels, values, strict=True)
    ]
    return {"type": "rows", "title": f"{bars.title}（{bars.unit}）", "rows": rows}


def trend_shape(trend: Trend, zone: tzinfo) -> dict[str, Any]:
    """`bands`: runs of (x, low, high); `lines`: runs of (x, y); `limits`: name, height. What lies out of the picture is told in
    the title alone."""
    values = [one for one in (*trend.low, *trend.high) if one is not None]
    low, high = min(values), max(values)
    room = max(high - low, 0.02 * max(abs(high), abs(low)), 1e-9)
    near = [value for _, value in trend.limits if low - room <= value <= high + room]
    bottom, top = min([low, *near]), max([high, *near])
    margin = 0.06 * max(top - bottom, room)
    bottom, top = bottom - margin, top + margin
    span = max(1, trend.end - trend.start)
    half = 0.5 * ((trend.times[1] - trend.times[0]) if len(trend.times) > 1 else span)

    def y(value: float) -> float:
        return (value - bottom) / (top - bottom)

    bands: list[list[tuple[float, float, float]]] = [[]]
    lines: list[list[tuple[float, float]]] = [[]]
    for at, least, most, mean in zip(trend.times, trend.low, trend.high, trend.mean, strict=True):
        if least is None or most is None or mean is None:
            if bands[-1]:
                bands.append([])
                lines.append([])
            continue
        x = min(1.0, (at + half - trend.start) / span)
        bands[-1].append((x, y(least), y(most)))
        lines[-1].append((x, y(mean)))
    said = "　".join(f"{name} {value:g}" for name, value in trend.limits)
    return {
        "type": "trend",
        "title": f"{trend.title}（{trend.unit}）" if trend.unit else trend.title,
        "about": f"报警限 {said}" if said else "没有设报警限",
        "bands": [run for run in bands if run],
        "lines": [run for run in lines if run],
        "limits": [(name, y(value)) for name, value in trend.limits if bottom <= value <= top],
        "ticks": [(y(value), f"{value:g}") for value in _between(bottom, top)],
        "labels": _times(trend.start, trend.end, zone),
    }


def scale(most: float) -> tuple[float, list[float]]:
    """A round top not below `most`, and the ticks up to it."""
    step = _step(most / TICKS)
    count = max(1, -(-int(most * 1e6) // max(1, int(step * 1e6))))
    return count * step, [number * step for number in range(count + 1)]


def _between(low: float, high: float) -> list[float]:
    step = _step((high - low) / TICKS)
    first = floor(low / step) + 1
    return [round(number * step, 9) for number in range(first, first + TICKS + 4) if number * step < high]


def _step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, not below `rough`."""
    power = 10.0 ** floor(log10(max(rough, 1e-12)))
    return next(float(factor * power) for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999999)


def _times(start: Instant, end: Instant, zone: tzinfo) -> list[tuple[float, str]]:
    """Round local times, some eight of them."""
    hours = next((step for step in _HOUR_STEPS if (end - start) / HOUR / step <= 9), _HOUR_STEPS[-1])
    found = []
    local = to_datetime(start).astimezone(zone)
    at = start - (local.minute * 60 + local.second) * 1_000_000
    while at < end:
        wall = to_datetime(at).astimezone(zone)
        days = (wall.date() - local.date()).days
        if at >= start and (days * 24 + wall.hour) % hours == 0:
            text = f"{wall:%H:%M}" if end - start <= DAY + HOUR else f"{wall:%m-%d}" if hours >= 24 else f"{wall:%d %H:%M}"
            found.append(((at - start) / (end - start), text))
        at += HOUR
    return found


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if not 0 < share < 0.005 else "<1 %"
