"""What runs in a station (站的运行): its works begun and ended in order, its clockwork, its slow rounds. Station side."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from app.domain.settings.history import history_settings
from app.station import daily, shift, upkeep
from app.station.bydesign import STATION, orphans, suppress_by_design
from app.station.history_care import HistoryCare
from app.station.notices import PARTS
from app.station.past import CLEAN_STOP, START, Past
from app.station.quality import service as quality
from app.station.replay import ROUND_S as REPLAY_S
from app.station.reports import service as reports
from app.station.works import Works
from app.store.rows import Record

if TYPE_CHECKING:
    from app.station.station import Station

TICK_S = 0.05  # delays end, values are handed to the feed
ROUND_S = 1.0  # clock, stale values, counters
SIDE_ROUNDS = 2  # between two reports of the links' counters
CLOCK_APART_US = 5_000_000


class Life:
    def __init__(self, station: "Station") -> None:
        self._station = station
        self._works = Works(station.notices.broken)
        self._rounds = 0

    def begin(self, past: Past) -> None:
        station = self._station
        now = station.clock.now()
        version = None if station.given.config is None else station.given.config.version
        data: dict[str, Any] = {
            "clean": past.clean,
            "config": version,
            "version": station.given.version,
            "what": START,
        }
        station.writer.note(Record(now, "system", STATION, data=data))
        records, states = orphans(station.engine, past.states, now)
        station.writer.note_with_states(records, states)
        for part in PARTS:  # a trouble of an earlier run is over until it shows again
            station.engine.flag(f"{STATION}/{part}", False, now)
        station.chatter.restore(past.lately, now)
        station.duty_log.begin()
        for change in suppress_by_design(station.engine, station.site, now):
            station.writer.put(change)
        station.plan_masks()
        station.masking.restore()
        self._works.run(station.heart.run, "heartbeat")
        self._works.run(station.writer.run, "journal writer", last=True)
        self._works.run(station.history.run, "history writer", last=True)
        for work, name in (*station.formwork.works(), *station.dispatch.works(), *station.video.works()):
            self._works.run(work, name)
        self._works.run(station.ahead.run, "time to limit")
        station.forms.resume()
        self._works.every(TICK_S, self._tick, "tick")
        self._works.every(ROUND_S, self._round, "round")
        for work, name in station.wiring.works():
            self._works.run(work, name)
        store, folder = station.store, station.given.data
        care = HistoryCare(store, history_settings(station.site.options), station.clock.now, partial(station.notice, "archive"))
        for period, work in (
            (upkeep.ACCOUNTS_S, partial(upkeep.review_accounts, store, station.logins)),
            (upkeep.DISK_S, partial(upkeep.look_at_disk, folder, partial(station.trouble, "disk"))),
            (upkeep.MEMORY_S, upkeep.give_back_memory),
            (shift.ROUND_S, station.shifts.round),
            (daily.ROUND_S, station.daily.round),
            (quality.ROUND_S, station.quality.round),
            (reports.ROUND_S, station.reports.look),
            (REPLAY_S, station.replay.round),
        ):
            self._works.run(partial(upkeep.every, period, work), "upkeep")
        for period, round in (*station.duty_log.rounds(), *care.rounds()):
            self._works.run(partial(upkeep.every, period, round), "upkeep")

    async def end(self) -> None:
        """Drivers first, then what they left to be written."""
        station = self._station
        await station.forms.close()
        await station.duty_log.close()
        await station.quality.close()
        await station.reports.close()
        await station.video.close()
        await station.reconfiguring.close()
        await self._works.end()
        station.writer.note(Record(station.clock.now(), "system", STATION, data={"what": CLEAN_STOP}))
        await asyncio.gather(station.writer.close(2.0), station.history.close(2.0))
        await self._works.end_last()
        if not station.writer.backlog:
            await station.duty_log.sealer.stop()

    def _tick(self) -> None:
        station = self._station
        station.engine.tick(station.clock.now())
        if station.ingest.dirty:
            changed, station.ingest.dirty = station.ingest.dirty, {}
            station.feed.values_changed(changed)

    def _round(self) -> None:
        station = self._station
        step = station.clock.check()
        if step is not None:
            data = {"adopted": step.adopted, "moved_s": step.moved / 1e6, "offset_s": step.offset / 1e6, "what": "clock_step"}
            station.writer.note(Record(station.clock.now(), "system", STATION, data=data))
            if step.adopted:
                station.engine.clock_moved(step.offset, station.clock.now())
            station.trouble("clock", f"系统时钟被调整了 {step.moved / 1e6:+.1f} 秒")
        elif abs(station.clock.offset) > CLOCK_APART_US:
            station.trouble("clock", "站时钟与系统时钟不一致，正在逐步校正；相差很大时请重启站服务")
        else:
            station.trouble("clock", "")
        station.ingest.sweep()
        for link in station.links.values():
            link.count()
        station.seats.round()
        station.count_flood(0)
        station.shelf.look(station.clock.now())
        station.chatter.look(station.clock.now())
        self._rounds += 1
        if self._rounds % SIDE_ROUNDS == 0:
            station.feed.side_changed()
