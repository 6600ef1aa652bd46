"""The station put together (站的组装): the parts for one site over one store, and what connects them. Station side.

Read from top to bottom. What runs, and in which order it begins and ends, is `life`; reaching it over HTTP is `api`, as a
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
from app.domain.settings.operations import read_operations
from app.domain.settings.voice import read_voice
from app.domain.tag import Tag
from app.station.board import Board
from app.station.bydesign import STATION
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
from app.station.ingest import Ingest
from app.station.life import Life
from app.station.links import Link
from app.station.login import Logins
from app.station.masking import Masking
from app.station.notices import PARTS, Notices
from app.station.past import Past, read_past
from app.station.quality.patrol import Patrols
from app.station.quality.service import Quality
from app.station.reconfigure import Turns
from app.station.replay import Replay
from app.station.reports import service as reports
from app.station.seats import Seats
from app.station.shelf import Shelf
from app.station.shift import Shifts
from app.station.supervisor import BACKOFF_S
from app.station.table import Slot, TagTable
from app.station.time_to_limit import TimeToLimit
from app.station.video.bound import bound_cameras
from app.station.video.service import Video, video_rules
from app.station.waiting import Published
from app.station.wiring import Wiring
from app.station.words import Wording
from app.station.writer import JournalWriter
from app.store.ports import Store
from app.store.rows import ConfigVersion, Record
from drivers.base import DriverFactory

log = logging.getLogger(__name__)
T = TypeVar("T")


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
        self.notices = Notices(self)
        trouble, self.notice = self.notices.trouble, self.notices.notice
        self.trouble = trouble
        self._blocking = ThreadPoolExecutor(3, "store")
        self.listeners: list[Callable[[Sequence[Published], bool], None]] = []  # hear every alarm change that is shown
        self.extras: dict[str, Callable[[], Any]] = {}  # what else the feed tells, by name

        # the way of a value: sources -> ingest -> engine -> writer -> board -> feed
        self.wording = Wording(site, self._bad_reason)
        self.board = Board(self.wording)
        self.engine = Engine(engine_from.next_occurrence, self._moved)
        self.writer = JournalWriter(store.journal, self.wording, self._publish, self.engine.revert, partial(trouble, "journal"))
        self.history = HistoryWriter(store.historian, partial(trouble, "history"), now)
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
        self.wiring = Wiring(self)
        self.feed = Feed(self.table, self.board, self.wiring.messages, self.notices.texts, self.extra, now)

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
        self.duty_log = DutyLog(self, partial(trouble, INTEGRITY))
        self.formwork = Formwork(self, papers)
        self.forms = self.formwork.forms
        self.duties = self.formwork.deadlines.duties  # hear of everything that is overdue
        self.shifts = Shifts(self, self.forms)
        self.daily = DailyReports(self, self.forms, self.shifts)
        self.reports = reports.Reports(self)
        self.dispatch = Dispatch(self, partial(trouble, "dispatch"))
        self.video = Video(self, bound, given.package)
        self.ahead = TimeToLimit.beside(self)
        self.extras["ahead"] = self.ahead.tell
        self.quality = Quality(self)
        self.patrols = Patrols(self, self.forms)
        self.heart = Heartbeat(settings(site.options, "operations", read_operations).held_s, partial(trouble, "loop"))
        self.seats = Seats(now, partial(trouble, "audio"))
        self.extras["mute_seats"] = self.seats.mute
        voice = settings(site.options, "voice", read_voice)
        self.extras["voice"] = lambda: asdict(voice)
        self.reconfiguring = Turns()
        self.replay = Replay(self, PARTS)
        self._life = Life(self)

    # life

    @classmethod
    async def start(cls, given: Given) -> "Station":
        past = await asyncio.to_thread(read_past, given.store)
        papers = await asyncio.to_thread(read_forms, given.store, kinds_of(given.site))
        station = cls(given, past, papers)
        station._life.begin(past)
        return station

    async def stop(self) -> None:
        """Within about 4 s."""
        await self._life.end()
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
        self.count_flood(sum(item.event and item.change.transition.annunciate for item in published))
        for listener in self.listeners:
            listener(published, durable)

    def count_flood(self, annunciations: int) -> None:
        """With every alarm, and once a second without any."""
        before, now = self.flood, self.clock.now()
        self.flood = flood_step(before, now, annunciations)
        if self.flood.active != before.active:
            what = "flood_began" if self.flood.active else "flood_ended"
            self.writer.note(Record(now, "system", STATION, data={"what": what}))
            self.feed.side_changed()

    def _bad_reason(self, tag: str) -> tuple[Reason, str]:
        slot = self.table.slots.get(tag)
        return (Reason.NONE, "") if slot is None else (slot.sample.reason, slot.sample.detail)
