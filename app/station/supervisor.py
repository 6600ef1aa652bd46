"""The supervisor (链路监督): one task a source that keeps its driver running, and says it once when the link goes or comes.

Station side. Reconnecting, back-off with jitter, the watchdog over silence and the logging live here and not in the drivers.
Each source has its own task and driver: one dead device slows no other.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence

from app.domain.instant import Instant
from app.domain.sample import Sample
from app.station.ingest import Ingest
from app.station.links import Link
from drivers.base import Driver, LinkLost, SourceMisconfigured

log = logging.getLogger(__name__)

BACKOFF_S = (1.0, 2.0, 4.0, 8.0, 15.0)
MISCONFIGURED_S = 60.0  # trying again will not help until somebody changes something
JITTER = 0.2
STEADY_S = 30.0  # a link that stood for so long begins again with the shortest pause
CONNECT_S = 30.0  # a first connection that takes longer is told as a loss
LOOK_S = 1.0  # how often the watchdog looks
SILENT_S = 60.0
SILENT_PERIODS = 5


class SourceSink:
    """What one driver publishes into."""

    def __init__(self, link: Link, ingest: Ingest, on_up: Callable[[Link], None], on_note: Callable[[Link], None]) -> None:
        self._link, self._ingest = link, ingest
        self._on_up, self._on_note = on_up, on_note

    def publish(self, samples: Sequence[Sample]) -> None:
        self._ingest.publish(self._link, samples)

    def up(self, detail: str = "") -> None:
        self._link.detail = detail
        self._link.heard = time.monotonic()
        self._on_up(self._link)

    def alive(self) -> None:
        self._link.heard = time.monotonic()

    def trouble(self, message: str) -> None:
        if message != self._link.trouble:
            self._link.trouble = message
            if message:
                log.warning("数据源 %s：%s", self._link.source.id, message)
            self._on_note(self._link)


class Supervisor:
    """Runs one source until cancelled. `changed(link)` is told of every change of the link's state."""

    def __init__(
        self,
        link: Link,
        make: Callable[[], Awaitable[Driver]],
        ingest: Ingest,
        now: Callable[[], Instant],
        changed: Callable[[Link], None],
        backoff_s: Sequence[float] = BACKOFF_S,
    ) -> None:
        self._link, self._make, self._ingest = link, make, ingest
        self._now, self._changed, self._backoff = now, changed, backoff_s
        slowest = max((slot.tag.period_s or link.source.period_s for slot in link.slots), default=link.source.period_s)
        self._silent_s = max(SILENT_S, SILENT_PERIODS * slowest)
        self._said = ""  # the loss that was logged

    async def run(self) -> None:
        failures = 0
        while True:
            began = time.monotonic()
            slow = False
            try:
                await self._once()
            except SourceMisconfigured as error:
                slow = True
                await self._lost(str(error))
            except LinkLost as error:
                await self._lost(str(error))
            except Exception as error:
                text = f"驱动程序出错：{type(error).__name__}: {error}"
                if text != self._said:  # a bug that comes back every few seconds is told once
                    log.exception("数据源 %s 的驱动出错", self._link.source.id)
                await self._lost(text)
            if self._stood and time.monotonic() - began > STEADY_S:
                failures = 0
            pause = MISCONFIGURED_S if slow else self._backoff[min(failures, len(self._backoff) - 1)]
            failures += 1
            await asyncio.sleep(pause * random.uniform(1 - JITTER, 1 + JITTER))

    async def _once(self) -> None:
        """One connection, ended by the driver or by the watchdog."""
        self._stood = False
        self._link.heard = None
        self._link.trouble = ""
        driver = await self._make()
        sink = SourceSink(self._link, self._ingest, self._up, self._changed)
        run = asyncio.create_task(driver.run(sink), name=f"driver {self._link.source.id}")
        try:
            began = time.monotonic()
            while not run.done():
                await asyncio.wait({run}, timeout=LOOK_S)
                heard = self._link.heard
                if heard is not None and time.monotonic() - heard > self._silent_s:
                    raise LinkLost(f"{self._silent_s:.0f} 秒没有收到任何消息")
                if heard is None and self._link.state == "connecting" and time.monotonic() - began > CONNECT_S:
                    # Not cut off: it may be a slave that waits for its master. But it must not look as if all were well.
                    await self._lost(f"{CONNECT_S:.0f} 秒内没有连上")
            run.result()
            raise LinkLost("驱动程序自行结束")
        finally:
            run.cancel()
            await asyncio.wait({run})
            if not run.cancelled():
                run.exception()  # told already, or overtaken by the watchdog

    def _up(self, link: Link) -> None:
        now = self._now()
        if self._said:
            log.info("数据源 %s 已恢复", link.source.id)
            link.reconnects += 1
        self._said = ""
        self._stood = True
        link.last_error = ""
        link.to("up", now)
        self._ingest.link_up(link, now)
        self._changed(link)

    async def _lost(self, text: str) -> None:
        link, now = self._link, self._now()
        if not self._said:
            log.error("数据源 %s 中断：%s", link.source.id, text)
        self._said = link.last_error = text
        newly = link.state != "down"
        if newly:
            link.to("down", now)
            self._ingest.link_lost(link, text, now)
        self._changed(link)
        if newly:
            for _ in self._ingest.alarms_hear_loss(link, now):
                await asyncio.sleep(0)
