"""What somebody typed and has not saved: kept per form, and set against what others did meanwhile. Pure. Console side.

Nothing typed is ever lost to an update: a field both changed is a conflict until the person at the desk chooses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both changed this field since the draft began. `open` False: its step is over, mine can only be given up."""

    key: str
    mine: Any
    theirs: Any
    open: bool = True


@dataclass
class Draft:
    """`base`: what the station had of the changed fields when they were first touched."""

    base: dict[str, Any] = field(default_factory=dict)
    mine: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.mine and not self.note

    def put(self, key: str, value: Any, stored: Any) -> None:
        """Somebody typed `value` where the station has `stored`. Typing the old value back ends the change."""
        if _same(value, self.base.get(key, stored)):
            self.drop(key)
        else:
            self.base.setdefault(key, stored)
            self.mine[key] = value

    def drop(self, key: str) -> None:
        self.mine.pop(key, None)
        self.base.pop(key, None)

    def over(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """The fields as this desk shows them."""
        return {**stored, **self.mine}

    def meet(self, stored: Mapping[str, Any], may_set: frozenset[str]) -> list[Conflict]:
        """The station now has `stored` and lets this person set `may_set`; what meets is forgotten, what differs is told."""
        found = []
        for key, mine in list(self.mine.items()):
            theirs = stored.get(key)
            if _same(theirs, mine):
                self.drop(key)
            elif not _same(theirs, self.base.get(key)) or key not in may_set:
                found.append(Conflict(key, mine, theirs, key in may_set))
        return found

    def arrived(self, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
        """The station took `sent` and now has `stored`. What was typed again meanwhile stays typed, over the new value."""
        for key, value in sent.items():
            if key in self.mine:
                if _same(self.mine[key], value):
                    self.drop(key)
                else:
                    self.base[key] = stored.get(key)

    def settle(self, key: str, take_mine: bool, stored: Mapping[str, Any]) -> None:
        """The person chose."""
        if take_mine:
            self.base[key] = stored.get(key)
        else:
            self.drop(key)


class Drafts:
    """All drafts of this desk, in memory, by a name of the form; forgotten when somebody else logs in."""

    def __init__(self) -> None:
        self._kept: dict[str, Draft] = {}

    def of(self, key: str) -> Draft:
        return self._kept.setdefault(key, Draft())

    def has(self, key: str) -> bool:
        kept = self._kept.get(key)
        return kept is not None and not kept.is_empty

    def drop(self, key: str) -> None:
        self._kept.pop(key, None)

    def clear(self) -> None:
        self._kept.clear()

    def __len__(self) -> int:
        return sum(not one.is_empty for one in self._kept.values())


def _same(one: Any, other: Any) -> bool:
    """Nothing typed and nothing there are the same nothing, however it is written."""
    nothing: tuple[Any, ...] = (None, "", [], ())
    return bool(one == other) or (one in nothing and other in nothing)
