"""Definition 7 for one point: patterns no plant makes (规律伪造). Pure, vectorised.

A stretch of samples that comes again exactly; last digits that people like (0 and 5); a line without any noise. Two points with
the same values are found in `summary`. Each says only that the data is worth a look: a simulator looks the same.
"""

import numpy as np

from app.domain.instant import SECOND
from app.domain.quality import Finding, QualityKind
from app.domain.quality_reasons import finding
from app.domain.settings.quality import TagNumbers
from app.station.quality.fingerprints import Prints
from app.station.quality.series import Floats, Ints, Series, runs

CODE = QualityKind.FORGED
LIVELY = 0.25  # of the steps of a window must be changes, or standing still would be a repetition
LINE_SAMPLES = 60
CHOICE = np.uint64(60)
ROUND_SHARE = 0.5  # of the different values end in 0 or 5


def forged(series: Series, numbers: TagNumbers, prints: Prints | None) -> list[Finding]:
    """`prints` of the numbers of the series, None when there are too few."""
    if series.tag.is_digital:
        return []
    return [*_repeated(series, numbers, prints), *_digits(series, numbers), *_line(series, numbers)]


def _repeated(series: Series, numbers: TagNumbers, prints: Prints | None) -> list[Finding]:
    times, values = series.numbers
    width = round(numbers["repeat_samples"])
    if prints is None or len(values) < 2 * width:
        return []
    hashes = prints.windows(width)
    changes = np.concatenate([[0], np.cumsum(values[1:] != values[:-1])])
    # one in sixteen, chosen by the content itself: a stretch that comes again is chosen again
    chosen = (hashes >> CHOICE == 0) & (changes[width - 1 :] - changes[: len(hashes)] >= LIVELY * width)
    places = np.flatnonzero(chosen)
    order = np.argsort(hashes[places], kind="stable")
    twins = np.flatnonzero(hashes[places[order[1:]]] == hashes[places[order[:-1]]])
    if not len(twins):
        return []
    first, second = places[order[twins]], places[order[twins + 1]]
    lag = int(np.bincount(second - first).argmax())
    low, high = runs(values[:-lag] == values[lag:])
    long = high - low >= width
    low, high = low[long], high[long]
    if not len(low) or len(np.unique(values[low[0] : low[0] + width])) < numbers["repeat_distinct"]:
        return []
    copied = int((high - low).sum())
    repeats = int((high - low).max()) // lag + 1
    length = float(times[low[0] + lag] - times[low[0]]) / SECOND
    where = int(times[low[0] + lag]), int(times[high[-1] + lag - 1]) + 1
    score = min(1.0, 0.6 + copied / len(values))
    evidence = {"samples": copied, "lag_s": length, "first_at": float(times[low[0]]), "repeats": repeats}
    said = "repeat_often" if repeats > 2 else "repeat"
    return [finding(CODE, "repeat", series.tag.tag, where, score, said, evidence, count=copied)]


def _digits(series: Series, numbers: TagNumbers) -> list[Finding]:
    """Counted are the different values and not the samples: how long a value stands is no matter. An instrument that shows only
    every second, fifth or tenth step is judged by its own steps."""
    times, values = series.numbers
    decimals = max(0, series.tag.decimals)
    if len(values) < numbers["digit_values"]:
        return []
    codes = _different(np.rint(values * 10.0**decimals))
    if len(codes) < numbers["digit_values"]:
        return []
    step = int(np.gcd.reduce(np.diff(codes)))
    if step > 1:
        if codes[0] % step:
            return []  # nobody rounds to 3 and 8
        codes //= step
    last = np.bincount(np.abs(codes) % 10, minlength=10)
    expected = len(codes) / 10
    chi2 = float(((last - expected) ** 2 / expected).sum())
    whole = float(last[0] + last[5]) / len(codes)
    if chi2 <= numbers["digit_chi2"] or whole < ROUND_SHARE:
        return []
    where = int(times[0]), int(times[-1]) + 1
    score = min(1.0, 0.4 + whole / 2)
    evidence = {"chi2": chi2, "chi2_limit": numbers["digit_chi2"], "whole_share": whole, "values": len(codes)}
    return [finding(CODE, "digits", series.tag.tag, where, score, "digits", evidence, count=len(codes))]


def _different(codes: Floats) -> Ints:
    """Each once, in order; without sorting where they lie close together."""
    low, high = float(codes.min()), float(codes.max())
    if high - low < 1_000_000 and abs(low) < 2**52:
        there = np.zeros(int(high - low) + 1, np.bool_)
        there[(codes - low).astype(np.int64)] = True
        return np.flatnonzero(there) + int(low)
    return np.unique(codes[np.abs(codes) < 2**52]).astype(np.int64)


def _line(series: Series, numbers: TagNumbers) -> list[Finding]:
    times, values = series.numbers
    if len(values) < LINE_SAMPLES:
        return []
    step = np.diff(values)
    exact = 1e-9 * (series.span or float(np.ptp(values)) or 1.0)
    straight = (np.abs(np.diff(step)) <= exact) & (np.abs(step[1:]) > 10 * exact)
    if not straight.any():
        return []
    low, high = runs(straight)
    last = np.minimum(high + 1, len(times) - 1)
    long = np.flatnonzero((times[last] - times[low] >= numbers["line_s"] * SECOND) & (high - low >= LINE_SAMPLES))
    if not len(long):
        return []
    lengths = (times[last[long]] - times[low[long]]) / SECOND
    best = long[int(lengths.argmax())]
    slope = float((values[last[best]] - values[low[best]]) / (times[last[best]] - times[low[best]]) * SECOND * 3600)
    where = int(times[low[best]]), int(times[last[best]]) + 1
    score = min(1.0, 0.5 + float(lengths.sum()) / 14_400)
    evidence = {"slope_per_h": slope, "length_s": float(lengths.max()), "unit": series.tag.unit}
    said = "lines" if len(long) > 1 else "line"
    return [finding(CODE, "line", series.tag.tag, where, score, said, evidence, count=len(long))]
