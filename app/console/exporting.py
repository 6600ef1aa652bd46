"""One export of the station (导出): ordered, followed on a strip, called off, and its file saved where the person says. Console
side.

The station writes the file, and shows it only when it is whole; what is called off leaves nothing, at the station or here.
"""

import asyncio
import contextlib
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.console.errors import Known, Offline
from app.console.keeping import ask_for_file, fetch_and_keep
from app.console.seat import Seat
from widgets.journal.work import WorkStrip
from widgets.words import tr

LOOK_S = 0.5  # between two questions how far it is


class ExportRun(QObject):
    """One at a time on a strip; `what` it is about, in a word, and the title of the dialog that saves it."""

    def __init__(self, seat: Seat, owner: QWidget, strip: WorkStrip, what: str, title: str) -> None:
        super().__init__(owner)
        self._seat, self._owner, self._strip, self._what, self._title = seat, owner, strip, what, title
        self._job: dict[str, Any] | None = None
        self._task: asyncio.Task[None] | None = None
        self._called_off = False
        strip.cancelled.connect(self._cancel)
        strip.second.connect(self._ask_where)
        seat.left.connect(self._forget)

    def begin(self, path: str, order: dict[str, Any]) -> None:
        if self._task is not None and not self._task.done():
            self._seat.tell_briefly(tr("已有一个导出正在进行，请等它完成或取消它"))
            return
        self._job, self._called_off = None, False
        self._task = self._seat.run(self._run(path, order))

    async def _run(self, path: str, order: dict[str, Any]) -> None:
        strip = self._strip
        strip.show_running(self._progress("…"), 0, 0)
        try:
            job = self._job = await self._seat.call("POST", path, order)
            while job["state"] == "running" and not self._called_off:
                share = f"{job['done'] / job['total']:.0%}" if job["total"] else "…"
                strip.show_running(self._progress(share), job["done"], job["total"])
                await asyncio.sleep(LOOK_S)
                if not self._called_off:
                    with contextlib.suppress(Offline):  # the station goes on writing it; asked again until it answers
                        job = self._job = await self._seat.call("GET", f"/exports/{job['id']}")
            if self._called_off:
                await self._seat.call("DELETE", f"/exports/{job['id']}")
                self._job, job = None, {**job, "state": "cancelled", "error": ""}
        except Known as error:
            strip.show_outcome(tr("导出没有完成：{error}", error=error.message), bad=True)
            return
        if job["state"] == "done":
            text = tr("已导出 {n} 行，SHA-256 {hash}，文件在站上保留一天", n=job["rows"], hash=job["sha256"])
            strip.show_outcome(f"{job['name']}　{text}", file=True)
        else:
            strip.show_outcome(job["error"] or tr("导出已取消，没有留下文件。"), bad=job["state"] == "failed")

    def _progress(self, share: str) -> str:
        return tr("导出{what}：{share}", what=self._what, share=share)

    def _cancel(self) -> None:
        """Also while the order is on its way: the station is told as soon as it has a number."""
        self._called_off = True
        self._strip.show_running(tr("正在取消导出…"), 0, 0)

    def _forget(self) -> None:
        """The next person at this desk gets neither the strip nor the file; the station keeps it a day for who asked for it."""
        if self._task is not None:
            self._task.cancel()
        self._task = self._job = None
        self._strip.hide()

    def _ask_where(self) -> None:
        job = self._job
        if job is not None:
            path = f"/exports/{job['id']}/file"
            ask_for_file(self._owner, self._title, job["name"], lambda to: self._seat.run(fetch_and_keep(self._seat, path, to)))
