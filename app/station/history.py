"""The historian's writer (历史写入): gathers samples, hands them over within a second in a thread of its own.

Station side. The buffer is bounded: when the store is away for long the oldest samples are given up, counted, and reported as
an alarm of the station. Alarms and acknowledgements never pass here.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from app.domain.instant import Instant
from app.domain.sample import Sample
from app.store.ports import Historian, StoreUnavailable

log = logging.getLogger(__name__)
T = TypeVar("T")

PERIOD_S = 0.75  # with the time of a write less than a second: no crash takes more
CHUNK = 20_000  # samples in one call: a thread that holds the interpreter for long would hold up the event loop
BOUND = 400_000
CATCH_UP = 6  # slices of closing in one round, when much of it is overdue: less than half of the time


class HistoryWriter:
    """`keep` is the hot path's: a plain append. `trouble(text)` is told of loss and of the store's state, "" when well."""

    def __init__(
        self, historian: Historian, trouble: Callable[[str], None], now: Callable[[], Instant], bound: int = BOUND
    ) -> None:
        self._historian, self._tell, self._now, self._bound = historian, trouble, now, bound
        self._fresh: list[Sample] = []
        self._waiting: deque[list[Sample]] = deque()
        self._held = 0
        self._thread = ThreadPoolExecutor(1, "history")
        self._turn = asyncio.Lock()
        self._shut = False  # the thread takes nothing more
        self.keep = self._fresh.append
        self._gap: tuple[Instant, Instant] | None = None  # of samples that were lost and not told of yet
        self._why = ""
        self.trouble = ""
        self.lost = 0
        self.written = 0
        self.cpu_s = 0.0  # of its thread, since the start
        self.longest_s = 0.0  # of one call of the store

    @property
    def buffered(self) -> int:
        return self._held + len(self._fresh)

    async def run(self) -> None:
        """A round begins each PERIOD_S, however long the one before took."""
        now = asyncio.get_running_loop().time
        while True:
            due = now() + PERIOD_S
            await self._flush()
            await self._tidy(due)
            await asyncio.sleep(due - now())

    async def close(self, patience_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._flush(), patience_s)
        self._shut = True
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _flush(self) -> None:
        async with self._turn:  # the last flush of a stop may meet one that is under way
            self._gather()
            while self._waiting and not self._shut:
                if not await self._write_first():
                    return

    async def _tidy(self, until: float) -> None:
        """Each round, whether anything came or not: where everything stands still the last hours are to be closed too.
        `until`, by the loop's clock: what came in meanwhile is not to wait."""
        now = asyncio.get_running_loop().time
        for _ in range(CATCH_UP):
            if self._shut:
                return
            try:
                if not await self._in_thread(self._historian.tidy, self._now()) or now() >= until:
                    return
            except StoreUnavailable as error:
                log.warning("历史数据暂时不能整理，稍后再试：%s", error)
                return

    async def _write_first(self) -> bool:
        """The oldest chunk; False when it has to wait."""
        chunk = self._waiting[0]
        gap = self._gap
        work = self._in_thread(self._keep_chunk, chunk, gap)
        try:
            # Shielded: a call that is cut off still writes, and must not be written a second time.
            await asyncio.shield(work)
        except StoreUnavailable as error:
            self._report(str(error))
            return False
        except asyncio.CancelledError:
            self._done_with_first()
            raise
        except Exception:
            log.exception("历史库拒绝了 %d 个样本", len(chunk))
            self._lose(chunk)
            self._report("历史库拒绝了一批数据，请把站的日志文件交给维护人员")
        else:
            self.written += len(chunk)
            if self._gap is gap:
                self._gap = None
            if not self.lost_now:
                self._report("")
        self._done_with_first()
        return True

    def _done_with_first(self) -> None:
        self._held -= len(self._waiting.popleft())

    @property
    def lost_now(self) -> bool:
        """Still more than half full after a loss: the trouble is not over."""
        return bool(self.trouble) and self._held > self._bound // 2

    def _gather(self) -> None:
        fresh = self._fresh
        # The list stays the same object: the hot path holds its append.
        for at in range(0, len(fresh), CHUNK):
            chunk = fresh[at : at + CHUNK]
            self._waiting.append(chunk)
            self._held += len(chunk)
        fresh.clear()
        while self._held > self._bound and len(self._waiting) > 1:
            gone = self._waiting.popleft()
            self._held -= len(gone)
            self._lose(gone)
            self._report(self._why or "历史库写入跟不上，请检查磁盘")

    def _lose(self, samples: Sequence[Sample]) -> None:
        self.lost += len(samples)
        first, last = samples[0].receive_time, samples[-1].receive_time
        self._gap = (first, last) if self._gap is None else (min(first, self._gap[0]), max(last, self._gap[1]))

    def _keep_chunk(self, samples: Sequence[Sample], gap: tuple[Instant, Instant] | None) -> None:
        """In the worker thread. The gap first: an old value must not be held across what was lost."""
        if gap is not None:
            self._historian.lost(*gap)
        self._historian.append(samples)

    def _in_thread(self, work: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, partial(self._timed, work, *args))

    def _timed(self, work: Callable[..., T], *args: Any) -> T:
        began, cpu = time.perf_counter(), time.thread_time()
        try:
            return work(*args)
        finally:
            self.cpu_s += time.thread_time() - cpu
            self.longest_s = max(self.longest_s, time.perf_counter() - began)

    def _report(self, why: str) -> None:
        """Logged when the trouble comes and when it goes; how much was lost is told as it grows."""
        if why and not self._why:
            log.error("历史库：%s", why)
        elif self._why and not why:
            log.info("历史库恢复正常，累计丢失 %d 个样本", self.lost)
        self._why = why
        text = f"{why}（累计丢失 {self.lost} 个样本）" if why and self.lost else why
        if text != self.trouble:
            self.trouble = text
            self._tell(text)
