"""The numbers of the feed: what one client is sent is counted without a gap, and `?after=SEQ` finds the place again.

Station side. A `Line` (号段) is a row of numbers of its own for one client, over all its connections. Only places where alarms
or events were sent are remembered. Numbers are four a microsecond since 2020: larger than those of any earlier run, and safe
as numbers of JSON (below 2**53) until 2091.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from app.domain.instant import Instant, from_rfc3339

BEGIN = from_rfc3339("2020-01-01T00:00:00Z")
PER_MICROSECOND = 4
SPAN = 2**20  # numbers of one line: at five messages a second two days; then the client gets a snapshot on a new line
MARKS = 1000
LINES = 500
KEPT_S = 3600.0


@dataclass(slots=True)
class Line:
    """`number`: the last given. `marks`: from this number on, everything up to this position of the feed had been sent."""

    user: str
    number: int
    end: int
    marks: deque[tuple[int, int]]
    replaced: Callable[[], None] | None  # tells the connection that uses the line; None: nobody does
    left: float = 0.0  # steady seconds at which the last connection ended
    doubtful: range = range(0)

    def next(self, position: int) -> int:
        """A number for a message after which the client has everything up to `position`."""
        self.number += 1
        if position != self.marks[-1][1]:
            self.marks.append((self.number, position))
        return self.number

    @property
    def is_full(self) -> bool:
        return self.number >= self.end

    def position(self, number: int) -> int | None:
        """What a client has who saw this number last; None when nobody can tell."""
        if number > self.number or number in self.doubtful:
            return None
        return next((position for at, position in reversed(self.marks) if at <= number), None)


class Lines:
    """All lines, of open connections and of those that ended lately."""

    def __init__(self, now: Callable[[], Instant], steady: Callable[[], float] = time.monotonic) -> None:
        self._now, self._steady = now, steady
        self._lines: list[Line] = []
        self._next = 0

    def begin(self, user: str, position: int, replaced: Callable[[], None]) -> Line:
        """A new line. `replaced` is called when another connection goes on with it."""
        self._forget()
        first = max(self._next, (self._now() - BEGIN) * PER_MICROSECOND)
        self._next = first + SPAN
        # The first message takes the number `first`; before it the client has nothing.
        line = Line(user, first - 1, self._next - 1, deque([(first, position)], MARKS), replaced)
        self._lines.append(line)
        return line

    def resume(self, user: str, after: int, replaced: Callable[[], None]) -> tuple[Line, int] | None:
        """Go on with the line of a connection that saw `after` last: the line and the position; None when that is not known.

        The station may not know yet that the earlier connection is dead, so the newer one takes the line over. Numbers the
        earlier one gave after `after` are given again; if it was open, somebody may hold them, and they are not trusted."""
        self._forget()
        line = next((one for one in self._lines if one.end - SPAN < after < one.end), None)
        position = None if line is None else line.position(after)
        if line is None or position is None:
            return None
        if line.replaced is not None:
            if line.user != user:
                return None
            line.replaced()
            doubtful = line.doubtful
            first = min(doubtful.start, after + 1) if doubtful else after + 1
            line.doubtful = range(first, max(doubtful.stop, line.number + 1))
        while line.marks[-1][0] > after:
            line.marks.pop()
        line.user, line.number, line.replaced = user, after, replaced
        return line, position

    def leave(self, line: Line, replaced: Callable[[], None]) -> None:
        """The connection has ended; if another one has the line by now, nothing happens to it."""
        if line.replaced == replaced:
            line.replaced = None
            line.left = self._steady()

    def _forget(self) -> None:
        oldest = self._steady() - KEPT_S
        ended = sorted((one.left for one in self._lines if one.replaced is None), reverse=True)
        if len(ended) > LINES:
            oldest = max(oldest, ended[LINES])
        self._lines = [one for one in self._lines if one.replaced is not None or one.left > oldest]
