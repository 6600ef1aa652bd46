"""RTP packets of H.264 (RFC 6184) and H.265 (RFC 7798) into whole pictures as Annex B. Both sides; reads no clock.

A picture is given out with its last packet (the marker), not when the next one begins: forty milliseconds earlier than a parser
can. Where a camera sets its markers wrongly, time stamps decide. Fragments behind a lost one are left out, the decoder patches
what is missing and says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

from app.video.sps import SLICE_I, slice_type

Buffer = bytes | bytearray | memoryview

_HEAD = Struct(">BBHI")
_SIZE = Struct(">H")
_START = b"\x00\x00\x00\x01"
_START_H264 = [_START + bytes([head]) for head in range(256)]
_LARGEST = 16 * 1024 * 1024
_WRONG, _RELENT = 3, 25
"""So many pictures with markers in the middle, and time stamps decide; so many with one at the end, and markers do again."""
_STRANGERS = 3
"""So many packets of another payload type with none of ours between, and the camera sends something else now."""
_H264_PROFILES = (66, 77, 88, 100, 110, 122, 244)
_RTCP = range(192, 224)
"""Second bytes that are RTCP where both come the same way (RFC 5761)."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One picture. `stamp` counts the stream's clock from its first packet on, without wrapping around."""

    data: bytes
    key: bool
    stamp: int


class Depacketiser:
    """One stream's. `take` each packet in order, `settle` before the memory they lie in is written to again."""

    def __init__(self, codec: str) -> None:
        self._h264 = codec == "h264"
        self._parts: list[Buffer] = []
        self._size = 0
        self._next: int | None = None
        self._now = 0  # the stamp of what is in the works, as sent
        self._seen = False
        self._fragment = False
        self._slice = self._key = self._sets = False
        self._marked, self._ended, self._wrong = 0, False, 0
        self.stamp = 0
        self.lost = 0
        """Packets that did not come."""
        self.first = 0
        """The stamp, as sent, that counts as 0."""
        self.changed = False
        """The camera sends another codec now than it said it would: nothing more comes out, it has to be asked again."""
        self._payload = -1
        self._strangers = 0

    def take(self, data: Buffer, at: int, end: int) -> Unit | None:
        """The packet at data[at:end]; the picture it ends, if it ends one."""
        if end - at < 13:
            return None
        flags, kind, number, stamp = _HEAD.unpack_from(data, at)
        if flags >> 6 != 2 or kind in _RTCP or self.changed:
            return None
        if kind & 0x7F != self._payload and not self._begins(kind & 0x7F, number):
            return None
        self._strangers = 0
        head = at + 12 + 4 * (flags & 0x0F)
        if flags & 0x10 and head + 4 <= end:
            head += 4 + 4 * _SIZE.unpack_from(data, head + 2)[0]
        if flags & 0x20:
            end -= data[end - 1]
        if number != self._next:
            if self._next is not None:
                self.lost += (number - self._next) & 0xFFFF
                self._fragment = False
            if not self._seen:
                self._now = self.first = stamp
                self._seen = True
        self._next = (number + 1) & 0xFFFF
        done = None
        if stamp != self._now:
            done = self._give()  # its marker did not come, or is not set
            self.stamp += ((stamp - self._now + 0x80000000) & 0xFFFFFFFF) - 0x80000000
            self._now = stamp
            self._judge_markers()
        self._ended = bool(kind & 0x80)
        self._marked += self._ended
        if head < end:
            (self._take_h264 if self._h264 else self._take_h265)(data, head, end)
        if self._size > _LARGEST:
            self._drop()
        if self.changed:
            self._drop()
            return None
        if done is None and self._ended and self._slice and self._wrong < _WRONG:
            done = self._give()
        return done

    def settle(self) -> None:
        if self._parts:
            self._parts = [b"".join(self._parts)]

    def place(self, stamp: int) -> int:
        """A stamp as sent, counted like `Unit.stamp`."""
        return self.stamp + ((stamp - self._now + 0x80000000) & 0xFFFFFFFF) - 0x80000000

    def _begins(self, payload: int, number: int) -> bool:
        """The payload type of the first packet is the stream's; others in between (repairs) are not for us."""
        if self._payload < 0:
            self._payload = payload
            return True
        self._strangers += 1
        self.changed = self._strangers >= _STRANGERS
        if number == self._next:
            self._next = (number + 1) & 0xFFFF
        return False

    def _give(self) -> Unit | None:
        if not self._slice:  # parameter sets go with the picture behind them
            return None
        unit = Unit(b"".join(self._parts), self._key, self.stamp)
        self._drop()
        return unit

    def _judge_markers(self) -> None:
        """Of the picture that is over: one marker, at its end?"""
        if self._marked > 1 or (self._marked and not self._ended):
            self._wrong = self._wrong + 1 if self._wrong + 1 < _WRONG else _WRONG + _RELENT
        elif self._marked:
            self._wrong = max(0, self._wrong - 1)
        self._marked = 0

    def _drop(self) -> None:
        self._parts, self._size = [], 0
        self._slice = self._key = self._sets = self._fragment = False

    def _take_h264(self, data: Buffer, head: int, end: int) -> None:
        first = data[head]
        kind = first & 0x1F
        if kind == 28:
            if end - head < 3:
                return
            fragment = data[head + 1]
            if fragment & 0x80:
                self._note_h264(fragment & 0x1F, data, head + 1, end)
                self._parts.append(_START_H264[first & 0xE0 | fragment & 0x1F])
                self._fragment = True
            elif not self._fragment:
                return
            self._parts.append(data[head + 2 : end])
            self._size += end - head
            if fragment & 0x40:
                self._fragment = False
        elif kind == 24:
            for begin, until in _aggregated(data, head + 1, end):
                self._whole(data, begin, until)
                self._note_h264(data[begin] & 0x1F, data, begin, until)
        elif 0 < kind < 24:
            self._whole(data, head, end)
            self._note_h264(kind, data, head, end)
        elif kind == 0 and end - head > 1:  # never sent in H.264; 40 01 is how an H.265 VPS begins, 60 01 an aggregate of it
            self.changed = first in (0x40, 0x60) and data[head + 1] == 1

    def _take_h265(self, data: Buffer, head: int, end: int) -> None:
        kind = data[head] >> 1 & 0x3F
        if end - head < 3:
            return
        if data[head] & 1:  # a layer no camera sends; 67 and a profile is how an H.264 SPS begins
            self.changed = data[head] & 0x1F == 7 and data[head + 1] in _H264_PROFILES
        elif data[head] & 0x1F == 24 and end - head > 4:  # reserved; in H.264 an aggregate, and with an SPS first a beginning
            self.changed = data[head + 1] == 0 and data[head + 3] & 0x1F == 7 and data[head + 4] in _H264_PROFILES
        elif kind == 49:
            fragment = data[head + 2]
            if fragment & 0x80:
                self._note_h265(fragment & 0x3F)
                self._parts.append(_START + bytes((data[head] & 0x81 | (fragment & 0x3F) << 1, data[head + 1])))
                self._fragment = True
            elif not self._fragment:
                return
            self._parts.append(data[head + 3 : end])
            self._size += end - head
            if fragment & 0x40:
                self._fragment = False
        elif kind == 48:
            for begin, until in _aggregated(data, head + 2, end):
                self._whole(data, begin, until)
                self._note_h265(data[begin] >> 1 & 0x3F)
        elif kind < 48:
            self._whole(data, head, end)
            self._note_h265(kind)

    def _whole(self, data: Buffer, begin: int, end: int) -> None:
        self._parts.append(_START)
        self._parts.append(data[begin:end])
        self._size += end - begin
        self._fragment = False

    def _note_h264(self, kind: int, data: Buffer, begin: int, end: int) -> None:
        if kind == 5:
            self._slice = self._key = True
        elif kind == 1:
            # Some cameras never send an IDR picture: what follows parameter sets and is intra is where one can begin.
            if self._sets and not self._slice and slice_type(bytes(data[begin : min(end, begin + 16)])) == SLICE_I:
                self._key = True
            self._slice = True
        elif kind < 5:
            self._slice = True
        elif kind == 7:
            self._sets = True

    def _note_h265(self, kind: int) -> None:
        if kind < 32:
            self._slice = True
            self._key = self._key or 16 <= kind <= 23


def _aggregated(data: Buffer, at: int, end: int) -> Iterator[tuple[int, int]]:
    while at + 2 < end:
        size = _SIZE.unpack_from(data, at)[0]
        if not size or at + 2 + size > end:
            return
        yield at + 2, at + 2 + size
        at += 2 + size


class Reorder:
    """Packets of a net that overtakes (UDP), in the order they were sent: waits for a missing one, but not for long."""

    def __init__(self, packets: int = 32, seconds: float = 0.1) -> None:
        self._packets, self._seconds = packets, seconds
        self._next: int | None = None
        self._held: dict[int, bytes] = {}
        self._since = 0.0

    def put(self, packet: bytes, now: float) -> list[bytes]:
        """`now` in seconds; what may go on, in order."""
        if len(packet) < 12:
            return []
        number = _SIZE.unpack_from(packet, 2)[0]
        if self._next is None:
            self._next = number
        ahead = (number - self._next) & 0xFFFF
        if ahead == 0 and not self._held:
            self._next = (number + 1) & 0xFFFF
            return [packet]
        if ahead >= 0x8000:
            if ahead > 0x10000 - 4 * self._packets:
                return []  # late or double
            self._held.clear()  # another numbering: the camera began anew
            self._next, ahead = number, 0
        if not self._held:
            self._since = now
        self._held[number] = packet
        out: list[bytes] = []
        if len(self._held) > self._packets or now - self._since > self._seconds or ahead > 1024:
            self._next = min(self._held, key=lambda one: (one - (self._next or 0)) & 0xFFFF)
        while self._next in self._held:
            out.append(self._held.pop(self._next))
            self._next = (self._next + 1) & 0xFFFF
            self._since = now
        return out


def sender_report(packet: Buffer) -> tuple[int, int] | None:
    """(microseconds since 1970 by the camera's clock, RTP stamp of that moment) of an RTCP packet, None without a report."""
    if len(packet) < 20 or packet[0] >> 6 != 2 or packet[1] != 200:
        return None
    seconds, part, stamp = Struct(">III").unpack_from(packet, 8)
    if not seconds:
        return None  # a camera that does not know what time it is
    return (seconds - 2_208_988_800) * 1_000_000 + (part * 1_000_000 >> 32), stamp


def receiver_report(ours: int) -> bytes:
    """An empty one with a name (RFC 3550 6.4.2, 6.5): says that somebody is still there."""
    name = b"hazwatch"
    described = Struct(">BBHIBB").pack(0x81, 202, 4, ours, 1, len(name)) + name
    return Struct(">BBHI").pack(0x80, 201, 1, ours) + described.ljust(20, b"\x00")
