"""The last seconds of one stream, as encoded packets: what was before the alarm. Both sides; decodes nothing.

Bounded in seconds and in bytes, dropped by whole GOPs, so that what is left always begins at a key packet.
"""

import threading
from collections import deque
from dataclasses import dataclass

from app.domain.instant import SECOND, Instant
from app.video.ports import Packet

SECONDS, MAX_BYTES = 15.0, 48 * 1024 * 1024
"""15 s: ten before the alarm, the longest usual GOP, and time for the order to arrive. 48 MiB: 15 s at 25 Mbit/s."""


@dataclass(slots=True)
class _Gop:
    first: int
    packets: list[Packet]
    size: int


class Ring:
    """`add` is a sink of a LiveStream; the rest is called from any thread. `seconds` are kept at least, once they were there:
    a GOP goes when the next one alone reaches back that far."""

    def __init__(self, seconds: float = SECONDS, max_bytes: int = MAX_BYTES) -> None:
        self.seconds, self.max_bytes = seconds, max_bytes
        self._lock = threading.Lock()
        self._gops: deque[_Gop] = deque()
        self._next = 0
        self.size = 0
        """Bytes held."""
        self.overflows = 0
        """GOPs that went too early because of `max_bytes`."""

    def add(self, packet: Packet) -> None:
        with self._lock:
            number, self._next = self._next, self._next + 1
            if packet.key:
                self._gops.append(_Gop(number, [], 0))
            elif not self._gops or packet.info is not self._gops[-1].packets[-1].info:
                return  # nothing to hang it on, or of another connection: it would not decode
            gop = self._gops[-1]
            gop.packets.append(packet)
            gop.size += len(packet.data)
            self.size += len(packet.data)
            oldest = packet.arrived - self.seconds
            while len(self._gops) > 1 and self._gops[1].packets[0].arrived <= oldest:
                self._drop()
            while self.size > self.max_bytes:
                self.overflows += 1
                self._drop()

    def _drop(self) -> None:
        self.size -= self._gops.popleft().size

    def clear(self) -> None:
        with self._lock:
            self._gops.clear()
            self.size = 0

    @property
    def span(self) -> tuple[Instant, Instant] | None:
        """Station time of the oldest and the newest packet."""
        with self._lock:
            if not self._gops:
                return None
            return self._gops[0].packets[0].wall, self._gops[-1].packets[-1].wall

    def begin(self, start: Instant) -> int:
        """Cursor of the key packet at or before `start`; of the oldest one when the ring does not reach back so far."""
        with self._lock:
            found = self._next
            for gop in reversed(self._gops):
                found = gop.first
                if gop.packets[0].wall <= start:
                    break
            return found

    def read(self, cursor: int) -> tuple[list[Packet], int]:
        """Packets from `cursor` on, and the cursor behind them. What was dropped meanwhile is left out, up to a key packet."""
        with self._lock:
            packets: list[Packet] = []
            for gop in self._gops:
                if gop.first + len(gop.packets) <= cursor:
                    continue
                packets += gop.packets[max(0, cursor - gop.first) :]
            return packets, self._next

    def since(self, start: Instant) -> list[Packet]:
        """All from the key packet at or before `start`."""
        return self.read(self.begin(start))[0]


def reaches_back(ring: Ring, start: Instant, grace_s: float = 0.0) -> bool:
    """Whether a clip that begins now would show `start`."""
    span = ring.span
    return span is not None and span[0] <= start + round(grace_s * SECOND)
