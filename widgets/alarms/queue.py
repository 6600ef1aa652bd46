"""The queue behind the alarm table: own sorted lists, changed in batches, that survive a storm. Console side, no Qt.

All live rows are kept in the order of the table; `shown` are the lines that pass the filter, in groups or without. Without
groups a batch becomes a few contiguous removals and insertions, so the view moves a handful of ranges however many alarms
came; in groups the lines are laid out anew.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice

from app.domain.alarm import AlarmState
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.alarms.groups import Grouping, GroupKey, Groups, Heading, Line
from widgets.alarms.ordered import BY_KEY, Ordered, Whole
from widgets.alarms.row import CLEARED, CODED, EQUIPMENT, NAME, PRIORITY, RAISED, RULE, STATE, TAG, Key, Row, View, fold
from widgets.alarms.sieve import Filter

_KEYS: dict[int, Callable[[Row], Key]] = {
    PRIORITY: lambda row: (row.priority.value, -row.raised, -row.occurrence),
    RAISED: lambda row: (-row.raised, -row.occurrence),
    STATE: lambda row: (row.state.value, row.priority.value, -row.occurrence),
    TAG: lambda row: (row.alarm.tag, -row.occurrence),
    NAME: lambda row: (row.alarm.name, -row.occurrence),
    RULE: lambda row: (row.alarm.rule, -row.occurrence),
    EQUIPMENT: lambda row: (row.alarm.equipment, -row.occurrence),
    CLEARED: lambda row: (row.alarm.cleared_at or "", -row.occurrence),
}
SORTABLE = frozenset(_KEYS)
_UNACKED = int(View.UNACKED)


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
        self._all, self._shown = Whole(), Ordered()
        self._groups: Groups | None = None
        self._lines: list[Line] = []  # in groups
        self._rows: dict[int, Row] = {}
        self._live: dict[str, dict[str, AlarmMsg]] = {}  # tag -> rule -> newest live alarm
        self._counts: Counter[int] = Counter()  # by code
        self._shelved: set[int] = set()
        self.grouping = Grouping.NONE
        self.held: set[int] = set()  # selected: shown in whatever group is folded
        self.touched: set[int] = set()  # occurrences the last `apply` changed or took away
        self.moved: set[int] = set()  # those of them it took out and put in again elsewhere

    @property
    def shown(self) -> list[Line]:
        return self._shown.rows if self._groups is None else self._lines  # type: ignore[return-value]

    @property
    def shown_rows(self) -> int:
        """How many alarms pass the filter, folded away or not."""
        return len(self._shown.rows) if self._groups is None else self._groups.count

    @property
    def rows(self) -> list[Row]:
        return self._all.rows

    def count(self, view: View, priority: Priority | None = None) -> int:
        """Rows in a list, whatever the filter."""
        wanted, total = int(view), 0
        for code, rows in self._counts.items():
            views, rank = CODED[code]
            if views & wanted and priority in (None, rank):
                total += rows
        return total

    def index_of(self, occurrence: int) -> int | None:
        """Its place in `shown`."""
        row = self._rows.get(occurrence)
        if row is None:
            return None
        if self._groups is not None:
            return self._groups.place(row)
        place = self._shown.place(row.key)
        rows = self._shown.rows
        return place if place < len(rows) and rows[place].occurrence == occurrence else None

    def place_of(self, line: Line) -> int | None:
        """Of a row or a heading that was shown before."""
        if isinstance(line, Row):
            return self.index_of(line.occurrence)
        same = (n for n, one in enumerate(self._lines) if isinstance(one, Heading) and one.key == line.key)
        return next(same, None) if self._groups is not None else None

    def row_of(self, occurrence: int) -> Row | None:
        return self._rows.get(occurrence)

    def newest_unacked(self, priority: Priority) -> Row | None:
        """For the banner; independent of sorting and filter."""
        if self.sort_column == PRIORITY:
            rows = islice(self._all.rows, self._all.place((int(priority),)), None)
            return next((row for row in rows if row.views & _UNACKED), None)
        found = (row for row in self._all.rows if row.priority is priority and row.views & _UNACKED)
        return max(found, key=lambda row: (row.raised, row.occurrence), default=None)

    def next_to_return(self) -> AlarmMsg | None:
        """The shelved alarm whose time is over first."""
        shelved = (self._rows[one].alarm for one in self._shelved)
        return min((one for one in shelved if one.shelved_until), key=lambda one: one.shelved_until or "", default=None)

    def replace(self, alarms: Iterable[AlarmMsg]) -> None:
        """A fresh snapshot: what is not in it is gone."""
        self._live.clear()
        for alarm in alarms:
            self._take(alarm)
        self._rows = {}
        self._all.texts.clear()
        for tag in self._live:
            for row in self._rows_of(tag):
                self._all.texts.add(row)
                self._rows[row.occurrence] = row
        self._counts = Counter(row.code for row in self._rows.values())
        self._shelved = {one for one, row in self._rows.items() if row.state is AlarmState.SHLVD}
        self._rebuild()

    def apply(self, alarms: Iterable[AlarmMsg]) -> None:
        """Changes, in order; a NORM alarm leaves."""
        self.touched, self.moved = set(), set()
        before: dict[str, set[int]] = {}
        for alarm in alarms:
            if alarm.tag not in before:
                before[alarm.tag] = {one.occurrence for one in self._live.get(alarm.tag, {}).values()}
            self._take(alarm)
        gone: list[Row] = []
        new: list[Row] = []
        for tag, known in before.items():
            rows = {row.occurrence: row for row in self._rows_of(tag)}
            for occurrence in known:
                old = self._rows.get(occurrence)
                if old is not None and occurrence not in rows:
                    gone.append(old)
                    self.touched.add(occurrence)
                    self._counts[old.code] -= 1
                    self._all.texts.drop(old)
                    self._shelved.discard(occurrence)
                    del self._rows[occurrence]
            for occurrence, row in rows.items():
                old = self._rows.get(occurrence)
                self._counts[row.code] += 1
                if row.state is AlarmState.SHLVD:
                    self._shelved.add(occurrence)
                elif occurrence in self._shelved:
                    self._shelved.discard(occurrence)
                if old is None:
                    self._all.texts.add(row)
                else:
                    self._all.texts.put(row, old)
                    self._counts[old.code] -= 1
                    self.touched.add(occurrence)
                    if old.key == row.key:
                        self._swap(old, row)
                        continue
                    gone.append(old)
                    self.moved.add(occurrence)
                new.append(row)
                self._rows[occurrence] = row
        self._remove(gone)
        self._insert(new)
        self._lay_out()

    def set_filter(self, wanted: Filter) -> None:
        self.filter = wanted
        self._refilter()

    def tidy(self, blocks: int) -> bool:
        """Makes a part of the texts ready for the next filter. True while there is more to do."""
        return self._all.texts.tidy(blocks)

    def group(self, grouping: Grouping) -> None:
        if grouping is not self.grouping:
            self.grouping = grouping
            self._groups = None if grouping is Grouping.NONE else Groups(grouping)
            self._refilter()

    def toggle(self, key: GroupKey) -> None:
        """Folds a group, or unfolds it. What is selected inside does not stay out."""
        if self._groups is not None:
            self._groups.toggle(key)
            inside = self._groups.holds
            self.held = {one for one in self.held if (row := self.row_of(one)) is not None and not inside(key, row)}
            self._lay_out()

    def sort(self, column: int) -> None:
        if column in _KEYS and column != self.sort_column:
            self.sort_column, self._key = column, _KEYS[column]
            for row in self._rows.values():
                row.key = self._key(row)
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
        rows = [Row(alarm, inner, self.decimals(tag)) for alarm, inner in fold(rules)] if rules else []
        for row in rows:
            row.key = self._key(row)
        return rows

    def _swap(self, old: Row, new: Row) -> None:
        """Same key: the row changes in its place, or enters or leaves `shown` there."""
        self._rows[new.occurrence] = new
        self._all.swap(self._all.place(new.key), new)
        was, is_now = self.filter.passes(old), self.filter.passes(new)
        if self._groups is not None:
            self._groups.drop([old] if was else [])
            self._groups.add([new] if is_now else [])
            return
        place = self._shown.place(new.key)
        if was and is_now:
            self._shown.rows[place] = new
            self.listener.changed(place, place)
        elif was:
            self.listener.removing(place, place)
            self._shown.cut(place, place)
            self.listener.removed()
        elif is_now:
            self.listener.inserting(place, place)
            self._shown.put(place, [new])
            self.listener.inserted()

    def _remove(self, gone: list[Row]) -> None:
        for first, last in self._all.cuts(gone):
            self._all.cut(first, last)
        passed = [row for row in gone if self.filter.passes(row)]
        if self._groups is not None:
            self._groups.drop(passed)
            return
        for first, last in self._shown.cuts(passed):
            self.listener.removing(first, last)
            self._shown.cut(first, last)
            self.listener.removed()

    def _insert(self, new: list[Row]) -> None:
        new.sort(key=BY_KEY)
        for place, run in self._all.gaps(new):
            self._all.put(place, run)
        passed = [row for row in new if self.filter.passes(row)]
        if self._groups is not None:
            self._groups.add(passed)
            return
        for place, run in self._shown.gaps(passed):
            self.listener.inserting(place, place + len(run) - 1)
            self._shown.put(place, run)
            self.listener.inserted()

    def _rebuild(self) -> None:
        self._all.fill(sorted(self._rows.values(), key=BY_KEY))
        self._refilter()

    def _refilter(self) -> None:
        if self._groups is not None:
            self._groups.fill(self._all.passing(self.filter))
            self._lay_out()
            return
        self.listener.resetting()
        self._shown.fill(self._all.passing(self.filter))
        self.listener.reset()

    def _lay_out(self) -> None:
        if self._groups is not None:
            self.listener.resetting()
            self._lines = self._groups.lines(self.held)
            self.listener.reset()
