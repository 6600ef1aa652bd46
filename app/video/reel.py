"""A recorded clip that follows a time cursor: always the newest picture at or before the moment asked for. Console side.

One thread a clip. The cursor is the master, so any number of clips stand at one moment: played, paused, stepped or dragged.
What is far away is sought by its key picture; what is near is decoded on.
"""

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
from av.codec.context import ThreadType
from av.video.reformatter import VideoReformatter

from app.domain.instant import SECOND, Instant
from app.video.ports import Frame, StreamInfo

log = logging.getLogger(__name__)

NEAR = 2 * SECOND
"""Further ahead than this the next key picture is sought; nearer, every picture up to it is decoded."""


class Reel:
    """`begins`: the moment of its first picture, on the station's clock. Errors are told in `fault`, a Chinese sentence."""

    def __init__(self, name: str, path: Path, begins: Instant) -> None:
        self.name, self.begins = name, begins
        self.ends = begins
        self.fault = ""
        self.keys: list[Instant] = []
        """Moments of the key pictures, once the clip is open."""
        self._path = path
        self._wanted: Instant | None = None
        self._news = threading.Condition()
        self._stopped = False
        self._frame: Frame | None = None
        self._number = 0
        self._reformatter = VideoReformatter()
        self._thread = threading.Thread(target=self._run, name=f"reel:{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, wait_s: float = 2.0) -> bool:
        with self._news:
            self._stopped = True
            self._news.notify()
        if self._thread.ident is not None and wait_s > 0:
            self._thread.join(wait_s)
        return not self._thread.is_alive()

    def show(self, at: Instant) -> None:
        """The picture of that moment is wanted; the last wish counts."""
        with self._news:
            if at != self._wanted:
                self._wanted = at
                self._news.notify()

    def frame(self) -> Frame | None:
        """The newest picture that was ready; `wall` says of when it is."""
        return self._frame

    def covers(self, at: Instant) -> bool:
        return self.begins <= at <= self.ends

    # the thread

    def _run(self) -> None:
        try:
            with av.open(str(self._path)) as container:
                self._follow(container)
        except (OSError, av.FFmpegError, IndexError):
            self.fault = "录像片段打不开，或已损坏。"
        except Exception:
            log.exception("录像片段 %s：程序内部错误", self.name)
            self.fault = "程序内部错误，已记入日志。"

    def _follow(self, container: Any) -> None:
        stream = container.streams.video[0]
        context = stream.codec_context
        context.thread_type, context.thread_count = ThreadType.NONE, 1
        info = StreamInfo(context.name, context.width, context.height, context.extradata or b"", stream.time_base)
        first = self._index(container, stream)
        pictures: Iterator[Any] = iter(())
        ahead: Any = None  # decoded, but later than what was wanted
        shown: Instant | None = None
        while (at := self._next_wish()) is not None:
            at = min(max(at, self.begins), self.ends)
            if shown is None or at < shown or at - shown > NEAR:
                container.seek(round((at - self.begins) / SECOND / stream.time_base) + first, stream=stream, backward=True)
                context.flush_buffers()
                pictures, ahead, shown = container.decode(stream), None, None
            best = None
            while not self._superseded(at):
                picture = ahead if ahead is not None else next(pictures, None)
                if picture is None:
                    break
                moment = self._moment(picture, first, stream)
                if moment > at and (best is not None or shown is not None):
                    ahead = picture
                    break
                best, ahead, shown = picture, None, moment
                if moment >= at:
                    break
            if best is not None:
                self._show(best, shown if shown is not None else at, info)

    def _index(self, container: Any, stream: Any) -> int:
        """Reads through the packets once (no decoding) for the moments of the key pictures and the end; first time stamp."""
        first: int | None = None
        last, keys = 0, []
        for packet in container.demux(stream):
            if packet.pts is None or not packet.size:
                continue
            first = packet.pts if first is None else min(first, packet.pts)
            last = max(last, packet.pts)
            if packet.is_keyframe:
                keys.append(packet.pts)
        start = first or 0
        self.ends = self.begins + round(float((last - start) * stream.time_base) * SECOND)
        self.keys = [self.begins + round(float((key - start) * stream.time_base) * SECOND) for key in keys]
        container.seek(start, stream=stream, backward=True)
        return start

    def _moment(self, picture: Any, first: int, stream: Any) -> Instant:
        return self.begins + round(float(((picture.pts or first) - first) * stream.time_base) * SECOND)

    def _next_wish(self) -> Instant | None:
        """Waits; None when it is over."""
        with self._news:
            while self._wanted is None and not self._stopped:
                self._news.wait()
            at, self._wanted = self._wanted, None
            return None if self._stopped else at

    def _superseded(self, at: Instant) -> bool:
        """Another moment is wanted that this way does not lead to."""
        wanted = self._wanted
        return self._stopped or (wanted is not None and (wanted < at or wanted - at > NEAR))

    def _show(self, picture: Any, moment: Instant, info: StreamInfo) -> None:
        made = self._reformatter.reformat(picture, format="bgra", threads=1)
        plane = made.planes[0]
        self._number += 1
        self._frame = Frame(
            memoryview(plane), made.width, made.height, plane.line_size, time.monotonic(), moment, self._number, info
        )
