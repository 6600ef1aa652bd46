"""Where the window stands, remembered by the *name* of the screen. Console side.

A held QScreen dies under Python, and `setScreen` with full screen opens on the primary one: so a screen is
looked up by name each time and the window is placed by geometry before it is shown.
"""

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from app.console.settings import Place

SMALLEST = (960, 600)
TITLE = 36
"""Room for the title bar above a window: `geometry` does not count it, and a window must stay movable."""


def screen_named(name: str) -> QScreen:
    """The screen of that name, else the primary one. Not to be kept."""
    for screen in QGuiApplication.screens():
        if screen.name() == name:
            return screen
    return QGuiApplication.primaryScreen()


def put(window: QWidget, screen_name: str, places: dict[str, Place]) -> None:
    """Puts the window where it stood on that screen, or maximised on it. Always wholly on the screen: a window remembered
    on a larger one must not hide its alarm banner below the edge."""
    screen = screen_named(screen_name)
    whole = screen.availableGeometry()
    room = whole.adjusted(0, TITLE, 0, 0)
    place = places.get(screen.name())
    if place is None or place.maximized:
        window.setGeometry(whole)  # fills the screen also where no window manager listens to `showMaximized`
        window.showMaximized()
        return
    window.setGeometry(_inside(QRect(whole.x() + place.x, whole.y() + place.y, place.width, place.height), room))
    window.show()


def of(window: QWidget) -> tuple[str, Place]:
    """Name of the screen the window is on, and its place there."""
    where = window.normalGeometry() if window.isMaximized() else window.geometry()
    screen = QGuiApplication.screenAt(window.geometry().center()) or QGuiApplication.primaryScreen()
    room = screen.availableGeometry()
    place = Place(where.x() - room.x(), where.y() - room.y(), where.width(), where.height(), window.isMaximized())
    return screen.name(), place


def _inside(wish: QRect, room: QRect) -> QRect:
    width = min(max(wish.width(), SMALLEST[0]), room.width())
    height = min(max(wish.height(), SMALLEST[1]), room.height())
    x = min(max(wish.x(), room.x()), room.right() - width + 1)
    y = min(max(wish.y(), room.y()), room.bottom() - height + 1)
    return QRect(x, y, width, height)
