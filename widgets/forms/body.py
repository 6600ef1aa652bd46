"""The fields of a form: in groups, two columns, as the declaration orders them. Console side.

What is empty and not to be filled now is not shown; what another field does not ask for neither.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.domain.form import FieldDef
from app.domain.form_values import is_empty, is_shown
from widgets.forms.controls import label, line
from widgets.forms.draft import Conflict
from widgets.forms.editors import Desk, Editor
from widgets.forms.field_box import FieldBox
from widgets.forms.parse import AttachmentMsg
from widgets.words import tr

_NARROW = 720


class _Group(QWidget):
    """A heading and its fields."""

    def __init__(self, title: str, boxes: Sequence[FieldBox]) -> None:
        super().__init__()
        self._boxes = boxes
        self._placed: tuple[tuple[int, bool], ...] = ()
        self._columns = 0
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 4, 0, 0)
        self._grid.setHorizontalSpacing(28)
        self._grid.setVerticalSpacing(7)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        if title:
            box.addWidget(label(tr(title), 12.5, bold=True))
            box.addWidget(line())
        box.addLayout(self._grid)

    def arrange(self, columns: int, shown: Collection[str]) -> None:
        """`shown`: keys; everything else of it is hidden."""
        places = tuple((at, columns == 1 or box.is_wide) for at, box in enumerate(self._boxes) if box.field.key in shown)
        if (places, columns) == (self._placed, self._columns):
            return
        self._placed, self._columns = places, columns
        wide_at = dict(places)
        for box in self._boxes:
            self._grid.removeWidget(box)
        for column in range(2):
            self._grid.setColumnStretch(column, int(column < columns))
        across = down = 0
        for at, box in enumerate(self._boxes):
            if at not in wide_at:
                box.hide()
                continue
            wide = wide_at[at]
            if across and wide:
                across, down = 0, down + 1
            self._grid.addWidget(box, down, across, 1, columns if wide else 1, Qt.AlignmentFlag.AlignTop)
            box.show()
            across, down = (0, down + 1) if wide or across == columns - 1 else (across + 1, down)
        self.setVisible(bool(places))

    def has(self, key: str) -> bool:
        return any(box.field.key == key for box in self._boxes)


class FormBody(QWidget):
    changed = Signal(str, object)  # key, value
    settled = Signal(str, bool)  # key, mine stays

    def __init__(self, fields: Sequence[FieldDef], desk: Desk, own: Mapping[str, Callable[[], Editor]]) -> None:
        """`own`: makers of editors for fields that have one of their own."""
        super().__init__()
        self.boxes = {field.key: FieldBox(field, desk, own.get(field.key)) for field in fields}
        self._groups: list[_Group] = []
        self._shown: frozenset[str] = frozenset()
        names = list(dict.fromkeys(field.group for field in fields))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(18)
        for name in names:
            group = _Group(name, [box for box in self.boxes.values() if box.field.group == name])
            self._groups.append(group)
            layout.addWidget(group)
        for box in self.boxes.values():
            box.changed.connect(self.changed)
            box.settled.connect(self.settled)

    def show_values(
        self,
        values: Mapping[str, Any],
        editable: Collection[str],
        needed: Collection[str],
        conflicts: Mapping[str, Conflict],
        files: Sequence[AttachmentMsg],
    ) -> None:
        shown = set()
        for key, box in self.boxes.items():
            asked = is_shown(box.field, values)
            open_now = asked and key in editable
            box.show_value(values.get(key), open_now, key in needed, files)
            if box.editor is not None:
                box.editor.put_beside(values)
            box.show_conflict(conflicts.get(key))
            if key in conflicts or (asked and (open_now or not is_empty(values.get(key)))):
                shown.add(key)
        drawn = (box.editor.also_shows for box in self.boxes.values() if box.editor is not None and box.reads_itself)
        self._shown = frozenset(shown).difference(*drawn)
        self._arrange()

    def faults(self) -> list[str]:
        """Keys of fields that cannot be saved as they are."""
        for box in self.boxes.values():
            box.look()
        return [key for key, box in self.boxes.items() if key in self._shown and box.fault()]

    def group_of(self, key: str) -> QWidget:
        """The heading and fields among which it stands."""
        return next(group for group in self._groups if group.has(key))

    def go_to(self, key: str) -> None:
        self.boxes[key].go()

    def is_open(self, key: str) -> bool:
        return key in self.boxes and self.boxes[key].is_edited and key in self._shown

    def stops(self) -> list[QWidget]:
        """What the Tab key visits, in reading order."""
        found: list[QWidget] = []
        for key, box in self.boxes.items():
            box.clear_way()
            if key in self._shown:
                found += [one for one in box.findChildren(QWidget) if one.focusPolicy() & Qt.FocusPolicy.TabFocus]
        return found

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        columns = 1 if self.width() < _NARROW else 2
        for group in self._groups:
            group.arrange(columns, self._shown)
