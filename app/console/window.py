"""The desk's window: what lies where, and nothing about what it means. Console side.

From top to bottom: top bar, strip of a silent feed, alarm banner, notices, then navigation and the page. Whatever page is
open, the banner stays.
"""

from datetime import datetime, timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from app.console.idle import LockStrip
from app.console.navigation import Navigation
from app.console.notices import NoticeStrip
from app.console.overlay import SilentStrip, Veil
from app.console.reader import FeedWord
from app.console.state import Trust
from app.console.style import style_sheet
from app.console.topbar import TopBar
from widgets.theme import ThemeHolder, font, palette, tell_platform
from widgets.words import tr


class DeskWindow(QWidget):
    closing = Signal()
    search = Signal()
    silence = Signal()
    page_chosen = Signal(str)

    def __init__(self, themes: ThemeHolder, kiosk: bool = False) -> None:
        """`kiosk`: nothing to click, for a wall."""
        super().__init__()
        self._themes = themes
        self._kiosk = kiosk
        self._pages: dict[str, QWidget] = {}
        self._first: dict[QWidget, QWidget] = {}  # what has the keyboard when the page is shown
        self.setWindowTitle(tr("危源值守"))
        self.top = TopBar(themes)
        if kiosk:
            self.top.hide_buttons()
        self.strip = SilentStrip(themes)
        self.lock = LockStrip(themes)
        self.banner_place = QWidget()
        self.notices = NoticeStrip(themes)
        self.navigation = Navigation(themes)
        self.page_place = QWidget()
        self.stack = QStackedWidget(self.page_place)
        self.wait = QLabel(tr("正在准备页面…"))
        self.wait.setFont(font(14))
        self.wait.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stack.addWidget(self.wait)
        self._arrange()
        self._banner_veil = Veil(themes, self.banner_place)
        self._page_veil = Veil(themes, self.page_place)  # not over the stack: that raises each page it shows
        self._bare: set[QWidget] = set()  # pages that are never veiled
        self._stale = False
        self._full = False
        self.navigation.chosen.connect(self.show_page)
        self.top.silence.connect(self.silence)
        self._f9 = QShortcut(QKeySequence("F9"), self)
        self._f9.activated.connect(self.silence)
        self._dress()
        themes.changed.connect(self._dress)

    def set_banner(self, banner: QWidget) -> None:
        layout = self.banner_place.layout()
        assert layout is not None
        layout.addWidget(banner)
        self.banner_place.show()

    def add_page(
        self, name: str, icon: str, title: str, page: QWidget, greys_itself: bool = False, listed: bool = True
    ) -> None:
        """`greys_itself`: the page marks each of its values when the feed is silent, a veil over it would hide them. `listed`
        False: reached from other pages, not from the navigation."""
        self._pages[name] = page
        if (first := page.focusProxy()) is not None:
            self._first[page] = first
            page.setFocusProxy(None)  # type: ignore[arg-type]  # with one, Tab passes by all in front of it; Qt takes None
        if greys_itself:
            self._bare.add(page)
        self.stack.addWidget(page)
        if listed:
            self.navigation.add(name, icon, title, page)

    def show_page(self, name: str) -> None:
        """A page of the plant, with navigation."""
        page = self._pages.get(name)
        if page is None:
            return
        self._show(page, alone=False)
        self.navigation.show_chosen(name)
        self.page_chosen.emit(name)

    def show_alone(self, page: QWidget) -> None:
        """A page before or after the watch: login, set-up. No navigation; banner and notices stay."""
        if self.stack.indexOf(page) < 0:
            self.stack.addWidget(page)
            self._bare.add(page)  # shows nothing of the plant and must stay readable
        self._show(page, alone=True)

    def show_full(self, full: bool) -> None:
        """The page takes the screen: no navigation, no top bar. Banner, notices and the strip of a silent feed stay."""
        if full == self._full:
            return
        self._full = full
        self.top.setVisible(not full)
        self.navigation.setVisible(not full and not self._kiosk)
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    @property
    def page_names(self) -> list[str]:
        return list(self._pages)

    def page_named(self, name: str) -> QWidget:
        """Raises KeyError."""
        return self._pages[name]

    @property
    def page(self) -> QWidget | None:
        return self.stack.currentWidget()

    def show_trust(self, trust: Trust, word: FeedWord, age: float | None, reason: str) -> None:
        """Called twice a second; `age` in seconds."""
        self.top.show_feed(trust, word, age)
        self._stale = trust is Trust.SILENT
        if self._stale and age is not None:
            at = datetime.now().astimezone() - timedelta(seconds=age)
            self.strip.say(age, at.strftime("%H:%M:%S"), reason)
        else:
            self.strip.clear()
        self._lay_veils()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Not a shortcut: pages have a Ctrl+F of their own, and two shortcuts of one key silence each other.
        if event.matches(QKeySequence.StandardKey.Find):
            self.search.emit()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit()
        event.accept()

    def _show(self, page: QWidget, alone: bool) -> None:
        if page is not self.stack.currentWidget():
            self.show_full(False)
        self.navigation.setVisible(not (alone or self._kiosk) and bool(self._pages))
        self.stack.setCurrentWidget(page)
        focus = self.focusWidget()
        if focus is None or not page.isAncestorOf(focus) or page in self._first:
            self._first.get(page, page).setFocus()  # or Space would press whatever button Qt found next
        self._lay_veils()

    def _lay_veils(self) -> None:
        veiled = self._stale and self.stack.currentWidget() not in self._bare
        for veil, on in ((self._banner_veil, self._stale), (self._page_veil, veiled)):
            if veil.isVisibleTo(self) != on:
                veil.lay(on)

    def _dress(self) -> None:
        theme = self._themes.theme
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setPalette(palette(theme))
        tell_platform(theme)
        self.setStyleSheet("")  # a sheet that is replaced puts back the palette it found: the other theme's ground
        self.setPalette(palette(theme))
        self.setStyleSheet(style_sheet(theme))

    def _arrange(self) -> None:
        banner = QVBoxLayout(self.banner_place)
        banner.setContentsMargins(0, 0, 0, 0)
        self.banner_place.hide()
        body = QHBoxLayout()
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self.navigation)
        body.addWidget(self.page_place, 1)
        place = QVBoxLayout(self.page_place)
        place.setContentsMargins(0, 0, 0, 0)
        place.addWidget(self.stack)
        self.navigation.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.top, self.lock, self.strip, self.banner_place, self.notices):
            column.addWidget(part)
        column.addLayout(body, 1)
