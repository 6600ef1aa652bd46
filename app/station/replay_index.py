"""Finding the alarm board of any second of the journal (回放索引): moments kept every few hundred records, and
the way from there.

Station side; blocking, for worker threads. Order is that of the journal, which is the order in which things were shown. Times
follow it, but for a station that was started again with its clock set back; then the later run counts, and what the earlier
one wrote of the same hour is told when the later one begins.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator

from app.domain.instant import Instant
from app.station.replay_board import PastBoard
from app.station.replay_moment import kept, taken_up
from app.station.replay_site import Library
from app.store.ports import Store
from app.store.rows import MomentRow, Search, Written

log = logging.getLogger(__name__)

BLOCK = 500  # records between two moments: reading and telling them takes some 60 ms
BOARDS = 4  # kept where the last pages ended, so that the next one need not begin at a moment


class ReplayIndex:
    def __init__(self, store: Store, library: Library) -> None:
        self._store, self._library = store, library
        self._lock = threading.Lock()
        self._growing = threading.Lock()
        self._boards: OrderedDict[int, PastBoard] = OrderedDict()
        self._block: tuple[int, list[Written]] = (0, [])  # read last, from a moment to the next: a seek goes over it twice
        self._grown: int | None = None  # the number of the newest moment, once it was looked for

    # making moments

    def grow(self) -> bool:
        """At most one more moment. True when there may be more to make."""
        with self._growing:
            # every few seconds: a board is only put together when there is a whole block to tell it
            if self._grown is not None and self._store.journal.last_id() - self._grown < BLOCK:
                return False
            newest = self._store.moments.newest()
            board = self._from(newest)
            since = self._grown = board.facts.last
            lines = self._store.journal.read(since, BLOCK)
            if newest is not None and lines and lines[0].previous != newest.hash:
                log.warning("回放索引与日志不符，重新建立")
                self._store.moments.drop(0)
                self._boards.clear()
                self._grown = None
                return True
            if len(lines) < BLOCK:
                return False
            for line in lines:
                board.apply(line)
            low = min(line.record.time for line in lines)
            last = lines[-1]
            self._store.moments.keep(MomentRow(last.id, last.record.time, low, last.hash, kept(board)))
            self._grown = last.id
            return True

    # looking

    def last_not_after(self, moment: Instant) -> int:
        """The number of the last record whose time is not later; 0 when there is none."""
        newest = self._store.moments.newest()
        since = 0 if newest is None else newest.id
        found = self._store.journal.search(Search(after=since, end=moment + 1, limit=1)).records
        if found:
            return found[0].id
        closing = self._store.moments.reaching(moment)
        if closing is None:
            return 0
        opening = self._store.moments.newest(before=closing)
        after = 0 if opening is None else opening.id
        begin, lines = self._block
        if begin != after or not lines or lines[-1].id != closing:
            lines = list(self.lines(after, closing))
            self._block = after, lines
        return max((line.id for line in lines if line.record.time <= moment), default=0)

    def board(self, last: int) -> PastBoard:
        """The board after that record; the caller's own, to go on with."""
        with self._lock:
            board = self._boards.pop(last, None)
        if board is not None:
            return board
        board = self._from(self._store.moments.newest(before=last + 1))
        begin, lines = self._block
        if begin == board.facts.last and lines and lines[-1].id >= last:
            way: Iterable[Written] = (line for line in lines if line.id <= last)
        else:
            way = self.lines(board.facts.last, last)
        for line in way:
            board.apply(line)
        return board

    def give_back(self, board: PastBoard) -> None:
        """Somebody may want to go on from there."""
        with self._lock:
            self._boards[board.facts.last] = board
            while len(self._boards) > BOARDS:
                self._boards.popitem(last=False)

    def lines(self, after: int, last: int) -> Iterator[Written]:
        """The records in (after, last], in order."""
        while after < last:
            page = self._store.journal.read(after, min(BLOCK, last - after))
            if not page:
                return
            yield from page
            after = page[-1].id

    def _from(self, row: MomentRow | None) -> PastBoard:
        while row is not None:
            board = taken_up(self._library, row.id, row.hash, row.time, row.body)
            if board is not None:
                return board
            self._store.moments.drop(row.id)
            row = self._store.moments.newest(before=row.id)
        return PastBoard(self._library)
