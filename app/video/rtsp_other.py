"""A camera whose stream is neither H.264 nor H.265 (MJPEG, MPEG-4): packets by FFmpeg. Both sides.

Both time-outs are set always: without them a camera that falls silent holds the thread for ever (FFmpeg knows the option
`timeout`; `stimeout` and `rw_timeout` are ignored without a word).
"""

import socket
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any
from urllib.parse import urlsplit

import av

from app.video.interrupt import Interrupt
from app.video.parameters import ParameterWatch
from app.video.ports import Packet, SourceError, SourceLost, SourceRefused, StreamInfo
from app.video.rtsp_words import CLOSED, ENDED, NO_VIDEO, RESET, SILENT, STOPPED, UNREACHABLE, refusal, silence
from app.video.urls import with_login

_KNOCK_S = 0.5

_REFUSALS: tuple[tuple[type[Exception], int], ...] = (
    (av.HTTPUnauthorizedError, 401),
    (av.HTTPForbiddenError, 403),
    (av.HTTPNotFoundError, 404),
    (av.HTTPBadRequestError, 400),
    (av.HTTPClientError, 406),
    (av.HTTPServerError, 500),
)
_LOSSES: tuple[tuple[type[Exception], str], ...] = (
    (av.ConnectionRefusedError, CLOSED),
    (av.ConnectionResetError, RESET),
    (av.BrokenPipeError, RESET),
)


class OtherRtspSource:
    """One attempt at one stream. `url` without a login."""

    def __init__(self, url: str, user: str, password: str, transport: str, open_s: float, read_s: float) -> None:
        self.url, self._user, self._password = url, user, password
        self._transport = transport
        self._open_s, self._read_s = open_s, read_s
        self._container: Any = None
        self._watch: ParameterWatch | None = None
        self._stop = Interrupt()

    def interrupt(self) -> None:
        self._stop.set()

    def open(self) -> StreamInfo:
        options = {
            "rtsp_transport": self._transport,
            "timeout": str(int(self._read_s * 1e6)),
            "analyzeduration": "100000",
            "fpsprobesize": "0",
            "allowed_media_types": "video",
            "buffer_size": "4194304",  # an H.265 key picture over UDP overflows the system's default
        }
        try:
            with self._stop:
                self._container = av.open(
                    with_login(self.url, self._user, self._password),
                    format="rtsp",
                    options=options,
                    timeout=(self._open_s, self._read_s),
                )
            stream = self._container.streams.video[0]
        except av.FFmpegError as error:
            raise self._told(error, opening=True) from None
        except IndexError:
            raise SourceRefused(NO_VIDEO) from None
        context = stream.codec_context
        if context is None:
            raise SourceRefused("这路视频的编码格式不认识。请把摄像机设为 H.264 或 H.265。")
        info = StreamInfo(
            context.name, context.width, context.height, context.extradata or b"", stream.time_base or Fraction(1, 90_000)
        )
        self._watch = ParameterWatch(info)
        return info

    def packets(self) -> Iterator[Packet]:
        container, watch = self._container, self._watch
        if container is None or watch is None:
            raise SourceLost(ENDED)
        try:
            with self._stop:
                before = time.monotonic()
                for packet in container.demux(container.streams.video[0]):
                    arrived, wall = time.monotonic(), time.time_ns() // 1000
                    if self._stop.is_set or not packet.size:  # FFmpeg's flush packet has no size: the stream is over
                        break
                    if arrived - before >= self._read_s:  # after a time-out FFmpeg hands out the picture it still held
                        raise SourceLost(silence(self._read_s))
                    before = arrived
                    data = memoryview(packet)
                    info = watch.take(data, packet.is_keyframe)
                    yield Packet(data, packet.pts, packet.dts, packet.is_keyframe, arrived, wall, info)
        except av.FFmpegError as error:
            raise self._told(error, opening=False) from None
        raise SourceLost(STOPPED if self._stop.is_set else ENDED)

    def close(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            container.close()

    def _told(self, error: Exception, opening: bool) -> SourceError:
        """FFmpeg's error as a sentence. Its own text holds the URL and is not passed on."""
        if self._stop.is_set:
            return SourceLost(STOPPED)
        for kind, status in _REFUSALS:
            if isinstance(error, kind):
                return refusal(status)
        for kind, words in _LOSSES:
            if isinstance(error, kind):
                return SourceLost(words)
        if not opening:
            return SourceLost(silence(self._read_s))
        return SourceLost(SILENT if self._answers() else UNREACHABLE)

    def _answers(self) -> bool:
        """After a failed attempt: is there anybody? Only to say the right thing."""
        parts = urlsplit(self.url)
        try:
            with socket.create_connection((parts.hostname or "", parts.port or 554), timeout=_KNOCK_S):
                return True
        except OSError:
            return False
