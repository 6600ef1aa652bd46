"""20,000 tags, all changing every second, from a feed in another process through the session onto the shown plant page.

    python tests/bench/console_feed.py [seconds]

Prints one line: processor time of the console, worst stall of its Qt thread (10 ms heartbeat), values a second, memory.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

TAGS = 20_000
RATE = 4


def feed() -> None:
    """The other process: a station whose values all change each second, a quarter of them every 250 ms."""
    from tests.console import fake_station
    from tests.console.fake_station import FakeStation, value

    base = replace(fake_station.TAGS[0])
    tags = [replace(base, tag=f"T{number:05d}") for number in range(TAGS)]
    fake_station.TAGS = (*fake_station.TAGS, *tags)
    with FakeStation() as station:
        for tag in tags:
            station.values[tag.tag] = value(tag.tag, 50.0)
        print(station.url, flush=True)
        turn = 0
        while True:
            began = time.monotonic()
            part = tags[turn % RATE :: RATE]
            station.tell(values=[value(tag.tag, 40.0 + turn % 20) for tag in part])
            station._past.clear()
            turn += 1
            time.sleep(max(0.0, 1 / RATE - (time.monotonic() - began)))


async def measure(url: str, seconds: float) -> None:
    import psutil

    from tests.console.rig import desk_at, logged_in

    me = psutil.Process()
    with tempfile.TemporaryDirectory() as data:
        async with desk_at(Path(data), url) as desk:
            await logged_in(desk, "Sesame-2026", 60)
            desk.window.show_page("plant")
            await asyncio.sleep(3)
            got = 0

            def count(batch: object) -> None:
                nonlocal got
                got += len(getattr(batch, "values", ()))

            desk.session.batch.connect(count)
            worst, cpu, began = 0.0, sum(me.cpu_times()[:2]), time.monotonic()
            before = began
            while time.monotonic() - began < seconds:
                await asyncio.sleep(0.01)
                now = time.monotonic()
                worst, before = max(worst, now - before - 0.01), now
            spent = time.monotonic() - began
            busy = 100 * (sum(me.cpu_times()[:2]) - cpu) / spent
            memory = me.memory_info().rss / 2**20
    print(
        f"console feed: {got / spent:.0f} values/s, {busy:.1f} % of a core, worst stall {worst * 1000:.0f} ms, {memory:.0f} MB"
    )


def main() -> int:
    if sys.argv[1:] == ["feed"]:
        feed()
        return 0
    from app.console.application import make_application
    from tests.console.rig import run_ui

    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 15.0
    root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": root}
    with subprocess.Popen([sys.executable, __file__, "feed"], stdout=subprocess.PIPE, text=True, env=environment) as other:
        try:
            assert other.stdout is not None
            run_ui(make_application(), measure(other.stdout.readline().strip(), seconds))
        finally:
            other.kill()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
