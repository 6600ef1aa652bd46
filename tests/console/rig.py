"""Runs a desk inside a test: the real window, session and event loop, and whatever station the test gives it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.console.desk import Desk
from app.console.garbage import GarbageOnThisThread
from app.console.pages import PAGES
from app.console.session import Session
from app.console.settings import load_settings
from app.console.tasks import Tasks
from app.console.watch import Watch
from app.console.window import DeskWindow
from tests.pace import ENOUGH_S
from widgets.theme import NIGHT, Theme, ThemeHolder


def run_ui(application: QApplication, work: Coroutine[Any, Any, None]) -> None:
    """`work` on a Qt event loop, as the program itself runs."""
    from qasync import QEventLoop

    loop = QEventLoop(application)
    garbage = GarbageOnThisThread()
    try:
        loop.run_until_complete(work)
    finally:
        garbage.stop()
        loop.close()


async def until(true: Callable[[], bool], seconds: float = ENOUGH_S) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def desk_at(
    data: Path,
    url: str,
    theme: Theme = NIGHT,
    size: tuple[int, int] = (1920, 1080),
    pages: Collection[str] = (),
    whole: bool = False,
) -> AsyncIterator[Desk]:
    """A desk as the program itself puts it together, its login page shown and nobody logged in. `pages`: those of the seat that
    are built; `whole`: all of them."""
    themes = ThemeHolder(theme)
    window = DeskWindow(themes)
    window.resize(*size)
    window.show()
    session = Session()
    bugs: list[BaseException] = []
    tasks = Tasks(bugs.append)
    desk = Desk(data, load_settings(data), themes, window, session, tasks)
    try:
        session.start()
        desk.fix_station(url)
        desk.show_login()
        wanted = [spec for spec in PAGES if whole or spec.name in pages]
        await desk.build(desk.adopt(Watch(themes, window, bugs.append, seat=desk.seat, pages=wanted)))
        yield desk
    finally:
        await desk.close()
        window.close()
        window.deleteLater()
    assert not bugs, bugs


def type_login(desk: Desk, password: str, user: str = "op") -> None:
    page = desk.login_page
    page.user.setText(user)
    page.password.setText(password)
    QTest.mouseClick(page.button, Qt.MouseButton.LeftButton)


async def logged_in(desk: Desk, password: str, seconds: float = ENOUGH_S) -> Watch:
    type_login(desk, password)
    await until(lambda: desk.window.page is not desk.login_page and desk.state.feed.heard_at is not None, seconds)
    assert desk.watch is not None
    return desk.watch
