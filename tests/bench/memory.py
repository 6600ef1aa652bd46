"""Bench: memory of a station over time, 20,000 tags changing once a second, alarms coming and going, one feed client.

    python -m tests.bench.memory [--minutes 30] [--tags 20000] [--storm]

Every tag has its four limits. One in a hundred reaches one of them every 1,000 s, which is 12 alarms a minute of 20,000 tags,
twice what a person can attend to, and each is acknowledged within ten seconds. With `--storm` every tag does so, and nobody
acknowledges anything: after 17 min the alarms of all tags wait at once, so that run shows what a waiting alarm takes.
Resident memory of the station every two seconds. The slope is that of a straight line through the second half: caches and
buffers have their size by then, and the historian closes and merges (after 10 min and an hour of samples; a run that is to see
merging lasts longer than an hour). Beside it what the history's own thread takes of a core, its longest call, and how long the
event loop was held up. A line a minute as it goes, and one at the end.
"""

import argparse
import logging
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import linear_regression, mean

from app.domain.plant import Site
from app.domain.tag import Limits
from tests.bench.rig import StationProcess, listener, opcua_site, station_process
from tests.peers.opcua_peer import NodeServer, node_folder

EVERY_S = 2.0
OUT_OF_REACH = Limits(-2.0, -1.0, 100.5, 101.0)


def quieter(site: Site) -> Site:
    """Only one tag in a hundred comes to its limit."""
    tags = (tag if number % 100 == 0 else replace(tag, limits=OUT_OF_REACH) for number, tag in enumerate(site.tags))
    return replace(site, tags=tuple(tags))


def acknowledge(station: StationProcess) -> None:
    waiting = [alarm["occurrence"] for alarm in station.get("/alarms", view="unacked")]
    if waiting:
        station.post("/alarms/ack", {"occurrences": waiting, "note": "现场核实"})


def main(minutes: float, tags: int, storm: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = NodeServer(folder, tags, ["--hz", "1"])
        server.start()
        try:
            site = opcua_site(server.port, tags)
            with station_process(folder, site if storm else quieter(site)) as station, listener(station) as heard:
                ready = station.rss_mb()
                station.wait_for(lambda: station.get("/status")["counts"]["good"] >= 0.9 * tags)
                began, values, cpu = time.monotonic(), station.samples(), station.cpu_s()
                before = station.get("/status")["store"]["history"]
                seen: list[tuple[float, float]] = []
                loads: list[float] = []
                while (now := time.monotonic() - began) < 60 * minutes:
                    seen.append((now / 3600, station.rss_mb()))
                    loads.append(os.getloadavg()[0])
                    if len(seen) % round(60 / EVERY_S) == 0:
                        last = [size for _, size in seen[-round(60 / EVERY_S) :]]
                        history = station.get("/status")["store"]["history"]
                        print(
                            f"{now / 60:4.0f} min: {min(last):.0f} to {max(last):.0f} MB, "
                            f"{station.cpu_s() - cpu:.0f} s of processor, load {loads[-1]:.1f}",
                            flush=True,
                        )
                    if not storm and len(seen) % round(10 / EVERY_S) == 0:
                        acknowledge(station)
                    time.sleep(EVERY_S)
                waiting = len(station.get("/alarms", view="unacked"))
                rate = (station.samples() - values) / now
                share = 100 * (station.cpu_s() - cpu) / now
                history, loop = station.get("/status")["store"]["history"], station.get("/status")["loop"]
                events = heard()["events"]
        finally:
            server.stop()
    half = seen[len(seen) // 2 :]
    slope = linear_regression([at for at, _ in half], [size for _, size in half]).slope
    sizes = [size for _, size in seen]
    thread = 100 * (history["cpu_s"] - before["cpu_s"]) / now
    print(
        f"memory, {tags} tags, {rate:.0f} values/s, {events} alarm events in {minutes:g} min, {waiting} waiting at the end: "
        f"ready {ready:.0f} MB, start {sizes[0]:.0f} MB, end {sizes[-1]:.0f} MB, highest {max(sizes):.0f} MB, slope of the "
        f"second half {slope:+.1f} MB/h; {share:.1f} % of a core, the history's thread {thread:.1f} %, its longest call "
        f"{1000 * history['longest_s']:.0f} ms, lost {history['lost']}; event loop held up at most "
        f"{1000 * loop['longest_s']:.0f} ms; load of the machine {mean(loads):.1f}, at most {max(loads):.1f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--tags", type=int, default=20_000)
    parser.add_argument("--storm", action="store_true", help="every tag alarms, nobody acknowledges")
    given = parser.parse_args()
    if node_folder() is None:
        raise SystemExit("node-opcua is not installed: set HAZWATCH_TEST_NODE")
    logging.disable(logging.CRITICAL)
    main(given.minutes, given.tags, given.storm)
