"""Video of a station put together (站的视频): rings, clips, spans of recorders, clocks, cases, spot checks. Station side.

Belongs to the event loop. Begun after the journal writer; whatever fails here is told and holds nothing else up.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from app.domain.alarm import AlarmRule
from app.domain.clip import CameraMsg, ClipState
from app.domain.instant import to_rfc3339
from app.domain.plant import Camera, Site
from app.domain.rules import camera_rule, system_rule
from app.domain.settings import settings
from app.domain.settings.video import read_video
from app.domain.tag import Priority
from app.station.bydesign import STATION
from app.station.upkeep import every
from app.station.video.book import ClipBook
from app.station.video.bound import Bound
from app.station.video.cases import Cases
from app.station.video.clocks import Clocks
from app.station.video.keeping import PURGE_S, Keeping
from app.station.video.mending import mended, sweep
from app.station.video.playback import Playback
from app.station.video.recorder import Recorder
from app.station.video.recorders import Recorders
from app.station.video.rings import Filmed, Rings
from app.station.video.sources import Logins
from app.station.video.spotchecks import SpotChecks
from app.station.waiting import Published
from app.store.ports import StoreUnavailable
from app.store.rows import ClipRow

if TYPE_CHECKING:
    from app.station.station import Station

log = logging.getLogger(__name__)

ROUND_S = 1.0
RETRY_S = 2.0
MOST_NAMED = 5
RING, CLIP, CLOCK = "video", "video_clip", "video_clock"
PARTS = (RING, CLIP, CLOCK)
"""Each an alarm of the station's own: a ring is missing; a clip could not be written; a clock is off."""


def video_rules(site: Site, bound: Bound) -> list[AlarmRule]:
    """Alarms of video itself: a camera at a hazard source that is lost, and the parts of the station that film."""
    priority = Priority.of(settings(site.options, "video", read_video).lost_priority)
    cameras = [camera_rule(code, priority) for code, watched in bound.watched.items() if watched.hazard_sources]
    return [*cameras, *(system_rule(part, Priority.MEDIUM) for part in PARTS)]


class Video:
    def __init__(self, station: "Station", bound: Bound, package: Path | None = None) -> None:
        """`package`: the folder file:// cameras are relative to."""
        self._station = station
        site, now = station.site, station.clock.now
        self.settings = settings(site.options, "video", read_video)
        self.package = package
        self.folder = station.given.data / "clips"
        self.cameras: dict[str, Camera] = {one.camera: one for one in site.cameras}
        self.logins = Logins(station.store.secrets)
        self.rings = Rings(bound.watched, self.settings, self.logins, package, now)
        names = {one.camera: one.name for one in site.cameras}
        self.book = ClipBook(station.writer, now, self.settings, names, station.feed.side_changed)
        tell = partial(partial, station.trouble)
        self.recorder = Recorder(self.rings, bound.by_tag, self.book, self.folder, self.settings, now, tell(CLIP))
        self.clocks = Clocks(self.cameras, self.settings, self.logins, now, tell(CLOCK))
        zone = ZoneInfo(site.timezone)
        self.recorders = Recorders(self.cameras, zone, self.settings, self.logins, now, self.clocks.offset_s)
        self.playback = Playback(
            self.cameras, zone, self.book, self.folder, self.settings, self.logins, now, self.clocks.offset_s
        )
        self.keeping = Keeping(station.store, self.book, self.folder, self.settings, now, station.call, station.forms.index)
        self.cases = Cases(station, self.book, self.settings, self.folder)
        self.spot_checks = SpotChecks(station)
        self._waiting: list[tuple[Sequence[Published], bool]] | None = []  # heard before the book was read
        station.extras["cameras"] = self.now
        station.extras["clips"] = lambda: {"changed": self.book.count, "under_way": self.recorder.under_way}
        station.listeners.append(self._hear)

    # life

    def works(self) -> list[tuple[Callable[[], Coroutine[Any, Any, None]], str]]:
        """What runs as long as the station."""
        found: list[tuple[Callable[[], Coroutine[Any, Any, None]], str]] = [
            (self._run, "video"),
            (partial(every, PURGE_S, self.keeping.purge), "clip retention"),
        ]
        return [*found, (self.clocks.run, "camera clocks")] if self.settings.on else found

    async def close(self) -> None:
        """Before the journal writer ends: what is under way is written down as far as it came."""
        await self.rings.stop()
        await asyncio.gather(self.recorder.close(1.0), self.playback.close(), self.cases.close())
        self.clocks.close()

    async def _run(self) -> None:
        for part in PARTS:  # a trouble of an earlier run is over until it shows again
            self._station.engine.flag(f"{STATION}/{part}", False, self._station.clock.now())
        left = await self._read()
        self.book.go_on_from(left[0])
        waiting, self._waiting = self._waiting, None
        await self.rings.start()
        for heard in waiting or ():
            self.recorder.hear(*heard)
        mending = asyncio.create_task(self._mend(left[1]), name="clips of an earlier run")
        try:
            while True:
                await asyncio.sleep(ROUND_S)
                self._look()
        finally:
            mending.cancel()

    async def _read(self) -> tuple[int, list[ClipRow]]:
        """The highest number, and what an earlier run left under way."""
        clips = self._station.store.clips
        while True:
            try:
                last = await self._station.call(clips.last_id)
                rows: list[ClipRow] = []
                after: int | None = None
                while page := await self._station.call(clips.find, state=ClipState.RECORDING.value, after=after):
                    rows += page
                    after = page[-1].id
                return last, rows
            except StoreUnavailable as error:
                log.warning("片段台账稍后再读：%s", error)
                await asyncio.sleep(RETRY_S)

    async def _mend(self, rows: Sequence[ClipRow]) -> None:
        names = [row.file for row in rows if row.file]
        await asyncio.to_thread(sweep, self.folder, names)
        await self.cases.sweep()
        for row in rows:
            try:
                found = await asyncio.to_thread(mended, row, self.folder)
            except OSError as error:
                log.error("片段 %d 的文件不能处理：%s", row.id, error)
                continue
            self.book.change(
                row,
                "mended",
                state=found.state.value,
                words=found.words,
                file=found.file,
                first_frame=found.first_frame,
                last_frame=found.last_frame,
                size=found.size,
                sha256=found.sha256,
            )

    # what happens

    def _hear(self, published: Sequence[Published], durable: bool) -> None:
        """A fault in filming must not keep others from hearing."""
        if self._waiting is not None:
            self._waiting.append((published, durable))
            return
        try:
            self.recorder.hear(published, durable)
        except Exception:
            log.exception("报警录像出错")
            self._station.trouble(CLIP, "报警录像程序出错，详见站的日志文件")

    def _look(self) -> None:
        """Once a second: who is lost, who is back."""
        changed = self.rings.look()
        for one in changed:
            self._tell(one)
        if changed:
            self._station.feed.side_changed()
        missing = list(self.rings.missing()) if self.settings.on else []
        named = "；".join(f"{code}：{words}" for code, words in missing[:MOST_NAMED])
        more = f" 等 {len(missing)} 台" if len(missing) > MOST_NAMED else ""
        self._station.trouble(RING, f"报警关联的摄像机没有预录（{named}{more}），其报警将没有录像" if missing else "")

    def _tell(self, one: Filmed) -> None:
        code = one.watched.camera.camera
        if not one.watched.hazard_sources or not self.settings.on:
            return
        self._station.wording.details[_alarm(code)] = self.rings.words(one)
        self._station.engine.flag(_alarm(code), bool(one.lost), self._station.clock.now())

    # looking

    def states(self) -> list[CameraMsg]:
        """Of every camera of the site; those without a ring only by their clock."""
        found = []
        for code, camera in self.cameras.items():
            filmed = self.rings.filmed.get(code)
            if filmed is not None:
                message = self.rings.message(filmed)
            else:
                message = CameraMsg(code, camera.name, "", to_rfc3339(self._station.started_at), bound=False)
            clock = self.clocks.of(code)
            message.clock_offset_s, message.clock_words = clock.offset_s, clock.words
            message.clock_at = None if clock.at is None else to_rfc3339(clock.at)
            found.append(message)
        return found

    def now(self) -> dict[str, Any]:
        """For the feed: by code, only what a screen must know at once."""
        return {
            message.camera: {
                "state": message.state,
                "words": message.words,
                "lost": bool(self.rings.filmed[message.camera].lost),
                "clock_offset_s": self.clocks.offset_s(message.camera),
            }
            for message in map(self.rings.message, self.rings.filmed.values())
        }

    async def of_alarm(self, occurrence: int) -> list[ClipRow]:
        """Newest first. Raises StoreUnavailable."""
        kept = await self._station.call(self._station.store.clips.find, occurrence=occurrence)
        return self.book.of_alarm(occurrence, kept)

    def camera_folder(self, camera: Camera) -> str:
        """What a relative file:// counts from, "" for others."""
        return str(self.package) if self.package is not None and urlsplit(camera.main_url).scheme == "file" else ""


def _alarm(camera: str) -> str:
    return f"@camera/{camera}"
