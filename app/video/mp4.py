"""Encoded packets into an MP4 file, as they are: nothing is decoded or encoded. Both sides; the caller brings the thread.

While it is written the file is a fragmented MP4, readable up to the last second or so if the power goes; closing makes it
an ordinary one that every player opens and seeks (FFmpeg's `hybrid_fragmented`).
"""

import heapq
from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from app.domain.instant import to_rfc3339
from app.video.leading import Leading
from app.video.parameters import parameter_sets
from app.video.ports import Packet, StreamInfo

TICKS = Fraction(1, 90_000)
_DRIFT_S = 2.0
"""Time stamps that lead or lag the arrival by more than this are another timeline: a reconnect, a clock that was set."""
_B_PICTURES_S = 0.5
"""Stamps that go back by less are pictures that are shown earlier than they are decoded."""
MOST_DEPTH = 8
LOOK_AHEAD = 32
LOOK_AHEAD_S = 1.0
"""So many packets, or for so long, are looked at before the first is written: how deep pictures are reordered must be known by
then, and what is held is lost in a power cut."""
_MUXER = {"h264": "h264", "hevc": "hevc"}


class UnfitStream(Exception):
    """The packets cannot be put into a file; the text is a Chinese sentence."""


class Timeline:
    """Time stamps of a file from those of a camera: from zero, always rising, real gaps kept, jumps taken out.

    RTP says when a picture is to be shown, not when it is decoded. With B pictures (see `depth_of`) the
    smallest of the last stamps is when one is decoded, and the whole is shown so much later.
    """

    def __init__(self, depth: int = 0, step: float = 0.04) -> None:
        """`step`: seconds from one picture to the next."""
        self._origin: float | None = None
        self._shift = 0.0
        self._info: StreamInfo | None = None
        self._last = -1
        self._depth = depth
        step_ticks = round(step / TICKS)
        self._later = depth * step_ticks
        self._due = [number * step_ticks for number in range(depth)]

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
        if packet.dts is not None:
            dts = self._rising(round(at / TICKS))
            ahead = 0 if packet.pts is None else max(0, packet.pts - packet.dts)
            return dts, dts + round(ahead * packet.info.time_base / TICKS)
        pts = round(at / TICKS) + self._later
        heapq.heappush(self._due, pts)
        dts = self._rising(heapq.heappop(self._due) if len(self._due) > self._depth else 0)
        if pts < dts - 1 and self._depth < MOST_DEPTH:
            self._depth += 1  # more of them than it began with: from here on they have more room
        return dts, max(pts, dts)

    def _rising(self, dts: int) -> int:
        self._last = max(dts, self._last + 1)
        return self._last


def depth_of(packets: Sequence[Packet]) -> tuple[int, float]:
    """How many pictures are decoded before one that is shown earlier, at most; seconds from one picture to the next."""
    shown = [float(one.pts * one.info.time_base) for one in packets if one.pts is not None and one.dts is None]
    depth, newest = 0, shown[:1]
    for at in shown[1:]:
        depth = max(depth, sum(at < one < at + _B_PICTURES_S for one in newest))
        newest = [*newest[-MOST_DEPTH:], at]
    steps = sorted(after - before for before, after in pairwise(sorted(shown)) if after > before)
    return min(depth, MOST_DEPTH), steps[len(steps) // 2] if steps else 0.04


class Mp4Writer:
    """Writes `path`; the first packet must be a key packet. OSError when the disk is full or gone."""

    def __init__(self, path: Path, first: Packet, title: str = "") -> None:
        if not first.key:
            raise ValueError("a clip begins at a key packet")
        self.info = first.info
        self.packets = 0
        self._leading = Leading()
        self._timeline: Timeline | None = None
        self._held: list[Packet] = []
        self._sets = first.info.extradata
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

    @property
    def begun(self) -> bool:
        """There is a file."""
        return self._timeline is not None

    def add(self, packet: Packet) -> None:
        """In the order they came; what cannot be decoded from what is in the file is left out."""
        if self._leading.leans(packet):
            return
        self.packets += 1
        if self._timeline is None:
            self._held.append(packet)
            if len(self._held) >= LOOK_AHEAD or packet.arrived - self._held[0].arrived >= LOOK_AHEAD_S:
                self._settle()
            return
        self._write(packet, self._timeline)

    def _settle(self) -> None:
        timeline = self._timeline = Timeline(*depth_of(self._held))
        held, self._held = self._held, []
        for packet in held:
            self._write(packet, timeline)

    def _write(self, packet: Packet, timeline: Timeline) -> None:
        data = packet.data
        if packet.key and packet.info.extradata != self._sets:
            self._sets = packet.info.extradata
            if not parameter_sets(data, packet.info.codec):  # the camera named them only once, when it came back
                data = b"".join((self._sets, data))
        encoded = av.Packet(data)  # type: ignore[arg-type]  # takes any buffer
        encoded.dts, encoded.pts = timeline.place(packet)
        encoded.time_base = TICKS
        encoded.is_keyframe = packet.key
        encoded.stream = self._stream
        self._container.mux_one(encoded)

    def close(self) -> None:
        try:
            if self._container is not None:
                self._settle()
        finally:
            container, self._container = self._container, None
            if container is not None:
                container.close()
