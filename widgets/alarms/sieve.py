"""Which rows of the alarm queue pass: list, priorities and words, over a hundred thousand rows within one frame.

Console side, no Qt. List and priority are one byte a row, answered by one translation of all bytes. What costs in looking
for words is the way to each text in memory, not the looking; so the texts are kept in the order they were made, not in that
of the table, and joined in blocks: only a block that holds a word is looked at text by text. The answers are then brought
into the order of the table.
"""

from array import array
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from operator import contains

import numpy as np

from app.domain.tag import Priority
from widgets.alarms.row import CODED, Row, View

BLOCK = 512


class Texts:
    """The text of every row, by `Row.slot`; and the same in joined blocks, made anew when they are asked for."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._free: list[int] = []
        self._blocks: list[str | None] = []

    def clear(self) -> None:
        self._texts, self._free, self._blocks = [], [], []

    def add(self, row: Row) -> None:
        if self._free:
            row.slot = self._free.pop()
            self._set(row.slot, row.hay)
            return
        row.slot = len(self._texts)
        self._texts.append(row.hay)
        if row.slot % BLOCK == 0:
            self._blocks.append(None)
        else:
            self._blocks[-1] = None

    def put(self, row: Row, old: Row) -> None:
        """`row` in the place of `old`."""
        row.slot = old.slot
        if row.hay != old.hay:
            self._set(row.slot, row.hay)

    def drop(self, row: Row) -> None:
        self._set(row.slot, "")
        self._free.append(row.slot)

    def holding(self, word: str) -> bytes:
        """One byte a slot, 1 = its text holds `word` (no white space in it)."""
        found: list[bytes] = []
        for number, block in enumerate(self._blocks):
            part = self._texts[number * BLOCK : (number + 1) * BLOCK]
            if block is None:
                block = self._blocks[number] = "\n".join(part)
            found.append(bytes(map(contains, part, repeat(word))) if word in block else bytes(len(part)))
        return b"".join(found)

    def _set(self, slot: int, text: str) -> None:
        self._texts[slot] = text
        self._blocks[slot // BLOCK] = None


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

    def select(self, codes: bytearray, slots: "array[int]", texts: Texts) -> bytes:
        """One byte a row in the order of the table, 1 = passes. `codes` and `slots` of the rows stand side by side."""
        chosen = bytes(codes.translate(self._answers))
        if not self._words:
            return chosen
        found = np.bitwise_and.reduce([np.frombuffer(texts.holding(word), np.uint8) for word in self._words])
        in_order = found[np.frombuffer(slots, np.uintc)]
        return bytes((np.frombuffer(chosen, np.uint8) & in_order).tobytes())
