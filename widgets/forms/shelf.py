"""The forms of a list in order: views, filters, sorting, pages; which lines are shown. Pure. Console side.

Open forms are all here, so that the one most overdue stands on top. What a search finds, finished forms too, comes page by
page, newest first; lines below `floor` wait until everything above them is there.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from widgets.forms.parse import Entry

NEVER = "9999"  # sorts after every time there is


class View(StrEnum):
    MINE = "mine"  # it is this person's turn
    OPEN = "open"
    LATE = "late"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Wanted:
    """`kind` "": all; `text`: words divided by blanks, each of which must be found."""

    view: View = View.MINE
    kind: str = ""
    text: str = ""


class FormShelf:
    """`now` are RFC 3339 texts as the station writes them: they compare as text."""

    def __init__(self, is_mine: Callable[[Entry], bool]) -> None:
        self._is_mine = is_mine
        self._open: dict[int, Entry] = {}
        self._found: dict[int, Entry] = {}
        self._mine: set[int] = set()
        self._late: set[int] = set()
        self.floor = 0
        self.known = False  # has the station said which forms are open?
        self.wanted = Wanted()
        self.shown: list[Entry] = []
        self.place: dict[int, int] = {}

    def replace_open(self, entries: Iterable[Entry], now: str) -> None:
        """All open forms there are."""
        self._open, self.known = {one.id: one for one in entries}, True
        self._found.update((id, one) for id, one in self._open.items() if id in self._found)
        self._mine = {id for id, one in self._open.items() if self._is_mine(one)}
        self._note_late(now)
        self._arrange()

    def put(self, entry: Entry, now: str) -> None:
        """One form as it stands now."""
        if entry.open:
            self._open[entry.id] = entry
        else:
            self._open.pop(entry.id, None)
        if entry.id in self._found or self.wanted.view is View.ALL:
            self._found[entry.id] = entry
        (self._mine.add if entry.open and self._is_mine(entry) else self._mine.discard)(entry.id)
        self._note_late(now)
        self._arrange()

    def begin_search(self, wanted: Wanted) -> None:
        self.wanted, self.floor = wanted, 0
        self._found = {}
        self._arrange()

    def add_found(self, entries: Iterable[Entry], floor: int) -> None:
        """One page of the search; lines below `floor` are not shown yet."""
        self._found.update((one.id, one) for one in entries)
        self.floor = floor
        self._arrange()

    def clear(self) -> None:
        self._open, self._found, self._mine, self._late, self.floor = {}, {}, set(), set(), 0
        self.known = False
        self._arrange()

    def look_at(self, now: str) -> bool:
        """Time went on; True when some form became late by it."""
        before = self._late
        self._note_late(now)
        if self._late == before:
            return False
        if self.wanted.view is View.LATE:
            self._arrange()
        return True

    def entry(self, id: int) -> Entry | None:
        return self._open.get(id) or self._found.get(id)

    def count(self, view: View) -> int:
        """Of open forms; how many there are in all nobody knows here."""
        return {View.MINE: len(self._mine), View.LATE: len(self._late)}.get(view, len(self._open))

    def mine_late(self) -> int:
        return len(self._mine & self._late)

    def _note_late(self, now: str) -> None:
        self._late = {id for id, one in self._open.items() if one.due_at is not None and one.due_at < now}

    def _arrange(self) -> None:
        wanted = self.wanted
        if wanted.view is View.ALL:
            self.shown = sorted((one for one in self._found.values() if one.id >= self.floor), key=lambda one: -one.id)
        else:
            ids = {View.MINE: self._mine, View.LATE: self._late}.get(wanted.view)
            entries: Iterable[Entry] = self._open.values() if ids is None else (self._open[id] for id in ids)
            words = wanted.text.casefold().split()
            found = (one for one in entries if (not wanted.kind or one.kind == wanted.kind) and _has(one, words))
            self.shown = sorted(found, key=lambda one: (one.due_at or NEVER, -one.id))
        self.place = {one.id: at for at, one in enumerate(self.shown)}


def _has(one: Entry, words: list[str]) -> bool:
    if not words:
        return True
    text = f"{one.number}\n{one.title}\n{one.subject}\n{one.created_by}\n{one.state_title}".casefold()
    return all(word in text for word in words)
