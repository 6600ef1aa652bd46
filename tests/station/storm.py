"""A station process whose field never rests: `python -m tests.station.storm SITE DATA`. Fifty tags go over their limits and
back about two thousand times a second in all. Only for the tests that kill it.

With `STORM_LOG` in the environment each round is noted in that file as it is published: its number, and a clock of this process
that stands still while one of its threads waits for a processor. The number is told by the values too."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from app.domain.plant import Source
from app.domain.sample import good
from app.domain.tag import Tag
from app.station.main import run_station
from drivers.base import Driver, DriverContext, Sink
from drivers.registry import DRIVERS
from tests.pace import Stopwatch

FINE = 1e6


class Storm:
    def __init__(self, source: Source, tags: Sequence[Tag], context: DriverContext) -> None:
        self._tags, self._now = tags, context.now

    async def run(self, sink: Sink) -> None:
        sink.up()
        log = os.environ.get("STORM_LOG")
        number, watch = rounds_in(log), Stopwatch()
        while True:
            number += 1
            now = self._now()
            value = (95.0 if number % 2 else 50.0) + number / FINE
            sink.publish([good(tag.tag, value, now, now) for tag in self._tags])
            if log is not None:
                note(log, number, watch.seconds)
            await asyncio.sleep(0.05)


def note(log: str, number: int, at: float) -> None:
    with open(log, "a", encoding="ascii") as out:
        out.write(f"{number} {at:.6f}\n")


def rounds_in(log: str | None) -> int:
    """How many an earlier run published."""
    if log is None or not os.path.exists(log):
        return 0
    with open(log, encoding="ascii") as file:
        return sum(1 for _ in file)


def round_of(value: float) -> int:
    return round((value - (95.0 if value > 90.0 else 50.0)) * FINE)


def _storm(source: Source, tags: Sequence[Tag], context: DriverContext) -> Driver:
    return Storm(source, tags, context)


if __name__ == "__main__":
    DRIVERS["modbus_tcp"] = _storm
    site = None if sys.argv[1] == "-" else Path(sys.argv[1])
    raise SystemExit(run_station(site, Path(sys.argv[2]), port=0))
