"""Rows in key order with their keys beside them; changed by contiguous slices, however many alarms came. No Qt."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import compress
from typing import Any

import numpy as np

from widgets.alarms.row import Row
from widgets.alarms.sieve import Filter, Texts

Key = tuple[Any, ...]
Keyed = tuple[Key, Row]


class Ordered:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.keys: list[Key] = []

    def fill(self, rows: list[Row], keys: list[Key]) -> None:
        self.rows, self.keys = rows, keys

    def place(self, key: Key) -> int:
        return bisect_left(self.keys, key)

    def cuts(self, keys: Iterable[Key]) -> list[tuple[int, int]]:
        """Ranges (first, last) that hold `keys`, from the back."""
        places = sorted((bisect_left(self.keys, key) for key in keys), reverse=True)
        ranges: list[tuple[int, int]] = []
        for place in places:
            if ranges and ranges[-1][0] == place + 1:
                ranges[-1] = (place, ranges[-1][1])
            else:
                ranges.append((place, place))
        return ranges

    def cut(self, first: int, last: int) -> None:
        del self.rows[first : last + 1]
        del self.keys[first : last + 1]

    def gaps(self, keyed: Sequence[Keyed]) -> list[tuple[int, list[Keyed]]]:
        """Where sorted `keyed` goes in: (place, run), from the back."""
        runs: list[tuple[int, list[Keyed]]] = []
        for pair in keyed:
            place = bisect_left(self.keys, pair[0])
            if runs and runs[-1][0] == place:
                runs[-1][1].append(pair)
            else:
                runs.append((place, [pair]))
        runs.reverse()
        return runs

    def put(self, place: int, run: Sequence[Keyed]) -> None:
        self.rows[place:place] = [row for _, row in run]
        self.keys[place:place] = [key for key, _ in run]

    def add(self, key: Key, row: Row) -> None:
        place = bisect_left(self.keys, key)
        self.keys.insert(place, key)
        self.rows.insert(place, row)

    def drop(self, key: Key) -> None:
        place = bisect_left(self.keys, key)
        self.cut(place, place)


class Whole(Ordered):
    """All rows, with what a filter looks at beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = Texts()
        self._codes, self._slots = bytearray(), array("I")

    def fill(self, rows: list[Row], keys: list[Key]) -> None:
        super().fill(rows, keys)
        self._codes, self._slots = bytearray(row.code for row in rows), array("I", (row.slot for row in rows))

    def cut(self, first: int, last: int) -> None:
        super().cut(first, last)
        del self._codes[first : last + 1]
        del self._slots[first : last + 1]

    def put(self, place: int, run: Sequence[Keyed]) -> None:
        super().put(place, run)
        self._codes[place:place] = bytes(row.code for _, row in run)
        self._slots[place:place] = array("I", (row.slot for _, row in run))

    def swap(self, place: int, row: Row) -> None:
        """The row changed and keeps key and slot."""
        self.rows[place], self._codes[place] = row, row.code

    def passing(self, wanted: Filter) -> tuple[list[Row], list[Key]]:
        """Rows that pass and their keys, in order."""
        chosen = wanted.select(self._codes, self._slots, self.texts)
        count = int(np.count_nonzero(chosen))
        if count == len(self.rows):
            return self.rows.copy(), self.keys.copy()
        if 2 * count > len(self.rows):
            passes = chosen.tobytes()
            return list(compress(self.rows, passes)), list(compress(self.keys, passes))
        # Touches no row that is not wanted: most of the time goes on the way to each.
        places = np.flatnonzero(chosen).tolist()
        return [self.rows[place] for place in places], [self.keys[place] for place in places]
