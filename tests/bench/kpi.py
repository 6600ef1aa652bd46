"""Bench: the figures of 30 days over 250,000 alarm events, through the store as the API asks for them.

    python -m tests.bench.kpi [--events 250000]

Three events an occurrence: raised, cleared, acknowledged. The peer is the bare query: the same rows fetched by
sqlite3 and thrown away. One line.
"""

import argparse
import random
import sqlite3
import tempfile
import time
from pathlib import Path

from app.domain.instant import DAY, SECOND
from app.domain.plant import Equipment, Site
from app.domain.sample import Reason
from app.domain.tag import Kind, Tag
from app.station.kpi import report
from app.station.words import Wording
from app.store import open_store
from app.store.rows import OccurrenceRow

NOW = 1_795_300_000 * SECOND
TIMES = 5
PEER = "SELECT raised_at, cleared_at, acked_at, tag, rule, priority, equipment, acked_by FROM occurrence ORDER BY raised_at"


def rows(count: int) -> list[OccurrenceRow]:
    chance = random.Random(1)
    times = sorted(chance.randrange(30 * DAY) for _ in range(count))
    made = []
    for number, ago in enumerate(times, 1):
        at, tag = NOW - 30 * DAY + ago, min(int(chance.paretovariate(0.6)), 999)
        made.append(
            OccurrenceRow(
                number, f"T{tag}", "H", chance.choice(("critical", "high", "medium", "low")), f"V{tag % 40}", "NORM", 1.0, 1.0,
                "m", "液位高报", at, at + chance.randrange(1, 3600) * SECOND, at + chance.randrange(1, 600) * SECOND,
                f"u{number % 5}",
            )
        )  # fmt: skip
    return made


def main(events: int) -> None:
    site = Site(
        "1", "厂",
        tags=tuple(Tag(f"T{n}", "液位", f"V{n % 40}", Kind.LEVEL) for n in range(1000)),
        equipment=tuple(Equipment(f"V{n}", area=f"罐区{n % 6}") for n in range(40)),
    )  # fmt: skip
    wording = Wording(site, lambda tag: (Reason.NONE, ""))
    with tempfile.TemporaryDirectory() as name:
        store = open_store(Path(name))
        made = rows(events // 3)
        for low in range(0, len(made), 5000):
            store.journal.append([], {}, made[low : low + 5000])
        ours, peer = [], []
        bare = sqlite3.connect(Path(name) / "station.db")
        for _ in range(TIMES):
            began = time.perf_counter()
            report(store.journal, site, wording, NOW - 30 * DAY, NOW, NOW)
            ours.append(time.perf_counter() - began)
            began = time.perf_counter()
            bare.execute(PEER).fetchall()
            peer.append(time.perf_counter() - began)
        bare.close()
        store.close()
    print(
        f"kpi, {events} events ({len(made)} occurrences) in 30 days: {1000 * min(ours):.0f} ms at best, "
        f"{1000 * max(ours):.0f} ms at worst | bare query {1000 * min(peer):.0f} ms | ratio {min(ours) / min(peer):.1f}"
    )


if __name__ == "__main__":
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--events", type=int, default=250_000)
    main(given.parse_args().events)
