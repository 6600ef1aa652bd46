"""The historian: cost of `append` at a rate, closing included, and the time of a day's trend of one tag.

    python -m tests.bench.history [--tags 1000] [--hours 2] [--rate 20000]

Samples of 1 Hz, 12-bit noise. Two lines: append (microseconds a sample, per cent of a core at `--rate`, bytes kept a sample),
then the trend over 24 h of one tag to 1500 points, cold (store just opened) and median of 9.
"""

import argparse
import math
import os
import random
import tempfile
import time
from pathlib import Path
from statistics import median

from app.domain.instant import DAY, HOUR, SECOND
from app.domain.sample import Quality, Reason, Sample
from app.store import open_store
from app.store.ports import Historian

START = 1_700_000_000 * SECOND


def fill(historian: Historian, tags: list[str], start: int, seconds: int) -> tuple[float, float]:
    """CPU of `append`, and its longest call, in seconds."""
    chance, spent, longest = random.Random(1), 0.0, 0.0
    noise = [round(2048 + 100 * math.sin(n / 90) + chance.gauss(0, 3)) * 10 / 4096 for n in range(4096)]
    for second in range(seconds):
        at = start + second * SECOND
        batch = [
            Sample(tag, noise[(second + n * 7) & 4095], Quality.GOOD, Reason.NONE, at + n, at + n + 900, "")
            for n, tag in enumerate(tags)
        ]
        cpu, began = time.process_time(), time.perf_counter()
        historian.append(batch)
        spent += time.process_time() - cpu
        longest = max(longest, time.perf_counter() - began)
    return spent, longest


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tags", type=int, default=1000)
    parser.add_argument("--hours", type=float, default=2)
    parser.add_argument("--rate", type=float, default=20000)
    given = parser.parse_args()
    tags = [f"TK{n:05d}.LT" for n in range(given.tags)]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        store = open_store(data)
        # a day of a few tags for the trend; the many only for a part of it
        fill(store.historian, tags[:20], START, (DAY - int(given.hours * HOUR)) // SECOND)
        before = (data / "history.db").stat().st_size
        seconds = int(given.hours * 3600)
        spent, longest = fill(store.historian, tags, START + DAY - seconds * SECOND, seconds)
        store.close()
        count = seconds * given.tags
        kept = ((data / "history.db").stat().st_size - before) / count
        share = spent / count * given.rate * 100
        print(
            f"append {spent / count * 1e6:.2f} us/sample = {share:.1f} % of a core at {given.rate:.0f}/s, "
            f"longest call {longest * 1000:.0f} ms, {kept:.1f} bytes/sample (load {os.getloadavg()[0]:.1f})"
        )
        store = open_store(data)
        took = []
        for _ in range(10):
            began = time.perf_counter()
            (series,) = store.historian.reduced([tags[7]], START, START + DAY, 1500)
            took.append((time.perf_counter() - began) * 1000)
        assert None not in series.mean
        print(f"trend of 24 h to 1500 points: cold {took[0]:.0f} ms, median {median(took[1:]):.0f} ms")
        store.close()


if __name__ == "__main__":
    main()
