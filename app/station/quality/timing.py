"""Definition 8 for one point: time that cannot be right (时间异常). Pure, vectorised.

A sample more than a minute ahead of the station is dated by its receipt when it comes in (`ingest`), and counted by its link:
of those the counts are told (`ahead`), the samples themselves show nothing any more.
"""

import numpy as np

from app.domain.instant import MINUTE, SECOND, Instant
from app.domain.quality import Finding, QualityKind
from app.domain.quality_reasons import finding
from app.domain.settings.quality import TagNumbers
from app.station.quality.series import Floats, Ints, Series

STEADY = 10 * MINUTE  # a clock that was set stays so; what was only sent later catches up
NEAR = 50  # samples before and after
FEW = 0.0005  # of all samples out of order: one or two a day are no fault worth points
CODE = QualityKind.TIME


def time_faults(series: Series, numbers: TagNumbers) -> list[Finding]:
    wanted = series.valid & series.inside
    source, receive, values = series.columns.source[wanted], series.columns.receive[wanted], series.columns.number[wanted]
    if len(source) < 2:
        return []
    limit = round(numbers["clock_s"] * SECOND)
    return [
        *_future(series, source, receive, limit),
        *_order(series, source, receive),
        *_twice(series, source, values),
        *_offset(series, source, receive, limit),
        *_steps(series, source, receive, limit),
    ]


def ahead(source: str, count: int, start: Instant, end: Instant) -> Finding:
    """Of a whole source, as its link counted them."""
    return finding(CODE, "ahead", f"@{source}", (start, end), 0.8, "ahead", {}, count=count)


def _future(series: Series, source: Ints, receive: Ints, limit: Instant) -> list[Finding]:
    late = source - receive
    future = np.flatnonzero(late > limit)
    if not len(future):
        return []
    most = float(late[future].max()) / SECOND
    where = int(source[future[0]]), int(source[future[-1]]) + 1
    score = min(1.0, 0.5 + len(future) / len(source))
    return [finding(CODE, "future", series.tag.tag, where, score, "future", {"ahead_s": most}, count=len(future))]


def _order(series: Series, source: Ints, receive: Ints) -> list[Finding]:
    if not (receive[1:] < receive[:-1]).any():
        return []
    by_receipt = np.argsort(receive, kind="stable")
    heard = source[by_receipt]
    newest = np.maximum.accumulate(heard)
    late = np.flatnonzero(heard < newest)
    if len(late) < max(2, FEW * len(source)):
        return []
    worst = float((newest[late] - heard[late]).max()) / SECOND
    where = int(heard[late].min()), int(heard[late].max()) + 1
    score = min(1.0, 0.2 + 3 * len(late) / len(source))
    return [finding(CODE, "order", series.tag.tag, where, score, "disorder", {"late_s": worst}, count=len(late))]


def _twice(series: Series, source: Ints, values: Floats) -> list[Finding]:
    twice = np.flatnonzero(source[1:] == source[:-1])
    if not len(twice):
        return []
    other = int(np.count_nonzero(values[twice] != values[twice + 1]))
    if not other and len(twice) < max(2, FEW * len(source)):
        return []
    where = int(source[twice[0]]), int(source[twice[-1]]) + 1
    score = min(1.0, 0.2 + (0.3 if other else 0.0) + 3 * len(twice) / len(source))
    said = "twice_different" if other else "twice"
    return [finding(CODE, "twice", series.tag.tag, where, score, said, {"different": other}, count=len(twice))]


def _offset(series: Series, source: Ints, receive: Ints, limit: Instant) -> list[Finding]:
    behind = float(np.median(receive - source))
    if behind <= limit:  # ahead is what `_future` tells
        return []
    where = int(source[0]), int(source[-1]) + 1
    evidence = {"offset_s": behind / SECOND}
    return [finding(CODE, "offset", series.tag.tag, where, 0.8, "behind", evidence, count=len(source))]


def _steps(series: Series, source: Ints, receive: Ints, limit: Instant) -> list[Finding]:
    order = np.argsort(receive, kind="stable") if (receive[1:] < receive[:-1]).any() else slice(None)
    source, receive = source[order], receive[order]
    offset = receive - source
    found = list[tuple[int, float]]()
    after = -1
    for at in np.flatnonzero(np.abs(np.diff(offset)) > limit)[:200].tolist():
        if at < after:
            continue
        earlier = max(1, int(np.searchsorted(receive, receive[at + 1] - STEADY)))
        before = float(np.median(offset[max(0, earlier - NEAR) : earlier]))
        later = int(np.searchsorted(receive, receive[at + 1] + STEADY))
        rest = offset[later : later + NEAR] if later < len(offset) else offset[-NEAR:]
        moved = before - float(np.median(rest))
        if len(rest) and later < len(offset) and abs(moved) > limit:
            found.append((at + 1, moved / SECOND))
            after = later
    if not found:
        return []
    at, moved = max(found, key=lambda one: abs(one[1]))
    said = "clock_set_forward" if moved > 0 else "clock_set_back"
    evidence = {"moved_s": moved, "moved_abs_s": abs(moved)}
    where = int(source[found[0][0]]), int(source[found[-1][0]]) + 1
    span = min(where), max(where)
    return [finding(CODE, "step", series.tag.tag, span, 0.7, said, evidence, count=len(found))]
