"""One field of a form: its title, and either calm text to read or an editor, with what is wrong beside it. Console side."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.domain.form import FieldDef, FieldType
from widgets.forms.controls import button, column, label, row
from widgets.forms.draft import Conflict
from widgets.forms.editors import Desk, Editor, make_editor
from widgets.forms.files import FilesEditor
from widgets.forms.parse import AttachmentMsg
from widgets.forms.tables import TableEditor
from widgets.forms.values import fault_of, range_words, words_of
from widgets.words import tr

TITLE_WIDTH = 118
_WIDE = frozenset({FieldType.LONG, FieldType.TABLE, FieldType.FILES, FieldType.CHOICES})
_SEGMENT_ROOM = 14  # letters of a choice that still fit into half the width


class FieldBox(QWidget):
    changed = Signal(str, object)  # key, value
    settled = Signal(str, bool)  # key of a conflict, and whether mine stays

    def __init__(self, field: FieldDef, desk: Desk, make: Callable[[], Editor] | None = None) -> None:
        """`make`: an editor of the form's own for this field."""
        super().__init__()
        self.field = field
        self._desk, self._make = desk, make
        self._names: Mapping[str, str] = {}
        self._files: Sequence[AttachmentMsg] = ()
        self.editor: Editor | None = None
        self._first: QWidget | None = None  # of the editor's parts
        self._open = False
        self._value: Any = None  # what the editor shows, once anything was said to it
        self._said = False
        self.title = label(tr(field.title), dim=True, wrap=True)
        self.title.setFixedWidth(TITLE_WIDTH)
        self.read = label(wrap=True)
        self.read.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hint = label(size=10.5, dim=True)
        self.wrong = label(wrap=True, size=11)
        self.wrong.setObjectName("error")
        self.conflict = _ConflictStrip()
        self.conflict.chosen.connect(lambda mine: self.settled.emit(self.field.key, mine))
        self._right = QVBoxLayout()
        self._right.setContentsMargins(0, 0, 0, 0)
        self._right.setSpacing(3)
        for part in (self.read, self.hint, self.wrong, self.conflict):
            self._right.addWidget(part)
        line = row()
        line.addWidget(self.title, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(self._right, 1)
        self.setLayout(line)
        for part in (self.hint, self.wrong, self.conflict):
            part.hide()

    @property
    def is_wide(self) -> bool:
        """Takes the whole width of its group."""
        if self._make is not None:
            return True
        if self.field.type is FieldType.CHOICE:
            return self._open and sum(len(word) + 3 for word in self.field.choices.values()) > _SEGMENT_ROOM
        return self.field.type in _WIDE

    @property
    def is_edited(self) -> bool:
        return self._open

    @property
    def reads_itself(self) -> bool:
        return self._make is not None

    def show_value(self, value: Any, editable: bool, needed: bool, files: Sequence[AttachmentMsg]) -> None:
        """`needed`: marked as one the next step asks for."""
        self._files, self._open = files, editable
        self._names = {one.file: one.name for one in files}
        own = self.reads_itself
        if editable or own:
            editor = self._make_editor()
            editor.lock(not editable)
            if isinstance(editor, FilesEditor):
                editor.put_files(files)
            if not self._said or value != self._value:  # what is being typed stays as it is typed
                editor.put(value)
            self._value, self._said = value, True
        if editable:
            self._check(value)
        else:
            self.read.setText(words_of(self.field, value, self._names) or "—")
            self.show_fault("")
        if self.editor is not None:
            self.editor.setVisible(editable or own)
        self.read.setVisible(not (editable or own))
        bounds = range_words(self.field) if editable and not own else ""
        self.hint.setText(bounds)
        self.hint.setVisible(bool(bounds))
        title = tr(self.field.title)
        self.title.setText(f"{title} *" if needed and editable else title)
        self.title.setToolTip(tr("下一步必填") if needed and editable else tr(self.field.help))
        self.title.setContentsMargins(0, 8 if editable else 0, 0, 0)

    def show_conflict(self, conflict: Conflict | None) -> None:
        if conflict is not None:
            mine = words_of(self.field, conflict.mine, self._names) or "—"
            theirs = words_of(self.field, conflict.theirs, self._names) or "—"
            self.conflict.say(mine, theirs, conflict.open)
        self.conflict.setVisible(conflict is not None)

    def show_fault(self, text: str) -> None:
        self.wrong.setText(text)
        self.wrong.setVisible(bool(text))

    def fault(self) -> str:
        """What keeps this field from being saved."""
        return self.wrong.text() if self.is_edited else ""

    def look(self) -> None:
        """Reads the editor once more: as a person leaves it, or wants to go on."""
        if self.editor is not None and self.is_edited:
            self._check(self.editor.value())

    def go(self) -> None:
        if self.editor is not None:
            first = self._first if self._first is not None and isValid(self._first) else None
            (self.editor.focusProxy() or first or self.editor).setFocus(Qt.FocusReason.TabFocusReason)

    def clear_way(self) -> None:
        """Where `go` leads is remembered, and no editor of parts stays in Tab's way: the parts are put in order, the editor
        stays behind the foot, and from there Qt would go straight to its proxy, back into the form, for ever."""
        if self.editor is None:
            return
        self._first = self.editor.focusProxy() or self._first
        for one in (self.editor, *self.editor.findChildren(Editor)):
            if one.focusProxy() is not None:
                one.setFocusProxy(None)  # type: ignore[arg-type]  # Qt takes None

    def _make_editor(self) -> Editor:
        if self.editor is None:
            self.editor = self._make() if self._make is not None else self._plain_editor()
            self.editor.setAccessibleName(tr(self.field.title))
            if (proxy := self.editor.focusProxy()) is not None and not proxy.accessibleName():
                proxy.setAccessibleName(tr(self.field.title))
            self.editor.changed.connect(self._edited)
            self._right.insertWidget(1, self.editor)
        return self.editor

    def _plain_editor(self) -> Editor:
        match self.field.type:
            case FieldType.TABLE:
                return TableEditor(self.field, self._desk)
            case FieldType.FILES:
                return FilesEditor()
            case _:
                return make_editor(self.field, self._desk)

    def _edited(self) -> None:
        assert self.editor is not None
        value = self._value = self.editor.value()
        self._check(value)
        self.changed.emit(self.field.key, value)

    def _check(self, value: Any) -> None:
        assert self.editor is not None
        self.show_fault(self.editor.fault() or fault_of(self.field, value, {one.file for one in self._files}))


class _ConflictStrip(QWidget):
    """Both values, and the choice between them."""

    chosen = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.text: QLabel = label(wrap=True, size=11)
        self.text.setObjectName("error")
        self.mine = button(tr("用我填的"))
        self.theirs = button(tr("用对方的"))
        self.mine.clicked.connect(lambda: self.chosen.emit(True))
        self.theirs.clicked.connect(lambda: self.chosen.emit(False))
        self.setLayout(column(self.text, row(self.mine, self.theirs, 1), gap=4))

    def say(self, mine: str, theirs: str, open: bool) -> None:
        if open:
            self.text.setText(tr("别人已改为：{theirs}\n您填的是：{mine}", theirs=theirs, mine=mine))
        else:
            self.text.setText(tr("这一项现在不能再改。站点上：{theirs}\n您填的是：{mine}", theirs=theirs, mine=mine))
        self.mine.setVisible(open)
        self.theirs.setText(tr("用对方的") if open else tr("放弃我填的"))
