"""What happened in a span (回放事件): the list beside a replay and the marks of its time line. Station side; blocking.

Alarms and their acknowledgements, lost sources, forms, changes of limits, starts and stops, as sentences; and how many alarms
were raised when, with the gaps of the history.
"""

from collections.abc import Callable, Sequence
from typing import Any

from app.domain.instant import Instant, to_rfc3339
from app.domain.journal_words import STATION, sentence
from app.station.past import CLEAN_STOP, LOADED_AT_START, START
from app.store.ports import Store
from app.store.rows import Search, Written

KINDS = ("alarm", "config", "duty", "form", "link", "system")
SYSTEM = (START, CLEAN_STOP, "flood_began", "flood_ended", "clock_step")
MOST = 500
SHOWN = ("critical", "high", "medium", "low")


def events(
    store: Store, start: Instant, end: Instant, names: Callable[[str], str], before: int | None = None, limit: int = MOST
) -> dict[str, Any]:
    """Newest page first, each page in order; `before` of the answer goes on further back, None: that was all."""
    found: list[Written] = []
    while True:
        page = store.journal.search(Search(before=before, start=start, end=end, kinds=KINDS, limit=limit))
        found += [line for line in page.records if _counts(line)]
        before = page.before
        if before is None or len(found) >= limit:
            break
    lines = [_event(line, names) for line in sorted(found, key=lambda line: line.id)]
    return {"start": to_rfc3339(start), "end": to_rfc3339(end), "before": before, "events": lines}


def _counts(line: Written) -> bool:
    record = line.record
    return record.kind != "system" or record.data.get("what") in SYSTEM


def _event(line: Written, names: Callable[[str], str]) -> dict[str, Any]:
    record, data = line.record, line.record.data
    return {
        "id": line.id,
        "time": to_rfc3339(record.time),
        "kind": record.kind,
        "what": str(data.get("what") or data.get("state") or ""),
        "tag": record.tag,
        "rule": str(data.get("rule") or ""),
        "occurrence": record.occurrence,
        "priority": str(data.get("priority") or ""),
        "before": str(data.get("before") or ""),
        "after": str(data.get("after") or ""),
        "annunciate": bool(data.get("annunciate")),
        "by": record.actor,
        "text": _text(line, names),
    }


def _text(line: Written, names: Callable[[str], str]) -> str:
    """As in the journal; but the folder from which a starting station took its configuration means nothing to an operator."""
    record, actor, data = line.record, line.record.actor, line.record.data
    if record.kind == "config" and str(data.get("why") or "").startswith(LOADED_AT_START):
        actor, data = STATION, {**data, "why": ""}
    return sentence(record.kind, actor, record.tag, record.occurrence, data, names)


def density(store: Store, start: Instant, end: Instant, slots: int) -> dict[str, Any]:
    """Raised alarms by slot, gravest first, and the gaps of the history."""
    width = max(1, (end - start + slots - 1) // slots)
    counts = [[0, 0, 0, 0] for _ in range(slots)]
    for one in store.journal.alarmed(start, end):
        if one.raised >= start and one.priority in SHOWN:
            counts[min(slots - 1, (one.raised - start) // width)][SHOWN.index(one.priority)] += 1
    gaps = [(max(low, start), min(high, end)) for low, high in store.historian.gaps(start, end)]
    return {"start": to_rfc3339(start), "end": to_rfc3339(end), "width_s": width / 1e6, "counts": counts, "gaps": _spans(gaps)}


def _spans(gaps: Sequence[tuple[Instant, Instant]]) -> list[list[str]]:
    return [[to_rfc3339(low), to_rfc3339(high)] for low, high in gaps if high > low]
