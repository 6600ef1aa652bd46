"""Longer spans out of a recorder (录像机取证): asked for by time, corrected by its clock, kept as a clip. Station side.

The clip is the job: its state, its `progress`, its cancelling. A recorder plays at the speed of life, so an hour takes an hour;
many serve one playback at a time, the others wait here and say so. A file appears when it is whole.
"""

import asyncio
import contextlib
import errno
import logging
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.clip import ClipReason, ClipState
from app.domain.instant import MINUTE, SECOND, Instant, to_datetime
from app.domain.plant import Camera
from app.domain.roles import Action, may
from app.domain.settings.video import NvrSettings, VideoSettings
from app.station.commands import Who, text_of
from app.station.errors import Changed, Denied, KnownError, NotAllowed, Unknown
from app.station.video.book import ClipBook
from app.station.video.recorders import recording_url
from app.station.video.sources import Logins, transport_of
from app.store.ports import StoreUnavailable
from app.store.rows import ClipRow
from app.video.clip import PART, check_clip, sha256_of
from app.video.mp4 import Mp4Writer, UnfitStream
from app.video.ports import Packet, PacketSource, SourceError, SourceLost
from app.video.sources import Address, source_of
from app.video.urls import NoAddress

log = logging.getLogger(__name__)

MOST_WAITING = 32
JUMP_S = 5.0  # time stamps further apart are another piece of the recording
B_PICTURES_S = 0.5
SHORT_S = 2.0
PROGRESS_S = 0.5


class NotFetched(Exception):
    """The text is a Chinese sentence."""


@dataclass(frozen=True, slots=True)
class Wanted:
    camera: str
    start: Instant
    end: Instant
    why: str
    occurrence: int = 0
    form: int = 0
    reason: ClipReason = ClipReason.FETCH


@dataclass(frozen=True, slots=True)
class Got:
    """`seconds` of picture; `words`: what is missing."""

    seconds: float
    size: int
    sha256: str
    words: str


class Playback:
    def __init__(
        self,
        cameras: Mapping[str, Camera],
        zone: ZoneInfo,
        book: ClipBook,
        folder: Path,
        settings: VideoSettings,
        logins: Logins,
        now: Callable[[], Instant],
        offset_s: Callable[[str], float | None],
    ) -> None:
        """`offset_s`: how far the clock of a camera's recorder is ahead, None when nobody measured it."""
        self._cameras, self._zone, self._book, self._folder = cameras, zone, book, folder
        self._settings, self._logins, self._now, self._offset_s = settings, logins, now, offset_s
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._stops: dict[int, threading.Event] = {}
        self._sources: dict[int, PacketSource] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._threads = ThreadPoolExecutor(16, "fetch")

    async def ask(self, who: Who, wanted: Wanted) -> ClipRow:
        """Raises KnownError, StoreUnavailable. What comes back is under way."""
        if not may(who.role, Action.FETCH_VIDEO):
            raise Denied("forbidden", f"角色 {who.role} 不能从录像机调取录像")
        camera = self._cameras.get(wanted.camera)
        if camera is None:
            raise Unknown("not_found", f"没有摄像机 {wanted.camera}")
        self._check(wanted)
        offset = self._offset_s(camera.camera)
        url = recording_url(self._settings, camera, self._zone, wanted.start, wanted.end, offset)
        more: dict[str, Any] = {"occurrences": (wanted.occurrence,) if wanted.occurrence else (), "form": wanted.form}
        words = f"调取原因：{text_of(wanted.why)}"
        row = await self._book.begin_for(who, camera.camera, wanted.reason, wanted.start, wanted.end, words=words, **more)
        self._stops[row.id] = threading.Event()
        self._book.progress[row.id] = 0.0
        task = asyncio.get_running_loop().create_task(self._fetch(row, camera, url, offset), name=f"fetch {row.id}")
        self._tasks[row.id] = task
        task.add_done_callback(partial(self._done, row.id))
        return row

    async def cancel(self, who: Who, id: int) -> None:
        """Raises KnownError."""
        if not may(who.role, Action.FETCH_VIDEO):
            raise Denied("forbidden", f"角色 {who.role} 不能取消调取")
        stop, task = self._stops.get(id), self._tasks.get(id)
        if stop is None or task is None:
            raise Changed("not_running", "这个片段不在调取中，不能取消")
        self._stop(id)
        task.cancel(who.user)
        await asyncio.wait([task], timeout=5)

    async def close(self) -> None:
        for id in self._stops:
            self._stop(id)
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _stop(self, id: int) -> None:
        """Also a recorder that says nothing for seconds lets go at once."""
        self._stops[id].set()
        source = self._sources.get(id)
        if source is not None:
            source.interrupt()

    # what is asked

    def _check(self, wanted: Wanted) -> None:
        if not wanted.why.strip():
            raise NotAllowed("no_reason", "请写明调取录像的原因")
        if wanted.end <= wanted.start:
            raise NotAllowed("bad_span", "结束时间必须晚于开始时间")
        if wanted.end > self._now():
            raise NotAllowed("bad_span", "结束时间还没有到：录像机只能给出已经录下的画面")
        most = self._settings.longest_fetch_min
        if wanted.end - wanted.start > most * MINUTE:
            raise NotAllowed("too_long", f"一次最多调取 {most:g} 分钟，请分段调取")
        if len(self._tasks) >= MOST_WAITING:
            raise NotAllowed("too_many", f"已有 {MOST_WAITING} 个调取在进行或等待，请稍候")

    # one span

    async def _fetch(self, row: ClipRow, camera: Camera, url: str, offset: float | None) -> None:
        nvr = self._settings.nvr_of(camera.camera)
        host = url.split("/")[2] if nvr is None else nvr.id
        turn = self._turns.setdefault(host, asyncio.Semaphore(1 if nvr is None else nvr.at_once))
        file = f"{to_datetime(row.start):%Y%m}/{row.id:08d}.mp4"
        stop = self._stops[row.id]
        work = partial(self._blocking, row, camera, nvr, url, self._folder / file, stop)
        under_way: asyncio.Future[Got] | None = None
        try:
            async with turn:
                under_way = asyncio.get_running_loop().run_in_executor(self._threads, work)
                got = await asyncio.shield(under_way)
        except asyncio.CancelledError as error:
            if under_way is not None:
                with contextlib.suppress(Exception):  # it was told to stop, and leaves no file
                    await under_way
            by = error.args[0] if error.args else ""
            words = f"{row.words}；{f'{by} 取消了调取' if by else '站停止，调取中断'}"
            self._book.change(row, "cancelled", by or "station", state=ClipState.FAILED.value, words=words)
            return
        except NotFetched as error:
            words = f"{row.words}；没有录像：{str(error).rstrip('。')}"
            self._book.change(row, "failed", state=ClipState.FAILED.value, words=words)
            return
        clock = "录像机时钟未测量，时间以录像机为准" if offset is None else f"已按录像机时钟偏差 {offset:+.1f} 秒校正"
        words = "；".join(one for one in (row.words, clock, got.words) if one)
        self._book.change(
            row,
            "ready",
            state=ClipState.READY.value,
            file=file,
            first_frame=row.start,
            last_frame=row.start + round(got.seconds * SECOND),
            size=got.size,
            sha256=got.sha256,
            words=words,
        )

    def _done(self, id: int, task: asyncio.Task[None]) -> None:
        self._stops.pop(id, None)
        self._tasks.pop(id, None)
        self._book.progress.pop(id, None)
        if not task.cancelled() and task.exception() is not None:
            log.error("调取录像出错", exc_info=task.exception())
            row = self._book.known(id)
            if row is not None:
                words = f"{row.words}；调取程序出错，详见站的日志文件"
                self._book.change(row, "failed", state=ClipState.FAILED.value, words=words)

    def _blocking(
        self, row: ClipRow, camera: Camera, nvr: NvrSettings | None, url: str, path: Path, stop: threading.Event
    ) -> Got:
        """Raises NotFetched."""
        try:
            user, password = self._logins.of(camera, nvr)
            source = source_of(Address(url, user, password, transport_of(camera)))
        except (KnownError, StoreUnavailable, NoAddress) as error:
            raise NotFetched(str(error)) from None
        part = path.with_name(path.name + PART)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            seconds = self._copy(source, part, row, stop)
            if stop.is_set():
                raise NotFetched("已取消")
            check = check_clip(part)
            if not check.pictures:
                raise NotFetched(check.words or "没有一幅画面能解出")
            size, sha256 = part.stat().st_size, sha256_of(part)
            os.replace(part, path)
        except OSError as error:
            full = error.errno == errno.ENOSPC
            raise NotFetched("数据盘已满，请清理" if full else f"不能写入数据盘：{error.strerror or error}") from None
        finally:
            part.unlink(missing_ok=True)
        wanted = (row.end - row.start) / SECOND
        short = f"录像机只给出 {seconds:.0f} 秒（要求 {wanted:.0f} 秒）" if seconds < wanted - SHORT_S else ""
        return Got(seconds, size, sha256, "；".join(one for one in (short, check.words.rstrip("。")) if one))

    def _copy(self, source: PacketSource, part: Path, row: ClipRow, stop: threading.Event) -> float:
        """Seconds of picture in `part`, by the recorder's time stamps: it may send faster or slower than life."""
        wanted = (row.end - row.start) / SECOND
        writer: Mp4Writer | None = None
        media = _Media(row.start)
        told = -PROGRESS_S
        self._sources[row.id] = source
        try:
            if stop.is_set():
                raise NotFetched("已取消")
            source.open()
            for packet in source.packets():
                placed = media.place(packet)
                if writer is None:
                    if not packet.key:
                        continue
                    media.begin(packet)
                    writer = Mp4Writer(part, media.place(packet), f"{row.camera} #{row.id}")
                    continue
                if stop.is_set() or media.seconds > wanted + SHORT_S or packet.info.codec != writer.info.codec:
                    break
                writer.add(placed)
                if media.seconds - told >= PROGRESS_S:
                    told = media.seconds
                    self._book.progress[row.id] = min(1.0, told / wanted)
        except SourceLost as error:  # the end of a recording looks like this too
            if writer is None:
                raise NotFetched(f"录像机没有给出这段录像：{error}") from None
        except SourceError as error:
            raise NotFetched(str(error)) from None
        except UnfitStream as error:
            raise NotFetched(str(error)) from None
        finally:
            source.close()
            if writer is not None:
                writer.close()
            self._sources.pop(row.id, None)
        if writer is None:
            raise NotFetched("录像机没有给出完整的画面")
        return media.seconds


class _Media:
    """Where a packet lies in the recording, by its own time stamps; jumps count as nothing."""

    def __init__(self, start: Instant) -> None:
        self._start = start
        self._arrived = 0.0
        self._before: float | None = None
        self.seconds = 0.0

    def begin(self, packet: Packet) -> None:
        self._arrived, self._before, self.seconds = packet.arrived, None, 0.0

    def place(self, packet: Packet) -> Packet:
        stamp = packet.dts if packet.dts is not None else packet.pts
        if stamp is not None:
            at = float(stamp * packet.info.time_base)
            passed = 0.0 if self._before is None else at - self._before
            if 0 < passed < JUMP_S:
                self.seconds += passed
            if self._before is None or not -B_PICTURES_S < passed < 0:  # a B picture goes back a little, and counts as nothing
                self._before = at
        else:
            self.seconds = max(self.seconds, packet.arrived - self._arrived)
        wall = self._start + round(self.seconds * SECOND)
        return replace(packet, arrived=self._arrived + self.seconds, wall=wall)
