"""The historian's writer (历史写入): gathers samples, hands them over once a second in a thread of its own.

Station side. The buffer is bounded: when the store is away for long the oldest samples are given up, counted, and reported as
an alarm of the station. Alarms and acknowledgements never pass here.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from app.domain.sample import Sample
from app.store.ports import Historian, StoreUnavailable

log = logging.getLogger(__name__)

PERIOD_S = 1.0
CHUNK = 20_000  # samples in one call: a thread that holds the interpreter for long would hold up the event loop
BOUND = 400_000


class HistoryWriter:
    """`keep` is the hot path's: a plain append. `trouble(text)` is told of loss and of the store's state, "" when well."""

    def __init__(self, historian: Historian, trouble: Callable[[str], None], bound: int = BOUND) -> None:
        self._historian, self._tell, self._bound = historian, trouble, bound
        self._fresh: list[Sample] = []
        self._waiting: deque[list[Sample]] = deque()
        self._held = 0
        self._thread = ThreadPoolExecutor(1, "history")
        self.keep = self._fresh.append
        self.trouble = ""
        self.lost = 0
        self.written = 0

    @property
    def buffered(self) -> int:
        return self._held + len(self._fresh)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(PERIOD_S)
            await self._flush()

    async def close(self, patience_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._flush(), patience_s)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _flush(self) -> None:
        self._gather()
        loop = asyncio.get_running_loop()
        while self._waiting:
            chunk = self._waiting[0]
            work = loop.run_in_executor(self._thread, self._historian.append, chunk)
            try:
                # Shielded: a call that is cut off still writes, and must not be written a second time.
                await asyncio.shield(work)
            except StoreUnavailable as error:
                self._report(str(error))
                return
            except asyncio.CancelledError:
                self._waiting.popleft()
                self._held -= len(chunk)
                raise
            except Exception:
                log.exception("历史库拒绝了 %d 个样本", len(chunk))
                self.lost += len(chunk)
                self._report(f"历史库拒绝了一批数据，累计丢失 {self.lost} 个样本")
            else:
                self.written += len(chunk)
                if not self.lost_now:
                    self._report("")
            if self._waiting and self._waiting[0] is chunk:
                self._waiting.popleft()
                self._held -= len(chunk)

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
            self.lost += len(gone)
            self._report(f"历史库写入跟不上，累计丢失 {self.lost} 个样本：请检查磁盘")

    def _report(self, text: str) -> None:
        if text == self.trouble:
            return
        if text:
            log.error("历史库：%s", text)
        self.trouble = text
        self._tell(text)
