"""Finished case packages at the desk: listed, saved with progress, checked by their hash. Console side.

A package may be many gigabytes: it goes straight into the file, and gets its name when it is whole and the hash fits.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import QObject, Qt, Signal

from app.console.errors import Known
from app.console.keeping import ask_for_file
from app.console.seat import Seat
from widgets.video.packages import PackagesView
from widgets.words import tr

PART = ".part"


class Packages(QObject):
    _shared = Signal(float)  # from the session's thread

    def __init__(self, seat: Seat, view: PackagesView) -> None:
        super().__init__(view)
        self._seat, self._view = seat, view
        self._saving: asyncio.Task[None] | None = None
        self._name, self._percent = "", -1
        self._shared.connect(self._show_share, Qt.ConnectionType.QueuedConnection)
        view.save_wanted.connect(self.ask)
        view.stop_wanted.connect(self.stop)
        seat.left.connect(self.clear)
        seat.closing.connect(self.stop)

    async def load(self) -> list[dict[str, Any]]:
        """Those the station has, newest first; shown."""
        try:
            packages: list[dict[str, Any]] = (await self._seat.call("GET", "/cases"))["packages"]
        except Known as error:
            self._view.put([], tr("案卷没有取到：{why}", why=error.message))
            return []
        self._view.put(packages)
        return packages

    def ask(self, package: dict[str, Any]) -> None:
        """Where it is to be saved."""
        name = f"{package['name']}.zip"
        ask_for_file(self._view, tr("保存案卷"), name, lambda path: self._begin(package, path))

    def stop(self) -> None:
        if self._saving is not None:
            self._saving.cancel()

    def clear(self) -> None:
        self.stop()
        self._view.put([])
        self._view.say("")

    def _begin(self, package: dict[str, Any], path: Path) -> None:
        if self._saving is not None and not self._saving.done():
            self._view.say(tr("{name} 还在保存，请等它完成或取消。", name=self._name))
            return
        self._name, self._percent = path.name, -1
        self._saving = self._seat.run(self._save(package, path))

    async def _save(self, package: dict[str, Any], path: Path) -> None:
        part, size = path.with_name(path.name + PART), max(1, int(package.get("size") or 0))
        self._view.show_saving(0.0, path.name)
        said = tr("没有保存：已取消。")
        try:
            place = f"/cases/{quote(str(package['name']), safe='')}/file"
            digest = await self._seat.save(place, part, lambda there: self._share(there / size))
            if digest != package["sha256"]:
                raise Known(tr("取到的内容与站点记录的校验值不一致，没有保存。"))
            await asyncio.to_thread(part.replace, path)
            said = tr("已保存到 {path}", path=path)
        except Known as error:
            said = tr("案卷没有保存：{why}", why=error.message)
        except OSError as error:
            said = tr("案卷没有保存：{why}", why=error)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            self._view.show_saving(None)
            self._view.say(said)

    def _share(self, share: float) -> None:
        """On the session's thread, with every piece; told on by whole per cents only."""
        percent = int(100 * share)
        if percent != self._percent:
            self._percent = percent
            self._shared.emit(share)

    def _show_share(self, share: float) -> None:
        if self._saving is not None and not self._saving.done():
            self._view.show_saving(min(1.0, share), self._name)
