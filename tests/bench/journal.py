"""The journal's durable append against bare SQLite commits of the same durability, in the same run, batch by batch in turn.

    python -m tests.bench.journal [--seconds 10] [--batch 20] [--rate 1000] [--verify 0]

One line: transitions a second at full speed, p99 of a confirmation at `--rate` transitions a second in such batches, and
the same two of the bare commits (one row a record, no chain, no states). `--verify N` also fills the journal up to N
records and times the check of them.
"""

import argparse
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from app.domain.alarm import RuleState
from app.store import open_store
from app.store.rows import OccurrenceRow, Record

NOW = 1_700_000_000_000_000
DATA = {"what": "raised", "rule": "H", "before": "NORM", "after": "UNACK", "value": 12.345, "limit": 12.0, "priority": "high"}


class Ours:
    def __init__(self, folder: Path) -> None:
        self.store = open_store(folder)
        self.number = 0

    def __call__(self, batch: int) -> None:
        numbers = range(self.number + 1, self.number + batch + 1)
        self.number += batch
        self.store.journal.append(
            [Record(NOW + n, "alarm", "", f"TK{n % 1000}.LT", n, DATA) for n in numbers],
            {
                f"TK{n % 1000}.LT/H": RuleState(active=True, acked=False, occurrence=n, raised_at=NOW, value=12.345)
                for n in numbers
            },
            [
                OccurrenceRow(n, f"TK{n % 1000}.LT", "H", "high", "V-1", "UNACK", 12.345, 12.0, "m", "液位高", NOW)
                for n in numbers
            ],
        )

    def close(self) -> None:
        self.store.close()


class Bare:
    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        self.connection.execute("CREATE TABLE record (id INTEGER PRIMARY KEY, time, kind, actor, tag, occurrence, data)")
        self.number = 0

    def __call__(self, batch: int) -> None:
        rows = [(NOW + n, "alarm", "", f"TK{n % 1000}.LT", n, str(DATA)) for n in range(self.number, self.number + batch)]
        self.number += batch
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany("INSERT INTO record VALUES (NULL, ?, ?, ?, ?, ?, ?)", rows)
        self.connection.execute("COMMIT")

    def close(self) -> None:
        self.connection.close()


def full_speed(writers: list[Callable[[int], None]], batch: int, seconds: float) -> list[float]:
    """Transitions a second of each, in turns of a tenth of a second so that both meet the same disk."""
    done, spent = [0] * len(writers), [0.0] * len(writers)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for at, write in enumerate(writers):
            began = time.perf_counter()
            while time.perf_counter() - began < 0.1:
                write(batch)
                done[at] += batch
            spent[at] += time.perf_counter() - began
    return [count / took for count, took in zip(done, spent, strict=True)]


def paced(writers: list[Callable[[int], None]], batch: int, rate: float, seconds: float) -> list[float]:
    """p99 in ms of one call, at `rate` transitions a second, in turn."""
    took: list[list[float]] = [[] for _ in writers]
    pause, due = batch / rate, time.perf_counter()
    for _ in range(int(seconds / pause / len(writers))):
        for at, write in enumerate(writers):
            due += pause
            time.sleep(max(0.0, due - time.perf_counter()))
            began = time.perf_counter()
            write(batch)
            took[at].append(time.perf_counter() - began)
    return [sorted(times)[int(len(times) * 0.99)] * 1000 for times in took]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--rate", type=float, default=1000)
    parser.add_argument("--verify", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours, bare = Ours(Path(folder) / "ours"), Bare(Path(folder) / "bare")
        ours(given.batch)
        bare(given.batch)
        fast = full_speed([ours, bare], given.batch, given.seconds / 2)
        slow = paced([ours, bare], given.batch, given.rate, given.seconds / 2)
        line = (
            f"journal {fast[0]:.0f} transitions/s, p99 {slow[0]:.1f} ms at {given.rate:.0f}/s; bare {fast[1]:.0f}/s, "
            f"p99 {slow[1]:.1f} ms (batches of {given.batch}, load {os.getloadavg()[0]:.1f})"
        )
        if given.verify:
            for low in range(ours.store.journal.last_id(), given.verify, 5000):
                count = min(5000, given.verify - low)
                ours.store.journal.append([Record(NOW + n, "alarm", "", f"TK{n % 1000}.LT", n, DATA) for n in range(count)])
            began, cpu = time.perf_counter(), time.process_time()
            verdict = ours.store.journal.verify()
            took, cpu = time.perf_counter() - began, time.process_time() - cpu
            assert verdict.broken_at is None
            line += f"; verify {verdict.count} records in {took:.1f} s ({cpu:.1f} s cpu)"
        print(line)
        ours.close()
        bare.close()


if __name__ == "__main__":
    main()
