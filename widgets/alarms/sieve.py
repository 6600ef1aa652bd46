"""Which rows of the alarm queue pass: list, priorities and words, over a hundred thousand rows within one frame.

Console side, no Qt. List and priority are one byte a row, answered by one translation of all bytes. What costs in looking
for words is the way to each text in memory, not the looking; so the texts are kept in the order they were made, not in that
of the table, and joined in blocks: a word is looked for in the block, and where it stands tells whose it is. The answers
are then brought into the order of the table.
"""

from array import array
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, repeat
from operator import contains
from typing import Any

import numpy as np

from app.domain.tag import Priority
from widgets.alarms.row import CODED, Row, View

BLOCK = 512
_OFTEN = 1 / 6  # a word that is in more of the texts is sooner found text by text

Block = tuple[str, list[int]]
"""Joined texts, and where each begins."""


class Texts:
    """The text of every row, by `Row.slot`; and the same in joined blocks, made anew when they are asked for."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._free: list[int] = []
        self._blocks: list[Block | None] = []
        self._stale: set[int] = set()  # blocks that are not joined

    def clear(self) -> None:
        self._texts, self._free, self._blocks, self._stale = [], [], [], set()

    def add(self, row: Row) -> None:
        if self._free:
            row.slot = self._free.pop()
            self._set(row.slot, row.hay)
            return
        row.slot = len(self._texts)
        self._texts.append(row.hay)
        if row.slot % BLOCK == 0:
            self._blocks.append(None)
        self._spoil(row.slot)

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
        return b"".join(self._in_block(number, block, word) for number, block in enumerate(self._blocks))

    def tidy(self, blocks: int) -> bool:
        """Joins so many blocks ahead of the next search. True while there are more."""
        for number in sorted(self._stale)[:blocks]:
            self._join(number)
        return bool(self._stale)

    def _in_block(self, number: int, block: Block | None, word: str) -> bytes:
        joined, begins = block if block is not None else self._join(number)
        found, hits = bytearray(len(begins)), 0
        at = joined.find(word)
        while at >= 0:
            one = bisect_right(begins, at) - 1
            found[one] = 1
            hits += 1
            if one + 1 == len(begins):
                break
            if hits > 8 and hits > _OFTEN * one:
                return bytes(map(contains, self._part(number), repeat(word)))
            at = joined.find(word, begins[one + 1])
        return bytes(found)

    def _part(self, number: int) -> list[str]:
        return self._texts[number * BLOCK : (number + 1) * BLOCK]

    def _join(self, number: int) -> Block:
        part = self._part(number)
        lengths = (len(text) + 1 for text in part[:-1])
        made = self._blocks[number] = "\n".join(part), list(accumulate(lengths, initial=0))
        self._stale.discard(number)
        return made

    def _spoil(self, slot: int) -> None:
        self._blocks[slot // BLOCK] = None
        self._stale.add(slot // BLOCK)

    def _set(self, slot: int, text: str) -> None:
        self._texts[slot] = text
        self._spoil(slot)


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

    def select(self, codes: bytearray, slots: "array[int]", texts: Texts) -> "np.ndarray[Any, np.dtype[np.uint8]]":
        """One byte a row in the order of the table, 1 = passes. `codes` and `slots` of the rows stand side by side."""
        chosen = np.frombuffer(codes.translate(self._answers), np.uint8)
        if not self._words:
            return chosen
        found = np.bitwise_and.reduce([np.frombuffer(texts.holding(word), np.uint8) for word in self._words])
        chosen &= found[np.frombuffer(slots, np.uintc)]
        return chosen
