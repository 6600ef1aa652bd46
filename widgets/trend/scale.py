"""Where ticks stand: round numbers on a value axis, round local times on the time axis. Console side, pure."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil, floor, log10

DAY = 86_400
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, DAY, 2 * DAY, 7 * DAY)
_MONTHS = (1, 2, 3, 6, 12, 24, 60)


@dataclass(frozen=True, slots=True)
class Tick:
    """`at` in seconds since the epoch; `date`: the second line, only where the day is another than at the tick before."""

    at: float
    text: str
    date: str = ""


def value_ticks(low: float, high: float, most: int) -> list[float]:
    """At most `most` + 1 round values within [low, high]."""
    span = high - low
    if not span > 0 or most < 1:
        return []
    rough = span / most
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * n for n in (1, 2, 2.5, 5, 10) if unit * n >= rough * (1 - 1e-9))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [n * step for n in range(first, last + 1)]


def value_text(value: float, ticks: list[float]) -> str:
    """As many decimals as the step between the ticks needs."""
    step = ticks[1] - ticks[0] if len(ticks) > 1 else abs(value) or 1.0
    places = 0 if step <= 0 else max(0, min(6, -floor(log10(step) + 1e-9) + (1 if _needs_more(step) else 0)))
    text = f"{value:.{places}f}"
    return text[1:] if text.startswith("-") and not float(text) else text


def _needs_more(step: float) -> bool:
    lead = step / 10.0 ** floor(log10(step) + 1e-9)
    return abs(lead - round(lead)) > 1e-6


def time_ticks(t0: float, t1: float, most: int) -> list[Tick]:
    """At most `most` + 1 round local times within [t0, t1]."""
    span, most = t1 - t0, max(most, 1)
    step = next((s for s in _STEPS if span / s <= most), None)
    if step is None:
        return _month_ticks(t0, t1, most)
    offset = _local(t0).utcoffset()
    shift = 0.0 if offset is None else offset.total_seconds()
    first = ceil((t0 + shift) / step)
    form = "%H:%M:%S" if step < 60 else "%H:%M" if step < DAY else "%m-%d"
    ticks: list[Tick] = []
    day = ""
    for n in range(first, floor((t1 + shift) / step) + 1):
        at = n * step - shift
        local = _local(at)
        date = local.strftime("%Y-%m-%d" if step < DAY else "%Y")
        ticks.append(Tick(at, local.strftime(form), date if date != day else ""))
        day = date
    return ticks


def _month_ticks(t0: float, t1: float, most: int) -> list[Tick]:
    step = next((m for m in _MONTHS if (t1 - t0) / (m * 30.4 * DAY) <= most), _MONTHS[-1])
    first = _local(t0)
    month = first.year * 12 + first.month - 1
    month -= month % step
    ticks: list[Tick] = []
    year = ""
    while True:
        at = datetime(month // 12, month % 12 + 1, 1).astimezone().timestamp()
        if at > t1:
            return ticks
        if at >= t0:
            date = str(month // 12)
            ticks.append(Tick(at, f"{month % 12 + 1:02d}-01", date if date != year else ""))
            year = date
        month += step


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at).astimezone()
