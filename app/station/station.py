"""The station put together (站的组装): everything that runs for one site over one store, started and stopped in order.

Station side. Read from top to bottom: the parts, what connects them, the clockwork. Reaching it over HTTP is `api`, as a
process `main`.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from app import __version__
from app.domain.alarm import AlarmRule
from app.domain.flood import Flood, flood_step
from app.domain.instant import to_rfc3339
from app.domain.masks import masks_of
from app.domain.plant import Site, Source
from app.domain.rules import all_rules_of, link_rule, system_rule
from app.domain.sample import Reason
from app.domain.settings import settings
from app.domain.settings.accounts import read_accounts
from app.domain.settings.alarm import read_alarm
from app.domain.settings.history import history_settings
from app.domain.settings.operations import read_operations
from app.domain.settings.voice import read_voice
from app.domain.tag import Tag
from app.domain.wire import LinkMsg
from app.station import daily, shift, upkeep
from app.station.board import Board
from app.station.bydesign import STATION, orphans, suppress_by_design
from app.station.changes import Change
from app.station.chatter import ChatterGuard
from app.station.clock import StationClock
from app.station.commands import CommandBus
from app.station.daily import DailyReports
from app.station.dispatch.service import Dispatch
from app.station.dutylog import PART as INTEGRITY
from app.station.dutylog import DutyLog
from app.station.engine import Engine
from app.station.feed import Feed
from app.station.form_index import FormsPast, read_forms
from app.station.form_kinds import kinds_of
from app.station.formwork import Formwork
from app.station.heartbeat import Heartbeat
from app.station.history import HistoryWriter
from app.station.history_care import HistoryCare
from app.station.ingest import Ingest
from app.station.links import Link
from app.station.login import Logins
from app.station.masking import Masking
from app.station.past import CLEAN_STOP, START, Past, read_past
from app.station.quality import service as quality
from app.station.quality.patrol import Patrols
from app.station.quality.service import Quality
from app.station.reconfigure import Turns
from app.station.replay import ROUND_S as REPLAY_S
from app.station.replay import Replay
from app.station.reports import service as reports
from app.station.seats import Seats
from app.station.shelf import Shelf
from app.station.shift import Shifts
from app.station.supervisor import BACKOFF_S, Supervisor
from app.station.table import Slot, TagTable
from app.station.time_to_limit import TimeToLimit
from app.station.video.bound import bound_cameras
from app.station.video.service import Video, video_rules
from app.station.waiting import Published
from app.station.words import Wording
from app.station.works import Works
from app.station.writer import JournalWriter
from app.store.ports import Store
from app.store.rows import ConfigVersion, Record
from drivers.base import Driver, DriverContext, DriverFactory, SourceMisconfigured

log = logging.getLogger(__name__)
T = TypeVar("T")

TICK_S = 0.05  # delays end, values are handed to the feed
ROUND_S = 1.0  # clock, stale values, counters
SIDE_ROUNDS = 2  # between two reports of the links' counters
CLOCK_APART_US = 5_000_000
PARTS = ("journal", "history", "clock", "disk", "integrity", "audio", "dispatch", "loop")  # each with an alarm of its own


@dataclass(frozen=True)
class Given:
    """What a station is built from. `drivers` by name; `config` None when the site was never kept; `package`: the folder the
    site came from, None when it was not read from one."""

    site: Site
    store: Store
    data: Path
    drivers: dict[str, DriverFactory]
    config: ConfigVersion | None = None
    version: str = __version__
    backoff_s: Sequence[float] = field(default=BACKOFF_S)
    package: Path | None = None


class Station:
    """`await Station.start(given)`; everything below belongs to the event loop it was started on."""

    def __init__(self, given: Given, engine_from: Past, papers: FormsPast) -> None:
        site, store = given.site, given.store
        self.given, self.site, self.store = given, site, store
        self.clock = StationClock()
        now = self.clock.now
        self.started_at = now()
        self.flood = Flood()
        self.notices: dict[str, str] = {}
        self._works = Works(self._broken)
        self._blocking = ThreadPoolExecutor(3, "store")
        self._secrets: dict[str, str] = {}
        self.listeners: list[Callable[[Sequence[Published], bool], None]] = []  # hear every alarm change that is shown
        self.extras: dict[str, Callable[[], Any]] = {}  # what else the feed tells, by name
        self._rounds = 0

        # the way of a value: sources -> ingest -> engine -> writer -> board -> feed
        self.wording = Wording(site, self._bad_reason)
        self.board = Board(self.wording)
        self.engine = Engine(engine_from.next_occurrence, self._moved)
        self.writer = JournalWriter(
            store.journal, self.wording, self._publish, self.engine.revert, partial(self.trouble, "journal")
        )
        self.history = HistoryWriter(store.historian, partial(self.trouble, "history"), now)
        self._sources = {source.id: source for source in site.sources}
        slots = []
        for tag in site.tags:
            source = self.source_of(tag)
            watch = self.engine.add(tag.tag, all_rules_of(tag, source), engine_from.states)
            slots.append(Slot(tag, source, watch, self.started_at))
        for source in site.sources:
            self.engine.add(f"@{source.id}", (link_rule(source),), engine_from.states)
        for part in PARTS:
            self.engine.add(f"{STATION}/{part}", (system_rule(part),), engine_from.states)
        self.table = TagTable(slots)
        self.ingest = Ingest(self.table, self.engine, now, self.history.keep)
        self.links = {s.id: Link(s, self.table.by_source.get(s.id, []), self.started_at) for s in site.sources}
        bound = bound_cameras(site)
        for rule in video_rules(site, bound):
            self.engine.add(rule.tag, (rule,), engine_from.states)
        self.board.restore(self.engine.pairs())
        self.feed = Feed(self.table, self.board, self.link_messages, self.notice_texts, self.extra, now)

        # what watches over the alarms
        self.alarm = settings(site.options, "alarm", read_alarm)
        self.masking = Masking(self.engine, self.writer.put, now)
        note, badges = self.writer.note, self.wording.chattering
        self.chatter = ChatterGuard(self.alarm.chatter, self.engine, badges, note, self.show_again, now)
        self.shelf = Shelf(self.alarm, self.engine, note, self.feed.side_changed, now)
        self.listeners += [self._mask_by_people, self.chatter.hear]
        self.extras["returning"] = self.shelf.returning
        self.extras["config"] = lambda: None if self.given.config is None else self.given.config.version

        # the way of a command: API -> login -> command bus -> engine -> writer
        self.logins = Logins(store.accounts, now, self.writer.note, settings(site.options, "accounts", read_accounts))
        self.commands = CommandBus(self.engine, self.writer, self.wording, now, self.alarm, self.shelf)
        self.duty_log = DutyLog(self, partial(self.trouble, INTEGRITY))
        self.formwork = Formwork(self, papers)
        self.forms = self.formwork.forms
        self.duties = self.formwork.deadlines.duties  # hear of everything that is overdue
        self.shifts = Shifts(self, self.forms)
        self.daily = DailyReports(self, self.forms, self.shifts)
        self.reports = reports.Reports(self)
        self.dispatch = Dispatch(self, partial(self.trouble, "dispatch"))
        self.video = Video(self, bound, given.package)
        self.ahead = TimeToLimit.beside(self)
        self.extras["ahead"] = self.ahead.tell
        self.quality = Quality(self)
        self.patrols = Patrols(self, self.forms)
        self.heart = Heartbeat(settings(site.options, "operations", read_operations).held_s, partial(self.trouble, "loop"))
        self.seats = Seats(now, partial(self.trouble, "audio"))
        self.extras["mute_seats"] = self.seats.mute
        voice = settings(site.options, "voice", read_voice)
        self.extras["voice"] = lambda: asdict(voice)
        self.reconfiguring = Turns()
        self.replay = Replay(self, PARTS)

    # life

    @classmethod
    async def start(cls, given: Given) -> "Station":
        past = await asyncio.to_thread(read_past, given.store)
        papers = await asyncio.to_thread(read_forms, given.store, kinds_of(given.site))
        station = cls(given, past, papers)
        station._begin(past)
        return station

    def _begin(self, past: Past) -> None:
        now = self.clock.now()
        version = None if self.given.config is None else self.given.config.version
        data: dict[str, Any] = {
            "clean": past.clean,
            "config": version,
            "version": self.given.version,
            "what": START,
        }
        self.writer.note(Record(now, "system", STATION, data=data))
        records, states = orphans(self.engine, past.states, now)
        self.writer.note_with_states(records, states)
        for part in PARTS:  # a trouble of an earlier run is over until it shows again
            self.engine.flag(f"{STATION}/{part}", False, now)
        self.duty_log.begin()
        for change in suppress_by_design(self.engine, self.site, now):
            self.writer.put(change)
        self.plan_masks()
        self.masking.restore()
        self._works.run(self.heart.run, "heartbeat")
        self._works.run(self.writer.run, "journal writer", last=True)
        self._works.run(self.history.run, "history writer", last=True)
        for work, name in (*self.formwork.works(), *self.dispatch.works(), *self.video.works()):
            self._works.run(work, name)
        self._works.run(self.ahead.run, "time to limit")
        self.forms.resume()
        self._works.every(TICK_S, self._tick, "tick")
        self._works.every(ROUND_S, self._round, "round")
        for link in self.links.values():
            make = partial(self._make_driver, link)
            supervisor = Supervisor(link, make, self.ingest, self.clock.now, self._link_changed, self.given.backoff_s)
            self._works.run(supervisor.run, f"source {link.source.id}")
        store, folder = self.store, self.given.data
        care = HistoryCare(store, history_settings(self.site.options), self.clock.now, partial(self.notice, "archive"))
        for period, work in (
            (upkeep.ACCOUNTS_S, partial(upkeep.review_accounts, store, self.logins)),
            (upkeep.DISK_S, partial(upkeep.look_at_disk, folder, partial(self.trouble, "disk"))),
            (upkeep.MEMORY_S, upkeep.give_back_memory),
            (shift.ROUND_S, self.shifts.round),
            (daily.ROUND_S, self.daily.round),
            (quality.ROUND_S, self.quality.round),
            (reports.ROUND_S, self.reports.look),
            (REPLAY_S, self.replay.round),
        ):
            self._works.run(partial(upkeep.every, period, work), "upkeep")
        for period, round in (*self.duty_log.rounds(), *care.rounds()):
            self._works.run(partial(upkeep.every, period, round), "upkeep")

    async def stop(self) -> None:
        """Drivers first, then what they left to be written. Within about 4 s."""
        await self.forms.close()
        await self.duty_log.close()
        await self.quality.close()
        await self.reports.close()
        await self.video.close()
        await self._works.end()
        self.writer.note(Record(self.clock.now(), "system", STATION, data={"what": CLEAN_STOP}))
        await asyncio.gather(self.writer.close(2.0), self.history.close(2.0))
        await self._works.end_last()
        if not self.writer.backlog:
            await self.duty_log.sealer.stop()
        self._blocking.shutdown(wait=False, cancel_futures=True)
        self.replay.close()

    async def call(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """A blocking call to the store, in a worker thread."""
        return await asyncio.get_running_loop().run_in_executor(self._blocking, partial(work, *args, **kwargs))

    # what a change of the configuration asks for

    def adopt(self, site: Site, version: ConfigVersion) -> None:
        """The configuration that counts from now on; its tags and sources are those of the one before."""
        self.site = site
        self.given = replace(self.given, site=site, config=version)
        self.wording.adopt(site)

    def source_of(self, tag: Tag) -> Source:
        """A tag nobody serves still has a place in the table."""
        return self._sources.get(tag.source) or Source(tag.source, "", "")

    def plan_masks(self) -> None:
        parents, faults = masks_of(self.site.tags, self.alarm)
        for fault in faults:  # refused by the site check; a limit that was taken away in the running station is left
            log.warning("屏蔽设置有误：%s %s", fault.tag, fault.found)
        self.masking.plan(parents)

    def show_again(self, rules: Iterable[AlarmRule]) -> None:
        """Tell the standing alarms of these rules again: the rule, or a badge of it, is another."""
        self.feed.publish(self.board.refresh(rules))

    # what others read

    def link_messages(self) -> list[LinkMsg]:
        return [link.message() for link in self.links.values()]

    def notice_texts(self) -> list[str]:
        return [text for text in self.notices.values() if text]

    def extra(self) -> dict[str, Any]:
        flood = self.flood
        return {
            "flood": {"active": flood.active, "since": None if flood.since is None else to_rfc3339(flood.since)},
            "counts": self.board.counts(),
            **{name: tell() for name, tell in self.extras.items()},
        }

    # what the parts tell

    def _moved(self, change: Change) -> None:
        """Whatever the field or time did to an alarm. Its children are masked at once, before they can sound too."""
        self.writer.put(change)
        self.masking.moved(change.key)

    def _mask_by_people(self, published: Sequence[Published], durable: bool) -> None:
        """A parent that somebody shelved or took out of service hides nothing any more."""
        for item in published:
            self.masking.moved(item.change.key)

    def _publish(self, published: Sequence[Published], durable: bool) -> None:
        self.feed.publish(self.board.apply(published, durable))
        self._count_flood(sum(item.event and item.change.transition.annunciate for item in published))
        for listener in self.listeners:
            listener(published, durable)

    def _count_flood(self, annunciations: int) -> None:
        before, now = self.flood, self.clock.now()
        self.flood = flood_step(before, now, annunciations)
        if self.flood.active != before.active:
            what = "flood_began" if self.flood.active else "flood_ended"
            self.writer.note(Record(now, "system", STATION, data={"what": what}))
            self.feed.side_changed()

    def _bad_reason(self, tag: str) -> tuple[Reason, str]:
        slot = self.table.slots.get(tag)
        return (Reason.NONE, "") if slot is None else (slot.sample.reason, slot.sample.detail)

    def trouble(self, part: str, text: str) -> None:
        """A part of the station itself is in trouble, or well again with ""."""
        tag = f"{STATION}/{part}"
        before = self.notices.get(part, "")
        if text == before:
            return
        self.notices[part] = text
        if text:
            self.wording.details[tag] = text
        if bool(text) != bool(before):
            self.engine.flag(tag, bool(text), self.clock.now())
        self.feed.side_changed()

    def notice(self, part: str, text: str) -> None:
        """A line for the desks that is no alarm; "" takes it away."""
        if text != self.notices.get(part, ""):
            self.notices[part] = text
            self.feed.side_changed()

    def _link_changed(self, link: Link) -> None:
        now = self.clock.now()
        tag = f"@{link.source.id}"
        if link.last_error:
            self.wording.details[tag] = link.last_error
        down = link.state == "down"
        # While it still connects nothing is known: an alarm of an earlier run stands until the link does.
        if link.state != "connecting" and self.engine.watches[tag].states[0].active != down:
            record = Record(now, "link", STATION, tag, data={"error": link.last_error, "state": link.state})
            self.writer.note(record)
            self.engine.flag(tag, down, now)
        self.feed.side_changed()

    async def _make_driver(self, link: Link) -> Driver:
        source = link.source
        factory = self.given.drivers.get(source.driver)
        if factory is None:
            raise SourceMisconfigured(f"没有名为 {source.driver} 的驱动")
        secrets = self.store.secrets
        self._secrets = await self.call(lambda: {name: secrets.get(name) for name in secrets.names()})
        pki = self.given.data / "pki" / source.id
        pki.mkdir(mode=0o700, parents=True, exist_ok=True)
        context = DriverContext(self.clock.now, self._secrets.__getitem__, pki)
        return factory(source, [slot.tag for slot in link.slots], context)

    # clockwork

    def _broken(self) -> None:
        self.notices["internal"] = "站内部出错，详见站的日志文件；值守继续"
        self.feed.side_changed()

    def _tick(self) -> None:
        self.engine.tick(self.clock.now())
        if self.ingest.dirty:
            changed, self.ingest.dirty = self.ingest.dirty, {}
            self.feed.values_changed(changed)

    def _round(self) -> None:
        step = self.clock.check()
        if step is not None:
            data = {"adopted": step.adopted, "moved_s": step.moved / 1e6, "offset_s": step.offset / 1e6, "what": "clock_step"}
            self.writer.note(Record(self.clock.now(), "system", STATION, data=data))
            if step.adopted:
                self.engine.clock_moved(step.offset, self.clock.now())
            self.trouble("clock", f"系统时钟被调整了 {step.moved / 1e6:+.1f} 秒")
        elif abs(self.clock.offset) > CLOCK_APART_US:
            self.trouble("clock", "站时钟与系统时钟不一致，正在逐步校正；相差很大时请重启站服务")
        else:
            self.trouble("clock", "")
        self.ingest.sweep()
        for link in self.links.values():
            link.count()
        self.seats.round()
        self._count_flood(0)
        self.shelf.look(self.clock.now())
        self.chatter.look(self.clock.now())
        self._rounds += 1
        if self._rounds % SIDE_ROUNDS == 0:
            self.feed.side_changed()
