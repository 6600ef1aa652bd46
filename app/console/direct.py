"""Direct mode: this seat runs its own station. Brings it from an empty data folder to a login, page by page. Console side.

Qt thread; the processes are run by `private.PrivateStation` on the session's loop.
"""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject

from app.console.desk import Desk
from app.console.errors import Known
from app.console.session import Session
from app.console.setup import SetupPage
from app.console.tasks import Tasks
from app.console.window import DeskWindow
from widgets.theme import ThemeHolder
from widgets.words import tr

_T = TypeVar("_T")


class DirectMode(QObject):
    def __init__(self, data: Path, themes: ThemeHolder, window: DeskWindow, session: Session, tasks: Tasks, desk: Desk) -> None:
        super().__init__()
        self._window = window
        self._session = session
        self._tasks = tasks
        self._desk = desk
        self._data = data
        self._station: Any = None
        self.page = SetupPage(themes)
        self.page.check.connect(lambda path: tasks.start(self._check(Path(path))))
        self.page.use.connect(lambda path: tasks.start(self._import(Path(path))))
        self.page.add_account.connect(lambda *who: tasks.start(self._add_account(*who)))
        self.page.again.connect(lambda: tasks.start(self.begin()))

    async def begin(self) -> None:
        """Starts the station, or shows what is missing for it."""
        self._window.show_alone(self.page)
        self.page.show_busy(tr("正在启动本机站点…"))
        try:
            if self._station is None:
                self._station = await self._there(self._make())
            if not self._station.has_store():
                self.page.ask_site("")
                return
            if not await self._there(self._station.has_accounts()):
                self.page.ask_account()
                return
            url = await self._there(self._station.start())
        except Known as error:
            self.page.ask_site(error.message)
            return
        self._desk.fix_station(url)
        self._desk.show_login()

    async def end(self) -> None:
        if self._station is not None:
            await self._there(self._station.stop())

    async def _check(self, path: Path) -> None:
        self.page.show_busy(tr("正在检查 {path} …", path=path))
        try:
            faults = await self._there(self._station.check(path))
        except Known as error:
            self.page.ask_site(error.message)
            return
        self.page.show_faults(faults)

    async def _import(self, path: Path) -> None:
        self.page.show_busy(tr("正在导入…"))
        try:
            await self._there(self._station.import_site(path))
        except Known as error:
            self.page.ask_site(error.message)
            return
        await self.begin()

    async def _add_account(self, name: str, role: str, password: str) -> None:
        self.page.show_busy(tr("正在建立账号…"))
        try:
            await self._there(self._station.add_account(name, role, password))
        except Known as error:
            self.page.ask_account(error.message)
            return
        self._desk.login_page.user.setText(name)
        await self.begin()

    async def _make(self) -> Any:
        # Imported on the session's thread: it brings httpx.
        from app.console.private import PrivateStation

        return PrivateStation(self._data)

    async def _there(self, work: Coroutine[Any, Any, _T]) -> _T:
        return await asyncio.wrap_future(self._session.run(work))
