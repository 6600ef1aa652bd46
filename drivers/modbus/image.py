"""What one unit (从站) of ours holds while a DCS writes to it, and which tags each write completes. Pure: `now` in seconds.

A value of several registers counts only when all of them are new: written in one request, or piece by piece within the
`window`. A piece that is older is no part of the same value, so a lost write cannot pair halves of two values for ever.
"""

from collections.abc import Iterable, Sequence

from app.domain.address import Table
from drivers.modbus.memory import ILLEGAL_ADDRESS, Refused
from drivers.modbus.point import Point


class _Piecework:
    """One point and its addresses still to be written."""

    __slots__ = ("missing", "point", "since")

    def __init__(self, point: Point) -> None:
        self.point = point
        self.since = 0.0
        self.missing: set[int] = set()

    def restart(self) -> None:
        self.missing = set(range(self.point.start, self.point.end))


class Image:
    """Fills `memory.Memory`. Addresses outside the tag table do not exist, except gaps of at most `gap` between two tags."""

    def __init__(self, points: Iterable[Point], gap: int = 0, window: float = 0.5) -> None:
        self._cells: dict[Table, dict[int, int]] = {table: {} for table in Table}
        self._touched: dict[Table, dict[int, list[_Piecework]]] = {table: {} for table in Table}
        self._window = window
        self._complete: dict[_Piecework, None] = {}
        self.now = 0.0
        """Set by the owner before each request."""
        last: Point | None = None
        for point in sorted(points, key=lambda p: (p.table.value, p.start)):
            work = _Piecework(point)
            work.restart()
            first = point.start
            if last is not None and last.table is point.table and 0 < point.start - last.end <= gap:
                first = last.end
            for address in range(first, point.end):
                self._cells[point.table].setdefault(address, 0)
            for address in range(point.start, point.end):
                self._touched[point.table].setdefault(address, []).append(work)
            if last is None or last.table is not point.table or point.end > last.end:
                last = point

    def read(self, table: Table, start: int, count: int) -> Sequence[int]:
        cells = self._cells[table]
        try:
            return [cells[address] for address in range(start, start + count)]
        except KeyError:
            raise Refused(ILLEGAL_ADDRESS) from None

    def write(self, table: Table, start: int, values: Sequence[int]) -> None:
        cells, touched = self._cells[table], self._touched[table]
        if any(address not in cells for address in range(start, start + len(values))):
            raise Refused(ILLEGAL_ADDRESS)
        for address, value in enumerate(values, start):
            cells[address] = value
            for work in touched.get(address, ()):
                size = work.point.size
                if len(work.missing) < size and self.now - work.since > self._window:
                    work.restart()
                if len(work.missing) == size:
                    work.since = self.now
                work.missing.discard(address)
                if not work.missing:
                    work.restart()
                    self._complete[work] = None

    def take(self) -> list[tuple[Point, list[int]]]:
        """Points completed since the last call, each with its registers (or its bit)."""
        complete, self._complete = self._complete, {}
        return [
            (work.point, [self._cells[work.point.table][a] for a in range(work.point.start, work.point.end)])
            for work in complete
        ]
