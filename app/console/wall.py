"""`hazwatch wall`: full-screen pages on named screens, read-only, no input needed. Console side.

The same session, state and pages as the desk; no horn (the desk has one), no acknowledging. It logs in by itself, again and
again if it must, and greys like the desk when the feed is silent: a wall that cannot lie.
"""

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Qt, Slot
from PySide6.QtGui import QGuiApplication

from app.console.awake import keep_awake
from app.console.beat import Beat
from app.console.errors import CertificateError, Known
from app.console.pins import grouped
from app.console.places import screen_named
from app.console.reader import Batch, FeedWord
from app.console.session import Session
from app.console.state import DeskState, Trust
from app.console.tasks import Tasks
from app.console.watch import Watch
from app.console.window import DeskWindow
from widgets.words import tr

if TYPE_CHECKING:
    from app.console.kiosk_video import KioskVideo

BEAT_MS = 500
TURN_S = 30.0
AGAIN_S = 60.0
"""Between two logins that were refused: slower than the station's lock for wrong passwords needs."""

AWAKE_S = 600.0


@dataclass
class Screen:
    name: str
    window: DeskWindow
    watch: Watch
    pages: "itertools.cycle[str]"
    many: bool
    video: "KioskVideo | None" = None


class Wall(QObject):
    def __init__(self, session: Session, tasks: Tasks, screens: Sequence[Screen]) -> None:
        super().__init__()
        self.session = session
        self._tasks = tasks
        self.screens = screens
        self.state = DeskState()
        for screen in screens:
            if screen.watch.plant_side is not None:
                screen.watch.plant_side.plant.hide_tools()
        self._trust = Trust.NOTHING_YET
        self._word = FeedWord.OFF
        self._turn_at = self._awake_at = time.monotonic()
        self._login: tuple[str, str, str, str] = ("", "", "", "")
        session.batch.connect(self._on_batch, Qt.ConnectionType.QueuedConnection)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.screenAdded.connect(self._place)
        application.screenRemoved.connect(self._place)
        self._beat = Beat(self, BEAT_MS, self._on_beat)

    async def begin(self, url: str, pin: str, user: str, password: str) -> None:
        """Raises CertificateError, which only a person can settle; every other trouble is shown and tried again."""
        self._login = (url, pin, user, password)
        self._place()
        self._tell(keep_awake())
        await self._enter()

    async def close(self) -> None:
        self._beat.stop()
        await self._tasks.close()
        self.session.stop()
        for screen in self.screens:
            screen.window.notices.stop()
            screen.watch.close()
            if screen.video is not None:
                screen.video.close()

    async def _enter(self) -> None:
        while True:
            try:
                await asyncio.wrap_future(self.session.log_in(*self._login))
                self.state.site = await asyncio.wrap_future(self.session.load_site())
                break
            except CertificateError:
                raise
            except Known as error:
                self._tell(error.message)
                await asyncio.sleep(AGAIN_S)
        for screen in self.screens:
            screen.window.top.show_site(self.state.site.name)
            screen.watch.show_site(self.state)
            if screen.video is not None:
                screen.video.show_site(self.state.site)
            self._turn(screen)

    @Slot(object)
    def _on_batch(self, batch: Batch) -> None:
        try:
            if batch.login != self.session.login_number:
                return
            now = time.monotonic()
            changes = self.state.put(batch, now)
            for screen in self.screens:
                screen.watch.put(changes, self.state, now)
                if changes.links:
                    screen.window.top.show_links(self.state.links)
                if changes.notices:
                    screen.window.notices.put_station(self.state.notices)
            word = self.state.feed.word
            if word is not self._word:
                self._word = word
                if word is FeedWord.LOGIN:
                    self._tasks.start(self._enter_later())
        finally:
            self.session.taken()

    async def _enter_later(self) -> None:
        await asyncio.sleep(AGAIN_S)
        try:
            await self._enter()
        except CertificateError as error:
            self._tell(error.message)

    def _on_beat(self) -> None:
        now = time.monotonic()
        trust, feed, age = self.state.trust(now), self.state.feed, self.state.age(now)
        for screen in self.screens:
            screen.window.show_trust(trust, feed.word, age, feed.detail)
            if trust is not self._trust:
                screen.watch.show_trust(trust, age)
        self._trust = trust
        if now - self._turn_at > TURN_S:
            self._turn_at = now
            for screen in self.screens:
                if screen.many:
                    self._turn(screen)
        if now - self._awake_at > AWAKE_S:
            self._awake_at = now
            self._tell(keep_awake())

    def _turn(self, screen: Screen) -> None:
        name = next(screen.pages)
        page, _, which = name.partition(":")
        if screen.video is not None and page == "video":
            screen.window.show_page(page)
            if not screen.video.show(which):
                self._tell(tr("没有名为 {name} 的视频画面，请先在值守台的“视频”页存好。", name=which))
            return
        if name in screen.window.page_names:
            screen.window.show_page(name)
            return
        screen.window.show_page("plant")
        plant_side = screen.watch.plant_side
        if plant_side is None or not plant_side.plant.show_layout(name):
            self._tell(tr("没有页面或平面图 {name}。", name=name))

    def _place(self, *_: object) -> None:
        """Geometry first, then full screen; again whenever a screen comes or goes."""
        for screen in self.screens:
            room: QRect = screen_named(screen.name).geometry()
            screen.window.setGeometry(room)
            screen.window.showFullScreen()

    def _tell(self, text: str) -> None:
        if text:
            for screen in self.screens:
                screen.window.notices.tell_briefly(text)


def screen_names(wanted: Sequence[int] | None) -> list[str]:
    """Names of the screens with these numbers, all when None. Raises Known."""
    names = [screen.name() for screen in QGuiApplication.screens()]
    if wanted is None:
        return names
    for number in wanted:
        if not 0 <= number < len(names):
            raise Known(
                tr("没有 {n} 号屏幕，现有：{names}。", n=number, names="、".join(f"{i} {x}" for i, x in enumerate(names)))
            )
    return [names[number] for number in wanted]


def share(pages: Sequence[str], screens: int) -> list[list[str]]:
    """Which pages each screen shows: dealt out in turn; fewer pages than screens are repeated."""
    pages = list(pages) or ["overview", "alarms", "plant"]
    if len(pages) < screens:
        pages = [pages[i % len(pages)] for i in range(screens)]
    return [list(pages[i::screens]) for i in range(screens)]


def certificate_sentence(error: CertificateError) -> str:
    """For the terminal: a wall has nobody to ask."""
    hint = tr("请先用 hazwatch console 在同一数据目录登录一次并确认指纹，再启动大屏。")
    return f"{error.message}\n{grouped(error.seen)}\n{hint}"
