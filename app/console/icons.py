"""The desk's icons: our own monochrome drawings in `resources/icons`, tinted with the theme's ink. Console side."""

from functools import cache
from importlib import resources

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from widgets.theme import Theme

_INK = "#000000"


@cache
def _drawing(name: str) -> str:
    return resources.files("resources").joinpath(f"icons/{name}.svg").read_text(encoding="utf-8")


def picture(name: str, colour: str, size: int) -> QPixmap:
    """`size` in device-independent pixels, sharp on the densest screen there is."""
    ratio = max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    drawing = QSvgRenderer(QByteArray(_drawing(name).replace(_INK, colour).encode()))
    drawing.render(painter, QRectF(0, 0, made.width(), made.height()))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def icon(name: str, theme: Theme, size: int = 24) -> QIcon:
    made = QIcon(picture(name, theme.text, size))
    made.addPixmap(picture(name, theme.text_dim, size), QIcon.Mode.Disabled)
    return made
