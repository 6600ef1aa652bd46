"""What the conformance suite needs of a driver under test: a `Rig` (driver + peer + cuttable link) and a `Collector` sink.

Test side. A protocol plugs in with a module `tests/drivers/<protocol>_rigs.py` that holds `RIGS: tuple[RigEntry, ...]`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from app.domain.sample import Quality, Sample
from app.domain.tag import Tag
from drivers.base import Driver, LinkLost
from tests.pace import ENOUGH_S, ends_within

BAND = 100
"""Tag number i of a rig only ever holds values from BAND * (i + 1) to BAND * (i + 1) + BAND - 1: a value that turns up under
another tag is recognised at once."""


class Rig(Protocol):
    """One driver and one real peer, with a link between them that the suite can hurt.

    `open`/`close` once a session (start the peer's process), `start`/`stop` once a test (link, values back to the first of
    each band, no fault left). Everything async is done when it returns.
    """

    tags: Sequence[Tag]
    """At least four readable tags."""
    unknown: Tag
    """An address the peer does not have."""
    loss_s: float
    """Within this time a peer that fell silent must be noticed. Keep it at 2 to 4 s: the suite waits for it."""

    def open(self, folder: Path) -> None: ...

    def close(self) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def driver(self, tags: Sequence[Tag] | None = None, timeout_s: float | None = None) -> Driver:
        """A fresh driver, over `self.tags` unless others are given, going through the link; as quick to give up as the rig
        is, unless it is told a time."""

    async def set_value(self, tag: str, value: float) -> None: ...

    async def set_fault(self, tag: str) -> None:
        """The device itself says that this point is broken."""

    async def set_wrong(self, tag: str) -> None:
        """The device sends something that is no value of this tag (text, NaN, nonsense)."""

    async def stop_peer(self) -> None: ...

    async def start_peer(self, item_limit: int | None = None) -> None:
        """`item_limit`: the peer takes no more than this many points in one request."""

    def cut(self) -> None: ...

    def freeze(self) -> None: ...

    def thaw(self) -> None: ...

    def slow(self, seconds: float) -> None:
        """Every answer takes that much longer; 0 = no more."""

    async def late_answer(self) -> None:
        """One answer comes after the driver has given up waiting for it."""

    async def short_answer(self) -> None:
        """One answer is cut short."""

    async def foreign_traffic(self) -> None:
        """Requests to and answers of other devices pass on the same wire, with rubbish between them."""

    async def pipelined_writes(self) -> Mapping[str, float]:
        """The peer writes several tags in one go without waiting; returns what it wrote, by tag."""

    def connections(self) -> int:
        """Sockets (or serial ports) the driver holds open now."""


@dataclass(frozen=True)
class RigEntry:
    """`not_applicable`: name of a behaviour to the reason why it cannot happen with this driver."""

    name: str
    make: Callable[[], Rig]
    not_applicable: Mapping[str, str] = field(default_factory=dict)
    marks: Sequence[Any] = ()


class Collector:
    """A sink that keeps everything and can be waited on."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.last: dict[str, Sample] = {}
        self.batches = 0
        self.ups: list[str] = []
        self.alives = 0
        self.troubles: list[str] = []
        self.ended: BaseException | None = None
        """What `driver.run` raised, when it was started with `running`."""
        self._news = asyncio.Event()

    def publish(self, samples: Sequence[Sample]) -> None:
        self.batches += 1
        self.samples.extend(samples)
        for sample in samples:
            self.last[sample.tag] = sample
        self._news.set()

    def up(self, detail: str = "") -> None:
        self.ups.append(detail)
        self._news.set()

    def alive(self) -> None:
        self.alives += 1
        self._news.set()

    def trouble(self, message: str) -> None:
        self.troubles.append(message)
        self._news.set()

    def clear(self) -> None:
        """Forget what came so far."""
        self.samples.clear()
        self.last.clear()
        self.ups.clear()
        self.troubles.clear()
        self.alives = self.batches = 0
        self.ended = None

    def end(self, task: asyncio.Task[None]) -> None:
        """The driver's task is over: nobody waits any longer."""
        self.ended = asyncio.CancelledError() if task.cancelled() else task.exception()
        self._news.set()

    def good(self, tag: str) -> bool:
        return tag in self.last and self.last[tag].quality is Quality.GOOD

    async def until(self, condition: Callable[[], bool], what: str, within: float = ENOUGH_S) -> None:
        """Waits for `condition` (looked at whenever anything arrives); fails with `what` and what is known."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    if self.ended is not None:
                        raise AssertionError(f"{what}: the driver ended: {self.ended!r}") from self.ended
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(
                f"{what}: not within {within} s; last {list(self.last.values())[:6]}, ups {self.ups}, troubles {self.troubles}"
            ) from None


async def finish(task: asyncio.Task[None], within: float = 1.0) -> None:
    """Cancels a driver's run; it must end in time."""
    task.cancel()
    assert await ends_within(task, within), f"the driver did not end within {within} s of being cancelled"


@asynccontextmanager
async def running(driver: Driver, sink: Collector) -> AsyncIterator[asyncio.Task[None]]:
    """`driver.run(sink)` as a task; cancelled at the end, and must end in time. Its own failure is the test's to look at."""
    task = asyncio.create_task(driver.run(sink), name="driver under test")
    task.add_done_callback(sink.end)
    try:
        yield task
    finally:
        await finish(task)


@asynccontextmanager
async def supervised(driver: Driver, sink: Collector) -> AsyncIterator[list[str]]:
    """Runs the driver again whenever its link is lost, as the station does; gives the list of losses."""
    losses: list[str] = []

    async def supervise() -> None:
        while True:
            try:
                await driver.run(sink)
            except LinkLost as loss:
                losses.append(str(loss))
            await asyncio.sleep(0.1)

    task = asyncio.create_task(supervise(), name="driver under test, supervised")
    try:
        yield losses
        if task.done():
            task.result()
    finally:
        await finish(task)


async def lost(task: asyncio.Task[None], within: float) -> LinkLost:
    """Waits until the running driver raises LinkLost; anything else fails."""
    assert await ends_within(task, within), f"loss not noticed within {within} s"
    error = task.exception()
    assert isinstance(error, LinkLost), f"expected LinkLost, got {error!r}"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in str(error)), f"no Chinese sentence: {error}"
    return error
