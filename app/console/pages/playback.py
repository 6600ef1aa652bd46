"""The playback page joined to the station: clips, spans of recorders, alarms and curves of the same time. Console side."""

import time

import msgspec
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.console.errors import Known
from app.console.evidence import Evidence
from app.console.footage import WallFootage
from app.console.history import Past
from app.console.packages import Packages
from app.console.pages.video import save_snapshot
from app.console.reader import instant
from app.console.seat import Seat
from app.console.telling import telling
from app.domain.clip import ClipMsg
from app.domain.instant import SECOND, Instant, to_rfc3339
from app.domain.roles import Action
from app.domain.tag import Tag
from app.domain.wire import AlarmMsg
from widgets.symbols import symbol_of
from widgets.video.playback import PlaybackPage
from widgets.video.timeline import Curve, Mark
from widgets.words import tr

NAME = "playback"
SPAN_S = 3600
MARGIN_S = 60
MOST_CURVES = 3
MOST_MARKS = 500
POINTS = 600
MOST_IN_CASE = 200


def make(seat: Seat) -> QWidget:
    page = PlaybackPage(seat.themes)
    PlaybackSide(seat, page)
    return page


class PlaybackSide(QObject):
    """Lives as long as the page."""

    def __init__(self, seat: Seat, page: PlaybackPage) -> None:
        super().__init__(page)
        self._seat, self._page = seat, page
        self._footage = WallFootage(seat, page.wall)
        self._footage.said.connect(page.say)
        self._footage.found.connect(page.show_spans)
        page.chosen.connect(lambda _: self._ask())
        page.span_wanted.connect(self._on_span)
        page.fetch_wanted.connect(lambda why: seat.run(self._fetch(why)))
        self._alarms: list[AlarmMsg] = []
        self._evidence = Evidence(seat, page.say)
        self._packages = Packages(seat, page.packages)
        self._evidence.made.connect(lambda name: seat.run(self._on_made(name)))
        page.packages_wanted.connect(lambda: seat.run(self._packages.load()))
        page.lock_wanted.connect(lambda why: seat.run(self._lock(why)))
        page.unlock_wanted.connect(lambda why: seat.run(self._unlock(why)))
        page.case_wanted.connect(self._on_case)
        page.snapshot_wanted.connect(lambda pane: save_snapshot(seat, page, pane))
        page.back.connect(lambda: seat.show_page("video"))
        page.wall.live_wanted.connect(seat.camera_wanted)
        seat.playback_wanted.connect(self.open)
        seat.clip_wanted.connect(self.open_clip)
        seat.entered.connect(self._on_entered)
        seat.left.connect(page.clear)

    def open(self, cameras: list[str]) -> None:
        """The last hour of these cameras."""
        now = round(time.time()) * SECOND
        self._page.show_span(now - SPAN_S * SECOND, now, now - MARGIN_S * SECOND)
        self._seat.show_page(NAME)
        self._page.pick(cameras)

    def open_clip(self, clip: ClipMsg) -> None:
        """A clip of an alarm, from its first picture, with what else there was then."""
        start, end = instant(clip.first_frame or clip.start), instant(clip.last_frame or clip.end)
        if start is None or end is None:
            return
        self._page.show_span(start - MARGIN_S * SECOND, end + MARGIN_S * SECOND, start)
        self._seat.show_page(NAME)
        self._page.pick([clip.camera])

    def _on_entered(self) -> None:
        site = self._seat.state.site
        now = round(time.time()) * SECOND
        self._page.show_span(now - SPAN_S * SECOND, now)
        self._page.show_site(site.cameras, site.equipment)
        self._page.allow(self._seat.may(Action.FETCH_VIDEO), self._seat.may(Action.KEEP_EVIDENCE))
        self._seat.run(self._footage.tidy())

    def _on_span(self, start: Instant, end: Instant) -> None:
        self._page.show_span(start, end)
        self._ask()

    def _ask(self) -> None:
        cursor = self._page.moment
        self._footage.show(cursor.start, cursor.end)
        if self._page.picked and self._seat.role is not None:
            self._seat.run(self._load_around(cursor.start, cursor.end, list(self._page.picked)))

    async def _load_around(self, start: Instant, end: Instant, cameras: list[str]) -> None:
        tags = self._tags(cameras)
        try:
            past = await self._seat.history(tags, start / SECOND, end / SECOND, POINTS) if tags else []
            span = {"start": to_rfc3339(start), "end": to_rfc3339(end), "limit": MOST_MARKS}
            alarms = msgspec.convert(await self._seat.call("GET", "/alarms/history", params=span), list[AlarmMsg])
        except Known as error:
            self._page.say(tr("曲线和报警没有取到：{why}", why=error.message))
            return
        self._alarms = alarms
        known = self._seat.state.site.tags
        self._page.timeline.put_curves([_curve(one, known[one.tag]) for one in past if one.tag in known])
        raised = [(instant(alarm.raised_at), alarm) for alarm in alarms if alarm.raised_at is not None]
        marks = [Mark(at, symbol_of(alarm)[0], alarm.message) for at, alarm in raised if at is not None]
        self._page.timeline.put_marks(sorted(marks, key=lambda one: one.at))

    def _tags(self, cameras: list[str]) -> list[str]:
        """What the cameras look at, the telling kinds first."""
        site = self._seat.state.site
        seen = {code for camera in cameras if camera in site.cameras for code in site.cameras[camera].equipment}
        return telling((tag for tag in site.tags.values() if tag.equipment in seen), MOST_CURVES)

    async def _lock(self, why: str) -> None:
        clips = self._page.clips_at_cursor()
        if not clips:
            self._page.say(tr("光标处没有可锁定的片段：请把光标放到时间轴上的片段里。"))
        elif await self._evidence.lock(clips, why):
            self._page.why.clear()  # the next deed has a reason of its own
            self._ask()

    async def _unlock(self, why: str) -> None:
        clips = self._page.clips_at_cursor(locked=True)
        if not clips:
            self._page.say(tr("光标处没有锁定的片段：请把光标放到时间轴上粗框的片段里。"))
        elif await self._evidence.unlock(clips, why):
            self._page.why.clear()
            self._ask()

    async def _on_made(self, name: str) -> None:
        """Shown in the list; where it is to be saved is asked."""
        self._page.say(tr("案卷 {name} 已做好。", name=name))
        self._page.why.clear()
        self._page.show_packages.setChecked(True)
        found = next((one for one in await self._packages.load() if one["name"] == name), None)
        if found is not None:
            self._packages.ask(found)

    def _on_case(self, why: str) -> None:
        if self._evidence.making:
            self._seat.run(self._evidence.cancel())
            return
        shown, span, cameras = self._page.timeline, self._page.moment, list(self._page.picked)
        start, end = max(shown.t0, span.start), min(shown.t1, span.end)
        alarms = [one.occurrence for one in self._alarms if self._concerns(one, cameras) and _within(one, start, end)]
        self._seat.run(self._evidence.make_case(cameras, alarms[:MOST_IN_CASE], start, end, why))

    def _concerns(self, alarm: AlarmMsg, cameras: list[str]) -> bool:
        """One of these cameras looks there."""
        site = self._seat.state.site
        tag = site.tags.get(alarm.tag)
        seen = {code for one in cameras if one in site.cameras for code in site.cameras[one].equipment}
        return alarm.equipment in seen or (tag is not None and not set(tag.camera).isdisjoint(cameras))

    async def _fetch(self, why: str) -> None:
        """From the recorders, through the station: it comes back as a clip with a hash in the journal."""
        cursor = self._page.timeline
        start, end = max(cursor.t0, self._page.moment.start), min(cursor.t1, self._page.moment.end)
        asked = 0
        for code in self._page.picked:
            body = {"camera": code, "start": to_rfc3339(start), "end": to_rfc3339(end), "reason": why}
            try:
                await self._seat.call("POST", "/clips", body)
                asked += 1
            except Known as error:
                self._page.say(tr("{camera} 没有调取：{why}", camera=code, why=error.message))
        if asked:
            self._page.say(tr("已请站点调取 {n} 路，进度在时间轴上。", n=asked))
            self._ask()


def _within(alarm: AlarmMsg, start: Instant, end: Instant) -> bool:
    raised = instant(alarm.raised_at) if alarm.raised_at is not None else None
    return raised is not None and start <= raised <= end


def _curve(past: Past, tag: Tag) -> Curve:
    return Curve(f"{tag.tag} {tag.name}", tag.unit, [round(t * SECOND) for t in past.t], past.low, past.high, tag.decimals)
