"""The page of the reports joined to the station: the list, one being made, its pages, its files. Console side."""

import asyncio
import contextlib
from typing import Any

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from app.console.errors import Known, Offline
from app.console.keeping import ask_for_file, fetch_and_keep, fetch_to, quietly
from app.console.seat import Seat
from app.console.state import Changes
from app.domain.roles import Action
from widgets.reports.page import ReportsPage
from widgets.words import tr

LOOK_S = 0.5  # between two questions how far a report is


class ReportsSide(QObject):
    """Asks for the list when the page is seen and when the station says that something changed."""

    def __init__(self, seat: Seat, page: ReportsPage) -> None:
        super().__init__(page)
        self._seat, self._page = seat, page
        self._changed: Any = None
        self._job: str = ""
        self._asking: asyncio.Task[Any] | None = None
        self._making: asyncio.Task[Any] | None = None
        self._turning: asyncio.Task[Any] | None = None
        page.shown.connect(self._ask)
        page.chooser.wanted.connect(self._on_wanted)
        page.strip.cancelled.connect(self._on_cancelled)
        page.preview.wanted.connect(self._on_page_wanted)
        page.preview.opened.connect(lambda report: seat.run(self._open(report)))
        page.preview.saved.connect(self._ask_where)
        seat.entered.connect(self._on_entered)
        seat.left.connect(self._on_left)
        seat.news.connect(self._on_news)

    def _on_entered(self) -> None:
        if self._page.isVisible():
            self._ask()

    def _on_left(self) -> None:
        for task in (self._asking, self._making, self._turning):
            if task is not None:
                task.cancel()
        self._asking = self._making = self._turning = None
        self._job, self._changed = "", None
        self._page.clear()

    def _on_news(self, changes: Changes) -> None:
        if changes.extra and self._page.isVisible():
            told = self._seat.state.extra.get("reports") or {}
            if told.get("changed") != self._changed:
                self._ask()

    def _ask(self) -> None:
        if self._seat.role is not None and (self._asking is None or self._asking.done()):
            self._asking = self._seat.run(self._list())

    async def _list(self) -> None:
        self._changed = (self._seat.state.extra.get("reports") or {}).get("changed")
        try:
            answer = await self._seat.call("GET", "/reports")
        except Known as error:
            self._page.show_fault(tr("报表列表没有取到：{error}", error=error.message))
            return
        self._page.show_reports(answer, self._seat.may(Action.MAKE_REPORTS))

    # making

    def _on_wanted(self, wanted: dict[str, Any]) -> None:
        if self._making is not None and not self._making.done():
            self._seat.tell_briefly(tr("正在生成一份报表，请等它完成或取消它。"))
            return
        self._making = self._seat.run(self._make(wanted))

    async def _make(self, wanted: dict[str, Any]) -> None:
        strip = self._page.strip
        try:
            job = await self._seat.call("POST", "/reports", wanted)
            self._job = job["id"]
            while job["state"] == "running":
                self._page.show_progress(job)
                await asyncio.sleep(LOOK_S)
                with contextlib.suppress(Offline):  # the station goes on making it; asked again until it answers
                    job = await self._seat.call("GET", f"/reports/jobs/{self._job}")
        except Known as error:
            strip.show_outcome(tr("报表没有生成：{error}", error=error.message), bad=True)
            return
        finally:
            self._job = ""
        if job["state"] == "done":
            strip.show_outcome(tr("{title} 已生成。", title=job["title"]))
        else:
            text = job["error"] or tr("{title} 已取消，没有留下文件。", title=job["title"])
            strip.show_outcome(text, bad=job["state"] == "failed")
        await self._list()
        self._page.choose(job["report"])

    def _on_cancelled(self) -> None:
        if self._job:
            self._seat.run(quietly(self._seat, "POST", f"/reports/jobs/{self._job}/cancel"))

    # looking and saving

    def _on_page_wanted(self, report: str, number: int) -> None:
        if self._turning is not None:
            self._turning.cancel()  # another page counts now
        self._turning = self._seat.run(self._turn(report, number))

    async def _turn(self, report: str, number: int) -> None:
        try:
            picture = await self._seat.fetch(f"/reports/{report}/pages/{number}.png")
        except Known as error:
            self._page.preview.show_fault(report, tr("这一页没有取到：{error}", error=error.message))
        else:
            self._page.preview.show_page(report, number, picture)

    async def _open(self, report: str) -> None:
        to = self._seat.data / "reports" / "opened" / f"{report}.pdf"
        if await fetch_to(self._seat, f"/reports/{report}.pdf", to) and not QDesktopServices.openUrl(
            QUrl.fromLocalFile(str(to))
        ):
            self._seat.tell_briefly(tr("本机没有能打开 PDF 的程序；本页可以逐页查看，文件在 {path}", path=to))

    def _ask_where(self, report: str, format: str) -> None:
        path = f"/reports/{report}.{format}"
        ask_for_file(
            self._page, tr("保存报表"), f"{report}.{format}", lambda to: self._seat.run(fetch_and_keep(self._seat, path, to))
        )


def make(seat: Seat) -> QWidget:
    page = ReportsPage(seat.themes)
    ReportsSide(seat, page)
    return page
