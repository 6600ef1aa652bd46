"""What runs on the forms of a station, put together: the service, and what each kind of form hangs on it. Station side."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from app.station.approvals import Approvals
from app.station.attachments import Attachments
from app.station.commands import Who
from app.station.deadlines import Deadlines
from app.station.form_index import FormsPast
from app.station.form_kinds import handling_of, kinds_of
from app.station.forms import FormService, Known
from app.station.handling import Handling

if TYPE_CHECKING:
    from app.station.station import Station

EXPIRE_S = 2.0
ORDER = "disposal_order"
LEVELS = {"red": "critical", "orange": "high", "yellow": "medium", "blue": "low"}
"""Colours of a warning (红橙黄蓝) as priorities."""


class Formwork:
    def __init__(self, station: "Station", past: FormsPast) -> None:
        self._station = station
        site = station.site
        self.settings = handling_of(site)
        self.forms = FormService(
            site, kinds_of(site), station.store, station.writer, station.commands, station.clock.now, station.call, past
        )
        self.forms.changed = station.feed.side_changed
        self.forms.prefill[ORDER] = known_order
        self.handling = Handling(station, self.forms, self.settings)
        self.approvals = Approvals(station, self.forms)
        self.attachments = Attachments(station.given.data, self.settings.attachment_mb, station.call)
        self.deadlines = Deadlines(station, self.forms, self.settings)
        station.extras["forms"] = self._counts
        station.extras["overdue"] = self.deadlines.overdue

    def works(self) -> list[tuple[Callable[[], Coroutine[Any, Any, None]], str]]:
        """What runs as long as the station."""
        return [(self.handling.run, "handling"), (self.deadlines.run, "deadlines"), (self._expire, "shelve requests")]

    async def _expire(self) -> None:
        while True:
            await asyncio.sleep(EXPIRE_S)
            await self.approvals.expire(self._station.clock.now())

    def _counts(self) -> dict[str, Any]:
        """`open` and `overdue` over all kinds and by kind; `changed` goes up with every change of any form."""
        counts = self.forms.index.counts(self._station.clock.now())
        return {
            "open": sum(open for open, _ in counts.values()),
            "overdue": sum(late for _, late in counts.values()),
            "changed": self.forms.index.count,
            "kinds": {kind: {"open": open, "overdue": late} for kind, (open, late) in counts.items()},
        }


async def known_order(who: Who | None, subject: str, fields: Mapping[str, Any]) -> Known:
    """A warning pushed from above is as urgent as its colour."""
    content = " ".join(str(fields.get("content") or "").split())[:60]
    title = f"{fields.get('issued_by') or '上级'} 预警：{content}"
    return Known(title[:200], LEVELS.get(str(fields.get("level")), ""))
