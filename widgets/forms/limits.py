"""The change of limits (限值变更) side by side: what holds now, what is asked for, and what is plainly wrong with it.

Console side. An editor of the form's field `changes`; the values that held when the form was begun stand in its field `old`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from app.domain.form import FieldDef
from app.domain.tag import Tag
from widgets.forms.controls import HIGH, button, column, label, name_look, row
from widgets.forms.editors import Editor
from widgets.forms.limit_picture import LimitPicture
from widgets.forms.limit_rules import (
    LIMITS,
    OPTIONAL,
    PRIORITIES,
    SWITCHES,
    fault_of_item,
    faults_together,
    number_of,
    value_words,
)
from widgets.forms.values import number_words
from widgets.theme import ThemeHolder, font
from widgets.words import tr

TagOf = Callable[[str], Tag | None]


class LimitsEditor(Editor):
    reads_itself = True
    also_shows = frozenset({"old"})

    def __init__(self, themes: ThemeHolder, field: FieldDef, tag_of: TagOf) -> None:
        """`field`: the declared table, whose first column names the items."""
        super().__init__()
        self._tag_of = tag_of
        self._tag: Tag | None = None
        self._locked = False
        self._old: dict[str, str] = {}
        self._new: dict[str, str | None] = {}  # only what is to change; None: no longer set
        self.picture = LimitPicture(themes)
        self.lines = {code: _Line(code, tr(title)) for code, title in field.columns[0].choices.items()}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(4)
        for at, title in enumerate((tr("项目"), tr("现行值"), tr("新值"), "", "")):
            self._grid.addWidget(label(title, 11, dim=True), 0, at)
        self._grid.setColumnStretch(4, 1)
        for at, one in enumerate(self.lines.values(), 1):
            one.place(self._grid, at)
            one.changed.connect(self._typed)
        self.wrong = label(wrap=True, size=11)
        self.wrong.setObjectName("error")
        self.setLayout(column(self.picture, self._grid, self.wrong, gap=10))
        self.setFocusProxy(self.lines["ll"].edit if "ll" in self.lines else next(iter(self.lines.values())).edit)
        self._show()

    def value(self) -> Any:
        rows = [{"item": code} if text is None else {"item": code, "new": _plain(text)} for code, text in self._new.items()]
        return rows or None

    def put(self, value: Any) -> None:
        self._new = {str(one["item"]): one.get("new") for one in value or [] if one.get("item")}
        self._show(fresh=True)

    def fault(self) -> str:
        return "\n".join(self._faults())

    def lock(self, locked: bool) -> None:
        if locked != self._locked:
            self._locked = locked
            self._show(fresh=True)

    def put_beside(self, values: Mapping[str, Any]) -> None:
        """The tag and what held when the form was begun."""
        old = {str(one["item"]): str(one.get("value") or "") for one in values.get("old") or [] if one.get("item")}
        tag = self._tag_of(str(values.get("tag") or ""))
        if (old, tag) != (self._old, self._tag):
            self._old, self._tag = old, tag
            self._show(fresh=True)

    def _typed(self, code: str, text: str | None) -> None:
        old = self._old.get(code, "")
        same = text == old or (text is not None and (number := number_of(text)) is not None and number == number_of(old))
        if text == "" or same:  # emptied while typing is not yet a wish to have no limit: that has a button
            self._new.pop(code, None)
        else:
            self._new[code] = text
        self._show()
        self.changed.emit()

    def _faults(self) -> list[str]:
        found = [
            f"{self.lines[code].title}：{said}"
            for code, text in self._new.items()
            if code in self.lines and text is not None and (said := fault_of_item(code, text))
        ]
        return found or faults_together(self._after(), self._tag)

    def _after(self) -> dict[str, str]:
        """All items as they would be."""
        merged: dict[str, str | None] = {**self._old, **self._new}
        return {code: text for code, text in merged.items() if text}

    def _show(self, fresh: bool = False) -> None:
        for code, one in self.lines.items():
            old = self._old.get(code, "")
            relevant = bool(old) or code in self._new or (code in OPTIONAL and not self._is_digital())
            one.show_item(old, code in self._new, self._new.get(code), self._locked, relevant, fresh)
        low, high = (None, None) if self._tag is None else (self._tag.range_low, self._tag.range_high)
        held = {code: number_of(self._old.get(code)) for code in LIMITS}
        asked = {code: number_of(self._after().get(code)) for code in LIMITS}
        unit = "" if self._tag is None else self._tag.unit
        self.picture.show_limits(low, high, unit, held, asked)
        self.picture.setVisible(not self._is_digital())
        said = self.fault()
        self.wrong.setText(said)
        self.wrong.setVisible(bool(said) and self._locked)  # when open, the field's own line says it

    def _is_digital(self) -> bool:
        return self._tag is not None and self._tag.is_digital


class _Line(QWidget):
    """One item: its name, what holds, what is asked for. Its parts stand in the grid of the editor."""

    changed = Signal(str, object)  # item, new text or None: no longer set

    def __init__(self, code: str, title: str) -> None:
        super().__init__()
        self._code, self.title = code, title
        self._old = ""
        self.name = label(title)
        self.old: QLabel = label()
        self.read: QLabel = label(bold=True)
        self.edit = QLineEdit()
        self.edit.setFont(font(12))
        self.edit.setMinimumHeight(HIGH)
        self.edit.setFixedWidth(150)
        self.edit.setAccessibleName(tr("{item} 新值", item=title))
        self.edit.textEdited.connect(lambda text: self.changed.emit(code, text.strip()))
        self.words: dict[str, QPushButton] = {}
        self._choice = QWidget()
        layout = row(gap=4)
        for value, word in _words_of(code):
            made = button(word)
            made.setCheckable(True)
            made.clicked.connect(lambda checked=False, value=value: self.changed.emit(code, value))
            self.words[value] = made
            layout.addWidget(made)
        self._choice.setLayout(layout)
        self.cancel = button(tr("取消这一限值") if code in LIMITS else tr("取消趋势预警"))
        self.cancel.setCheckable(True)
        self.cancel.clicked.connect(self._cancelled)
        self.mark: QLabel = label(dim=True)
        for part in self._parts():
            part.hide()

    def place(self, grid: QGridLayout, at: int) -> None:
        middle = Qt.AlignmentFlag.AlignVCenter
        grid.addWidget(self.name, at, 0, middle)
        grid.addWidget(self.old, at, 1, middle)
        for part in (self.edit, self._choice, self.read):
            grid.addWidget(part, at, 2, middle)
        grid.addWidget(self.cancel, at, 3, middle)
        grid.addWidget(self.mark, at, 4, middle)

    def show_item(self, old: str, changes: bool, new: str | None, locked: bool, relevant: bool, fresh: bool) -> None:
        """`new` None with `changes`: no longer set. `fresh`: not while it is being typed."""
        self._old = old
        shown = relevant and (not locked or changes or bool(old))
        self.name.setVisible(shown)
        self.old.setVisible(shown)
        self.old.setText(value_words(self._code, old) if old else tr("未设"))
        self.read.setVisible(shown and locked)
        self.read.setText((value_words(self._code, new) if new else tr("取消")) if changes else tr("不变"))
        name_look(self.read, "" if changes else "dim")
        typed = not self.words
        self.edit.setVisible(shown and not locked and typed)
        self._choice.setVisible(shown and not locked and not typed)
        self.cancel.setVisible(shown and not locked and self._code in OPTIONAL and bool(old))
        self.cancel.setChecked(changes and new is None)
        self.edit.setEnabled(not (changes and new is None))
        if fresh or (changes and new is None) or not self.edit.hasFocus():
            self.edit.setText((new or "") if changes else old)
        for value, one in self.words.items():
            chosen = value == (new if changes else old)
            one.setChecked(chosen)
            name_look(one, "primary" if chosen else "")
        self.mark.setVisible(shown)
        self.mark.setText(_difference(old, new) if changes and not locked else "")

    def _cancelled(self, checked: bool) -> None:
        self.changed.emit(self._code, None if checked else self._old)

    def _parts(self) -> Sequence[QWidget]:
        return self.name, self.old, self.edit, self._choice, self.read, self.cancel, self.mark


def _plain(text: str) -> str:
    """A number as the station reads it, however it was typed; anything else as it is."""
    number = number_of(text)
    return text if number is None else number_words(number)


def _words_of(code: str) -> list[tuple[str, str]]:
    if code in PRIORITIES:
        return [(word, value_words(code, word)) for word in ("critical", "high", "medium", "low")]
    return [("1", value_words(code, "1")), ("0", value_words(code, "0"))] if code in SWITCHES else []


def _difference(old: str, new: str | None) -> str:
    """`+1.5`: how far a number moves."""
    before, after = number_of(old), number_of(new)
    return "" if before is None or after is None else f"{after - before:+.6g}"
