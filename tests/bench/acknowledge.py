"""Bench: 10,000 alarms within one second, then 1,000 selected ones acknowledged at once, with two consoles' feeds open.

    python -m tests.bench.acknowledge [--alarms 10000] [--selected 1000]

The station is a process of its own; two clients in a process of their own hear the feed as two consoles do. Told are: how many
of the alarms reached both and are in the journal, until when; how long the acknowledgement took to be answered (durable) and to
be seen by each client, and how far the two were apart; what the disk alone takes for 4 kB meanwhile. One line.
"""

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.domain.plant import Source
from app.domain.sample import good
from app.domain.tag import Limits, Tag
from app.store import open_store
from drivers.base import DriverContext, Sink
from tests.bench.rig import StationProcess, disk_probe, in_ms, point, site_of, station_process, station_with

CALM_S = 6.0  # from the link until the storm
SLICES = 20


class Burst:
    """All tags stand still, and then cross their limit within one second."""

    def __init__(self, source: Source, tags: Sequence[Tag], context: DriverContext) -> None:
        self._tags, self._now = [t.tag for t in tags], context.now

    async def run(self, sink: Sink) -> None:
        sink.up()
        now = self._now()
        sink.publish([good(tag, 50.0, now, now) for tag in self._tags])
        await asyncio.sleep(CALM_S)
        began = time.monotonic()
        size = -(-len(self._tags) // SLICES)
        for number in range(SLICES):
            await asyncio.sleep(max(0.0, began + number / SLICES - time.monotonic()))
            now = self._now()
            part = self._tags[number * size : (number + 1) * size]
            sink.publish([good(tag, 95.0, now, now) for tag in part])
        await asyncio.Event().wait()


def _listen(addresses: Sequence[str], pipe: Any) -> None:
    """When each client saw each alarm raised, and acknowledged: [{occurrence: at}, {occurrence: at}] of each, on demand."""
    import json
    import threading

    from websockets.sync.client import connect

    seen: list[tuple[dict[int, float], dict[int, float]]] = [({}, {}) for _ in addresses]

    def follow(address: str, raised: dict[int, float], acked: dict[int, float]) -> None:
        with connect(address, max_size=None, proxy=None) as socket:
            for text in socket:
                now = time.time()
                for event in json.loads(text).get("events", ()):
                    if event["what"] == "raised":
                        raised[event["occurrence"]] = now
                    elif event["what"] == "acknowledged":
                        acked[event["occurrence"]] = now

    for address, (raised, acked) in zip(addresses, seen, strict=True):
        threading.Thread(target=follow, args=(address, raised, acked), daemon=True).start()
    while pipe.recv():
        pipe.send([(dict(raised), dict(acked)) for raised, acked in seen])


def main(alarms: int, selected: int) -> None:
    tags = [point(f"A{n}", f"HR:{n}", Limits(h=80.0), stale_s=600.0) for n in range(alarms)]
    source = Source("dcs", "modbus_tcp", "tcp://127.0.0.1:9")
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with (
        tempfile.TemporaryDirectory() as name,
        station_process(Path(name), site_of(source, tags), ("tests.bench.acknowledge", "--station")) as station,
    ):
        client = context.Process(target=_listen, args=([station.feed, station.feed], theirs), daemon=True)
        client.start()

        def heard(kind: int) -> list[dict[int, float]]:
            ours.send(True)
            return [one[kind] for one in ours.recv()]

        station.wait_for(lambda: station.get("/status")["counts"]["clients"] == 2)
        with disk_probe(Path(name)) as disk:
            station.wait_for(lambda: all(len(one) >= alarms for one in heard(0)), 60)
            raised = heard(0)
            lasted = [max(one.values()) - min(min(r.values()) for r in raised) for one in raised]
            wanted = sorted(raised[0])[:selected]
            began = time.time()
            answer = station.post("/alarms/ack", {"occurrences": wanted, "note": "bench"})
            answered = time.time() - began
            done = len(answer.json()["acknowledged"])
            station.wait_for(lambda: all(len(one) >= done for one in heard(1)))
        acked = heard(1)
        seen = [max(one.values()) - began for one in acked]
        apart = max(abs(acked[0][one] - acked[1][one]) for one in acked[0])
        ours.send(False)
        client.join()
        written = journalled(station)
    probe = in_ms(disk)
    print(
        f"{alarms} alarms within 1 s: {min(map(len, raised))} seen by both, {written} raised in the journal, the last seen "
        f"{max(lasted):.2f} s after the first | {done} of {selected} acknowledged: answered in {answered:.2f} s, "
        f"seen by both in {max(seen):.2f} s, the two apart {1000 * apart:.0f} ms at most | disk alone {probe}"
    )


def journalled(station: StationProcess) -> int:
    station.stop()
    kept = open_store(station.data, exclusive=False)
    try:
        verdict = kept.journal.verify()
        assert verdict.broken_at is None, verdict
        after, count = 0, 0
        while lines := kept.journal.read(after, 5000, "alarm"):
            count += sum(line.record.data["what"] == "raised" for line in lines)
            after = lines[-1].id
        return count
    finally:
        kept.close()


if __name__ == "__main__":
    if "--station" in sys.argv:
        raise SystemExit(station_with(Burst))
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--alarms", type=int, default=10_000)
    reader.add_argument("--selected", type=int, default=1000)
    given = reader.parse_args()
    main(given.alarms, given.selected)
