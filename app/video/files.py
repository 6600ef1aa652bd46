"""A recording that plays as if it were a camera, round and round, in real time (`file://`, demo and drill). Both sides."""

import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import av
from av.bitstream import BitStreamFilterContext

from app.video.parameters import ParameterWatch
from app.video.ports import Packet, SourceLost, SourceRefused, StreamInfo

_TICKS = Fraction(1, 90_000)
_TO_ANNEX_B = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}


class FileSource:
    """`url`: file://… relative to `folder` (the configuration package), or absolute (file:///…). Time stamps go on over the
    seam of the loop; packets arrive when a camera would have sent them."""

    def __init__(self, url: str, folder: Path | None = None) -> None:
        parts = urlsplit(url)
        path = Path(unquote(parts.netloc + parts.path))
        self._path = path if path.is_absolute() else (folder or Path()) / path
        self._container: Any = None
        self._stop = threading.Event()
        self._info: StreamInfo | None = None

    def interrupt(self) -> None:
        self._stop.set()

    def open(self) -> StreamInfo:
        try:
            self._container = av.open(str(self._path))
            stream = self._container.streams.video[0]
        except FileNotFoundError:
            raise SourceRefused(f"没有这个录像文件：{self._path.name}。") from None
        except (OSError, av.FFmpegError, IndexError):
            raise SourceRefused(f"录像文件打不开，或里面没有视频：{self._path.name}。") from None
        context = stream.codec_context
        sets = context.extradata or b""
        if not sets.startswith(b"\x00\x00"):  # MP4's own form; the filter puts the sets in front of the first picture
            sets = b""
        self._info = StreamInfo(context.name, context.width, context.height, sets, _TICKS)
        return self._info

    def packets(self) -> Iterator[Packet]:
        if self._info is None:
            raise SourceLost("录像文件没有打开。")
        watch = ParameterWatch(self._info)
        began, played = time.monotonic(), 0.0
        while not self._stop.is_set():
            length = 0.0
            for data, at, ahead, step, key in self._once():
                due = began + played + at
                if self._stop.wait(max(0.0, due - time.monotonic())):
                    break
                length = at + step
                stamp = round((played + at) / _TICKS)
                info = watch.take(data, key)
                yield Packet(data, stamp + round(ahead / _TICKS), stamp, key, time.monotonic(), time.time_ns() // 1000, info)
            if length <= 0.0 and not self._stop.is_set():
                raise SourceRefused(f"录像文件里没有能播放的画面：{self._path.name}。")
            played += length
        raise SourceLost("已停止。")

    def _once(self) -> Iterator[tuple[bytes, float, float, float, bool]]:
        """(Annex B, seconds from the first picture, how much later it is shown, length in seconds, key) of each picture of one
        round, in decoding order."""
        try:
            self._container.seek(0)
            stream = self._container.streams.video[0]
            name = _TO_ANNEX_B.get(stream.codec_context.name)
            change = BitStreamFilterContext(name, stream) if name else None
            first: float | None = None
            step = 1.0 / float(stream.average_rate or 25)
            for packet in self._container.demux(stream):
                if not packet.size:
                    break
                stamp = packet.dts if packet.dts is not None else packet.pts
                seconds = float(stamp * packet.time_base) if stamp is not None else 0.0
                key, length = packet.is_keyframe, float(packet.duration * packet.time_base) if packet.duration else step
                first = seconds if first is None else first
                later = packet.pts is not None and packet.dts is not None
                ahead = float((packet.pts - packet.dts) * packet.time_base) if later else 0.0
                for one in change.filter(packet) if change else [packet]:
                    yield bytes(one), seconds - first, ahead, length, key
        except av.FFmpegError:
            raise SourceLost(f"录像文件读到一半出错：{self._path.name}。") from None

    def close(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            container.close()
