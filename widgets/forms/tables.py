"""The editor of a table field: rows of editors, added and taken away one by one. Console side."""

from typing import Any

from PySide6.QtWidgets import QGridLayout, QWidget

from app.domain.form import FieldDef
from app.domain.form_values import is_empty
from widgets.forms.controls import button, column, label, row
from widgets.forms.editors import Desk, Editor, make_editor
from widgets.words import tr


class TableEditor(Editor):
    """A row in which nothing was filled is no row."""

    def __init__(self, field: FieldDef, desk: Desk) -> None:
        super().__init__()
        self._field, self._desk = field, desk
        self.rows: list[list[Editor]] = []
        self._removers: list[QWidget] = []
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(4)
        for at, part in enumerate(field.columns):
            head = f"{tr(part.title)}（{part.unit}）" if part.unit else tr(part.title)
            self._grid.addWidget(label(head, 11, dim=True), 0, at)
            self._grid.setColumnStretch(at, 1)
        self.add = button(tr("＋ 加一行"))
        self.add.clicked.connect(self._add_and_go)
        self.setLayout(column(self._grid, row(self.add, 1)))
        self.setFocusProxy(self.add)

    def value(self) -> Any:
        keys = [part.key for part in self._field.columns]
        rows = [
            {key: value for key, one in zip(keys, cells, strict=True) if not is_empty(value := one.value())}
            for cells in self.rows
        ]
        return [one for one in rows if one] or None

    def put(self, value: Any) -> None:
        wanted = value or []
        while len(self.rows) > len(wanted):
            self._take_row(len(self.rows) - 1)
        while len(self.rows) < len(wanted):
            self._add_row()
        for cells, given in zip(self.rows, wanted, strict=True):
            for part, one in zip(self._field.columns, cells, strict=True):
                one.put(given.get(part.key))

    def fault(self) -> str:
        for at, cells in enumerate(self.rows, 1):
            for part, one in zip(self._field.columns, cells, strict=True):
                if said := one.fault():
                    return tr("第 {n} 行“{column}”：{said}", n=at, column=tr(part.title), said=said)
        return ""

    def _add_and_go(self) -> None:
        self._add_row()
        if self.rows[-1]:
            self.rows[-1][0].setFocus()

    def _add_row(self) -> None:
        line = self._grid.rowCount()
        cells = [make_editor(part, self._desk) for part in self._field.columns]
        for at, one in enumerate(cells):
            one.changed.connect(self.changed)
            one.setAccessibleName(tr(self._field.columns[at].title))
            self._grid.addWidget(one, line, at)
        remover = button("✕", name=tr("删除这一行"))
        remover.clicked.connect(lambda: self._remove(cells))
        self._grid.addWidget(remover, line, len(cells))
        self.rows.append(cells)
        self._removers.append(remover)

    def _remove(self, cells: list[Editor]) -> None:
        self._take_row(self.rows.index(cells))
        self.add.setFocus()
        self.changed.emit()

    def _take_row(self, at: int) -> None:
        for widget in (*self.rows.pop(at), self._removers.pop(at)):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
