"""Bench: a storm of alarms through the whole station: how many events a second get durable and reach a client, and how long
an acknowledgement takes to be confirmed meanwhile.

    python -m tests.bench.storm [--rate 2000] [--seconds 10]

The station is a process of its own with a driver that makes tags cross their limit and come back, `--rate` times a second
altogether; a client in another process hears the events; this process acknowledges standing alarms one by one, twenty a
second, over HTTP. Beside them what the disk alone takes to make 4 kB safe meanwhile. One line.
"""

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from app.domain.instant import from_rfc3339
from app.domain.plant import Source
from app.domain.sample import good
from app.domain.tag import Limits, Tag
from app.station.main import run_station
from app.store import open_store
from drivers.base import DriverContext, Sink
from drivers.registry import DRIVERS
from tests.bench.rig import StationProcess, disk_probe, in_ms, point, site_of, station_process

STORM, STANDING = 1000, 2000
PULSE_S = 0.02
ACK_PAUSE_S = 0.05


class Storm:
    """Tags S0, S1 ... go up and down in turn; A0, A1 ... go up once and stay."""

    def __init__(self, rate: float, source: Source, tags: Sequence[Tag], context: DriverContext) -> None:
        self._rate = rate
        self._tags, self._now = [t.tag for t in tags], context.now

    async def run(self, sink: Sink) -> None:
        sink.up()
        now = self._now()
        restless = [tag for tag in self._tags if tag.startswith("S")]
        sink.publish([good(tag, 95.0 if tag.startswith("A") else 50.0, now, now) for tag in self._tags])
        began, made = time.monotonic(), 0
        while True:
            await asyncio.sleep(PULSE_S)
            now = self._now()
            due = int((time.monotonic() - began) * self._rate)
            batch = []
            for number in range(made, due):
                turn, tag = divmod(number, len(restless))
                batch.append(good(restless[tag], 50.0 if turn % 2 else 95.0, now, now))
            made = due
            sink.publish(batch)


def listen(address: str, pipe: Any) -> None:
    """Sends, when told to, what it heard: (journal record, seconds from the alarm to here) of each event."""
    import json
    import threading

    from websockets.sync.client import connect

    heard: list[tuple[int, float]] = []
    with connect(address, max_size=None, proxy=None) as socket:
        threading.Thread(target=lambda: (pipe.recv(), socket.close()), daemon=True).start()
        for text in socket:
            now = time.time()
            heard += [(event["id"], now - from_rfc3339(event["time"]) / 1e6) for event in json.loads(text).get("events", ())]
    pipe.send(heard)


def acknowledge(station: StationProcess, seconds: float) -> list[float]:
    """Seconds each confirmation took."""
    alarms = [a["occurrence"] for a in station.get("/alarms", view="unacked") if a["tag"].startswith("A")]
    took, ends = [], time.monotonic() + seconds
    for occurrence in alarms:
        if time.monotonic() > ends:
            break
        began = time.perf_counter()
        answer = station.post(f"/alarms/{occurrence}/ack", {"note": "storm"})
        took.append(time.perf_counter() - began)
        answer.raise_for_status()
        time.sleep(ACK_PAUSE_S)
    return took


def main(rate: float, seconds: float) -> None:
    names = [f"S{n}" for n in range(STORM)] + [f"A{n}" for n in range(STANDING)]
    tags = [point(name, f"HR:{n}", Limits(h=80.0), stale_s=600.0) for n, name in enumerate(names)]
    source = Source("dcs", "modbus_tcp", "tcp://127.0.0.1:9")
    program = ("tests.bench.storm", "--station", "--rate", str(rate))
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with tempfile.TemporaryDirectory() as name:
        with station_process(Path(name), site_of(source, tags), program) as station:
            client = context.Process(target=listen, args=(station.feed, theirs), daemon=True)
            client.start()
            station.wait_for(lambda: station.get("/status")["counts"]["clients"])
            time.sleep(4)
            before, cpu, began = station.get("/status")["store"]["written"], station.cpu_s(), time.perf_counter()
            with disk_probe(Path(name)) as disk:
                confirmed = acknowledge(station, seconds)
            lasted = time.perf_counter() - began
            store = station.get("/status")["store"]
            share = 100 * (station.cpu_s() - cpu) / lasted
            ours.send(None)
            heard: list[tuple[int, float]] = ours.recv()
            client.join()
        kept = open_store(Path(name) / "data", exclusive=False)
        try:
            last, verdict = kept.journal.last_id(), kept.journal.verify()
        finally:
            kept.close()
    records = [record for record, _ in heard]
    whole = records == sorted(set(records)) and max(records) <= last
    lags = [lag for _, lag in heard]
    print(
        f"storm of {rate:.0f} alarm events/s: {(store['written'] - before) / lasted:.0f}/s durable, waiting at the end "
        f"{store['backlog']}; heard by the client {len(heard)} in order and each in the journal: {'yes' if whole else 'NO'}, "
        f"lag p50/p99 {in_ms(lags)}; {len(confirmed)} acknowledgements {in_ms(confirmed)}, the disk alone {in_ms(disk)}; "
        f"{share:.0f} % of a core; journal {'whole' if verdict.broken_at is None else 'BROKEN'}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=2000.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--station", action="store_true", help=argparse.SUPPRESS)
    for word in ("--site", "--data", "--port"):
        parser.add_argument(word, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.station:
        DRIVERS["modbus_tcp"] = partial(Storm, given.rate)
        sys.exit(run_station(Path(given.site), Path(given.data), port=int(given.port)))
    main(given.rate, given.seconds)
