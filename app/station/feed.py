"""The feed (实时推送): sequence numbers, what may be asked for again, and the clients. What is sent is in `feed_client`.

Station side. Values are coalesced, newest wins; alarm messages and events are kept in order for every client and for
`?after=SEQ`. Sequence numbers begin at the milliseconds of the start, so that those of a later run are always larger; they
grow with every thing published, and a client sees the newest number that its message contains.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.domain.instant import Instant, to_rfc3339
from app.domain.wire import LinkMsg
from app.station.board import Board, Delta
from app.station.encode import alarm_text, event_text, message_text, value_text
from app.station.table import Slot, TagTable

KEPT_BYTES = 32_000_000
KEPT_ITEMS = 50_000


@dataclass(frozen=True, slots=True)
class Item:
    """What must reach every client: alarms and events encoded once. `size` in characters."""

    seq: int
    alarms: tuple[str, ...]
    events: tuple[str, ...]
    size: int


class Client(Protocol):
    def changed(self, tags: set[str]) -> None:
        """Values of these tags are new."""

    def add(self, item: Item) -> None: ...

    def poke(self) -> None:
        """Links, notices or extras changed."""


class Feed:
    """The state all clients share. One owner: the event loop."""

    def __init__(
        self,
        table: TagTable,
        board: Board,
        links: Callable[[], list[LinkMsg]],
        notices: Callable[[], list[str]],
        extra: Callable[[], dict[str, Any]],
        now: Callable[[], Instant],
    ) -> None:
        self.table, self.board = table, board
        self.links, self.notices, self.extra = links, notices, extra
        self._now = now
        self.seq = now() // 1000
        self._oldest = self.seq  # everything published after this number can still be had
        self._kept: deque[Item] = deque()
        self._kept_bytes = 0
        self.clients: set[Client] = set()
        self.side = 0  # counts changes of links, notices and extras

    def time(self) -> str:
        return to_rfc3339(self._now())

    # publishing

    def publish(self, delta: Delta) -> None:
        """Alarms and events, durable or marked as not."""
        if not delta.alarms and not delta.events:
            return
        self.seq += 1
        alarms = tuple(alarm_text(a) for a in delta.alarms)
        events = tuple(event_text(e) for e in delta.events)
        item = Item(self.seq, alarms, events, sum(map(len, alarms)) + sum(map(len, events)))
        self._kept.append(item)
        self._kept_bytes += item.size
        while self._kept and (len(self._kept) > KEPT_ITEMS or self._kept_bytes > KEPT_BYTES):
            gone = self._kept.popleft()
            self._oldest = gone.seq
            self._kept_bytes -= gone.size
        for client in self.clients:
            client.add(item)

    def values_changed(self, tags: set[str]) -> None:
        if not tags:
            return
        self.seq += 1
        for client in self.clients:
            client.changed(tags)

    def side_changed(self) -> None:
        """Links, notices or extras are to be sent again."""
        self.seq += 1
        self.side += 1
        for client in self.clients:
            client.poke()

    # asking

    def missed(self, after: int) -> list[Item] | None:
        """What was published after that number, or None when it is too far back or of another run."""
        if not self._oldest <= after <= self.seq:
            return None
        return [item for item in self._kept if item.seq > after]

    def snapshot(self, slots: Sequence[Slot], message: str = "") -> str:
        return message_text(
            "snapshot",
            self.seq,
            self.time(),
            values=[value_text(slot) for slot in slots],
            alarms=[alarm_text(a) for a in self.board.alarms()],
            links=self.links(),
            notices=self.notices(),
            message=message,
            extra=self.extra(),
            whole=True,
        )
