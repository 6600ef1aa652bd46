"""Definitions 3, 5 and 6 for one point: beyond the range (超量程), flat (死值), jumps (跳变). Pure, vectorised."""

from dataclasses import dataclass

import numpy as np

from app.domain.instant import SECOND, Instant
from app.domain.quality import Finding, QualityKind
from app.domain.quality_reasons import finding
from app.domain.quality_words import value_words
from app.domain.settings.quality import TagNumbers
from app.station.quality.series import Floats, Ints, Series, runs

MOST_JUMPS = 500  # looked at one by one
BACK = 1 / 3  # of the jump may be left when it has returned


@dataclass(frozen=True, slots=True)
class Flat:
    """A value that stood still: first and last moment of it, how many samples, and whether it stood so when the span began."""

    start: Instant
    end: Instant
    value: float
    from_before: bool


def out_of_range(series: Series, numbers: TagNumbers) -> list[Finding]:
    low, high, span = series.tag.range_low, series.tag.range_high, series.span
    times, values = series.numbers
    if low is None or high is None or span is None or not len(values):
        return []
    margin = numbers["range_pct"] / 100 * span
    beyond = (values > high + margin) | (values < low - margin)
    if not beyond.any():
        return []
    starts, ends = runs(beyond)
    lasts = np.minimum(ends, len(times) - 1)
    held = (times[lasts] - times[starts]).sum() / SECOND
    above, below = float(values[beyond].max()), float(values[beyond].min())
    worst = above if above - high >= low - below else below
    count, share = int(beyond.sum()), float(beyond.mean())
    bound, side = (high, "上限") if worst > high else (low, "下限")
    tag = series.tag
    at = int(times[starts[0]]), int(times[lasts[-1]]) + 1
    evidence = {
        "low": low, "high": high, "worst": worst, "share": share, "held_s": held, "bound": bound, "side": side,
        "unit": tag.unit, "worst_said": value_words(worst, tag.decimals, tag.unit),
    }  # fmt: skip
    return [finding(QualityKind.RANGE, "beyond", tag.tag, at, min(1.0, 0.4 + 2 * share), "beyond", evidence, worst, count)]


def longest_flat(series: Series, least: Instant) -> Flat | None:
    """The longest time, `least` or more, without a change beyond the resolution; what is not good ends it. The resolution is
    half of the last digit that is shown."""
    if not len(series.columns.source):
        return None
    number = np.where(series.valid, series.columns.number, np.nan)
    resolution = 0.5 * 10.0 ** -max(0, series.tag.decimals)
    # a value that stands is often exactly the same, though it drifted slowly before
    found = [one for one in (_flat(series, number, resolution, least), _flat(series, number, 0.0, least)) if one is not None]
    return max(found, key=lambda one: one.end - one.start, default=None)


def _flat(series: Series, number: Floats, resolution: float, least: Instant) -> Flat | None:
    times = series.columns.source
    with np.errstate(invalid="ignore"):
        same = np.abs(np.diff(number)) <= resolution
    first = np.concatenate([[0], np.flatnonzero(~same) + 1])
    from_, until = times[first], np.append(times[first[1:]], _last_known(series))
    length = np.where(np.isfinite(number[first]), until - from_, -1)
    long = np.flatnonzero(length >= least)
    for at in long[np.argsort(-length[long])][:20].tolist():
        low = int(first[at])
        high = int(first[at + 1]) if at + 1 < len(first) else len(number)
        part = number[low:high]
        if float(part.max() - part.min()) <= 2 * resolution:  # not a drift in small steps
            start = int(from_[at])
            return Flat(start, int(until[at]), float(part[0]), start <= series.start or low == 0)
    return None


def jumps(series: Series, numbers: TagNumbers) -> list[Finding]:
    """Faster than it can be, and back again within a minute: a disturbance of the signal and not of the plant."""
    rate, span = numbers.jump_per_s, series.span
    times, values = series.numbers
    if rate is None or span is None or len(values) < 3:
        return []
    step, dt = np.diff(values), np.diff(times) / SECOND
    size = np.abs(step)
    sudden = np.flatnonzero((size > numbers["jump_min_pct"] / 100 * span) & (size > rate * np.maximum(dt, 1e-3)))
    if not len(sudden):
        return []
    back = round(numbers["jump_return_s"] * SECOND)
    found = list[tuple[int, int, float]]()
    after = -1
    for at in sudden[:MOST_JUMPS].tolist():
        if at < after:
            continue  # it is the way back of the one before
        returned = _return(times, values, at, back)
        if returned is not None:
            found.append((at, returned, float(step[at])))
            after = returned
    if not found:
        return []
    at, returned, biggest = max(found, key=lambda one: abs(one[2]))
    tag = series.tag
    low, high = float(values[at]), float(values[at + 1])
    evidence = {
        "before": low, "after": high, "bound_per_s": rate, "jump": biggest, "unit": tag.unit,
        "before_said": value_words(low, tag.decimals, tag.unit), "after_said": value_words(high, tag.decimals, tag.unit),
        "back_s": float(times[returned] - times[at]) / SECOND,
    }  # fmt: skip
    where = int(times[found[0][0]]), int(times[found[-1][1]]) + 1
    score = min(1.0, 0.3 + 0.1 * len(found))
    return [finding(QualityKind.JUMP, "spike", tag.tag, where, score, "spike", evidence, high, len(found))]


def _return(times: Ints, values: Floats, at: int, back: Instant) -> int | None:
    """Where the value is again near what it was before the step at `at`; None when it stays."""
    last = int(np.searchsorted(times, times[at] + back, side="right"))
    near = np.abs(values[at + 2 : last] - values[at]) <= BACK * abs(float(values[at + 1] - values[at]))
    found = np.flatnonzero(near)
    return at + 2 + int(found[0]) if len(found) else None


def _last_known(series: Series) -> Instant:
    """How far the last value reaches."""
    if series.by_exception:
        return series.end
    return min(series.end, int(series.columns.source[-1]) + series.period)
