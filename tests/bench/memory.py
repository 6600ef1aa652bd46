"""Bench: memory of a station over time, 20,000 tags changing once a second, alarms coming and going, one feed client.

    python -m tests.bench.memory [--minutes 30] [--tags 20000]

Resident memory of the station every two seconds. The slope is that of a straight line through the second half: caches and
buffers have their size by then (the historian closes its open batches after a million samples, for the first time when 50 s
are over). One line.
"""

import argparse
import logging
import tempfile
import time
from pathlib import Path
from statistics import linear_regression

from tests.bench.rig import listener, opcua_site, station_process
from tests.peers.opcua_peer import NodeServer, node_folder

EVERY_S = 2.0


def main(minutes: float, tags: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = NodeServer(folder, tags, ["--hz", "1"])
        server.start()
        try:
            with station_process(folder, opcua_site(server.port, tags)) as station, listener(station) as heard:
                station.wait_for(lambda: station.get("/status")["counts"]["good"] >= 0.9 * tags)
                began, values, cpu = time.monotonic(), station.samples(), station.cpu_s()
                seen: list[tuple[float, float]] = []
                while (now := time.monotonic() - began) < 60 * minutes:
                    seen.append((now / 3600, station.rss_mb()))
                    time.sleep(EVERY_S)
                rate = (station.samples() - values) / now
                share = 100 * (station.cpu_s() - cpu) / now
                events = heard()["events"]
        finally:
            server.stop()
    half = seen[len(seen) // 2 :]
    slope = linear_regression([at for at, _ in half], [size for _, size in half]).slope
    sizes = [size for _, size in seen]
    print(
        f"memory, {tags} tags, {rate:.0f} values/s, {events} alarm events in {minutes:g} min: start {sizes[0]:.0f} MB, "
        f"end {sizes[-1]:.0f} MB, highest {max(sizes):.0f} MB, slope of the second half {slope:+.1f} MB/h; "
        f"{share:.1f} % of a core"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--tags", type=int, default=20_000)
    given = parser.parse_args()
    if node_folder() is None:
        raise SystemExit("node-opcua is not installed: set HAZWATCH_TEST_NODE")
    logging.disable(logging.CRITICAL)
    main(given.minutes, given.tags)
