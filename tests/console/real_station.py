"""A real station over a real store, on a thread of its own, for a desk under test; the field is told values by the test."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from app.domain.plant import Site
from tests.pace import ENOUGH_S
from tests.station.rig import Rig, running


class RealStation:
    """Use as a context manager; `rig` is only to be used through `do`."""

    def __init__(self, data: Path, site: Site | None = None) -> None:
        self._data, self._site = data, site
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._end = asyncio.Event()
        self._failed: BaseException | None = None
        self.rig: Rig
        self.url = ""

    def __enter__(self) -> "RealStation":
        # Not waited for when the tests end: a station that could not be stopped has failed its test already.
        self._thread = threading.Thread(target=self._run, name="real station", daemon=True)
        self._thread.start()
        if not self._ready.wait(ENOUGH_S) or self._failed is not None:
            self.__exit__()
            raise AssertionError("the station was not ready") from self._failed
        return self

    def __exit__(self, *error: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(ENOUGH_S)
        assert not self._thread.is_alive()

    def do(self, work: Callable[[Rig], Coroutine[Any, Any, Any] | Any]) -> Any:
        """On the station's thread, and what it gave back."""

        async def run() -> Any:
            done = work(self.rig)
            return await done if asyncio.iscoroutine(done) else done

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(ENOUGH_S)

    def say(self, tag: str, value: float) -> None:
        self.do(lambda rig: rig.field["dcs"].say(tag, value))

    def _run(self) -> None:
        async def whole() -> None:
            async with running(self._data, self._site) as rig:
                self.rig, self.url = rig, rig.url
                self._ready.set()
                await self._end.wait()

        try:
            self._loop.run_until_complete(whole())
        except BaseException as error:  # noqa: BLE001  told by `__enter__`
            self._failed = error
            self._ready.set()
        finally:
            self._loop.close()
