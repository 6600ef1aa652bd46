"""One live picture by itself, on the alarm card or in a panel. Runs while it can be seen. Console side."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.plant import Camera
from widgets.theme import ThemeHolder
from widgets.video.feed import Decoding, Feed, Feeds
from widgets.video.pane import VideoPane
from widgets.video.ticker import Ticker


class LivePicture(QWidget):
    """`wanted`: the person wants to see this camera large. `opened` once for each time it begins to show."""

    wanted = Signal(str)
    opened = Signal(object)  # Camera

    def __init__(self, holder: ThemeHolder, feeds: Feeds, camera: Camera) -> None:
        super().__init__()
        self._feeds = feeds
        self.camera = camera
        self._feed: Feed | None = None
        self.pane = VideoPane(holder, movable=False)
        self.pane.enlarge.connect(lambda _: self.wanted.emit(camera.camera))
        self.pane.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pane)
        self.ticker = Ticker(self, self.pane.look)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._feed is None:
            self._feed = self._feeds.open(self.camera, False)
            self._feed.want(Decoding.FULL)
            self.pane.show_camera(self.camera, self._feed)
            self.opened.emit(self.camera)

    def hideEvent(self, event: QHideEvent) -> None:
        """Also before it is deleted: whoever takes it out hides it first."""
        super().hideEvent(event)
        if self._feed is not None:
            self._feeds.close(self._feed)
            self._feed = None
            self.pane.show_camera(None, None)
