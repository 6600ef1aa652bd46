"""The page of the running of the system, joined to the station. Console side."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.console.errors import Known
from app.console.seat import Seat
from widgets.operations.page import OperationsPage
from widgets.pulse import Pulse
from widgets.words import tr

PERIOD_MS = 10_000


class OperationsSide(QObject):
    """Asks while the page is seen, and whenever the person wants to."""

    def __init__(self, seat: Seat, page: OperationsPage) -> None:
        super().__init__(page)
        self._seat, self._page = seat, page
        self._asking = False
        page.wanted.connect(self._ask)
        seat.entered.connect(self._ask)
        self._pulse = Pulse(page, PERIOD_MS, self._ask)

    def _ask(self) -> None:
        if self._seat.user and self._page.isVisible() and not self._asking:
            self._asking = True
            self._seat.run(self._answer())

    async def _answer(self) -> None:
        try:
            self._page.show_state(await self._seat.call("GET", "/operations"))
        except Known as error:
            self._page.show_fault(tr("没有取到，下面是之前的情况：{error}", error=error.message))
        finally:
            self._asking = False


def make(seat: Seat) -> QWidget:
    page = OperationsPage(seat.themes)
    OperationsSide(seat, page)
    return page
