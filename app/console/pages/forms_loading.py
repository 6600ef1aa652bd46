"""The forms as the station has them, kept fresh: kinds, all open forms, and the pages of a search. Console side.

Reads only. One refresh runs at a time; the next waits the longer the longer the last one took, so that a desk never lives on
reading lists.
"""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.console.errors import Known
from app.console.seat import Seat
from app.domain.form import FormDef, StepDef
from widgets.forms.parse import Entry, declarations, entries
from widgets.forms.path import waits_for
from widgets.forms.shelf import FormShelf, View, Wanted
from widgets.words import tr

PAGE = 500  # the most the station gives at once
LEAST_WAIT_S = 0.3
RETRY_S = 5.0
WAIT_PER_WORK = 3.0


class FormsLoading(QObject):
    kinds_known = Signal()
    loaded = Signal()  # the shelf has changed
    said = Signal(str)  # for the foot of the list; "" nothing to say

    def __init__(self, seat: Seat) -> None:
        super().__init__()
        self._seat = seat
        self.kinds: dict[str, FormDef] = {}
        self.shelf = FormShelf(self._is_mine)
        self._offset = 0.0  # station's clock minus ours
        self._turns: dict[tuple[str, str], StepDef | None] = {}
        self._changed: Any = None
        self._dirty = False
        self._refreshing: asyncio.Task[None] | None = None
        self._searching: asyncio.Task[None] | None = None
        self._cursor: dict[str, int] = {}  # smallest id of each kind the search has had; a kind that is at its end is not here

    # time

    def now(self) -> float:
        """Seconds since the epoch by the station's clock."""
        return time.time() + self._offset

    def now_text(self) -> str:
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def put_station_time(self, text: str) -> None:
        """The time in the last message of the feed; a small difference is the way of the message, not of the clocks."""
        if text:
            offset = datetime.fromisoformat(text).timestamp() - time.time()
            if abs(offset - self._offset) > 1.0:
                self._offset = offset

    # from the seat

    def enter(self) -> None:
        self._changed = None
        self.kinds, self._turns = {}, {}
        self.refresh()

    def leave(self) -> None:
        """Nothing of the last login stays."""
        for task in (self._refreshing, self._searching):
            if task is not None:
                task.cancel()
        self._refreshing = self._searching = None
        self._dirty = False
        self.kinds, self._turns = {}, {}
        self.shelf.clear()
        self.loaded.emit()

    def look_at(self, extra: dict[str, Any]) -> None:
        """What the station says beside the feed: has any form changed?"""
        forms = extra.get("forms")
        changed = forms.get("changed") if isinstance(forms, dict) else None
        if changed != self._changed:
            self._changed = changed
            self.refresh()

    def refresh(self) -> None:
        self._dirty = True
        if self._seat.role is not None and (self._refreshing is None or self._refreshing.done()):
            self._refreshing = self._seat.run(self._refresh())

    def search(self, wanted: Wanted) -> None:
        """Another view; finished forms are asked of the station."""
        if self._searching is not None:
            self._searching.cancel()
        self._cursor = {}
        self.shelf.begin_search(wanted)
        self.loaded.emit()
        self.said.emit("")
        if wanted.view is View.ALL:
            self._cursor = {kind: 2**62 for kind in self.kinds if wanted.kind in ("", kind)}
            self.more()

    def more(self) -> None:
        """The next page of the search."""
        if self._cursor and (self._searching is None or self._searching.done()):
            self._searching = self._seat.run(self._search_on(self.shelf.wanted))

    # inside

    async def _refresh(self) -> None:
        while self._dirty:
            self._dirty = False
            began, wait = time.monotonic(), 0.0
            try:
                if not self.kinds:
                    self.kinds = declarations(await self._seat.call("GET", "/forms"))
                    self.kinds_known.emit()
                found = await asyncio.gather(*(self._all_open(kind) for kind in self.kinds))
                self.shelf.replace_open([one for some in found for one in some], self.now_text())
                if self.shelf.wanted.view is View.ALL:
                    await self._newest(self.shelf.wanted)
                self.said.emit("")
                self.loaded.emit()
            except Known as error:
                self.said.emit(tr("表单清单没有取到，{n} 秒后再试：{error}", n=int(RETRY_S), error=error.message))
                self._dirty, wait = True, RETRY_S
            except ValueError as error:
                self.said.emit(tr("站点的表单与本值守台的版本不相配：{error}", error=error))
                return
            await asyncio.sleep(max(wait, LEAST_WAIT_S, WAIT_PER_WORK * (time.monotonic() - began)))

    async def _all_open(self, kind: str) -> list[Entry]:
        found: list[Entry] = []
        while True:
            params: dict[str, Any] = {"open": "true", "limit": PAGE}
            if found:
                params["after"] = found[-1].id
                self.said.emit(tr("正在读取未完成的表单，已有 {n} 张…", n=len(found)))
            page = entries(await self._seat.call("GET", f"/forms/{kind}", params=params))
            found += page
            if len(page) < PAGE:
                return found

    async def _newest(self, wanted: Wanted) -> None:
        """Forms begun since the search stand at its top."""
        for kind in self.kinds:
            if wanted.kind in ("", kind) and self._cursor.get(kind) != 2**62:
                self.shelf.add_found(await self._page(kind, wanted, None), self.shelf.floor)

    async def _search_on(self, wanted: Wanted) -> None:
        """Of the kinds that may still have newer forms than the last line shown, one page each."""
        shown = len(self.shelf.shown)
        self.said.emit(tr("正在读取…"))
        try:
            while self._cursor and len(self.shelf.shown) == shown:
                top = max(self._cursor.values())
                for kind in [kind for kind, at in self._cursor.items() if at == top]:
                    page = await self._page(kind, wanted, self._cursor[kind])
                    if len(page) < PAGE:
                        del self._cursor[kind]
                    else:
                        self._cursor[kind] = page[-1].id
                    self.shelf.add_found(page, max(self._cursor.values(), default=0))
        except Known as error:
            self.said.emit(tr("没有读完：{error}", error=error.message))
        except ValueError as error:
            self.said.emit(tr("站点的表单与本值守台的版本不相配：{error}", error=error))
        else:
            self.said.emit(tr("已读 {n} 张，向下滚动读取更多。", n=len(self.shelf.shown)) if self._cursor else "")
        self.loaded.emit()

    async def _page(self, kind: str, wanted: Wanted, after: int | None) -> list[Entry]:
        params: dict[str, Any] = {"limit": PAGE}
        if wanted.text:
            params["text"] = wanted.text
        if after is not None and after < 2**62:
            params["after"] = after
        return entries(await self._seat.call("GET", f"/forms/{kind}", params=params))

    def _is_mine(self, entry: Entry) -> bool:
        definition = self.kinds.get(entry.kind)
        return definition is not None and waits_for(definition, entry, self._seat.user, self._seat.role, self._turns)
