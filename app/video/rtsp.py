"""A camera over RTSP: packets by FFmpeg, TCP or UDP, digest or basic login. Both sides.

Both time-outs are set always: without them a camera that falls silent holds the thread for ever (FFmpeg knows the option
`timeout`; `stimeout` and `rw_timeout` are ignored without a word). Names and passwords are taken out of the URL at once and
appear in no message.
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
from app.video.urls import split_login, with_login

OPEN_S, READ_S = 5.0, 4.0
_KNOCK_S = 0.5

_REFUSALS: tuple[tuple[type[Exception], str], ...] = (
    (av.HTTPUnauthorizedError, "摄像机不接受用户名或密码。请检查口令；为免账号被锁定，重试会放慢。"),
    (av.HTTPForbiddenError, "这个账号没有看这路视频的权限。请在摄像机或录像机上授权。"),
    (av.HTTPNotFoundError, "设备上没有这个通道。请检查通道号和视频地址。"),
    (av.HTTPBadRequestError, "设备看不懂这个视频地址。请检查厂商和地址。"),
    (av.HTTPClientError, "设备拒绝取流：同时观看或回放的路数已满，或不支持这种传输方式。"),
)
_LOSSES: tuple[tuple[type[Exception], str], ...] = (
    (av.HTTPServerError, "设备暂时不能提供这路视频，正在重试。"),
    (av.ConnectionRefusedError, "设备拒绝连接：视频端口没有打开，或设备正在启动。"),
    (av.ConnectionResetError, "设备断开了连接，正在重连。"),
    (av.BrokenPipeError, "设备断开了连接，正在重连。"),
)
SILENT = "设备接受了连接，但没有发送画面。"
UNREACHABLE = "到设备的网络不通：没有应答。请检查电源、网线和地址。"
ENDED = "设备结束了这路视频，正在重连。"
STOPPED = "已停止。"


class RtspSource:
    """One attempt at one stream. A login in `url` is used unless `user` is given."""

    def __init__(
        self,
        url: str,
        user: str = "",
        password: str = "",
        transport: str = "tcp",
        open_s: float = OPEN_S,
        read_s: float = READ_S,
    ) -> None:
        self.url, url_user, url_password = split_login(url)
        self._user, self._password = (user, password) if user else (url_user, url_password)
        self._transport = transport
        self._open_s, self._read_s = open_s, read_s
        self._container: Any = None
        self._watch: ParameterWatch | None = None
        self._stop = Interrupt()

    @property
    def start_time_realtime(self) -> int | None:
        """Microseconds since 1970 by the camera's own clock at time stamp 0, once its RTCP sender report has come."""
        return None if self._container is None else self._container.start_time_realtime

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
            raise SourceRefused("设备的这个地址没有视频，只有别的内容。请检查视频地址。") from None
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
                        raise SourceLost(self._silence())
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
        for kind, words in _REFUSALS:
            if isinstance(error, kind):
                return SourceRefused(words)
        for kind, words in _LOSSES:
            if isinstance(error, kind):
                return SourceLost(words)
        if not opening:
            return SourceLost(self._silence())
        return SourceLost(SILENT if self._answers() else UNREACHABLE)

    def _silence(self) -> str:
        return f"{self._read_s:g} 秒没有收到画面，正在重连。"

    def _answers(self) -> bool:
        """After a failed attempt: is there anybody? Only to say the right thing."""
        parts = urlsplit(self.url)
        try:
            with socket.create_connection((parts.hostname or "", parts.port or 554), timeout=_KNOCK_S):
                return True
        except OSError:
            return False
