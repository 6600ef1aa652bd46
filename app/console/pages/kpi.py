"""The page of the alarm figures joined to the station. Console side."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.console.errors import Known
from app.console.seat import Seat
from widgets.kpi.page import KpiPage
from widgets.words import tr

SIMULATED_HOURS = 72
NEVER = float("-inf")
OLD_S = 60.0
"""Figures older than this are asked for again when the page is opened."""


class KpiSide(QObject):
    """Asks when the page is seen and what it shows is old, and whenever the person wants to; never by itself, the figures cost
    a second of work."""

    def __init__(self, seat: Seat, page: KpiPage) -> None:
        super().__init__(page)
        self._seat, self._page = seat, page
        page.wanted.connect(self._on_wanted)
        page.what_if.wanted.connect(self._on_what_if)
        page.what_if.proposed.connect(seat.limits_suggested)
        seat.page_shown.connect(self._on_page)
        seat.left.connect(self._on_left)
        self._asked = NEVER

    def _on_page(self, name: str) -> None:
        if name == "kpi" and time.monotonic() - self._asked >= OLD_S:
            self._page.again.click()

    def _on_left(self) -> None:
        self._asked = NEVER
        self._page.clear()

    def _on_wanted(self, hours: float) -> None:
        self._asked = time.monotonic()
        self._seat.run(self._report(hours))

    async def _report(self, hours: float) -> None:
        now = datetime.now(UTC)
        span = {"start": _text(now - timedelta(hours=hours)), "end": _text(now)}
        try:
            answer = await self._seat.call("GET", "/kpi", params=span)
        except Known as error:
            self._page.show_message(tr("统计没有取到：{error}", error=error.message))
            return
        if hours == self._page.hours:  # nobody has chosen another span meanwhile
            self._page.show_report(answer)

    def _on_what_if(self, actor: dict[str, Any]) -> None:
        self._seat.run(self._what_if(actor))

    async def _what_if(self, actor: dict[str, Any]) -> None:
        wanted = {"tag": actor["tag"], "rule": actor["rule"], "hours": SIMULATED_HOURS}
        try:
            answer = await self._seat.call("GET", "/kpi/proposals", params=wanted)
        except Known as error:
            self._page.what_if.show_fault(tr("模拟没有完成：{error}", error=error.message))
            return
        tag = self._seat.state.site.tags.get(actor["tag"])
        self._page.what_if.show_answer(answer, "" if tag is None else tag.unit)


def make(seat: Seat) -> QWidget:
    page = KpiPage(seat.themes)
    KpiSide(seat, page)
    return page


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
