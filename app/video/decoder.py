"""Packets of one stream into pictures: one codec, one thread, skips what is damaged. Both sides.

No threads inside the codec: they add up to 80 ms of delay and no speed when many streams run side by side. Pictures are
converted to the size they are painted in, where that is smaller: away from the screen's thread, and so much less memory moved.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from av.codec.context import ThreadType

from app.video.convert import Converter
from app.video.judge import Luma, small
from app.video.ports import Frame, Packet, SourceRefused, StreamInfo

_FULL_RANGE = 2


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture and the packet it came with; not yet converted."""

    picture: Any
    packet: Packet


class Decoder:
    """Begins at a key packet, and begins anew when the parameters of the stream change."""

    def __init__(self) -> None:
        self._info: StreamInfo | None = None
        self._context: Any = None
        self._converter = Converter()
        self._waiting = True
        self.corrupt = 0
        """Packets that did not decode, and pictures the codec had to patch."""

    def decode(self, packet: Packet) -> list[Decoded]:
        if packet.info is not self._info:
            self._begin(packet.info)
        if self._waiting and not packet.key:
            return []
        encoded = av.Packet(packet.data)  # type: ignore[arg-type]  # takes any buffer
        encoded.pts, encoded.dts = packet.pts, packet.dts
        try:
            pictures = self._context.decode(encoded)
        except av.FFmpegError:
            self.corrupt += 1
            return []
        self._waiting = False
        self.corrupt += sum(1 for picture in pictures if picture.is_corrupt)
        return [Decoded(picture, packet) for picture in pictures]

    def alone(self, packet: Packet) -> list[Decoded]:
        """A key packet and nothing behind it: its picture at once, also where the codec waits for B pictures before it."""
        self.restart()
        pictures = self.decode(packet)
        if not pictures and self._context is not None:
            with suppress(av.FFmpegError):
                pictures = [Decoded(one, packet) for one in self._context.decode(None)]
        self.restart()
        return pictures

    def restart(self) -> None:
        """What comes next does not follow what came before: wait for a key packet."""
        self._waiting = True
        if self._context is not None:
            self._context.flush_buffers()

    def _begin(self, info: StreamInfo) -> None:
        try:
            context: Any = av.CodecContext.create(info.codec, "r")
        except (ValueError, av.FFmpegError):
            raise SourceRefused(f"不能解码 {info.codec} 格式的视频。请把摄像机设为 H.264 或 H.265。") from None
        context.thread_type = ThreadType.NONE
        context.thread_count = 1
        if info.extradata:
            context.extradata = info.extradata
        self._context, self._info, self._waiting = context, info, True

    def frame(self, decoded: Decoded, number: int, wide: int = 0, high: int = 0) -> Frame:
        """The picture as BGRA, over memory that lives as long as its `pixels`. `wide`, `high`: as it is painted, 0 unknown."""
        made = self._converter.bgra(decoded.picture, wide, high)
        if made.height == decoded.picture.height:
            return _framed(decoded, made, number)
        return _framed(decoded, made, number, lambda: _framed(decoded, Converter().bgra(decoded.picture), number))


def _framed(decoded: Decoded, made: Any, number: int, more: Callable[[], Frame] | None = None) -> Frame:
    picture, packet, plane = decoded.picture, decoded.packet, made.planes[0]
    pixels, columns = memoryview(plane), made.width if made.width < picture.width else 0
    return Frame(
        pixels, picture.width, picture.height, plane.line_size, packet.arrived, packet.wall, number, packet.info, columns, more
    )


def luma(picture: Any) -> Luma | None:
    """A small luma plane for the judge; None for pixel formats that have none of 8 bits in their first plane."""
    if not picture.format.name.startswith(("yuv4", "yuvj4", "nv12", "gray")) or picture.format.components[0].bits != 8:
        return None
    plane = picture.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    full = picture.color_range == _FULL_RANGE or picture.format.name.startswith("yuvj")
    return small(rows[: picture.height, : picture.width], full)
