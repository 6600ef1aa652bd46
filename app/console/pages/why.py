"""The page that says why a tag is silent, or why it alarmed, joined to the station. Console side."""

from typing import Any
from urllib.parse import quote

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.console.errors import Known
from app.console.seat import Seat
from app.domain.roles import Role
from widgets.card.whypage import WhyPage

NAME = "why"
_LIMITS = frozenset({Role.SUPERVISOR, Role.ENGINEER})


def make(seat: Seat) -> QWidget:
    page = WhyPage(seat.themes)
    WhySide(seat, page)
    return page


async def why_of(seat: Seat, tag: str) -> dict[str, Any]:
    """Raises Known."""
    answer: dict[str, Any] = await seat.call("GET", f"/tags/{quote(tag)}/why")
    return answer


class WhySide(QObject):
    """Lives as long as the page; asks while the page is seen."""

    def __init__(self, seat: Seat, page: WhyPage) -> None:
        super().__init__(page)
        self._seat, self._page = seat, page
        self._asking = False
        page.wanted.connect(self._on_wanted)
        page.trend_wanted.connect(lambda tag: seat.trend_wanted.emit([tag]))
        page.limits_wanted.connect(seat.limits_wanted)
        page.back.connect(seat.back)
        seat.why_wanted.connect(self.open)
        seat.entered.connect(lambda: page.allow_limits(seat.role in _LIMITS))
        seat.left.connect(page.show_nothing)

    def open(self, tag: str) -> None:
        known = self._seat.state.site.tags.get(tag)
        self._page.show_tag(tag, "" if known is None else known.name)
        self._seat.show_page(NAME)
        self._page.setFocus()
        self._on_wanted(tag)

    def _on_wanted(self, tag: str) -> None:
        if not self._asking:
            self._asking = True
            self._seat.run(self._load(tag))

    async def _load(self, tag: str) -> None:
        try:
            answer = await why_of(self._seat, tag)
        except Known as error:
            if self._page.tag == tag:
                self._page.failed(error.message)
            return
        finally:
            self._asking = False
        self._page.put_why(answer)
