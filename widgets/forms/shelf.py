"""The forms of a list in order: views, filters, sorting, pages; which lines are shown. Pure. Console side.

Open forms are all here, so that the one most overdue stands on top; finished ones come page by page, newest first.
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
    """`kind` "": all; `text`: blank-divided words, each of which must be found in number, title, subject or names."""

    view: View = View.MINE
    kind: str = ""
    text: str = ""


class FormShelf:
    """`is_mine` and `is_late` are asked when an entry comes and when `look_again` is called, not per line painted."""

    def __init__(self, is_mine: Callable[[Entry], bool], is_late: Callable[[Entry], bool]) -> None:
        self._is_mine, self._is_late = is_mine, is_late
        self._entries: dict[int, Entry] = {}
        self._mine: set[int] = set()
        self._late: set[int] = set()
        self.wanted = Wanted()
        self.shown: list[Entry] = []
        self.place: dict[int, int] = {}

    def replace_open(self, entries: Iterable[Entry]) -> None:
        """All open forms there are; one that was open and is not among them any more is dropped until a page brings it."""
        kept = {id: one for id, one in self._entries.items() if not one.open}
        self._entries = {**kept, **{one.id: one for one in entries}}
        self.look_again()

    def add(self, entries: Iterable[Entry]) -> None:
        """A page of the search, or one form as it stands now."""
        for one in entries:
            self._entries[one.id] = one
        self.look_again()

    def forget_found(self) -> None:
        """Before another search: finished forms go, open ones stay."""
        self._entries = {id: one for id, one in self._entries.items() if one.open}

    def clear(self) -> None:
        self._entries = {}
        self.look_again()

    def want(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self._arrange()

    def look_again(self) -> None:
        """Time went on, or entries changed."""
        self._mine = {id for id, one in self._entries.items() if one.open and self._is_mine(one)}
        self._late = {id for id, one in self._entries.items() if one.open and self._is_late(one)}
        self._arrange()

    def entry(self, id: int) -> Entry | None:
        return self._entries.get(id)

    def is_late(self, id: int) -> bool:
        return id in self._late

    def count(self, view: View) -> int:
        """Of open forms; of all nobody knows the number here."""
        return {View.MINE: len(self._mine), View.LATE: len(self._late)}.get(
            view, sum(one.open for one in self._entries.values())
        )

    def mine_late(self) -> int:
        return len(self._mine & self._late)

    def oldest_found(self, kind: str) -> int | None:
        """The smallest id of that kind had so far: where the next page begins."""
        return min((id for id, one in self._entries.items() if one.kind == kind), default=None)

    def _arrange(self) -> None:
        view, kind = self.wanted.view, self.wanted.kind
        words = self.wanted.text.casefold().split()
        chosen = {View.MINE: self._mine, View.LATE: self._late}.get(view)
        found = (
            one
            for one in self._entries.values()
            if (view is View.ALL or one.open)
            and (chosen is None or one.id in chosen)
            and (not kind or one.kind == kind)
            and (not words or _has(one, words))
        )
        if view is View.ALL:
            self.shown = sorted(found, key=lambda one: -one.id)
        else:
            self.shown = sorted(found, key=lambda one: (one.due_at or NEVER, -one.id))
        self.place = {one.id: at for at, one in enumerate(self.shown)}


def _has(one: Entry, words: list[str]) -> bool:
    text = f"{one.number}\n{one.title}\n{one.subject}\n{one.created_by}\n{one.state_title}".casefold()
    return all(word in text for word in words)
