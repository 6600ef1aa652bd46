"""The editor of a files field: which of the attachments belong to it. Console side."""

from collections.abc import Sequence
from typing import Any

from widgets.forms.controls import column, label
from widgets.forms.editors import Editor, SegmentsEditor
from widgets.forms.parse import AttachmentMsg
from widgets.words import tr


class FilesEditor(Editor):
    def __init__(self) -> None:
        super().__init__()
        self._known: list[tuple[str, str]] = []
        self._value: list[str] = []
        self.none = label(tr("先在下方“附件”里添加文件，再在这里选。"), dim=True, wrap=True)
        self.none.setContentsMargins(0, 6, 0, 6)
        self.choice = SegmentsEditor([], several=True)
        self._box = column(self.none, self.choice)
        self.setLayout(self._box)

    def put_files(self, files: Sequence[AttachmentMsg]) -> None:
        known = [(one.file, one.name) for one in files]
        if known == self._known:
            return
        self._known = known
        self._box.removeWidget(self.choice)
        self.choice.hide()
        self.choice.deleteLater()
        self.choice = SegmentsEditor(known, several=True)
        self.choice.changed.connect(self._chosen)
        self._box.addWidget(self.choice)
        if (first := self.choice.focusProxy()) is not None:
            self.setFocusProxy(first)
        self.none.setVisible(not known)
        self.choice.put(self._value)

    def value(self) -> Any:
        return list(self._value) or None

    def put(self, value: Any) -> None:
        self._value = list(value or [])
        self.choice.put(self._value)

    def _chosen(self) -> None:
        self._value = self.choice.value() or []
        self.changed.emit()
