"""Reports that are made by themselves (自动报表), and how long all of them are kept. Station side.

When a shift, day, week or month is over, by the station's clock in the time zone of the site; what was missed while the station
was down is made up for and marked as late. A report goes when its time is up, unless evidence of its days is held.
"""

import asyncio
from typing import TYPE_CHECKING

from app.domain.instant import DAY, MINUTE, Instant
from app.domain.report_period import Period
from app.station.bydesign import STATION
from app.station.reports.order import KINDS
from app.store.rows import Record

if TYPE_CHECKING:
    from app.station.reports.service import Reports
    from app.station.station import Station

LATE = 30 * MINUTE  # made later than this after it was due: it was missed
RETRY = 15 * MINUTE
SHIFT_CATCH_UP = 3 * DAY  # of shifts a month of them would be sixty


class Automatic:
    def __init__(self, station: "Station", reports: "Reports") -> None:
        self._station, self._reports = station, reports
        self._retry: dict[tuple[str, str], Instant] = {}

    async def next(self) -> tuple[str, Period, bool] | None:
        """The oldest that is due and not there: kind, period, is it late?"""
        station, reports = self._station, self._reports
        now, wanted = station.clock.now(), reports.settings
        first = await station.call(station.store.journal.read, 0, 1)
        if not first:
            return None
        delay = round(wanted.delay_min * MINUTE)
        metas = reports.shelf.metas.values()
        there = {(meta["kind"], meta["period"]) for meta in metas if meta["whole"] and meta["scope"]["kind"] == "site"}
        due: list[tuple[Instant, str, Period]] = []
        for entry in wanted.automatic:
            kind, _, span = entry.partition("/")
            span = span or kind
            back = round(wanted.catch_up_days * DAY)
            after = now - (min(back, SHIFT_CATCH_UP) if span == "shift" else back)
            for period in reports.calendar.over(span, max(after, first[0].record.time), now - delay):
                if (kind, period.key) not in there and self._retry.get((kind, period.key), 0) <= now:
                    due.append((period.end, kind, period))
        if not due:
            return None
        end, kind, period = min(due, key=lambda one: (one[0], KINDS.index(one[1])))
        return kind, period, now - (end + delay) > LATE

    def failed(self, kind: str, period: Period) -> None:
        """It is tried again later."""
        self._retry[kind, period.key] = self._station.clock.now() + RETRY

    async def purge(self) -> None:
        """Over its time, and no evidence of its days is held: journalled first, then gone."""
        station, shelf = self._station, self._reports.shelf
        now, keep = station.clock.now(), self._reports.settings.keep_days
        for id, meta in list(shelf.metas.items()):
            if now - int(meta["made_us"]) <= round(keep[meta["span"]] * DAY):
                continue
            if await station.call(self._held, int(meta["start_us"]), int(meta["end_us"])):
                continue
            data = {"id": id, "sha256": meta["sha256"], "title": meta["title"], "what": "removed"}
            await station.writer.submit([Record(now, "report", STATION, data=data)], [], [])
            await asyncio.to_thread(shelf.remove, id)
            self._reports.changed()

    def _held(self, start: Instant, end: Instant) -> bool:
        """Is a clip of that time locked, or in a case? Blocking."""
        clips, after = self._station.store.clips, None
        while rows := clips.find(start=start, end=end, after=after, limit=500):
            if any(row.locked_by or row.case for row in rows):
                return True
            after = rows[-1].id
        return False
