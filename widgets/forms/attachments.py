"""The attachments of a form: what is there, what is on its way, and what was turned down. Console side.

Reads no file itself: it says which paths a person chose or dropped, and which attachment is wanted.
"""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QVBoxLayout, QWidget

from widgets.forms.controls import button, column, empty_out, label, name_look, row
from widgets.forms.parse import AttachmentMsg
from widgets.forms.values import size_words
from widgets.theme import ThemeHolder
from widgets.vocabulary import local_time
from widgets.words import tr


class _Transfer(QWidget):
    """One file on its way to the station, or turned down by it."""

    stopped = Signal(int)

    def __init__(self, themes: ThemeHolder, number: int, name: str, size: int) -> None:
        super().__init__()
        self._themes, self._number, self._name, self._size = themes, number, name, size
        self._share = 0.0
        self.text = label(wrap=True)
        self.end = button("✕", name=tr("取消"))
        self.end.clicked.connect(lambda: self.stopped.emit(self._number))
        line = row(self.text, self.end)
        line.setStretch(0, 1)
        line.setContentsMargins(0, 0, 0, 6)
        self.setLayout(line)
        self.show_share(0.0)

    def show_share(self, share: float) -> None:
        self._share = share
        self.text.setText(
            tr("{name}　{size}　正在上传 {percent} %", name=self._name, size=size_words(self._size), percent=int(share * 100))
        )
        self.update()

    def show_refusal(self, why: str) -> None:
        self._share = 0.0
        name_look(self.text, "error")
        self.text.setText(tr("{name} 没有上传：{why}", name=self._name, why=why))
        self.end.setToolTip(tr("关闭"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._share > 0:
            painter = QPainter(self)
            painter.fillRect(0, self.height() - 4, self.width(), 3, QColor(self._themes.theme.line))
            painter.fillRect(0, self.height() - 4, int(self.width() * self._share), 3, QColor(self._themes.theme.focus))
            painter.end()


class Attachments(QWidget):
    """All attachments of one form. A transfer is known by the number the owner gave it."""

    chosen = Signal(list)  # Path: to be attached
    opened = Signal(object)  # AttachmentMsg
    saved = Signal(object)  # AttachmentMsg
    stopped = Signal(int)  # a transfer is no longer wanted, or its refusal was read

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._files: Sequence[AttachmentMsg] | None = None
        self._transfers: dict[int, _Transfer] = {}
        self.add = button(tr("添加附件…"))
        self.add.clicked.connect(self._ask)
        self.hint: QLabel = label(tr("也可以把文件拖到这里。"), dim=True)
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        self._moving = QVBoxLayout()
        self.setLayout(column(self._list, self._moving, row(self.add, self.hint, 1)))

    def show_files(self, files: Sequence[AttachmentMsg], may_add: bool) -> None:
        self.setAcceptDrops(may_add)
        self.add.setVisible(may_add)
        self.hint.setVisible(may_add)
        if self._files == files:
            return
        self._files = files
        empty_out(self._list)
        for one in files:
            self._list.addWidget(self._line(one))
        if not files and not may_add:
            self._list.addWidget(label(tr("没有附件。"), dim=True))

    def begin(self, number: int, name: str, size: int) -> None:
        """Also again, once its size is known."""
        self.end(number)
        made = _Transfer(self._themes, number, name, size)
        made.stopped.connect(self.stopped)
        self._transfers[number] = made
        self._moving.addWidget(made)

    def show_share(self, number: int, share: float) -> None:
        if number in self._transfers:
            self._transfers[number].show_share(share)

    def show_refusal(self, number: int, why: str) -> None:
        if number in self._transfers:
            self._transfers[number].show_refusal(why)

    def end(self, number: int) -> None:
        made = self._transfers.pop(number, None)
        if made is not None:
            self._moving.removeWidget(made)
            made.hide()
            made.deleteLater()

    def end_all(self) -> None:
        for number in list(self._transfers):
            self.end(number)

    @property
    def transfers(self) -> list[str]:
        return [one.text.text() for one in self._transfers.values()]

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _paths(event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = _paths(event.mimeData().urls())
        if paths:
            event.acceptProposedAction()
            self.chosen.emit(paths)

    def _ask(self) -> None:
        """Qt's own dialog, not modal: the system's could not be kept from hiding an alarm."""
        dialog = QFileDialog(self, tr("添加附件"))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda names: self.chosen.emit([Path(name) for name in names]))
        dialog.show()

    def _line(self, one: AttachmentMsg) -> QWidget:
        made = QWidget()
        name = label(one.name, wrap=True)
        about = label(
            "　".join(part for part in (size_words(one.size), one.by, local_time(one.at, date=True)) if part), 11, dim=True
        )
        look, keep = button(tr("打开")), button(tr("另存…"))
        look.setAccessibleName(tr("打开 {name}", name=one.name))
        keep.setAccessibleName(tr("另存 {name}", name=one.name))
        look.clicked.connect(lambda: self.opened.emit(one))
        keep.clicked.connect(lambda: self.saved.emit(one))
        line = row(name, about, look, keep)
        line.setStretch(0, 1)
        made.setLayout(line)
        return made


def _paths(urls: Sequence[QUrl]) -> list[Path]:
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
