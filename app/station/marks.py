"""What happened to a tag, for the time axis of a trend (趋势标记): alarms and what people did, out of the journal.

Station side; blocking, called in a worker thread.
"""

from typing import Any

from app.domain import journal_words as words
from app.domain.instant import Instant, to_rfc3339
from app.station.words import Wording
from app.store.ports import Journal
from app.store.rows import Search, Written

MOST = 2000
"""Of one tag; beyond it the oldest are left out, and the answer says so."""
_PAGE = 500
_SHOWN = {
    "raised", "active_again", "reannounced", "cleared", "acknowledged", "reset", "shelved", "unshelved", "suppressed",
    "unsuppressed", "out_of_service", "returned_to_service", "source_lost", "source_back",
}  # fmt: skip


def marks(journal: Journal, wording: Wording, tag: str, start: Instant, end: Instant) -> tuple[list[dict[str, Any]], bool]:
    """Newest first, and whether older ones are missing."""
    found: list[dict[str, Any]] = []
    before: int | None = None
    while len(found) < MOST:
        wanted = Search(before=before, start=start, end=end, kinds=("alarm", "config"), tag=tag, limit=_PAGE)
        page = journal.search(wanted)
        found += [mark for mark in (_mark(one, wording) for one in page.records) if mark is not None]
        before = page.before
        if before is None:
            return found, False
    return found[:MOST], True


def _mark(one: Written, wording: Wording) -> dict[str, Any] | None:
    record = one.record
    what = str(record.data.get("what", ""))
    if record.kind == "config":
        if what != "changed" or record.data.get("table") != "tags":
            return None
        what = "limit"
    elif what not in _SHOWN:
        return None
    return {
        "at": to_rfc3339(record.time),
        "kind": what,
        "tag": record.tag,
        "rule": record.data.get("rule", ""),
        "priority": record.data.get("priority", ""),
        "occurrence": record.occurrence,
        "by": record.actor,
        "text": words.sentence(record.kind, record.actor, record.tag, record.occurrence, record.data, wording.name_of),
    }
