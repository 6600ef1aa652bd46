"""Reading the journal: pages and searches over many records, and the check against the same hashes without a database.

    python -m tests.bench.journal_reading [--records 250000] [--database URL]

One line a question: median and worst of 7 in ms (a page of 100; searches that find little come back after a bounded time with
the place to go on). Then the check: records/s, and how many times as long as a bare SHA-256 loop over the same lines took.
"""

import argparse
import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.domain.instant import DAY, HOUR
from app.station.journal_query import search_of
from app.store import open_store
from app.store.chain import data_text, line
from app.store.ports import pages
from app.store.rows import OccurrenceRow, Record

END = 1_795_000_000_000_000
PEOPLE = ("李明", "王芳", "zhao")
WHATS = ("raised", "cleared", "acknowledged")


def fill(store: Any, count: int) -> None:
    """Thirty days of alarms, acknowledgements and a few logins."""
    step = 30 * DAY // count

    def record(n: int) -> Record:
        at, what = END - 30 * DAY + n * step, WHATS[n % 3]
        if n % 50 == 0:
            return Record(at, "login", PEOPLE[n % 3], data={"address": "10.0.0.7", "what": "login"})
        data = {
            "after": "UNACK", "annunciate": True, "before": "NORM", "limit": 85.0, "note": "已到现场" if n % 5 else "阀门卡涩",
            "priority": "high", "rule": "H", "source_time": "2026-11-21T02:40:00.250Z", "value": 85.0 + n % 100 / 10,
            "what": what,
        }  # fmt: skip
        return Record(at, "alarm", PEOPLE[n % 3] if what == "acknowledged" else "", f"TK{n * 7919 % 1000}.LT", n + 1, data)

    def row(n: int) -> OccurrenceRow:
        at = END - 30 * DAY + n * step
        return OccurrenceRow(
            n + 1, f"TK{n * 7919 % 1000}.LT", "H", ("critical", "high", "medium", "low")[n % 4], f"V-{n % 50}", "NORM", 86.5,
            85.0, "%", f"{n % 7}号罐区 TK{n % 1000} 液位 高报 86.5 % 上限 85 %", at, at + 9, at + 5, PEOPLE[n % 3], "已到现场",
        )  # fmt: skip

    for low in range(0, count, 5000):
        numbers = range(low, min(count, low + 5000))
        store.journal.append([record(n) for n in numbers], {}, [row(n) for n in numbers])


JOURNAL: dict[str, dict[str, Any]] = {
    "newest": {},
    "kind login": {"kinds": ["login"]},
    "tag": {"tag": "TK17.LT"},
    "person": {"actor": "李明"},
    "person, kind": {"actor": "李明", "kinds": ["login"]},
    "occurrence": {"occurrence": 77},
    "text, common": {"text": "确认 现场"},
    "text, nowhere": {"text": "不存在的词"},
    "tag, text": {"tag": "TK17.LT", "text": "不存在的词"},
    "an old hour": {"start": END - 20 * DAY, "end": END - 20 * DAY + HOUR},
    "an old week": {"start": END - 29 * DAY, "end": END - 22 * DAY},
    "before all": {"end": END - 40 * DAY},
}
ALARMS: dict[str, dict[str, Any]] = {
    "newest": {},
    "text, nowhere": {"text": "不存在的词"},
    "tag": {"tag": "TK17.LT"},
    "priority": {"priority": "low"},
    "an old week": {"start": END - 29 * DAY, "end": END - 22 * DAY},
    "week, text": {"start": END - 29 * DAY, "end": END - 22 * DAY, "text": "不存在的词"},
}


def timed(name: str, ask: Callable[[], str]) -> None:
    took, told = [], ""
    for _ in range(7):
        began = time.perf_counter()
        told = ask()
        took.append((time.perf_counter() - began) * 1000)
    print(f"{name:26} median {statistics.median(took):6.1f} worst {max(took):6.1f} ms  {told}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=250_000)
    parser.add_argument("--database")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder), given.database)
        fill(store, given.records)
        print(f"{store.journal.last_id()} records, load {os.getloadavg()[0]:.1f}")
        for name, filters in JOURNAL.items():

            def ask(filters: dict[str, Any] = filters) -> str:
                found = store.journal.search(search_of(filters, None, 100))
                return f"{len(found.records)} found{', more to look through' if found.before and not found.records else ''}"

            timed(f"journal {name}", ask)
        for name, filters in ALARMS.items():
            timed(f"alarms {name}", lambda filters=filters: f"{len(store.journal.occurrences(**filters, limit=100))} found")
        lines = [
            line(
                w.id, w.record.time, w.record.kind, w.record.actor, w.record.tag, w.record.occurrence, data_text(w.record.data)
            )
            for w in pages(store.journal)
        ]
        began, previous = time.perf_counter(), "0" * 64
        for one in lines:
            previous = hashlib.sha256(f"{previous}{one}".encode()).hexdigest()
        bare = time.perf_counter() - began
        began = time.perf_counter()
        verdict = store.journal.verify()
        took = time.perf_counter() - began
        assert verdict.broken_at is None
        print(
            f"verify {len(lines) / took:.0f} records/s, {took / bare:.1f} times a bare SHA-256 loop ({len(lines) / bare:.0f}/s)"
        )
        store.close()


if __name__ == "__main__":
    main()
