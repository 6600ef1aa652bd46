"""A real station for tests of the console: real store, real API, in a thread of its own, a scripted field behind it."""

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from app.domain.plant import Site
from tests.station.rig import Rig, running

_T = TypeVar("_T")


class RealStation:
    """Use as a context manager. `do` runs a coroutine of the rig there and waits for it."""

    rig: Rig

    def __init__(self, data: Path, site: Site | None = None) -> None:
        self._data, self._site = data, site
        self._loop = asyncio.new_event_loop()
        self._ready, self._end = threading.Event(), asyncio.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="real station")

    def __enter__(self) -> "RealStation":
        self._thread.start()
        assert self._ready.wait(20), "the station does not start"
        if self._error is not None:
            raise self._error
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(20)

    def do(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def say(self, tag: str, value: float) -> None:
        self._loop.call_soon_threadsafe(self.rig.field["dcs"].say, tag, value)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:  # noqa: BLE001  told to the test, which fails by it
            self._error = error
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
            self._ready.set()

    async def _serve(self) -> None:
        async with running(self._data, self._site) as self.rig:
            self._ready.set()
            await self._end.wait()
