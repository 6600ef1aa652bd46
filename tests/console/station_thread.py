"""A real station beside a real window in one test: on a thread and a loop of its own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from app.domain.plant import Site
from tests.pace import ENOUGH_S
from tests.station.rig import Rig, running

T = TypeVar("T")


class StationThread:
    """A real station on a loop of its own, as it would be in a process of its own."""

    def __init__(self, data: Path, site: Site) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._running = running(data, site)
        self.rig: Rig = self.do(self._running.__aenter__())

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ENOUGH_S)

    def soon(self, action: Callable[..., object], *args: object) -> None:
        """On the station's loop."""
        self._loop.call_soon_threadsafe(action, *args)

    def say(self, name: str, value: float) -> None:
        """The field has a new value."""
        self.soon(self.rig.field["dcs"].say, name, value)

    def close(self) -> None:
        self.do(self._running.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(ENOUGH_S)
        self._loop.close()
