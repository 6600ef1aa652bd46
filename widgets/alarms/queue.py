"""The queue behind the alarm table: own sorted lists, changed in batches, that survive a storm. Console side, no Qt.

`all` holds every live row in the order of the table, `shown` those that pass the filter. A batch becomes a few contiguous
removals and insertions, so the view moves a handful of ranges however many alarms came.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.alarms.row import CLEARED, EQUIPMENT, NAME, PRIORITY, RAISED, RULE, STATE, TAG, Row, View, fold

Key = tuple[Any, ...]


def _text_key(column: int) -> Callable[[Row], Key]:
    return lambda row: (row.cells[column], -row.occurrence)


_KEYS: dict[int, Callable[[Row], Key]] = {
    PRIORITY: lambda row: (int(row.priority), -row.raised, -row.occurrence),
    RAISED: lambda row: (-row.raised, -row.occurrence),
    STATE: lambda row: (row.state.value, int(row.priority), -row.occurrence),
    **{column: _text_key(column) for column in (TAG, NAME, RULE, EQUIPMENT, CLEARED)},
}
SORTABLE = frozenset(_KEYS)


@dataclass(frozen=True, slots=True)
class Filter:
    view: View = View.QUEUE
    priorities: frozenset[Priority] = frozenset(Priority)
    text: str = ""

    def select(self, marks: Sequence[int], hays: Sequence[bytes]) -> list[int]:
        """Places that pass. `marks` and `hays` stand side by side: a hundred thousand must answer within one frame, and what
        costs is not the comparison but the way to each row."""
        view = int(self.view)
        if len(self.priorities) < len(Priority):
            wanted = sum(_BIT[priority] for priority in self.priorities)
            places = [place for place, mark in enumerate(marks) if mark & view and mark & wanted]
        else:
            places = [place for place, mark in enumerate(marks) if mark & view]
        for word in self.text.lower().encode().split():
            if len(places) == len(hays):
                places = [place for place, hay in enumerate(hays) if word in hay]
            else:
                places = [place for place in places if word in hays[place]]
        return places

    def passes(self, row: Row) -> bool:
        return bool(self.select((_mark(row),), (row.hay,)))


# Lists and priority of a row in one small number, each number one shared object.
_BIT = {priority: 1 << (8 + priority) for priority in Priority}
_MARKS = tuple(range(1 << 13))


def _mark(row: Row) -> int:
    return _MARKS[row.views | _BIT[row.priority]]


class _Sorted:
    """Rows in key order with their keys beside them; changed by contiguous slices."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.keys: list[Key] = []

    def fill(self, rows: list[Row], keys: list[Key]) -> None:
        self.rows, self.keys = rows, keys

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

    def gaps(self, keyed: Sequence[tuple[Key, Row]]) -> list[tuple[int, list[tuple[Key, Row]]]]:
        """Where sorted `keyed` goes in: (place, run), from the back."""
        runs: list[tuple[int, list[tuple[Key, Row]]]] = []
        for pair in keyed:
            place = bisect_left(self.keys, pair[0])
            if runs and runs[-1][0] == place:
                runs[-1][1].append(pair)
            else:
                runs.append((place, [pair]))
        runs.reverse()
        return runs

    def put(self, place: int, run: Sequence[tuple[Key, Row]]) -> None:
        self.rows[place:place] = [row for _, row in run]
        self.keys[place:place] = [key for key, _ in run]


class _Whole(_Sorted):
    """All rows, with what a filter looks at beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[int] = []
        self.hays: list[bytes] = []

    def fill(self, rows: list[Row], keys: list[Key]) -> None:
        super().fill(rows, keys)
        self.marks, self.hays = [_mark(row) for row in rows], [row.hay for row in rows]

    def cut(self, first: int, last: int) -> None:
        super().cut(first, last)
        del self.marks[first : last + 1]
        del self.hays[first : last + 1]

    def put(self, place: int, run: Sequence[tuple[Key, Row]]) -> None:
        super().put(place, run)
        self.marks[place:place] = [_mark(row) for _, row in run]
        self.hays[place:place] = [row.hay for _, row in run]

    def swap(self, place: int, row: Row) -> None:
        self.rows[place], self.marks[place], self.hays[place] = row, _mark(row), row.hay


class Listener:
    """What a table does around a change of `shown`. This one does nothing."""

    def removing(self, first: int, last: int) -> None: ...
    def removed(self) -> None: ...
    def inserting(self, first: int, last: int) -> None: ...
    def inserted(self) -> None: ...
    def changed(self, first: int, last: int) -> None: ...
    def resetting(self) -> None: ...
    def reset(self) -> None: ...


class AlarmQueue:
    """Live alarms by occurrence. `decimals(tag)` says how a value is written."""

    def __init__(self, decimals: Callable[[str], int] = lambda tag: 1) -> None:
        self.decimals = decimals
        self.listener = Listener()
        self.filter = Filter()
        self._key = _KEYS[PRIORITY]
        self.sort_column = PRIORITY
        self._all, self._shown = _Whole(), _Sorted()
        self._rows: dict[int, tuple[Key, Row]] = {}
        self._live: dict[str, dict[str, AlarmMsg]] = {}  # tag -> rule -> newest live alarm
        self._counts: Counter[tuple[Priority, int]] = Counter()
        self.moved: list[int] = []  # occurrences the last `apply` took out and put in again elsewhere

    @property
    def shown(self) -> list[Row]:
        return self._shown.rows

    @property
    def rows(self) -> list[Row]:
        return self._all.rows

    def count(self, view: View, priority: Priority | None = None) -> int:
        """Rows in a list, whatever the filter."""
        return sum(n for (rank, views), n in self._counts.items() if views & view and priority in (None, rank))

    def index_of(self, occurrence: int) -> int | None:
        """Its place in `shown`."""
        pair = self._rows.get(occurrence)
        if pair is None:
            return None
        place = bisect_left(self._shown.keys, pair[0])
        rows = self._shown.rows
        return place if place < len(rows) and rows[place].occurrence == occurrence else None

    def row_of(self, occurrence: int) -> Row | None:
        pair = self._rows.get(occurrence)
        return pair[1] if pair else None

    def newest_unacked(self, priority: Priority) -> Row | None:
        """For the banner; independent of sorting and filter."""
        if self.sort_column == PRIORITY:
            rows = islice(self._all.rows, bisect_left(self._all.keys, (int(priority),)), None)
            return next((row for row in rows if row.views & View.UNACKED), None)
        found = (row for row in self._all.rows if row.priority is priority and row.views & View.UNACKED)
        return max(found, key=lambda row: (row.raised, row.occurrence), default=None)

    def replace(self, alarms: Iterable[AlarmMsg]) -> None:
        """A fresh snapshot: what is not in it is gone."""
        self._live.clear()
        for alarm in alarms:
            self._take(alarm)
        self._rows = {}
        for tag in self._live:
            for row in self._rows_of(tag):
                self._rows[row.occurrence] = (self._key(row), row)
        self._counts = Counter((row.priority, row.views) for _, row in self._rows.values())
        self._rebuild()

    def apply(self, alarms: Iterable[AlarmMsg]) -> None:
        """Changes, in order; a NORM alarm leaves."""
        self.moved = []
        tags: dict[str, None] = {}
        before: dict[str, set[int]] = {}
        for alarm in alarms:
            if alarm.tag not in before:
                before[alarm.tag] = {one.occurrence for one in self._live.get(alarm.tag, {}).values()}
            self._take(alarm)
            tags[alarm.tag] = None
        gone: list[tuple[Key, Row]] = []
        new: list[tuple[Key, Row]] = []
        for tag in tags:
            rows = {row.occurrence: row for row in self._rows_of(tag)}
            for occurrence in before[tag]:
                old = self._rows.get(occurrence)
                if old is not None and occurrence not in rows:
                    gone.append(old)
                    self._count(old[1], -1)
                    del self._rows[occurrence]
            for occurrence, row in rows.items():
                old = self._rows.get(occurrence)
                key = self._key(row)
                self._count(row, 1)
                if old is not None:
                    self._count(old[1], -1)
                if old is not None and old[0] == key:
                    self._swap(old, (key, row))
                    continue
                if old is not None:
                    gone.append(old)
                    self.moved.append(occurrence)
                new.append((key, row))
                self._rows[occurrence] = (key, row)
        self._remove(gone)
        self._insert(new)

    def set_filter(self, wanted: Filter) -> None:
        self.filter = wanted
        self._refilter()

    def sort(self, column: int) -> None:
        if column in _KEYS and column != self.sort_column:
            self.sort_column, self._key = column, _KEYS[column]
            self._rows = {occurrence: (self._key(row), row) for occurrence, (_, row) in self._rows.items()}
            self._rebuild()

    def _take(self, alarm: AlarmMsg) -> None:
        rules = self._live.setdefault(alarm.tag, {})
        if alarm.state != "NORM":
            rules[alarm.rule] = alarm
        elif alarm.rule in rules and rules[alarm.rule].occurrence <= alarm.occurrence:
            del rules[alarm.rule]
        if not rules:
            del self._live[alarm.tag]

    def _rows_of(self, tag: str) -> list[Row]:
        rules = self._live.get(tag)
        return [Row(alarm, inner, self.decimals(tag)) for alarm, inner in fold(rules)] if rules else []

    def _count(self, row: Row, by: int) -> None:
        self._counts[row.priority, row.views] += by

    def _swap(self, old: tuple[Key, Row], new: tuple[Key, Row]) -> None:
        """Same key: the row changes in its place, or enters or leaves `shown` there."""
        self._rows[new[1].occurrence] = new
        self._all.swap(bisect_left(self._all.keys, new[0]), new[1])
        was, is_now = self.filter.passes(old[1]), self.filter.passes(new[1])
        place = bisect_left(self._shown.keys, new[0])
        if was and is_now:
            self._shown.rows[place] = new[1]
            self.listener.changed(place, place)
        elif was:
            self.listener.removing(place, place)
            self._shown.cut(place, place)
            self.listener.removed()
        elif is_now:
            self.listener.inserting(place, place)
            self._shown.put(place, [new])
            self.listener.inserted()

    def _remove(self, gone: list[tuple[Key, Row]]) -> None:
        for first, last in self._all.cuts(key for key, _ in gone):
            self._all.cut(first, last)
        for first, last in self._shown.cuts(key for key, row in gone if self.filter.passes(row)):
            self.listener.removing(first, last)
            self._shown.cut(first, last)
            self.listener.removed()

    def _insert(self, new: list[tuple[Key, Row]]) -> None:
        new.sort(key=lambda pair: pair[0])
        for place, run in self._all.gaps(new):
            self._all.put(place, run)
        for place, run in self._shown.gaps([pair for pair in new if self.filter.passes(pair[1])]):
            self.listener.inserting(place, place + len(run) - 1)
            self._shown.put(place, run)
            self.listener.inserted()

    def _rebuild(self) -> None:
        pairs = sorted(self._rows.values(), key=lambda pair: pair[0])
        self._all.fill([row for _, row in pairs], [key for key, _ in pairs])
        self._refilter()

    def _refilter(self) -> None:
        self.listener.resetting()
        rows, keys = self._all.rows, self._all.keys
        places = self.filter.select(self._all.marks, self._all.hays)
        self._shown.fill([rows[place] for place in places], [keys[place] for place in places])
        self.listener.reset()
