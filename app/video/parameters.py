"""Parameter sets of H.264 and H.265 streams: finding them in a packet, and the stream parameters they stand for. Both sides.

Cameras repeat their parameter sets in front of key pictures. When they differ from the last ones, the camera was set to another
resolution or profile in the middle of the stream.
"""

from fractions import Fraction
from io import BytesIO

import av

from app.video.ports import StreamInfo

_START = b"\x00\x00\x01"
_SLICES_H264 = range(1, 6)
_SETS_H264 = (7, 8)
_SLICES_H265 = range(32)
_SETS_H265 = (32, 33, 34)
_FAR = 65_536
"""No camera puts more than this in front of its first slice; what lies behind is not looked at."""


def parameter_sets(data: bytes | memoryview, codec: str) -> bytes:
    """The parameter sets at the beginning of one Annex B packet, in their order, b"" when there are none."""
    if codec not in ("h264", "hevc"):
        return b""
    found = []
    data = bytes(data[:_FAR])
    at = data.find(_START)
    while at >= 0 and at + 3 < len(data):
        kind = data[at + 3] & 0x1F if codec == "h264" else (data[at + 3] >> 1) & 0x3F
        if kind in (_SLICES_H264 if codec == "h264" else _SLICES_H265):
            break
        end = data.find(_START, at + 3)
        if kind in (_SETS_H264 if codec == "h264" else _SETS_H265):
            found.append(b"\x00" + _START + data[at + 3 : end if end >= 0 else len(data)].rstrip(b"\x00"))
        at = end
    return b"".join(found)


def probe(key_packet: bytes | memoryview, codec: str, time_base: Fraction, sets: bytes = b"") -> StreamInfo | None:
    """What a key packet that carries its parameter sets (or follows `sets`) decodes to; None when it says nothing usable."""
    try:
        with av.open(BytesIO(b"".join((sets, key_packet))), format=codec) as container:
            stream = container.streams.video[0]
            context = stream.codec_context
            if not context.width:
                return None
            kept = parameter_sets(key_packet, codec) or sets or context.extradata or b""
            return StreamInfo(codec, context.width, context.height, kept, time_base)
    except (av.FFmpegError, IndexError):
        return None


class ParameterWatch:
    """Keeps the parameters of one stream up to date from its key packets."""

    def __init__(self, info: StreamInfo) -> None:
        self.info = info

    def take(self, data: bytes | memoryview, key: bool) -> StreamInfo:
        """Parameters the packet decodes with: the same object as before unless they changed with this packet."""
        if not key:
            return self.info
        sets = parameter_sets(data, self.info.codec)
        if self.info.width and (not sets or self._known(sets)):
            return self.info
        found = probe(data, self.info.codec, self.info.time_base, b"" if sets else self.info.extradata)
        if found is not None:
            self.info = found
        return self.info

    def _known(self, sets: bytes) -> bool:
        """An SDP may name the same sets in another order, or with others between."""
        parts = (part.rstrip(b"\x00") for part in sets.split(_START))
        return all(part in self.info.extradata for part in parts)
