"""Which rows of the alarm queue pass: list, priorities and words, over a hundred thousand rows within one frame.

Console side, no Qt. List and priority are one byte a row, answered by one translation of all bytes. What costs in looking
for words is the way to each text in memory, not the looking; so the texts are kept in the order they were made, not in that
of the table (measured: 4 ms against 15), and the answers are then brought into the order of the table.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from operator import contains

from app.domain.tag import Priority
from widgets.alarms.row import CODED, Row, View


class Texts:
    """The text of every row, by `Row.slot`."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._free: list[int] = []

    def clear(self) -> None:
        self.texts, self._free = [], []

    def add(self, row: Row) -> None:
        if self._free:
            row.slot = self._free.pop()
            self.texts[row.slot] = row.hay
        else:
            row.slot = len(self.texts)
            self.texts.append(row.hay)

    def put(self, row: Row, old: Row) -> None:
        """`row` in the place of `old`."""
        row.slot = old.slot
        self.texts[row.slot] = row.hay

    def drop(self, row: Row) -> None:
        self.texts[row.slot] = ""
        self._free.append(row.slot)


@dataclass(frozen=True)
class Filter:
    """Every word of `text` must stand somewhere in the row."""

    view: View = View.QUEUE
    priorities: frozenset[Priority] = frozenset(Priority)
    text: str = ""

    @cached_property
    def _answers(self) -> bytes:
        view = int(self.view)
        said = bytes(1 if views & view and rank in self.priorities else 0 for views, rank in CODED)
        return said.ljust(256, b"\0")

    @cached_property
    def _words(self) -> tuple[str, ...]:
        return tuple(self.text.lower().split())

    def passes(self, row: Row) -> bool:
        return bool(self._answers[row.code]) and all(word in row.hay for word in self._words)

    def select(self, codes: bytearray, slots: "array[int]", texts: Sequence[str]) -> bytes:
        """One byte a row in the order of the table, 1 = passes. `codes` and `slots` of the rows stand side by side."""
        chosen = bytes(codes.translate(self._answers))
        found: bytes | None = None
        for word in self._words:
            holding = bytes(map(contains, texts, repeat(word)))
            found = holding if found is None else _both(found, holding)
        return chosen if found is None else _both(chosen, bytes(map(found.__getitem__, slots)))


def _both(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "little") & int.from_bytes(other, "little")).to_bytes(len(one), "little")
