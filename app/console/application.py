"""Composes the desk, from top to bottom, and runs it. The only file that knows qasync.

Console side. The login page is on the screen before anything heavy is imported: networking is loaded on the session's
thread, plots and pages one by one while somebody types.
"""

import asyncio
import contextlib
import itertools
import logging
import logging.handlers
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.console import places
from app.console.address import normal_url
from app.console.crash import CrashReports
from app.console.desk import Desk
from app.console.errors import CertificateError, Known
from app.console.garbage import GarbageOnThisThread
from app.console.session import Session
from app.console.settings import Settings, load_settings
from app.console.tasks import Tasks
from app.console.window import DeskWindow
from widgets.theme import NIGHT, THEMES, ThemeHolder, font
from widgets.words import set_language, tr


def run(station: str | None, data: Path, language: str | None) -> int:
    settings = load_settings(data)
    set_language(language or settings.language)
    application = make_application()
    themes = ThemeHolder(THEMES.get(settings.theme, NIGHT))
    window = DeskWindow(themes)
    places.put(window, settings.screen, settings.places)
    application.processEvents()  # the window is there; now whatever takes time
    from qasync import QEventLoop

    loop = QEventLoop(application)
    asyncio.set_event_loop(loop)
    try:
        with logging_to(data / "logs"):
            return int(loop.run_until_complete(watch_over(window, themes, settings, station, data)))
    finally:
        loop.close()
        asyncio.set_event_loop(None)


async def watch_over(window: DeskWindow, themes: ThemeHolder, settings: Settings, station: str | None, data: Path) -> int:
    """From the first login to the closing of the window."""
    loop = asyncio.get_running_loop()
    ended = loop.create_future()

    def end(*_: Any) -> None:
        if not ended.done():
            ended.set_result(None)

    garbage = GarbageOnThisThread(lambda: desk.seat.moving)
    session = Session()
    desk: Desk

    def tell(text: str) -> None:
        desk.told.emit(text)

    crashes = CrashReports(data / "logs", tell)
    tasks = Tasks(lambda error: crashes.report(error, "UI coroutine"))
    desk = Desk(data, settings, themes, window, session, tasks)
    crashes.install()
    loop.set_exception_handler(lambda _, context: _report(crashes, context))
    desk.seat.entered.connect(garbage.settle)
    window.closing.connect(end)
    before = _on_signals(lambda: loop.call_soon_threadsafe(end))
    try:
        session.start()
        if station is None:
            from app.console.direct import DirectMode

            direct = DirectMode(data, themes, window, session, tasks, desk)
            tasks.start(direct.begin())
        else:
            direct = None
            desk.fix_station(station)
            desk.show_login()
        tasks.start(_pages(desk, themes, window, crashes))
        await ended
        where, place = places.of(window)
        desk.remember(screen=where, places={**desk.settings.places, where: place})
        if direct is not None:
            await direct.end()
    finally:
        await desk.close()
        _restore_signals(before)
        crashes.remove()
        window.close()
        garbage.stop()
    return 0


def run_screens(
    station: str,
    user: str,
    password: str,
    screens: Sequence[int] | None,
    pages: Sequence[str],
    data: Path,
    language: str | None,
) -> int:
    """The wall."""
    from app.console.wall import certificate_sentence, screen_names, share

    settings = load_settings(data)
    set_language(language or settings.language)
    application = make_application()
    application.setOverrideCursor(Qt.CursorShape.BlankCursor)
    try:
        url = normal_url(station)
        names = screen_names(screens)
        plan = list(zip(names, share(pages, len(names)), strict=True))
    except Known as error:
        print(error.message, file=sys.stderr)
        return 1
    from qasync import QEventLoop

    loop = QEventLoop(application)
    asyncio.set_event_loop(loop)
    pin = settings.pins.get(url.partition("://")[2], "")
    try:
        with logging_to(data / "logs"):
            loop.run_until_complete(
                _wall(plan, ThemeHolder(THEMES.get(settings.theme, NIGHT)), data, (url, pin, user, password))
            )
    except CertificateError as error:
        print(certificate_sentence(error), file=sys.stderr)
        return 1
    finally:
        loop.close()
        asyncio.set_event_loop(None)
        application.restoreOverrideCursor()
    return 0


async def _wall(
    plan: Sequence[tuple[str, Sequence[str]]], themes: ThemeHolder, data: Path, login: tuple[str, str, str, str]
) -> None:
    from app.console.wall import Screen, Wall
    from app.console.watch import Watch

    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not ended.done():
            ended.set_result(None)

    garbage = GarbageOnThisThread()
    crashes = CrashReports(data / "logs", lambda text: logging.getLogger(__name__).error("%s", text))
    crashes.install()
    loop.set_exception_handler(lambda _, context: _report(crashes, context))
    session = Session()
    tasks = Tasks(lambda error: None if ended.done() else ended.set_exception(error))
    screens = []
    for name, pages in plan:
        window = DeskWindow(themes, kiosk=True)
        watch = Watch(themes, window, lambda error: crashes.report(error, "page"), sound=False)
        for step in watch.steps():
            step()
        video = None
        if any(page.partition(":")[0] == "video" for page in pages):
            from app.console.kiosk_video import KioskVideo

            video = KioskVideo(themes, session, load_settings(data), tasks.start)
            window.add_page("video", "video", tr("视频"), video.wall, greys_itself=True)
        screens.append(Screen(name, window, watch, itertools.cycle(pages), len(pages) > 1, video))
        window.closing.connect(end)
    wall = Wall(session, tasks, screens)
    before = _on_signals(lambda: loop.call_soon_threadsafe(end))
    try:
        session.start()
        tasks.start(wall.begin(*login))
        await ended
    finally:
        await wall.close()
        _restore_signals(before)
        crashes.remove()
        for screen in screens:
            screen.window.close()
        garbage.stop()


async def _pages(desk: Desk, themes: ThemeHolder, window: DeskWindow, crashes: CrashReports) -> None:
    await asyncio.sleep(0.05)  # the login page paints first
    from app.console.watch import Watch

    watch = Watch(themes, window, lambda error: crashes.report(error, "page"), seat=desk.seat)
    await desk.build(desk.adopt(watch))


def make_application() -> QApplication:
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = QApplication.instance() or QApplication(["hazwatch"])
    assert isinstance(application, QApplication)
    application.setApplicationName("hazwatch")
    application.setApplicationDisplayName(tr("危源值守"))
    application.setStyle("Fusion")
    application.setFont(font(12))
    application.setQuitOnLastWindowClosed(False)
    return application


@contextlib.contextmanager
def logging_to(folder: Path) -> Iterator[None]:
    """The console's own log; a folder that cannot be written must not keep the desk from opening."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            folder / "console.log", maxBytes=2_000_000, backupCount=5, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


def _report(crashes: CrashReports, context: dict[str, Any]) -> None:
    error = context.get("exception")
    crashes.report(error if isinstance(error, BaseException) else RuntimeError(str(context.get("message"))), "UI loop")


def _on_signals(end: Any) -> dict[int, Any]:
    """Python runs these when the Qt loop next enters Python, which the beat makes sure of twice a second."""
    return {one: signal.signal(one, lambda *_: end()) for one in (signal.SIGINT, signal.SIGTERM)}


def _restore_signals(before: dict[int, Any]) -> None:
    for one, handler in before.items():
        signal.signal(one, handler)
