"""One client of the feed: what it wants, what it still has to get, and the task that sends it.

Station side. `send` may wait as long as the client's line takes; meanwhile values are coalesced and alarm items queue up to a
bound. Beyond the bound the client is told and gets a fresh snapshot: a slow client never slows the station. Every message
that carries something has the next number; heartbeats and complaints repeat the last.
"""

import asyncio
from collections.abc import Awaitable, Callable
from fnmatch import translate
from itertools import islice
from re import compile as regex

import msgspec

from app.station.encode import message_text, value_text
from app.station.feed import Feed, Item
from app.station.feed_lines import Line
from app.station.table import Slot

HEARTBEAT_S = 1.5  # promised: at least one message every 2 s
DEFAULT_HZ = 4.0
SLOWEST_HZ, FASTEST_HZ = 0.1, 20.0
BOUND = 8_000_000  # characters queued
VALUES_PER_MESSAGE = 5_000

TOO_SLOW = "本客户端接收太慢，中间的推送已合并，请以此快照为准"


class BadRequest(ValueError):
    """A message of the client that means nothing. Text: what was expected."""


class _Subscribe(msgspec.Struct):
    tags: list[str] | None = None  # None: as before
    max_rate_hz: float | None = None


class _Ask(msgspec.Struct):
    subscribe: _Subscribe


_decoder = msgspec.json.Decoder(_Ask)


class FeedClient:
    """`replaced` is set when another connection went on with this one's numbers: it is over."""

    def __init__(self, feed: Feed, send: Callable[[str], Awaitable[None]], user: str = "", bound: int = BOUND) -> None:
        self._feed, self._send, self._user, self._bound = feed, send, user, bound
        self._line: Line
        self._slots: dict[str, Slot] = feed.table.slots
        self._all = True
        self._period = 1 / DEFAULT_HZ
        self._dirty: dict[str, Slot] = {}
        self._items: list[Item] = []
        self._size = 0
        self._side = feed.side
        self._overrun = False
        self._replies: list[str] = []
        self._wake = asyncio.Event()
        self.replaced = asyncio.Event()
        self.overruns = 0

    # the feed's side

    def changed(self, slots: dict[str, Slot]) -> None:
        if self._all:
            self._dirty |= slots
        elif len(slots) < len(self._slots):
            self._dirty |= {tag: slot for tag, slot in slots.items() if tag in self._slots}
        else:
            self._dirty |= {tag: slot for tag, slot in self._slots.items() if tag in slots}

    def add(self, item: Item) -> None:
        if self._overrun:
            return
        self._items.append(item)
        self._size += item.size
        if self._size > self._bound:
            self._items.clear()
            self._size = 0
            self._overrun = True
            self.overruns += 1
        self._wake.set()

    def poke(self) -> None:
        self._wake.set()

    # the client's side

    def ask(self, text: str | bytes) -> None:
        """A message of the client. Raises BadRequest."""
        try:
            wanted = _decoder.decode(text).subscribe
        except msgspec.DecodeError as error:
            raise BadRequest(
                f'消息无法理解（{error}），应为 {{"subscribe": {{"tags": ["TK1*"], "max_rate_hz": 4}}}}'
            ) from error
        if wanted.max_rate_hz is not None:
            if not wanted.max_rate_hz > 0:
                raise BadRequest("max_rate_hz 必须大于 0")
            self._period = 1 / min(FASTEST_HZ, max(SLOWEST_HZ, wanted.max_rate_hz))
        if wanted.tags is not None:
            self._choose(wanted.tags)
        self._wake.set()

    def _choose(self, globs: list[str]) -> None:
        table = self._feed.table.slots
        self._all = "*" in globs
        if self._all:
            self._slots = table
        else:
            patterns = [regex(translate(glob)) for glob in globs]
            self._slots = {tag: slot for tag, slot in table.items() if any(p.match(tag) for p in patterns)}
        self._dirty = dict(self._slots)

    def reply(self, message: str) -> None:
        """Tell the client what was wrong with its message."""
        self._replies.append(message)
        self._wake.set()

    # sending

    async def run(self, after: int | None) -> None:
        """Until cancelled or replaced, or until `send` raises because the client is gone."""
        feed = self._feed
        missed = self._take_line(after)
        feed.clients.add(self)
        try:
            await self._begin(missed)
            await self._go_on()
        finally:
            feed.clients.discard(self)
            feed.lines.leave(self._line, self.replaced.set)

    def _take_line(self, after: int | None) -> list[Item] | None:
        """The line of the connection before this one and what was missed since, else a new line and None."""
        feed = self._feed
        resumed = None if after is None else feed.lines.resume(self._user, after, self.replaced.set)
        if resumed is not None:
            self._line, position = resumed
            missed = feed.missed(position)
            if missed is not None:
                return missed
            feed.lines.leave(self._line, self.replaced.set)
        self._line = feed.lines.begin(self._user, feed.position, self.replaced.set)
        return None

    async def _begin(self, missed: list[Item] | None) -> None:
        feed = self._feed
        if missed is None:
            await self._snapshot("")
            return
        self._side = feed.side
        await self._send(
            message_text(
                "delta",
                self._line.next(feed.position),
                feed.time(),
                values=[value_text(slot) for slot in self._slots.values()],
                alarms=[text for item in missed for text in item.alarms],
                events=[text for item in missed for text in item.events],
                links=feed.links(),
                notices=feed.notices(),
                extra=feed.extra(),
            )
        )

    async def _go_on(self) -> None:
        loop = asyncio.get_running_loop()
        values_due = loop.time() + self._period
        beat_due = loop.time() + HEARTBEAT_S
        while True:
            due = min(values_due, beat_due)
            timer = loop.call_at(due, self._wake.set)
            try:
                await self._wake.wait()
            finally:
                timer.cancel()
            self._wake.clear()
            for reply in self._replies:
                await self._send(message_text("error", self._line.number, self._feed.time(), message=reply))
            self._replies.clear()
            if self.replaced.is_set():  # from here on the numbers are another one's
                return
            if self._overrun or self._line.is_full:
                await self._snapshot(TOO_SLOW if self._overrun else "")
                beat_due = loop.time() + HEARTBEAT_S
                continue
            now = loop.time()
            with_values = now >= values_due
            text = self._delta(with_values)
            if with_values and not self._dirty:
                values_due = now + self._period
            if text is None and now >= beat_due:
                text = message_text("heartbeat", self._line.number, self._feed.time())
            if text is not None:
                await self._send(text)
                beat_due = loop.time() + HEARTBEAT_S

    def _delta(self, with_values: bool) -> str | None:
        """What is due now, taken out of the queues; None when nothing is."""
        feed = self._feed
        slots: list[Slot] = []
        if with_values and self._dirty:
            slots = list(islice(self._dirty.values(), VALUES_PER_MESSAGE))
            self._dirty = dict(islice(self._dirty.items(), VALUES_PER_MESSAGE, None))
        items, self._items, self._size = self._items, [], 0
        side = self._side != feed.side
        if not (slots or items or side):
            return None
        self._side = feed.side
        return message_text(
            "delta",
            self._line.next(feed.position),
            feed.time(),
            values=[value_text(slot) for slot in slots],
            alarms=[text for item in items for text in item.alarms],
            events=[text for item in items for text in item.events],
            links=feed.links() if side else None,
            notices=feed.notices() if side else None,
            extra=feed.extra() if side else None,
        )

    async def _snapshot(self, message: str) -> None:
        feed = self._feed
        events = [] if self._overrun else [text for item in self._items for text in item.events]
        self._items.clear()
        self._dirty.clear()
        self._size, self._overrun = 0, False
        self._side = feed.side
        if self._line.is_full:
            feed.lines.leave(self._line, self.replaced.set)
            self._line = feed.lines.begin(self._user, feed.position, self.replaced.set)
        await self._send(feed.snapshot(self._line.next(feed.position), list(self._slots.values()), events, message))
