"""One editor per type of field: a value in, a value out, one signal when a person changed it. Console side.

Values are those of the wire (`values`). None of them reacts to the mouse wheel, and Tab always goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QPlainTextEdit, QPushButton, QWidget

from app.domain.form import FieldDef, FieldType
from widgets.forms.controls import HIGH, button, column, name_look, row
from widgets.forms.flow import Flow
from widgets.forms.values import number_words, read_date, read_number, read_time, time_words
from widgets.theme import font
from widgets.words import tr

MOST_SEGMENTS = 6
_LINES = (3, 9)  # of a long text, least and most shown at once


@dataclass(frozen=True)
class Desk:
    """Who fills in, and what time it is at the station (seconds since the epoch)."""

    user: Callable[[], str]
    now: Callable[[], float]


class Editor(QWidget):
    """`reads_itself`: shown also where nothing may be changed; told by `lock`, and given the other fields by `put_beside`.
    `also_shows`: keys of fields that are part of its own picture."""

    changed = Signal()
    reads_itself = False
    also_shows: frozenset[str] = frozenset()

    def value(self) -> Any:
        """None when nothing was given. Text that cannot be read is given as it was typed, so that no draft loses it."""
        raise NotImplementedError

    def put(self, value: Any) -> None:
        """Shows it; `changed` is not emitted."""
        raise NotImplementedError

    def fault(self) -> str:
        """What was typed is no such value at all; "" when it can be read."""
        return ""

    def lock(self, locked: bool) -> None:
        """Only of an editor that reads itself."""

    def put_beside(self, values: Mapping[str, Any]) -> None:
        """Only of an editor that reads itself: all fields of the form."""


class LineEditor(Editor):
    """Text, and everything that is typed as text."""

    def __init__(self, hint: str = "", beside: QWidget | None = None) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setFont(font(12))
        self.line.setMinimumHeight(HIGH)
        self.line.setPlaceholderText(hint)
        self.line.textEdited.connect(lambda: self.changed.emit())
        layout = row(self.line) if beside is None else row(self.line, beside, gap=6)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.setFocusProxy(self.line)

    def value(self) -> Any:
        return self.line.text().strip() or None

    def put(self, value: Any) -> None:
        self.line.setText("" if value is None else str(value))
        self.line.setCursorPosition(0)


class LongEditor(Editor):
    def __init__(self, hint: str = "") -> None:
        super().__init__()
        self.text = QPlainTextEdit()
        self.text.setFont(font(12))
        self.text.setTabChangesFocus(True)
        self.text.setPlaceholderText(hint)
        self.text.textChanged.connect(self._typed)
        self.text.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._quiet = False
        self.setLayout(column(self.text))
        self.setFocusProxy(self.text)
        self._fit()

    def value(self) -> Any:
        return self.text.toPlainText().strip() or None

    def put(self, value: Any) -> None:
        self._quiet = True
        self.text.setPlainText("" if value is None else str(value))
        self._quiet = False

    def _typed(self) -> None:
        if not self._quiet:
            self.changed.emit()

    def _fit(self) -> None:
        lines = min(max(self.text.document().size().toSize().height(), _LINES[0]), _LINES[1])  # a plain document counts lines
        wanted = lines * QFontMetrics(self.text.font()).lineSpacing() + 22
        if wanted != self.text.height():
            self.text.setFixedHeight(wanted)


class NumberEditor(LineEditor):
    def __init__(self, hint: str = "") -> None:
        super().__init__(hint)
        self.line.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly)

    def value(self) -> Any:
        try:
            return read_number(self.line.text())
        except ValueError:
            return self.line.text().strip()

    def put(self, value: Any) -> None:
        super().put(None if value is None else number_words(value))

    def fault(self) -> str:
        try:
            read_number(self.line.text())
        except ValueError:
            return tr("请填写数字。")
        return ""


class MomentEditor(LineEditor):
    """A time or a date, typed in any usual way, or "now" by a button; tidied when the field is left."""

    def __init__(self, desk: Desk, date_only: bool) -> None:
        self._desk, self._date_only = desk, date_only
        self.now_button = button(tr("今天") if date_only else tr("现在"))
        super().__init__("2026-11-21" if date_only else tr("时:分 或 年-月-日 时:分"), self.now_button)
        self.now_button.clicked.connect(self._put_now)
        self.line.editingFinished.connect(self._tidy)

    def value(self) -> Any:
        try:
            return self._read()
        except ValueError:
            return self.line.text().strip()

    def put(self, value: Any) -> None:
        super().put(None if value is None else self._words(str(value)))

    def fault(self) -> str:
        try:
            self._read()
        except ValueError:
            return tr("请按 2026-11-21 填写。") if self._date_only else tr("请按 02:40 或 2026-11-21 02:40 填写。")
        return ""

    def _read(self) -> str | None:
        now = datetime.fromtimestamp(self._desk.now()).astimezone()
        text = self.line.text()
        return read_date(text, now.date()) if self._date_only else read_time(text, now)

    def _words(self, value: str) -> str:
        return value if self._date_only else time_words(value)

    def _put_now(self) -> None:
        now = datetime.fromtimestamp(self._desk.now()).astimezone()
        self.line.setText(now.strftime("%Y-%m-%d" if self._date_only else "%Y-%m-%d %H:%M:%S"))
        self.changed.emit()

    def _tidy(self) -> None:
        value = self.value()
        if value is not None and not self.fault():
            self.line.setText(self._words(value))


class PersonEditor(LineEditor):
    def __init__(self, desk: Desk) -> None:
        self.me = button(tr("本人"))
        super().__init__(tr("姓名"), self.me)
        self._desk = desk
        self.me.clicked.connect(self._put_me)

    def _put_me(self) -> None:
        self.line.setText(self._desk.user())
        self.changed.emit()


class SegmentsEditor(Editor):
    """Few words side by side, one (or several) of them chosen; arrows go from one to the next."""

    def __init__(self, words: Sequence[tuple[Any, str]], several: bool = False) -> None:
        super().__init__()
        self._several = several
        self.segments: dict[Any, QPushButton] = {}
        layout = Flow(self)
        for value, word in words:
            self._add(value, word, layout)
        if self.segments:
            self.setFocusProxy(next(iter(self.segments.values())))

    def value(self) -> Any:
        chosen = [value for value, one in self.segments.items() if one.isChecked()]
        if self._several:
            return chosen or None
        return chosen[0] if chosen else None

    def put(self, value: Any) -> None:
        wanted = (value or []) if self._several else [value]
        for key, one in self.segments.items():
            self._show(one, any(key == one_wanted and type(key) is type(one_wanted) for one_wanted in wanted))

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
            if way is not None:
                all_of_them = list(self.segments.values())
                all_of_them[(all_of_them.index(watched) + way) % len(all_of_them)].setFocus()
                return True
        return False

    def _add(self, value: Any, word: str, layout: Flow) -> None:
        made = button(word)
        made.setCheckable(True)
        made.installEventFilter(self)
        made.clicked.connect(lambda: self._chosen(value))
        self.segments[value] = made
        layout.addWidget(made)

    def _chosen(self, value: Any) -> None:
        if not self._several:
            for key, one in self.segments.items():
                if key != value:
                    self._show(one, False)
        self._show(self.segments[value], self.segments[value].isChecked())
        self.changed.emit()

    def _show(self, one: QPushButton, chosen: bool) -> None:
        one.setChecked(chosen)
        one.setFont(font(12, bold=chosen))
        name_look(one, "primary" if chosen else "")  # filled: a frame alone would look like the focus


class MenuEditor(Editor):
    """Many words: a button that opens the list of them."""

    def __init__(self, words: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._words = dict(words)
        self._value: str | None = None
        self.menu_button = button("")
        self.menu_button.setStyleSheet("text-align: left;")
        self._menu = QMenu(self)
        self._menu.setFont(font(12))
        for code, word in words:
            self._menu.addAction(word).triggered.connect(lambda checked=False, code=code: self._chosen(code))
        self.menu_button.clicked.connect(self._open)
        self.setLayout(row(self.menu_button))
        self.setFocusProxy(self.menu_button)
        self.put(None)

    def value(self) -> Any:
        return self._value

    def put(self, value: Any) -> None:
        self._value = value if value else None
        self.menu_button.setText((self._words.get(str(value), str(value)) if value else tr("请选择")) + "　▾")

    def _open(self) -> None:
        self._menu.setMinimumWidth(self.menu_button.width())
        self._menu.popup(self.menu_button.mapToGlobal(self.menu_button.rect().bottomLeft()))

    def _chosen(self, code: str) -> None:
        self.put(code)
        self.changed.emit()


def make_editor(field: FieldDef, desk: Desk) -> Editor:
    """The editor of a field, but for tables and files (`tables`, `files`), which hold editors or attachments themselves."""
    words = [(code, tr(word)) for code, word in field.choices.items()]
    match field.type:
        case FieldType.LONG:
            return LongEditor(tr(field.help))
        case FieldType.NUMBER:
            return NumberEditor(tr(field.help))
        case FieldType.TIME | FieldType.DATE:
            return MomentEditor(desk, field.type is FieldType.DATE)
        case FieldType.PERSON:
            return PersonEditor(desk)
        case FieldType.FLAG:
            return SegmentsEditor([(True, tr("是")), (False, tr("否"))])
        case FieldType.CHOICES:
            return SegmentsEditor(words, several=True)
        case FieldType.CHOICE:
            return SegmentsEditor(words) if len(words) <= MOST_SEGMENTS else MenuEditor(words)
        case _:
            return LineEditor(tr(field.help))
