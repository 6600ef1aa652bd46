"""The replay page joined to the station: which span, what happened in it, the curves and the pictures. Console side.

The picture itself comes by `ReplayFeed`. The live desk goes on beside it: its state, its horn and its banner are not touched.
"""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.console.errors import Known
from app.console.footage import WallFootage
from app.console.reader import instant
from app.console.replay import ReplayFeed
from app.console.replay_unpack import exact
from app.console.seat import Seat
from app.console.state import Changes, SiteView
from app.console.telling import telling
from app.domain.alarm import AlarmState, What
from app.domain.instant import HOUR, MILLISECOND, MINUTE, SECOND, Instant
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.pulse import Settle
from widgets.replay.events import Happened
from widgets.replay.page import ReplayPage
from widgets.replay.timeline import Density
from widgets.timecursor import TimeCursor
from widgets.trend.marks import Mark
from widgets.words import tr

NAME = "replay"
SLOTS = 240
MOST_EVENTS = 2000
POINTS = 1500
FACEPLATE_POINTS = 240
SETTLE_MS = 400
MOST_CAMERAS = 4
MOST_CURVES, MOST_UNASKED = 4, 3
_RAISED = (What.RAISED, What.ACTIVE_AGAIN, What.REANNOUNCED)


def make(seat: Seat) -> QWidget:
    cursor = TimeCursor()
    page = ReplayPage(seat.themes, seat.blink, cursor)
    cursor.setParent(page)
    ReplaySide(seat, page, ReplayFeed(seat, cursor))
    return page


class ReplaySide(QObject):
    """Lives as long as the page."""

    def __init__(self, seat: Seat, page: ReplayPage, feed: ReplayFeed) -> None:
        super().__init__(page)
        feed.setParent(self)
        self._seat, self._page, self._feed, self._cursor = seat, page, feed, page.moment
        self._footage = WallFootage(seat, page.wall)
        self._site: SiteView | None = None  # as the views show it
        self._lag: Instant | None = None
        self._span = 0  # number of the span whose events and curves count
        self._marks: list[Mark] = []
        self._wanted_tags: list[str] = []
        self._faceplate = Settle(self, SETTLE_MS, self._ask_faceplate)
        page.advanced.connect(feed.advance)
        page.left.connect(self._leave)
        page.live_wanted.connect(self._go_live)
        page.card_wanted.connect(seat.card_wanted)
        page.occurrence_wanted.connect(lambda number: seat.run(self._open_card(number)))
        page.transport.last_wanted.connect(self.open_last)
        page.transport.span_wanted.connect(lambda start, end: self.open(start, end))
        page.trend.history_wanted.connect(lambda tags: seat.run(self._load_curves(tags)))
        page.plant.history_wanted.connect(lambda tag: seat.run(self._load_faceplate(tag)))
        page.plant.open_camera.connect(self._add_camera)
        page.wall.picked_changed.connect(self._show_footage)
        page.wall.live_wanted.connect(seat.camera_wanted)
        self._cursor.moved.connect(self._show_lag)  # after the feed has heard of it
        self._cursor.changed.connect(self._on_changed)
        feed.sought.connect(self._on_sought)
        feed.news.connect(self._on_replay_news)
        feed.waiting_changed.connect(self._say)
        feed.failed.connect(self._on_failed)
        seat.replay_wanted.connect(self.open)
        seat.page_shown.connect(self._on_page)
        seat.news.connect(self._on_live_news)
        seat.left.connect(self._on_left)
        seat.closing.connect(self._close)
        self._fault = ""
        page.say_empty(tr("选一段时间，再按播放。\n也可以从报警卡片、报警历史或趋势进入：回放这次报警。"))

    # opening

    def open_last(self, length: Instant) -> None:
        """The last hour or day, standing where it ends a minute ago."""
        now = round(time.time()) * SECOND
        self.open(now - length, now, now - min(length, MINUTE))

    def open(self, start: Instant, end: Instant, at: Instant | None = None, tags: Sequence[str] = ()) -> None:
        """A span, standing at `at` or its beginning; `tags`: whose curves, none: those that alarmed."""
        now = round(time.time() * SECOND)
        end = max(min(end, now), start + SECOND)
        self._span += 1
        self._wanted_tags = list(tags)
        self._marks = []
        self._page.say_empty("")
        self._page.events.show_events((), 0)
        self._page.timeline.clear()
        self._cursor.set_span(start, end, start if at is None else min(max(at, start), end))
        self._page.trend.show_span(start, end)
        if self._site is None:
            self._show_site(self._seat.state.site)
        if self._page.isHidden():
            self._seat.show_page(NAME)
        self._feed.begin()
        self._seat.run(self._load_span(self._span, start, end))
        self._page.setFocus()

    def _leave(self) -> None:
        self._cursor.play(False)
        self._seat.back()

    def _go_live(self, alarm: AlarmMsg) -> None:
        self._cursor.play(False)
        self._page.offer.withdraw()
        self._seat.place_wanted.emit(alarm)

    def _on_page(self, name: str) -> None:
        """Nobody looks at the past any more: it stands still. First shown from the navigation: the last hour."""
        if name != NAME:
            self._feed.rest()
            self._page.offer.withdraw()
        elif not self._cursor.end and self._seat.role is not None:
            self.open_last(HOUR)

    def _on_left(self) -> None:
        self._span += 1
        self._feed.stop()
        self._footage.stop()
        self._site = None
        self._cursor.set_span(0, 0)
        self._show_lag()
        self._page.clear()

    def _close(self) -> None:
        self._feed.stop()
        self._page.plant.shut()

    # the feed

    def _on_sought(self) -> None:
        state, page = self._feed.state, self._page
        if state.site is not self._site:
            self._show_site(state.site)
        page.show_whole(state.values, state.alarms_of({tag for tag, _ in state.alarms}))
        self._faceplate.poke()
        self._show_lag()
        self._say()

    def _on_changed(self) -> None:
        self._seat.moving = self._cursor.playing

    def _show_lag(self) -> None:
        lag = self._feed.lag
        if lag != self._lag:
            self._lag = lag
            self._page.show_lag(lag)
            self._say()

    def _show_site(self, site: SiteView) -> None:
        """With the limits and names as they were at the cursor; the picture that is shown stays."""
        self._site, page = site, self._page
        page.show_decimals({tag.tag: tag.decimals for tag in site.tags.values()})
        page.plant.show_site(site.layouts, site.pictures.get, site.tags, site.equipment, site.cameras)
        page.trend.show_site(site.tags)
        page.wall.show_cameras(site.cameras)

    def _on_replay_news(self, changes: Changes) -> None:
        if changes.alarms:
            self._page.put_alarms(changes.alarms, self._feed.state.alarms_of({alarm.tag for alarm in changes.alarms}))
        if changes.values:
            self._page.put_values(changes.values)

    def _on_failed(self, text: str) -> None:
        self._fault = text
        self._say()

    def _say(self) -> None:
        state = self._feed.state
        flood = state.extra.get("flood") or {}
        down = [link.name or link.source for link in state.links if link.state == "down"]
        said = [*state.notices]
        if flood.get("active"):
            said.append(tr("此时报警泛滥"))
        if down:
            said.append(tr("此时数据源中断：{names}", names="、".join(down)))
        if self._lag is not None:
            said = [self._fault or tr("正在取数据…")]  # what is known is of another moment
        self._page.strip.say("  ".join(said))
        self._page.transport.say(self._fault or (tr("正在取数据…") if self._feed.waiting else ""))

    # the live desk meanwhile

    def _on_live_news(self, changes: Changes) -> None:
        if self._page.isHidden():
            return
        for event in changes.events:
            if event.annunciate and event.priority == Priority.CRITICAL.word:
                alarm = self._seat.alarm(event.occurrence)
                if alarm is not None:
                    self._page.offer.offer(alarm)
        offered = self._page.offer.alarm
        if offered is not None and self._seat.alarm(offered.occurrence) is None:
            self._page.offer.withdraw()
        live = self._seat.state.site
        if changes.whole and live.tags and self._feed.state.site.version != live.version:
            self._feed.begin()

    # what happened, curves, pictures

    async def _load_span(self, number: int, start: Instant, end: Instant) -> None:
        span = {"start": exact(start), "end": exact(end)}
        try:
            density = await self._seat.call("GET", "/replay/density", params={**span, "slots": SLOTS})
            answer = await self._seat.call("GET", "/replay/events", params={**span, "limit": MOST_EVENTS})
        except Known as error:
            if number == self._span:
                self._on_failed(tr("这段时间的事件没有取到：{why}", why=error.message))
            return
        if number != self._span:
            return
        gaps = [(instant(low), instant(high)) for low, high in density["gaps"]]
        width = round(density["width_s"] * SECOND)
        self._page.timeline.put(Density(instant(density["start"]), width, density["counts"], gaps))
        rows = [_happened(one) for one in answer["events"]]
        self._marks = [mark for one in answer["events"] if (mark := _mark(one)) is not None]
        self._page.events.show_events(rows, self._cursor.at)
        self._cursor.set_marks(sorted({row.at for row in rows}))
        if answer["before"] is not None:
            first = rows[0].text if rows else ""
            self._seat.tell_briefly(tr("这段时间的事件太多，只列出最后 {n} 条（从“{first}”起）。", n=len(rows), first=first))
        self._choose_tags(answer["events"])
        self._page.trend.put_marks(self._marks)
        self._choose_cameras()

    def _choose_tags(self, events: Sequence[dict[str, Any]]) -> None:
        """Those asked for; else those that alarmed in the span, the gravest and earliest first."""
        tags = self._seat.state.site.tags
        chosen = [tag for tag in self._wanted_tags if tag in tags]
        if not chosen:
            raised = [one for one in events if one["what"] == What.RAISED and one["tag"] in tags and one["annunciate"]]
            raised.sort(key=lambda one: (_rank(one["priority"]), one["id"]))
            chosen = list(dict.fromkeys(one["tag"] for one in raised if not tags[one["tag"]].is_digital))
        if not chosen:
            chosen = telling(tags.values(), MOST_UNASKED)
        self._page.trend.show_tags(chosen[:MOST_CURVES])

    async def _load_curves(self, tags: list[str]) -> None:
        number, start, end = self._span, self._cursor.start, self._cursor.end
        if not tags:
            return
        try:
            found = await self._seat.history(tags, start / SECOND, end / SECOND, POINTS)
        except Known as error:
            self._on_failed(tr("曲线没有取到：{why}", why=error.message))
            return
        if number == self._span:
            for one in found:
                self._page.trend.put_history(one.tag, one.start, one.end, one.t, one.low, one.high)
            self._page.trend.put_marks(self._marks)

    def _ask_faceplate(self) -> None:
        plate = self._page.plant.faceplate
        if not plate.isHidden() and plate.item is not None:
            for tag in plate.item.bind.values():
                self._seat.run(self._load_faceplate(tag))

    async def _load_faceplate(self, tag: str) -> None:
        at = self._cursor.at / SECOND
        try:
            found = await self._seat.history([tag], at - HOUR / SECOND, at, FACEPLATE_POINTS)
        except Known:
            return  # the small curve stays empty; what matters has been told elsewhere
        for one in found:
            self._page.plant.put_history(one.tag, [round(t * SECOND) for t in one.t], one.low, one.high)

    def _choose_cameras(self) -> None:
        """Those that look at what alarmed."""
        site, shown = self._seat.state.site, self._page.trend.shown
        places = [site.tags[tag].equipment for tag in shown if tag in site.tags]
        found = [camera.camera for place in places for camera in site.cameras.values() if place in camera.equipment]
        chosen = list(dict.fromkeys(found))[:MOST_CAMERAS]
        self._page.show_wall(chosen)
        self._page.wall.show_cameras(site.cameras)
        self._page.wall.pick(chosen)

    def _add_camera(self, camera: str) -> None:
        picked = [*(one for one in self._page.wall.picked if one != camera), camera]
        self._page.show_wall(picked)
        self._page.wall.pick(picked)

    def _show_footage(self) -> None:
        if self._cursor.end:
            self._footage.show(self._cursor.start, self._cursor.end)

    async def _open_card(self, occurrence: int) -> None:
        """The card of a past occurrence, of which only the number is known."""
        try:
            answer = await self._seat.call("GET", f"/alarms/{occurrence}/card")
            alarm = msgspec.convert(answer["alarm"], AlarmMsg)
        except Known as error:
            self._seat.tell_briefly(tr("卡片没有取到：{error}", error=error.message))
            return
        self._seat.card_wanted.emit(alarm)


def _happened(one: dict[str, Any]) -> Happened:
    """At the first millisecond at which it can be seen: the answer's times are cut to milliseconds."""
    alarm = one["kind"] == "alarm"
    priority = Priority.of(one["priority"]) if alarm and one["priority"] else None
    state = AlarmState(one["after"]) if alarm and one["after"] in set(AlarmState) else None
    at = instant(one["time"]) + MILLISECOND
    return Happened(one["id"], at, one["text"], one["occurrence"], one["tag"], priority, state)


def _mark(one: dict[str, Any]) -> Mark | None:
    if one["kind"] != "alarm" or not one["tag"]:
        return None
    raised = one["what"] in set(_RAISED)
    priority = Priority.of(one["priority"]) if raised and one["priority"] else None
    return Mark(instant(one["time"]) / SECOND, one["what"], one["tag"], one["text"], one["occurrence"], priority)


def _rank(priority: str) -> int:
    words = [one.word for one in Priority]
    return words.index(priority) if priority in words else len(words)
