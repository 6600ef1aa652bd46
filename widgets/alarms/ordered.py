"""Rows in the order of their keys; changed by contiguous slices, however many alarms came. No Qt."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import compress
from operator import attrgetter

import numpy as np

from widgets.alarms.row import Key, Row
from widgets.alarms.sieve import Filter, Texts

BY_KEY = attrgetter("key")


class Ordered:
    def __init__(self) -> None:
        self.rows: list[Row] = []

    def fill(self, rows: list[Row]) -> None:
        self.rows = rows

    def place(self, key: Key) -> int:
        return bisect_left(self.rows, key, key=BY_KEY)

    def cuts(self, rows: Iterable[Row]) -> list[tuple[int, int]]:
        """Ranges (first, last) that hold `rows`, from the back."""
        places = sorted((self.place(row.key) for row in rows), reverse=True)
        ranges: list[tuple[int, int]] = []
        for place in places:
            if ranges and ranges[-1][0] == place + 1:
                ranges[-1] = (place, ranges[-1][1])
            else:
                ranges.append((place, place))
        return ranges

    def cut(self, first: int, last: int) -> None:
        del self.rows[first : last + 1]

    def gaps(self, rows: Sequence[Row]) -> list[tuple[int, list[Row]]]:
        """Where `rows`, in order, go in: (place, run), from the back."""
        runs: list[tuple[int, list[Row]]] = []
        for row in rows:
            place = self.place(row.key)
            if runs and runs[-1][0] == place:
                runs[-1][1].append(row)
            else:
                runs.append((place, [row]))
        runs.reverse()
        return runs

    def put(self, place: int, run: Sequence[Row]) -> None:
        self.rows[place:place] = run

    def add(self, row: Row) -> None:
        self.rows.insert(self.place(row.key), row)

    def drop(self, row: Row) -> None:
        del self.rows[self.place(row.key)]


class Whole(Ordered):
    """All rows, with what a filter looks at beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = Texts()
        self._codes, self._slots = bytearray(), array("I")

    def fill(self, rows: list[Row]) -> None:
        super().fill(rows)
        self._codes, self._slots = bytearray(row.code for row in rows), array("I", (row.slot for row in rows))

    def cut(self, first: int, last: int) -> None:
        super().cut(first, last)
        del self._codes[first : last + 1]
        del self._slots[first : last + 1]

    def put(self, place: int, run: Sequence[Row]) -> None:
        super().put(place, run)
        self._codes[place:place] = bytes(row.code for row in run)
        self._slots[place:place] = array("I", (row.slot for row in run))

    def swap(self, place: int, row: Row) -> None:
        """The row changed and keeps key and slot."""
        self.rows[place], self._codes[place] = row, row.code

    def passing(self, wanted: Filter) -> list[Row]:
        """Rows that pass, in order."""
        chosen = wanted.select(self._codes, self._slots, self.texts)
        count = int(np.count_nonzero(chosen))
        if count == len(self.rows):
            return self.rows.copy()
        if 2 * count > len(self.rows):
            return list(compress(self.rows, chosen.tobytes()))
        # Touches no row that is not wanted: most of the time goes on the way to each.
        rows = self.rows
        return [rows[place] for place in np.flatnonzero(chosen).tolist()]
