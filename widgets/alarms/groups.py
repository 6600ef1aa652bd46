"""The queue in groups: by area and equipment, or round the alarm that came first (首出). Console side, no Qt.

A group is a heading and its rows in the order of the table. A folded group still shows its first-out and whatever is
selected: the machine never folds away what somebody has in his hand.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from enum import StrEnum

from app.domain.tag import Priority
from widgets.alarms.ordered import Ordered
from widgets.alarms.row import CODED, Row, View

GroupKey = tuple[str, ...]


class Grouping(StrEnum):
    NONE = "none"
    EQUIPMENT = "equipment"  # area, within it equipment
    FIRST_OUT = "first_out"  # hazard source, else area, else equipment


class Heading:
    """A line above rows. `level` 0 or 1; `ordered` False: more than one alarm, and none of them is known as the first."""

    __slots__ = ("area", "folded", "key", "level", "name", "occurrence", "ordered", "rows", "unacked", "worst")

    def __init__(self, key: GroupKey, level: int, folded: bool) -> None:
        self.key, self.level, self.folded = key, level, folded
        self.occurrence = 0  # of no alarm
        self.rows = self.unacked = 0
        self.worst = Priority.LOW
        self.ordered = True
        self.area = ""  # of a hazard source
        self.name = ""  # where the key is a word of the system's own, as of a source or the station

    def count(self, tally: Counter[int]) -> None:
        for code, rows in tally.items():
            views, rank = CODED[code]
            self.rows += rows
            self.unacked += rows if views & _UNACKED else 0
            self.worst = min(self.worst, rank)

    @property
    def title(self) -> str:
        return self.name or self.key[-1]


Line = Row | Heading
_UNACKED = int(View.UNACKED)


def equipment_key(row: Row) -> GroupKey:
    return row.alarm.area, row.alarm.equipment


def first_out_key(row: Row) -> GroupKey:
    alarm = row.alarm
    return (alarm.hazard_source or alarm.area or alarm.equipment or alarm.tag,)


class _Group:
    def __init__(self) -> None:
        self.first, self.rest = Ordered(), Ordered()
        self.tally: Counter[int] = Counter()
        self.start = 0
        self.hidden = False  # inside a folded area
        self.folded = False
        self.visible: list[Row] = []  # of `rest`, while folded


class Groups:
    """Only rows that pass the filter. `toggled`: groups the operator has folded, or unfolded where they begin folded."""

    def __init__(self, grouping: Grouping) -> None:
        self._grouping = grouping
        self._key: Callable[[Row], GroupKey] = first_out_key if grouping is Grouping.FIRST_OUT else equipment_key
        self._groups: dict[GroupKey, _Group] = {}
        self.toggled: set[GroupKey] = set()

    def fill(self, rows: Iterable[Row]) -> None:
        self._groups = {}
        for row in rows:  # in order: appending keeps it
            group = self._group(row)
            self._side(group, row).rows.append(row)
            group.tally[row.code] += 1

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            group = self._group(row)
            self._side(group, row).add(row)
            group.tally[row.code] += 1

    def drop(self, rows: Iterable[Row]) -> None:
        for row in rows:
            name = self._key(row)
            group = self._groups[name]
            self._side(group, row).drop(row)
            group.tally[row.code] -= 1
            if not group.tally[row.code]:
                del group.tally[row.code]
            if not group.tally:
                del self._groups[name]

    @property
    def count(self) -> int:
        return sum(group.tally.total() for group in self._groups.values())

    def toggle(self, key: GroupKey) -> None:
        self.toggled ^= {key}

    def holds(self, key: GroupKey, row: Row) -> bool:
        return self._key(row)[: len(key)] == key

    def place(self, row: Row) -> int | None:
        """Where the last `lines` put this row; None when it is folded away."""
        group = self._groups.get(self._key(row))
        if group is None:
            return None
        side = self._side(group, row)
        at = side.place(row.key)
        if at >= len(side.rows) or side.rows[at].occurrence != row.occurrence:
            return None
        if side is group.first and not group.hidden:
            return group.start + at
        if group.folded:
            shown = group.visible
            found = next((n for n, one in enumerate(shown) if one.occurrence == row.occurrence), None)
            return None if found is None else group.start + (0 if group.hidden else len(group.first.rows)) + found
        return group.start + len(group.first.rows) + at

    def lines(self, held: set[int]) -> list[Line]:
        """Headings and rows from top to bottom; `held` occurrences are shown whatever is folded."""
        made: list[Line] = []
        above: Heading | None = None
        for key, group in self._in_order():
            if len(key) > 1:
                if above is None or above.key != key[:1]:
                    above = Heading(key[:1], 0, key[:1] in self.toggled)
                    made.append(above)
                above.count(group.tally)
            group.hidden = above is not None and above.folded
            group.folded = group.hidden or (key in self.toggled) != (self._grouping is Grouping.FIRST_OUT)
            if not group.hidden:
                heading = Heading(key, len(key) - 1, group.folded)
                heading.count(group.tally)
                heading.ordered = heading.rows < 2 or bool(group.first.rows) or self._grouping is Grouping.EQUIPMENT
                if self._grouping is Grouping.FIRST_OUT:
                    one = (group.first.rows or group.rest.rows)[0].alarm
                    heading.area = one.area if one.area != key[0] else ""
                    heading.name = one.name if one.tag == key[0] else ""
                made.append(heading)
            self._put_rows(made, group, held)
        return made

    def _put_rows(self, made: list[Line], group: _Group, held: set[int]) -> None:
        group.start = len(made)
        if group.hidden:
            group.visible = [row for row in (*group.first.rows, *group.rest.rows) if row.occurrence in held] if held else []
            made += group.visible
            return
        made += group.first.rows
        if group.folded:
            group.visible = [row for row in group.rest.rows if row.occurrence in held] if held else []
            made += group.visible
        else:
            made += group.rest.rows

    def _in_order(self) -> list[tuple[GroupKey, _Group]]:
        """Areas and equipment by name, where the eye expects them; first-out groups by what is gravest and still waiting."""
        if self._grouping is Grouping.EQUIPMENT:
            return sorted(self._groups.items())
        return sorted(self._groups.items(), key=lambda pair: (_gravity(pair[1].tally), pair[0]))

    def _group(self, row: Row) -> _Group:
        key = self._key(row)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group()
        return group

    def _side(self, group: _Group, row: Row) -> Ordered:
        pinned = self._grouping is Grouping.FIRST_OUT and row.alarm.first_out
        return group.first if pinned else group.rest


def _gravity(tally: Counter[int]) -> tuple[bool, int]:
    """Groups in which something waits come first, the gravest of them on top."""
    waiting = [rank for views, rank in (CODED[code] for code in tally) if views & _UNACKED]
    return (not waiting, min(waiting or [CODED[code][1] for code in tally]))
