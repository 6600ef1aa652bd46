"""What a new form is to be about: a list to choose from, with a search. Console side."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from widgets.forms.controls import HIGH, button, column, label, row
from widgets.theme import font
from widgets.words import tr

_MOST = 500


class SubjectPicker(QWidget):
    chosen = Signal(str)  # subject
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._all: Sequence[tuple[str, str]] = ()
        self.title = label(size=15, bold=True, wrap=True)
        self.search = QLineEdit()
        self.search.setFont(font(12))
        self.search.setMinimumHeight(HIGH)
        self.search.setPlaceholderText(tr("输入位号、名称或设备"))
        self.search.textChanged.connect(self._filter)
        self.list = QListWidget()
        self.list.setFont(font(12))
        self.list.itemActivated.connect(self._take)
        self.go = button(tr("继续"), primary=True)
        self.go.clicked.connect(lambda: self._take(self.list.currentItem()))
        self.back = button(tr("返回"))
        self.back.clicked.connect(self.left)
        self.none = label(dim=True, wrap=True)
        box = column(self.title, self.search, self.list, self.none, row(1, self.back, self.go), margins=(16, 12, 16, 12))
        box.setStretch(2, 1)
        self.setLayout(box)
        self.setFocusProxy(self.search)

    def ask(self, title: str, subjects: Sequence[tuple[str, str]], nothing: str) -> None:
        """`subjects`: subject and what a person reads. `nothing`: said when there is none."""
        self._all = subjects
        self.title.setText(title)
        self.none.setText(nothing)
        self.none.setVisible(not subjects)
        self.search.clear()
        self._filter()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.list.currentItem())
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.list.setFocus()
        else:
            super().keyPressEvent(event)

    def _filter(self) -> None:
        words = self.search.text().casefold().split()
        self.list.clear()
        fitting = [one for one in self._all if all(word in one[1].casefold() for word in words)]
        for subject, text in fitting[:_MOST]:
            item = QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, subject)
            self.list.addItem(item)
        if fitting:
            self.list.setCurrentRow(0)
        self.go.setEnabled(bool(fitting))

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(str(item.data(Qt.ItemDataRole.UserRole)))
