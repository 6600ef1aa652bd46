"""Clips of the station on this seat: fetched when the cursor is there, checked by their hash, shown by reels. Console side.

Copies lie in the seat's data folder under the hash of what is in them, and go when they are old or too many.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app.console.errors import Known
from app.console.reader import instant
from app.console.seat import Seat
from app.domain.clip import ClipMsg, ClipState
from app.domain.instant import SECOND, Instant
from app.video.ports import Frame
from app.video.reel import Reel
from widgets.video.timeline import Span
from widgets.words import tr

KEPT_BYTES = 1 << 30
KEPT_S = 7 * 86400.0
MOST_OPEN = 4
"""Clips of one camera that are open at once: the one under the cursor and its neighbours."""


def span_of(clip: ClipMsg) -> Span | None:
    """None for a clip without a picture."""
    if clip.state not in (ClipState.READY, ClipState.RECORDING):
        return None
    ready = clip.state == ClipState.READY
    start = instant(clip.first_frame if ready and clip.first_frame else clip.start)
    end = instant(clip.last_frame if ready and clip.last_frame else clip.end)
    if start is None or end is None:
        return None
    word = tr("取回 {n} %", n=round(clip.progress * 100)) if clip.progress is not None and not ready else ""
    if clip.locked_by:
        word = tr("{who} 已锁定：{why}", who=clip.locked_by, why=clip.lock_why)
    return Span(clip.id, start, end, ready, bool(clip.locked_by), word)


class Shelf:
    """Files of clips on this seat."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._folder = seat.data / "clips"

    async def file(self, clip: ClipMsg) -> Path:
        """Raises Known, OSError."""
        path = self._folder / f"{clip.sha256 or clip.id}.mp4"
        if clip.sha256 and path.exists():
            return path
        data = await self._seat.fetch(f"/clips/{clip.id}/file")
        if clip.sha256 and hashlib.sha256(data).hexdigest() != clip.sha256:
            raise Known(tr("取到的片段与日志里的校验值不一致，没有播放。"))
        await asyncio.to_thread(_put, path, data)
        return path

    async def tidy(self) -> None:
        await asyncio.to_thread(_tidy, self._folder, time.time())


class CameraRecordings:
    """The clips of one camera, as the playback page asks for them (`widgets.video.replaypane.Footage`)."""

    def __init__(self, seat: Seat, shelf: Shelf, clips: Sequence[ClipMsg], changed: Callable[[], None]) -> None:
        self._seat, self._shelf, self._changed = seat, shelf, changed
        self._clips = {clip.id: clip for clip in clips}
        self.spans = sorted((span for span in map(span_of, clips) if span is not None), key=lambda one: one.start)
        self._reels: dict[int, Reel] = {}
        self._loading: set[int] = set()
        self._faults: dict[int, str] = {}
        self._over = False

    def has(self, at: Instant) -> bool:
        """A clip that is whole shows this moment, and nothing is wrong with it."""
        span = self._span_at(at)
        return span is not None and span.ready and span.id not in self._faults

    def frame_at(self, at: Instant) -> Frame | None:
        span = self._span_at(at)
        if span is None or not span.ready:
            return None
        reel = self._reels.get(span.id)
        if reel is None:
            if span.id not in self._loading and span.id not in self._faults:
                self._loading.add(span.id)
                self._seat.run(self._load(span))
            return None
        if reel.fault:
            self._faults[span.id] = reel.fault
            return None
        reel.show(at)
        return reel.frame()

    def words_at(self, at: Instant) -> str:
        span = self._span_at(at)
        if span is None:
            return ""
        if span.id in self._faults:
            return self._faults[span.id]
        reel = self._reels.get(span.id)
        if reel is not None and reel.frame() is not None:
            return ""
        return tr("正在取录像片段…") if span.ready else tr("片段还在录制或调取中")

    def key_moments(self) -> list[Instant]:
        return [key for reel in self._reels.values() for key in reel.keys] + [span.start for span in self.spans if span.ready]

    def pace(self, speed: float) -> None:
        """A file gives any moment at once."""

    @property
    def waiting(self) -> bool:
        return bool(self._loading)

    def retry(self) -> None:
        """What could not be had is asked for again."""
        self._faults.clear()

    def rest(self) -> None:
        """Files on this seat hold nobody up."""

    def stop(self) -> None:
        self._over = True  # a clip that is still on its way is not opened any more
        reels, self._reels = list(self._reels.values()), {}
        for reel in reels:
            reel.stop(0)
        for reel in reels:
            reel.stop()

    def _span_at(self, at: Instant) -> Span | None:
        """The newest one begun: clips of neighbouring alarms may lie over each other."""
        return next((one for one in reversed(self.spans) if one.start <= at <= one.end + SECOND), None)

    async def _load(self, span: Span) -> None:
        clip = self._clips[span.id]
        try:
            path = await self._shelf.file(clip)
        except Known as error:
            self._faults[span.id] = tr("片段没有取到：{why}", why=error.message)
            return
        except OSError as error:
            self._faults[span.id] = tr("片段没有取到：{why}", why=error)
            return
        finally:
            self._loading.discard(span.id)
        if self._over:
            return
        if len(self._reels) >= MOST_OPEN:
            self._reels.pop(next(iter(self._reels))).stop(0)
        reel = self._reels[span.id] = Reel(clip.camera, path, span.start)
        reel.start()
        self._changed()


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)


def _tidy(folder: Path, now: float) -> None:
    """Old copies go, and the oldest of too many; one that is open goes the next time."""
    if not folder.is_dir():
        return
    total = 0
    for path in sorted(folder.iterdir(), key=lambda one: -one.stat().st_mtime):
        about = path.stat()
        total += about.st_size
        if now - about.st_mtime > KEPT_S or total > KEPT_BYTES:
            path.unlink(missing_ok=True)
