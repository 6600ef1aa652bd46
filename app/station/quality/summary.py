"""What is kept of each point of a pass to be set against others: ten minutes as a bin with its lowest, highest value and
fingerprint. Pure.

Here too: definition 5 in full (a value stands still while the same equipment moves) and the last part of 7 (two points, one
series).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.instant import MINUTE, SECOND, Instant
from app.domain.quality import Finding, QualityKind
from app.domain.quality_reasons import finding
from app.domain.quality_words import value_words
from app.domain.settings.quality import QualitySettings
from app.domain.tag import Tag
from app.station.quality.fingerprints import Hashes, Prints
from app.station.quality.series import Floats, Ints, Series, runs
from app.station.quality.values import Flat

BIN = 10 * MINUTE
LEAST_ALIKE = 3  # bins: half an hour
MOST_ALIKE = 20  # points of one series that are told of each other
LIVELY = 10  # changes in a bin that make it worth comparing


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """Arrays by bin; NaN and 0 where there is nothing. `prints` 0 where too little changed."""

    tag: Tag
    low: Floats
    high: Floats
    prints: Hashes
    flat: Flat | None = None


def summarise(series: Series, prints: Prints | None, flat: Flat | None) -> Summary:
    edges = np.arange(series.start, series.end, BIN, dtype=np.int64)
    times, values = series.numbers
    at = np.searchsorted(times, np.append(edges, series.end))
    low, high = np.full(len(edges), np.nan), np.full(len(edges), np.nan)
    hashes = np.zeros(len(edges), np.uint64)
    filled = np.flatnonzero(at[1:] > at[:-1])
    if len(filled):
        starts = at[:-1][filled]
        low[filled] = np.minimum.reduceat(values, starts)
        high[filled] = np.maximum.reduceat(values, starts)
    if series.by_exception and len(filled):
        # between two changes the value is what it was
        before = np.maximum.accumulate(np.where(at[1:] > at[:-1], np.arange(len(edges)), -1))
        holds = (before >= 0) & np.isnan(low)
        low[holds] = high[holds] = values[at[1:][before[holds]] - 1]
    if prints is not None and len(filled) and not series.tag.is_digital:
        changes = np.concatenate([[0], np.cumsum(values[1:] != values[:-1])])
        lively = filled[changes[at[1:][filled] - 1] - changes[at[:-1][filled]] >= LIVELY]
        hashes[lively] = prints.of(at[:-1][lively], at[1:][lively])
    return Summary(series.tag, low, high, hashes, flat)


def flat_lines(summaries: Sequence[Summary], start: Instant, settings: QualitySettings) -> list[Finding]:
    """A suspicion, the stronger the longer it stands and the more of its neighbours move."""
    by_equipment: dict[str, list[Summary]] = defaultdict(list)
    for one in summaries:
        if one.tag.equipment:
            by_equipment[one.tag.equipment].append(one)
    found = []
    for one in summaries:
        patience = settings.of(one.tag).flat_s
        flat = one.flat
        if flat is None or patience is None or flat.end - flat.start < patience * SECOND:
            continue
        others = [other for other in by_equipment[one.tag.equipment] if other is not one and _moves_at_all(other.tag)]
        moving = [other for other in others if _moved(other, flat, start, settings["flat_others_pct"] / 100)]
        if not moving:
            continue
        length = (flat.end - flat.start) / SECOND
        share = len(moving) / len(others)
        score = min(1.0, 0.3 + 0.15 * (length / patience - 1) + 0.4 * share)
        tag = one.tag
        names = "、".join(other.tag.tag for other in moving[:3])
        evidence = {
            "length_s": length, "patience_s": patience, "moving": len(moving), "others": len(others), "names": names,
            "value_said": value_words(flat.value, tag.decimals, tag.unit),
        }  # fmt: skip
        span = flat.start, flat.end
        found.append(finding(QualityKind.FLAT, "flat", tag.tag, span, score, "flat", evidence, flat.value))
    return found


def same_series(summaries: Sequence[Summary], start: Instant, end: Instant, settings: QualitySettings) -> list[Finding]:
    """Two points with the same values, unless they read the same place of the same source."""
    if not summaries:
        return []
    lively = [int(np.count_nonzero(one.prints)) for one in summaries]
    bins = np.concatenate([np.flatnonzero(one.prints) for one in summaries]) if any(lively) else np.empty(0, np.int64)
    owners = np.repeat(np.arange(len(summaries)), lively)
    prints = np.concatenate([one.prints[one.prints != 0] for one in summaries])
    if not len(prints):
        return []
    # equal prints in different bins are `forged`'s to find
    keys = prints ^ (bins.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    order = np.argsort(keys, kind="stable")
    keys, owners, bins = keys[order], owners[order], bins[order]
    pairs: Counter[tuple[int, int]] = Counter()
    where: dict[tuple[int, int], list[int]] = defaultdict(list)
    for low, high in zip(*runs(keys[1:] == keys[:-1]), strict=True):
        members = sorted(set(owners[low : high + 1].tolist()))[:MOST_ALIKE]
        for at, one in enumerate(members):
            for other in members[at + 1 :]:
                pairs[one, other] += 1
                where[one, other].append(int(bins[low]))
    found = []
    for (one, other), count in pairs.items():
        a, b = summaries[one].tag, summaries[other].tag
        share = count / max(1, min(lively[one], lively[other]))
        if 100 * share < settings["same_pct"] or (a.source, a.address) == (b.source, b.address) or count < LEAST_ALIKE:
            continue
        first, last = min(where[one, other]), max(where[one, other])
        span = start + first * BIN, min(end, start + (last + 1) * BIN)
        for mine, its in ((a, b), (b, a)):
            evidence = {"bins": count, "share": share, "other": its.tag, "other_name": its.name}
            score = min(1.0, 0.5 + share / 2)
            found.append(finding(QualityKind.FORGED, "same", mine.tag, span, score, "same", evidence, count=count))
    return found


def _moves_at_all(tag: Tag) -> bool:
    return not tag.is_digital and tag.range_low is not None and tag.range_high is not None


def _moved(other: Summary, flat: Flat, start: Instant, share: float) -> bool:
    first, last = max(0, (flat.start - start) // BIN), max(0, -(-(flat.end - start) // BIN))
    low, high = other.low[first:last], other.high[first:last]
    if not len(low) or np.isnan(low).all():
        return False
    span = (other.tag.range_high or 0.0) - (other.tag.range_low or 0.0)
    return bool(np.nanmax(high) - np.nanmin(low) > share * span > 0)


def by_tag(findings: Sequence[Finding]) -> Mapping[str, list[Finding]]:
    out: dict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        out[one.tag].append(one)
    return out


def minute_means(times: Ints, values: Floats, start: Instant, end: Instant, width: Instant = MINUTE) -> Floats:
    """Mean of each slot; NaN where there is none."""
    edges = np.arange(start, end + width, width, dtype=np.int64)
    at = np.searchsorted(times, edges)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    count = np.diff(at)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = (sums[at[1:]] - sums[at[:-1]]) / count
    return found
