"""A station process whose field never rests: `python -m tests.station.storm SITE DATA`. Fifty tags go over their limits and
back about two thousand times a second in all. Only for the tests that kill it."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from app.domain.plant import Source
from app.domain.sample import good
from app.domain.tag import Tag
from app.station.main import run_station
from drivers.base import Driver, DriverContext, Sink
from drivers.registry import DRIVERS


class Storm:
    def __init__(self, source: Source, tags: Sequence[Tag], context: DriverContext) -> None:
        self._tags, self._now = tags, context.now

    async def run(self, sink: Sink) -> None:
        sink.up()
        high = False
        while True:
            high = not high
            now = self._now()
            sink.publish([good(tag.tag, 95.0 if high else 50.0, now, now) for tag in self._tags])
            await asyncio.sleep(0.05)


def _storm(source: Source, tags: Sequence[Tag], context: DriverContext) -> Driver:
    return Storm(source, tags, context)


if __name__ == "__main__":
    DRIVERS["modbus_tcp"] = _storm
    site = None if sys.argv[1] == "-" else Path(sys.argv[1])
    raise SystemExit(run_station(site, Path(sys.argv[2]), port=0))
