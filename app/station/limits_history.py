"""Limits with their own history (限值的历史): what counted for a tag when, since which version, by whom and why.

Station side; blocking, called in a worker thread. A version is only opened where the journal says that it changed this tag:
the others have the limits of the one before.
"""

from bisect import bisect_left, bisect_right
from dataclasses import asdict, dataclass
from typing import Any

from app.domain.instant import Instant, to_rfc3339
from app.domain.tag import Limits
from app.station.configure import EDITED
from app.station.inforce import InForce, Since
from app.store.ports import Journal, Store
from app.store.rows import Search

_PAGE = 1000
_MOST_PAGES = 50


@dataclass(frozen=True, slots=True)
class LimitsSpan:
    """In force in [start, end); `end` None: still. `since` is the version that brought these limits."""

    start: Instant
    end: Instant | None
    limits: Limits
    since: Since


def limits_between(store: Store, in_force: InForce, tag: str, start: Instant, end: Instant) -> list[LimitsSpan]:
    """Oldest first, neighbours with the same limits as one. Empty before the first version, and where none knew the tag."""
    line = in_force.line()
    first = max(bisect_right([one.at for one in line], start) - 1, 0)
    touched = [one for one in line[first:] if one.at < end]
    if not touched:
        return []
    changed = _changes(store.journal, tag, touched[0].version.time)
    spans: list[LimitsSpan] = []
    known: Limits | None = None
    for number, one in enumerate(touched):
        until = touched[number + 1].at if number + 1 < len(touched) else (line[-1].at if line[-1].at > one.at else None)
        before = touched[number - 1].version.time if number else one.version.time
        if number == 0 or _between(changed, before, one.version.time):
            row = in_force.tag(one.version.version, tag)
            known = None if row is None else row.limits
        if known is None:
            continue
        last = spans[-1] if spans else None
        if last is not None and last.limits == known and last.end == one.at:
            spans[-1] = LimitsSpan(last.start, until, known, last.since)
        else:
            spans.append(LimitsSpan(one.at, until, known, one))
    return spans


def told(spans: list[LimitsSpan]) -> list[dict[str, Any]]:
    return [
        {
            "start": to_rfc3339(one.start),
            "end": None if one.end is None else to_rfc3339(one.end),
            **asdict(one.limits),
            "version": one.since.version.version,
            "by": one.since.version.by,
            "why": one.since.version.why.removeprefix(EDITED),
        }
        for one in spans
    ]


def _changes(journal: Journal, tag: str, since: Instant) -> list[Instant]:
    """When the journal tells of a change of this tag, ascending. Bounded: beyond it every version is opened."""
    times: list[Instant] = []
    before: int | None = None
    for _ in range(_MOST_PAGES):
        found = journal.search(Search(before=before, start=since, kinds=("config",), tag=tag, limit=_PAGE))
        times += [one.record.time for one in found.records]
        before = found.before
        if before is None:
            break
    return sorted(times)


def _between(times: list[Instant], low: Instant, high: Instant) -> bool:
    """Is one of them within the two, both included? A version may come back, so either may be the older."""
    low, high = min(low, high), max(low, high)
    return bisect_left(times, low) < bisect_right(times, high)
