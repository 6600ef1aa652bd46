"""Pictures that lean on what was before the key picture they follow (open GOP). Both sides; decodes nothing.

Such a key picture (a CRA of H.265, an I picture with a recovery point of H.264) may be followed by pictures that are shown
before it and made from the group before. Where a file begins there, or a camera came back, they cannot be decoded and are left
out.
"""

from app.video.ports import Packet, StreamInfo
from app.video.sps import SLICE_B, slice_type

_START = b"\x00\x00\x01"
_RASL = (8, 9)
"""H.265 table 7-1: random access skipped leading pictures."""
_SLICES_H265 = range(32)
_SLICES_H264 = (1, 5)
_SLICE_HEAD = 16


class Leading:
    """One file's."""

    def __init__(self) -> None:
        self._info: StreamInfo | None = None
        self._key: Packet | None = None

    def leans(self, packet: Packet) -> bool:
        """Whether it cannot be decoded from what came before it here. Ask for each packet, in their order."""
        if packet.key:
            anew = packet.info is not self._info
            self._info, self._key = packet.info, packet if anew else None
            return False
        return self._key is not None and _leans(packet, self._key)


def _leans(packet: Packet, key: Packet) -> bool:
    kind, head = _slice(packet.data, packet.info.codec)
    if packet.info.codec == "hevc":
        return kind in _RASL
    shown_before = packet.pts is not None and key.pts is not None and packet.pts < key.pts
    return shown_before and kind in _SLICES_H264 and slice_type(head) == SLICE_B


def _slice(data: bytes | memoryview, codec: str) -> tuple[int, bytes]:
    """NAL type and beginning of the first slice of an Annex B picture; (-1, b"") without one."""
    data = bytes(data)
    at = data.find(_START)
    while 0 <= at < len(data) - 3:
        kind = data[at + 3] & 0x1F if codec == "h264" else data[at + 3] >> 1 & 0x3F
        if kind in (_SLICES_H264 if codec == "h264" else _SLICES_H265):
            return kind, data[at + 3 : at + 3 + _SLICE_HEAD]
        at = data.find(_START, at + 3)
    return -1, b""
