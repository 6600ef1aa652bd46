"""What the recorder has of one camera, played to a replay wall straight from it: one session, at the cursor. Console side.

The station says where, with the recorder's clock taken into account, and notes who looked. A jump, another speed, or a recorder
that falls behind is another session; the one before has ended then, for many recorders serve one playback only.
"""

import asyncio
import time
from typing import Any
from urllib.parse import quote

from app.console.errors import Known
from app.console.recordings import CameraRecordings
from app.console.seat import Seat
from app.domain.instant import MINUTE, SECOND, Instant, to_rfc3339
from app.video.ports import Frame
from app.video.recorded import RecordedStream
from widgets.words import tr

SETTLE_S = 0.25
"""So long a dragged cursor must rest before the recorder is asked."""
AGAIN_S = 1.0
"""At most one new session in that time while it plays."""
LAG_S = 5.0
"""Further behind the cursor than this (more in fast play), it begins anew at the cursor: so a recorder without fast play shows
where it is."""
BEHIND_S = 1.0
REFUSED_S, LOST_S = 60.0, 3.0
LONG = 30 * MINUTE
STOP_S = 2.0


class RecorderFootage:
    def __init__(self, seat: Seat, camera: str) -> None:
        self._seat, self._camera = seat, camera
        self._stream: RecordedStream | None = None
        self._ending: list[RecordedStream] = []
        self._opening: asyncio.Task[Any] | None = None
        self._at: Instant | None = None
        self._moved = self._opened = 0.0
        self._speed = 0.0
        self._plain = False  # it plays at the speed of life only
        self._fault, self._not_before = "", 0.0
        self._offset: float | None = None
        self._stopped = False
        self.none = ""
        """Why there is no recorder, a sentence; "" while that is not known."""

    def frame_at(self, at: Instant) -> Frame | None:
        now = time.monotonic()
        before, self._at = self._at, at
        if before is None or abs(at - before) > SECOND // 100:
            self._moved = now
        stream = self._stream
        if stream is not None and stream.fault:
            self._over(stream, now)
            stream = self._stream
        back = before is not None and at < before - SECOND // 20
        if stream is not None and not back and self._fits(stream, at):
            frame = stream.show(at)
            near = stream.shown is not None and abs(at - stream.shown) <= self._lag
            return frame if near else None
        if back and stream is not None:
            self._drop()
        self._want(at, now)
        return None

    def words_at(self, at: Instant) -> str:
        stream = self._stream
        if self._fault or self.none:
            return self._fault or self.none
        if stream is None or not stream.playing:
            return tr("正在从录像机取这一段…")
        if self._speed > 1 and stream.scale < self._speed:
            return tr("录像机不支持快放，跳着显示")
        return tr("录像机") if self._offset is not None else tr("录像机（时钟未测量）")

    def key_moments(self) -> list[Instant]:
        return [] if self._stream is None else list(self._stream.keys)

    def pace(self, speed: float) -> None:
        self._speed = speed

    @property
    def waiting(self) -> bool:
        if self._fault or self.none or self._at is None:
            return False
        stream = self._stream
        if stream is None or not stream.playing:
            return self._opening is not None or stream is not None
        late = 0 if stream.shown is None else self._at - stream.shown
        return BEHIND_S * SECOND < late <= self._lag and stream.scale >= self._speed

    def retry(self) -> None:
        """Somebody mended something, or freed the recorder."""
        self._fault, self._not_before, self.none = "", 0.0, ""
        self._drop()

    def rest(self) -> None:
        """Nobody looks: the recorder is free for others."""
        self._at = None
        self._drop()

    def stop(self) -> None:
        self._stopped = True
        if self._opening is not None:
            self._opening.cancel()
        self._drop()

    # inside

    @property
    def _lag(self) -> Instant:
        """Where the cursor runs fast, it is seconds ahead by the time a session has opened: those are allowed for."""
        return round(LAG_S * max(1.0, self._speed / 2) * SECOND)

    def _fits(self, stream: RecordedStream, at: Instant) -> bool:
        if self._speed > 0 and stream.speed != (1.0 if self._plain else self._speed):
            return False
        if at < stream.begins - SECOND:
            return False
        reached = stream.reached
        return reached is None or at <= reached + self._lag

    def _over(self, stream: RecordedStream, now: float) -> None:
        self._fault = stream.fault
        self._not_before = now + (REFUSED_S if stream.refused else LOST_S)
        self._drop()

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            self._plain = self._plain or (stream.playing and stream.speed != 1.0 and stream.scale == 1.0)
            stream.stop()
            self._ending.append(stream)

    def _want(self, at: Instant, now: float) -> None:
        if self._stopped or self._opening is not None or self.none or now < self._not_before:
            return
        rested = now - self._moved >= SETTLE_S if self._speed == 0 else now - self._opened >= AGAIN_S
        if rested or (self._speed > 0 and self._stream is None):
            self._opened = now
            self._opening = self._seat.run(self._open(at))

    async def _open(self, at: Instant) -> None:
        try:
            self._drop()
            ending, self._ending = self._ending, []
            await asyncio.to_thread(stop_all, ending)  # its place at the recorder is ours again
            end = min(at + LONG, time.time_ns() // 1000)
            if end <= at + SECOND:
                self._fault, self._not_before = tr("这一刻还没有到，录像机里还没有。"), time.monotonic() + LOST_S
                return
            params = {"start": to_rfc3339(at), "end": to_rfc3339(end)}
            answer = await self._seat.call("GET", f"/cameras/{quote(self._camera, safe='')}/playback", params=params)
            offset = answer.get("offset_s")
            self._offset = None if offset is None else float(offset)
            ahead = round((self._offset or 0.0) * SECOND)
            begins = (at + ahead) // SECOND * SECOND - ahead  # a recorder is asked in whole seconds of its own
            if self._at is None or self._stopped:
                return
            speed = 1.0 if self._plain or self._speed == 0 else self._speed
            user, password = str(answer.get("user") or ""), str(answer.get("password") or "")
            stream = RecordedStream(self._camera, str(answer["url"]), user, password, begins, speed)
            self._fault = ""
            self._stream = stream
            stream.start()
        except Known as error:
            if error.code == "no_nvr":
                self.none = tr("这一刻站上没有片段，这台摄像机也没有录像机（可由工程师在配置里填写）。")
            else:
                self._fault, self._not_before = error.message, time.monotonic() + LOST_S
        finally:
            self._opening = None


def stop_all(streams: list[RecordedStream]) -> None:
    """Blocking; a recorder that does not answer is not waited for long."""
    for one in streams:
        one.stop(STOP_S)


class CameraFootage:
    """Of one camera: the station's clips where there are any, else what its recorder has (`replaypane.Footage`)."""

    def __init__(self, clips: CameraRecordings, recorder: RecorderFootage | None) -> None:
        self.clips, self.recorder = clips, recorder
        self._on_recorder = False

    def frame_at(self, at: Instant) -> Frame | None:
        if self.recorder is None or self.clips.has(at):
            if self._on_recorder and self.recorder is not None:
                self.recorder.rest()
            self._on_recorder = False
            return self.clips.frame_at(at)
        self._on_recorder = True
        return self.recorder.frame_at(at)

    def words_at(self, at: Instant) -> str:
        if self.recorder is None or self.clips.has(at):
            return self.clips.words_at(at)
        words = self.recorder.words_at(at)
        return words

    def key_moments(self) -> list[Instant]:
        return self.clips.key_moments() + ([] if self.recorder is None else self.recorder.key_moments())

    def pace(self, speed: float) -> None:
        if self.recorder is not None:
            self.recorder.pace(speed)

    @property
    def waiting(self) -> bool:
        if self._on_recorder and self.recorder is not None:
            return self.recorder.waiting
        return self.clips.waiting

    def retry(self) -> None:
        self.clips.retry()
        if self.recorder is not None:
            self.recorder.retry()

    def rest(self) -> None:
        if self.recorder is not None:
            self.recorder.rest()
