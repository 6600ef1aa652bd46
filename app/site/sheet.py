"""A table of a site package as rows of cells, the same for CSV and spreadsheet. Pure; the readers are `csv_file`, `xlsx_file`.

A cell is a `str` (stripped, "" = empty) or, from a spreadsheet only, an `OddCell`: what Excel made of what was typed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
MAX_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class OddCell:
    """A spreadsheet cell that is no text; what it is worth depends on its column. None: nothing, it is a fault there.

    `number`: in a column of numbers; `text`: in a column of text, as a person sees it; `kept`: in an unknown column.
    """

    number: str | None
    text: str | None
    kept: str | None
    found: str
    expected: str


Cell = str | OddCell


@dataclass(frozen=True, slots=True)
class Sheet:
    """`rows`: spreadsheet row (header is 1) and its cells, blank rows left out; `columns`: what a fault calls each column."""

    file: str
    header: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Iterable[tuple[int, list[Cell]]]


def clean(text: str) -> str:
    """Line ends become `\\n`, blanks at both ends go."""
    text = text.strip()
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def hidden_character(text: str) -> str | None:
    """The first control character, as `U+0007`, or None."""
    match = _HIDDEN.search(text)
    return f"U+{ord(match[0]):04X}" if match else None
