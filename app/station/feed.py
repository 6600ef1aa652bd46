"""The feed (实时推送): what all clients share and what may be asked for again. What one client is sent is in `feed_client`,
how its messages are numbered in `feed_lines`.

Station side. Values are coalesced, newest wins; alarm messages and events are kept in order for every client and for
`?after=SEQ`.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.domain.instant import Instant, to_rfc3339
from app.domain.wire import LinkMsg
from app.station.board import Board, Delta
from app.station.encode import alarm_text, event_text, message_text, value_text
from app.station.feed_lines import Lines
from app.station.table import Slot, TagTable

KEPT_BYTES = 4_000_000  # in characters: a Chinese text takes two bytes for each. A client that missed more begins anew
KEPT_ITEMS = 50_000


@dataclass(frozen=True, slots=True)
class Item:
    """What must reach every client: alarms and events encoded once. `position` counts them; `size` in characters."""

    position: int
    alarms: tuple[str, ...]
    events: tuple[str, ...]
    size: int


class Client(Protocol):
    def changed(self, slots: dict[str, Slot]) -> None:
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
        self.lines = Lines(now)
        self.position = 0
        self._oldest = 0  # everything published after this position can still be had
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
        self.position += 1
        alarms = tuple(alarm_text(a) for a in delta.alarms)
        events = tuple(event_text(e) for e in delta.events)
        item = Item(self.position, alarms, events, sum(map(len, alarms)) + sum(map(len, events)))
        self._kept.append(item)
        self._kept_bytes += item.size
        while self._kept and (len(self._kept) > KEPT_ITEMS or self._kept_bytes > KEPT_BYTES):
            gone = self._kept.popleft()
            self._oldest = gone.position
            self._kept_bytes -= gone.size
        for client in self.clients:
            client.add(item)

    def values_changed(self, slots: dict[str, Slot]) -> None:
        """By tag. Clients do not keep the dict itself."""
        for client in self.clients:
            client.changed(slots)

    def side_changed(self) -> None:
        """Links, notices or extras are to be sent again."""
        self.side += 1
        for client in self.clients:
            client.poke()

    # asking

    def missed(self, after: int) -> list[Item] | None:
        """What was published after that position, or None when it is too far back."""
        if after < self._oldest:
            return None
        return [item for item in self._kept if item.position > after]

    def snapshot(self, number: int, slots: Sequence[Slot], events: Sequence[str] = (), message: str = "") -> str:
        return message_text(
            "snapshot",
            number,
            self.time(),
            values=[value_text(slot) for slot in slots],
            alarms=[alarm_text(a) for a in self.board.alarms()],
            events=events,
            links=self.links(),
            notices=self.notices(),
            message=message,
            extra=self.extra(),
            whole=True,
        )
