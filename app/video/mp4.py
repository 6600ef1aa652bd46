"""Encoded packets into an MP4 file, as they are: nothing is decoded or encoded. Both sides; the caller brings the thread.

While it is written the file is a fragmented MP4, readable up to the last second or so if the power goes; closing makes it
an ordinary one that every player opens and seeks (FFmpeg's `hybrid_fragmented`).
"""

from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av

from app.domain.instant import to_rfc3339
from app.video.ports import Packet, StreamInfo

TICKS = Fraction(1, 90_000)
_DRIFT_S = 2.0
"""Time stamps that lead or lag the arrival by more than this are another timeline: a reconnect, a clock that was set."""
_MUXER = {"h264": "h264", "hevc": "hevc"}


class UnfitStream(Exception):
    """The packets cannot be put into a file; the text is a Chinese sentence."""


class Timeline:
    """Time stamps of a file from those of a camera: from zero, always rising, real gaps kept, jumps taken out."""

    def __init__(self) -> None:
        self._origin: float | None = None
        self._shift = 0.0
        self._info: StreamInfo | None = None
        self._last = -1

    def place(self, packet: Packet) -> tuple[int, int]:
        """(dts, pts) in TICKS."""
        if self._origin is None:
            self._origin = packet.arrived
        arrived = packet.arrived - self._origin
        stamp = packet.dts if packet.dts is not None else packet.pts
        if stamp is None:
            at = arrived
        else:
            camera = float(stamp * packet.info.time_base)
            if self._info is None or abs(camera + self._shift - arrived) > _DRIFT_S:
                self._shift = arrived - camera
            at = camera + self._shift
            self._info = packet.info
        dts = max(round(at / TICKS), self._last + 1)
        self._last = dts
        ahead = 0
        if packet.pts is not None and packet.dts is not None and packet.pts > packet.dts:
            ahead = round((packet.pts - packet.dts) * packet.info.time_base / TICKS)
        return dts, dts + ahead


class Mp4Writer:
    """Writes `path`; the first packet must be a key packet. OSError when the disk is full or gone."""

    def __init__(self, path: Path, first: Packet, title: str = "") -> None:
        if not first.key:
            raise ValueError("a clip begins at a key packet")
        self.info = first.info
        self.packets = 0
        self._timeline = Timeline()
        self._container: Any = None
        try:
            template = av.open(BytesIO(b"".join((first.info.extradata, first.data))), format=_MUXER[first.info.codec])
        except (KeyError, av.FFmpegError):
            raise UnfitStream(f"这路视频（{first.info.codec}）不能存成 MP4。请把摄像机设为 H.264 或 H.265。") from None
        with template:
            container = av.open(
                str(path),
                "w",
                format="mp4",
                options={
                    "movflags": "+hybrid_fragmented+frag_keyframe+default_base_moof",
                    "frag_duration": "1000000",
                    "flush_packets": "1",
                },
            )
            container.metadata["creation_time"] = to_rfc3339(first.wall)
            if title:
                container.metadata["title"] = title
            self._stream = container.add_stream_from_template(template.streams.video[0])
        self._stream.time_base = TICKS
        if first.info.codec == "hevc":
            self._stream.codec_context.codec_tag = "hvc1"  # what all players know; FFmpeg's own choice is hev1
        self._container = container
        self.add(first)

    def add(self, packet: Packet) -> None:
        encoded = av.Packet(packet.data)  # type: ignore[arg-type]  # takes any buffer
        encoded.dts, encoded.pts = self._timeline.place(packet)
        encoded.time_base = TICKS
        encoded.is_keyframe = packet.key
        encoded.stream = self._stream
        self._container.mux_one(encoded)
        self.packets += 1

    def close(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            container.close()
