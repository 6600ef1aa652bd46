"""The replay feed (回放数据): the past in the shapes of the live feed, at one time cursor. Another feed for the same pages.

Console side, Qt thread; pages are fetched by the session, unpacked in a worker thread (`replay_unpack`). Its `state` is its own
and never meets the live one. A seek asks for the whole picture (`/replay/at`); from there spans are fetched ahead of the
cursor. What a newer seek has overtaken is thrown away unread.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from app.console.errors import Known
from app.console.reader import Batch, instant
from app.console.replay_unpack import Picture, exact, unpack_picture, unpack_span
from app.console.seat import Seat
from app.console.state import DeskState, SiteView
from app.domain.instant import MINUTE, SECOND, Instant
from app.domain.tag import Tag
from app.domain.wire import AlarmMsg
from widgets.pulse import Settle
from widgets.timecursor import TimeCursor
from widgets.words import tr

STEPS_HZ = 4.0  # pictures a second of the wall clock
AHEAD_S, PAGE_S = 6.0, 3.0  # of the wall clock: kept ahead of the cursor, fetched at once
LEAST_PAGE = 10 * SECOND
MOST_AHEAD = 100_000  # values; of twenty thousand tags six seconds ahead would be a hundred megabytes
RESTED_MS = 1000  # a hand that seeks asks for the next picture, not for what follows this one
AGAIN_S = 2.0  # after a page that could not be had
BEFORE, JUST_BEFORE, AFTER = 2 * MINUTE, 10 * SECOND, 5 * MINUTE  # of an alarm


class ReplayFeed(QObject):
    sought = Signal()  # `state` is another whole picture; `site` may be too
    news = Signal(object)  # Changes, after `state` has taken them
    waiting_changed = Signal()  # data are on the way and the cursor stands for them, or no longer
    failed = Signal(str)  # a sentence; "" when it is well again

    def __init__(self, seat: Seat, cursor: TimeCursor) -> None:
        super().__init__()
        self._seat, self.cursor = seat, cursor
        self.state = DeskState()
        self.waiting = False
        self._batches: deque[tuple[Instant, Batch]] = deque()
        self._here: Instant | None = None  # the picture in `state` is of this moment; None: there is none
        self._of: Instant | None = None  # the same, also while another picture is sought, or could not be had
        self._loaded: Instant = 0
        self._speed = cursor.speed
        self._config: Any = None
        self._number = 0  # of the seek that counts
        self._seeking: asyncio.Task[Any] | None = None
        self._loading: asyncio.Task[Any] | None = None
        self._rested = Settle(self, RESTED_MS, self._fetch_ahead)
        cursor.moved.connect(self._on_moved)
        cursor.changed.connect(self._on_changed)

    # from outside

    @property
    def lag(self) -> Instant | None:
        """Of which moment `state` still is while the cursor stands at another; None: it is of the cursor's, or of none."""
        return None if self._of == self.cursor.at else self._of

    def begin(self) -> None:
        """The picture at the cursor, whatever was shown before."""
        self._seek()

    def stop(self) -> None:
        """Nobody looks: nothing is fetched any more, and nothing of it stays."""
        self.cursor.play(False)
        self._number += 1
        for task in (self._seeking, self._loading):
            if task is not None:
                task.cancel()
        self._seeking = self._loading = None
        self._rested.stop()
        self._batches.clear()
        self._here, self._of, self._config = None, None, None
        self.state = DeskState()
        self._wait(False)

    def rest(self) -> None:
        """Nobody looks for now: it stands still, and what was fetched ahead goes."""
        self.cursor.play(False)
        if self._here is not None and self._seeking is None:
            self._number += 1
            self._drop_page()
            self._rested.stop()
            self._loaded = self._here

    def advance(self, seconds: float) -> None:
        """So much time went by on the wall. The cursor never runs ahead of what is here."""
        if not self.cursor.playing or self.cursor.dragging:
            return
        if self._here is None or self._seeking is not None:
            self._wait(True)
            return
        room = (self._loaded - self.cursor.at) / SECOND / self.cursor.speed
        self._wait(room <= 0 and self.cursor.at < self.cursor.end)
        if self.waiting:
            self._fetch_ahead()
        else:
            self.cursor.advance(min(seconds, room) if self.cursor.at < self.cursor.end else seconds)

    # inside

    def _on_moved(self, at: Instant) -> None:
        if self._here is not None and self._seeking is None and self._here <= at <= self._loaded:
            self._apply(at)
            self._fetch_ahead()
        else:
            self._seek()

    def _on_changed(self) -> None:
        before, self._speed = self._speed, self.cursor.speed
        if self._speed < before and self._here is not None and self._batches:
            self._seek()  # what was fetched ahead is too coarse now
        elif self._here is not None:
            self._fetch_ahead()

    def _apply(self, at: Instant) -> None:
        """Everything up to that moment."""
        self._here = self._of = at
        now = time.monotonic()
        while self._batches and self._batches[0][0] <= at:
            _, batch = self._batches.popleft()
            changes = self.state.put(batch, now)
            self.news.emit(changes)
            if changes.extra and self.state.extra.get("config") != self._config:
                self._seek()  # another configuration counts from here on: limits, names
                return

    def _seek(self) -> None:
        self._number += 1
        self._drop_page()
        self._rested.stop()
        if self._seeking is None and self._seat.role is not None:
            self._seeking = self._seat.run(self._look())
            if self.cursor.playing:
                self._wait(True)

    def _drop_page(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
            self._loading = None
        self._batches.clear()

    async def _look(self) -> None:
        """Asks until the answer is to the newest question."""
        try:
            while True:
                number, at = self._number, self.cursor.at
                picture = await self._fetch("/replay/at", {"at": exact(at)}, unpack_picture)
                if number == self._number:
                    break
        except Known as error:
            self._seeking = None
            self._here = None
            self._wait(False)
            self.cursor.play(False)
            self.failed.emit(tr("这一时刻的画面没有取到：{why}", why=error.message))
            return
        self._seeking = None
        self._show(picture, at)

    def _show(self, picture: Picture, at: Instant) -> None:
        self._here = self._of = self._loaded = at
        self._config = picture.config
        live = self._seat.state.site
        self.state = DeskState()  # not put over the last one: of that nothing may stay
        self.state.site = _site_then(live, picture.tags)
        self.state.put(picture.batch, time.monotonic())
        self._wait(False)
        self.failed.emit("")
        self.sought.emit()
        if self.cursor.playing:
            self._fetch_ahead()
        else:
            self._rested.poke()

    def _fetch_ahead(self) -> None:
        wanted = self.cursor.at + round(AHEAD_S * self.cursor.speed * SECOND)
        busy = self._loading is not None or self._seeking is not None
        if busy or self._here is None or self._loaded >= min(wanted, self.cursor.end):
            return
        if sum(len(batch.values) for _, batch in self._batches) >= MOST_AHEAD:
            return
        self._loading = self._seat.run(self._load(self._number))

    async def _load(self, number: int) -> None:
        """One page behind what is here."""
        speed = self.cursor.speed
        start = self._loaded
        end = min(self.cursor.end, start + max(LEAST_PAGE, round(PAGE_S * speed * SECOND)))
        params = {"start": exact(start), "end": exact(end), "step_s": f"{speed / STEPS_HZ:g}"}
        try:
            span = await self._fetch("/replay/span", params, unpack_span)
        except Known as error:
            if number == self._number:
                self.failed.emit(tr("后面的数据没有取到：{why}", why=error.message))
                await asyncio.sleep(AGAIN_S)
        else:
            if number == self._number:
                self._batches.extend(span.batches)
                self._loaded = span.end
                self.failed.emit("")
        if number == self._number:
            self._loading = None
            self._fetch_ahead()

    async def _fetch(self, path: str, params: dict[str, str], unpack: Callable[[bytes], Any]) -> Any:
        """Unpacked beside the thread that paints. Raises Known."""
        data = await self._seat.fetch(path, params)
        try:
            return await asyncio.to_thread(unpack, data)
        except (msgspec.ValidationError, msgspec.DecodeError, ValueError) as error:
            raise Known(tr("站点的回放数据与本值守台的版本不相配：{error}", error=str(error)), "version") from error

    def _wait(self, on: bool) -> None:
        if on != self.waiting:
            self.waiting = on
            self.waiting_changed.emit()


def span_round(alarm: AlarmMsg) -> tuple[Instant, Instant, Instant]:
    """To replay an alarm: from two minutes before it to five after its end, standing just before it."""
    raised = instant(alarm.raised_at or "")
    ends = [instant(at) for at in (alarm.cleared_at, alarm.acked_at) if at]
    end = max(ends, default=time.time_ns() // 1000) + AFTER
    return raised - BEFORE, end, raised - JUST_BEFORE


def _site_then(live: SiteView, tags: dict[str, Tag]) -> SiteView:
    """The site of now with the rows of the point table as they were."""
    known = {name: tag for name, tag in tags.items() if name in live.tags}
    return replace(live, tags={**live.tags, **known}) if known else live
