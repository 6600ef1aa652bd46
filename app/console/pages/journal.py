"""The journal page joined to the station: pages, one record, checks, exports, seals. Console side."""

import asyncio
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.console.errors import Known
from app.console.exporting import ExportRun
from app.console.keeping import ask_for_file, fetch_and_keep, quietly
from app.console.seat import Seat
from widgets.journal.filters import Wanted
from widgets.journal.page import JournalPage
from widgets.words import tr

PAGE = 200
LOOK_S = 0.5  # between two questions how far long work is


class JournalSide(QObject):
    """Asks when the page is first looked at and when the person wants to, never by itself: looking is journalled too."""

    def __init__(self, seat: Seat, page: JournalPage) -> None:
        super().__init__(page)
        self._seat, self._page = seat, page
        self._wanted = Wanted()
        self._before: int | None = None
        self._search: asyncio.Task[Any] | None = None
        self._checking: asyncio.Task[Any] | None = None
        self._exports = ExportRun(seat, page, page.exporting, tr("日志"), tr("保存导出的日志"))
        self._fresh = False
        page.wanted.connect(self._on_wanted)
        page.more.connect(self._on_more)
        page.opened.connect(lambda number: seat.run(self._open(number)))
        page.check.connect(lambda: self._start_check(""))
        page.seals.held.connect(self._start_check)
        page.checking.cancelled.connect(lambda: seat.run(quietly(seat, "DELETE", "/journal/verify")))
        page.export.connect(self._export)
        page.seals_wanted.connect(lambda: seat.run(self._seals()))
        page.seals.printed.connect(self._ask_where_to_print)
        page.shown.connect(self._on_shown)
        seat.left.connect(self._on_left)

    def _on_shown(self) -> None:
        if not self._fresh and self._seat.role is not None:
            self._fresh = True
            self._page.again.click()

    def _on_left(self) -> None:
        self._fresh = False
        for task in (self._search, self._checking):
            if task is not None:
                task.cancel()
        self._search = self._checking = None
        self._page.filters.blockSignals(True)
        self._page.filters.reset()
        self._page.filters.blockSignals(False)
        self._page.clear()

    # pages

    def _on_wanted(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._look(None, self._page.show_first)

    def _on_more(self) -> None:
        self._look(self._before, self._page.show_more)

    def _look(self, before: int | None, show: Any) -> None:
        if self._search is not None:
            self._search.cancel()  # another question counts now
        self._search = self._seat.run(self._find(before, show))

    async def _find(self, before: int | None, show: Any) -> None:
        """One page; what the station could not look through in one call it is asked to go on with."""
        found = 0
        while True:
            params = [*self._wanted.params(), ("limit", str(PAGE - found))]
            if before is not None:
                params.append(("before", str(before)))
            try:
                answer = await self._seat.call("GET", "/journal/page", params=params)
            except Known as error:
                self._page.show_fault(tr("日志没有取到：{error}", error=error.message))
                return
            before = self._before = answer["before"]
            found += len(answer["records"])
            show(answer["records"], before is None)
            show = self._page.show_more
            if before is None or found >= PAGE:
                return
            self._page.show_searched(answer["searched_to"])

    async def _open(self, number: int) -> None:
        try:
            self._page.show_record(await self._seat.call("GET", f"/journal/{number}"))
        except Known as error:
            self._page.record.show_nothing(error.message)

    # long work

    def _start_check(self, seal: str) -> None:
        if self._checking is None or self._checking.done():
            self._checking = self._seat.run(self._check(seal))

    async def _check(self, seal: str) -> None:
        strip = self._page.checking
        what = tr("与封印核对") if seal else tr("校验日志")
        try:
            state = await self._seat.call("POST", "/journal/verify", {"seal": seal})
            while state["state"] == "running":
                text = tr("{what}：{done} / {total} 条", what=what, done=state["done"], total=state["total"] or "…")
                strip.show_running(text, state["done"], state["total"])
                await asyncio.sleep(LOOK_S)
                state = await self._seat.call("GET", "/journal/verify")
        except Known as error:
            strip.show_outcome(f"{what}：{error.message}", bad=True)
            return
        strip.show_outcome(*_verdict(state))

    def _export(self, format: str) -> None:
        self._exports.begin("/exports", {"kind": "journal", "format": format, "filters": self._page.asked.filters()})

    # seals

    async def _seals(self) -> None:
        try:
            answer = await self._seat.call("GET", "/seals")
        except Known as error:
            self._page.seals.about.setText(error.message)
            return
        self._page.seals.show_seals(answer["seals"], answer["key"])

    def _ask_where_to_print(self, number: int) -> None:
        save = partial(fetch_and_keep, self._seat, f"/seals/{number}.pdf")
        name = tr("日封印第 {n} 号", n=number) + ".pdf"
        ask_for_file(self._page, tr("保存日封印"), name, lambda to: self._seat.run(save(to)))


def _verdict(state: dict[str, Any]) -> tuple[str, bool]:
    """What came of a check, and whether somebody has to look at it."""
    result = state["result"]
    if state["state"] == "cancelled":
        return tr("校验已取消，没有结论。"), False
    if result is None:
        return tr("校验没有完成：{error}", error=state["error"]), True
    if result["broken_at"] is not None:
        text = tr("第 {n} 条不符：{why}", n=result["broken_at"], why=result["message"])
        return tr("日志不完整！") + text, True
    text = tr("日志完整：{n} 条记录逐条相符，{s} 个日封印相符", n=result["count"], s=result["seals"])
    if state["seal"]:
        text = tr("与纸上的封印相符。") + text
    return "；".join([text, *result["notes"]]), bool(result["notes"])


def make(seat: Seat) -> QWidget:
    page = JournalPage(seat.themes)
    JournalSide(seat, page)
    return page
