"""Tags carried from page to page with the mouse (拖动位号): what a drag brings, and how it begins. Console side.

Whatever shows tags may start a drag, whatever draws curves takes it: both know this file and not each other.
"""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QMimeData, QModelIndex, QObject, QPersistentModelIndex, QPointF, QStringListModel, Qt
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QWidget

MIME = "application/x-hazwatch-tag"
MOST = 64


def tag_mime(tags: Iterable[str]) -> QMimeData:
    """The tags, and as plain text too, so that they can be dropped into any line of text."""
    text = "\n".join(dict.fromkeys(tag for tag in tags if tag and not tag.startswith("@")))
    made = QMimeData()
    made.setData(MIME, text.encode())
    made.setText(text)
    return made


def tags_of(mime: QMimeData) -> list[str]:
    """Empty when it carries none."""
    if not mime.hasFormat(MIME):
        return []
    return [line for line in bytes(mime.data(MIME).data()).decode("utf-8", "replace").split("\n") if line][:MOST]


class TagLines(QStringListModel):
    """Lines of a search box that can be carried away; `tags_of` a line."""

    def __init__(self, tags_of: Callable[[str], Iterable[str]], owner: QObject) -> None:
        super().__init__(owner)
        self._tags_of = tags_of

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes) -> QMimeData:  # type: ignore[no-untyped-def]
        return tag_mime(tag for index in indexes for tag in self._tags_of(str(index.data())))


def is_far(begun: QPointF, at: QPointF) -> bool:
    """Was the mouse moved far enough to mean a drag?"""
    return (at - begun).manhattanLength() >= QApplication.startDragDistance()


def start_drag(source: QWidget, tags: Iterable[str]) -> None:
    """For what is painted by hand; item views begin their drags themselves (`setDragEnabled`, `mimeData` of the model). The
    event loop goes on under a drag, so no alarm waits for it."""
    drag = QDrag(source)
    drag.setMimeData(tag_mime(tags))
    drag.exec(Qt.DropAction.CopyAction)
