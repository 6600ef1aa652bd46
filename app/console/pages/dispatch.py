"""The page of notifications joined to the station and to this seat's sound. Console side."""

from typing import Any
from urllib.parse import quote

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.console.errors import Known
from app.console.seat import Seat
from app.console.state import Changes
from app.domain.roles import Role
from widgets.dispatch.page import PAGE, DispatchPage
from widgets.words import tr

TESTERS = frozenset({Role.SUPERVISOR, Role.ENGINEER, Role.ADMIN})


class DispatchSide(QObject):
    def __init__(self, seat: Seat, page: DispatchPage) -> None:
        super().__init__(page)
        self._seat, self._page = seat, page
        self._top: list[Any] = []  # what is newest, as the feed tells it
        self._told: set[int] = set()
        page.wanted.connect(self._on_wanted)
        page.outlets.test_wanted.connect(self._on_test)
        seat.entered.connect(self._on_entered)
        seat.left.connect(self._on_left)
        seat.news.connect(self._on_news)
        if seat.sound is not None:
            seat.sound.changed.connect(self._show_sound)
            page.seat.test_wanted.connect(seat.sound.test)
            page.seat.voice_switched.connect(seat.sound.switch_voice)
            page.seat.renamed.connect(seat.sound.rename)

    def _on_entered(self) -> None:
        self._page.outlets.allow_test(self._seat.role in TESTERS)
        self._top = []
        self._told = {row["id"] for row in self._recent()}
        self._show()
        self._show_sound()
        self._page.ask()

    def _on_left(self) -> None:
        self._page.clear()

    def _on_news(self, changes: Changes) -> None:
        if changes.extra and self._seat.user:
            self._show()

    def _recent(self) -> list[dict[str, Any]]:
        recent: list[dict[str, Any]] = self._seat.state.extra.get("dispatch", {}).get("recent", [])
        return recent

    def _show(self) -> None:
        self._page.show_outlets(self._seat.state.extra.get("dispatch", {}).get("outlets", []))
        recent = self._recent()
        top = [(row["id"], row["state"], row["attempts"]) for row in recent]
        if top != self._top:
            self._top = top
            self._tell_overdue(recent)
            if not self._page.shows_past:
                self._page.ask()

    def _tell_overdue(self, recent: list[dict[str, Any]]) -> None:
        """A time limit that passed, told to a responsible person: the desk hears of it too, once."""
        for row in recent:
            if row["kind"] == "duty" and row["state"] == "sent" and row["id"] not in self._told:
                self._told.add(row["id"])
                self._seat.tell_briefly(
                    tr("已通知 {person}（{outlet}）：{title}", **{k: row[k] for k in ("person", "outlet", "title")})
                )

    def _show_sound(self) -> None:
        sound = self._seat.sound
        if sound is not None:
            self._page.seat.show_sound(
                sound.name, sound.device, bool(sound.fault), sound.volume, sound.voice, sound.voice_on, sound.tested
            )

    def _on_wanted(self, filters: dict[str, Any], after: int | None) -> None:
        self._seat.run(self._load(filters, after))

    async def _load(self, filters: dict[str, Any], after: int | None) -> None:
        more = {} if after is None else {"after": after}
        try:
            rows = await self._seat.call("GET", "/dispatch", params={**filters, **more, "limit": PAGE})
        except Known as error:
            self._page.say(tr("通知记录没有取到：{error}", error=error.message))
            return
        if filters == self._page.filters():  # nobody has asked for something else meanwhile
            self._page.show_messages(rows, older=after is not None)

    def _on_test(self, name: str) -> None:
        self._seat.run(self._test(name))

    async def _test(self, name: str) -> None:
        try:
            answer = await self._seat.call("POST", f"/dispatch/outlets/{quote(name, safe='')}/test", {})
        except Known as error:
            self._page.outlets.show_test(name, error.message)
            return
        who = f"{answer['person']} {answer['address']}".strip()
        text = tr("试发成功，{who}：{said}", who=who, said=answer["detail"]) if answer["ok"] else ""
        self._page.outlets.show_test(name, text or tr("试发没有成功：{why}", why=answer["detail"]))


def make(seat: Seat) -> QWidget:
    page = DispatchPage(seat.themes)
    DispatchSide(seat, page)
    return page
