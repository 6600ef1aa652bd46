"""Turns a DataChangeNotification into `Sample`s, one list a notification: the hot path of the driver. Pure; station side.

The common shape (scalar number, source time, with or without status and server time) is one struct call a value; everything
else takes the careful way through `binary.read_data_value`, with the same result (a property test holds the two together).
"""

from collections.abc import Callable, Sequence
from struct import Struct
from struct import error as StructError
from typing import Any

from app.domain.instant import MINUTE, Instant
from app.domain.sample import Quality, Reason, Sample
from drivers.opcua.binary import Malformed, RawValue, read_data_value
from drivers.opcua.status import CODE_MASK, NODE_GONE, Judgement, judge
from drivers.opcua.values import FLOATS, NULL, Point, convert

EPOCH_US = 11_644_473_600_000_000
"""1601-01-01 to 1970-01-01 in microseconds."""
FUTURE = 5 * MINUTE
"""A source time further ahead of the station than this cannot be right."""

_COUNT = Struct("<i")
_HANDLE = Struct("<I")

_Shape = tuple[Callable[[bytes, int], tuple[Any, ...]], int, bool, bool]


def _shapes() -> dict[int, _Shape]:
    """By DataValue mask and variant byte: unpack -> (handle, value, [status,] source ticks), size, is a float, has a status."""
    shapes: dict[int, _Shape] = {}
    letters = {1: "?", 2: "b", 3: "B", 4: "h", 5: "H", 6: "i", 7: "I", 8: "q", 9: "Q", 10: "f", 11: "d"}
    for vtype, letter in letters.items():
        for server_bit, server in ((0x00, ""), (0x08, "8x")):
            for status_bit, status in ((0x00, ""), (0x02, "I")):
                shape = Struct(f"<Ixx{letter}{status}q{server}")
                mask = 0x05 | server_bit | status_bit
                shapes[mask | vtype << 8] = (shape.unpack_from, shape.size, vtype in FLOATS, bool(status))
    return shapes


_SHAPES = _shapes()


class SampleReader:
    """Reads values for `points`; the client handle of a monitored item is the index of its point."""

    def __init__(self, points: Sequence[Point], trust_source_clock: bool = True) -> None:
        self._points = tuple(points)
        self._trust = trust_source_clock
        self._judged: dict[int, Judgement] = {}
        self.ahead = 0
        """By how many microseconds source times ran ahead of ours, worst since last set to 0; counted from `FUTURE` on."""
        self.vanished: set[int] = set()
        """Handles whose node the server has dropped; whoever makes new items for them clears it."""

    def samples(self, data: bytes, start: int, end: int, now: Instant) -> list[Sample]:
        """The samples of a DataChangeNotification body at data[start:end], in its order. Raises Malformed.

        Handles that are not ours are passed over. Everything unusual in one value stays with that value.
        """
        points = self._points
        known = len(points)
        shapes = _SHAPES
        horizon = now + FUTURE if self._trust else -1
        new, good, none = tuple.__new__, Quality.GOOD, Reason.NONE  # Sample(...) itself costs twice as much
        out: list[Sample] = []
        append = out.append
        try:
            (count,) = _COUNT.unpack_from(data, start)
            at = start + 4
            for _ in range(count):
                shape = shapes.get(data[at + 4] | data[at + 5] << 8)
                if shape is not None:
                    unpack, size, is_float, has_status = shape
                    if has_status:
                        handle, value, status, ticks = unpack(data, at)
                    else:
                        handle, value, ticks = unpack(data, at)
                        status = 0
                    source = ticks // 10 - EPOCH_US
                    # value - value is 0 for every finite number, nan (true) for nan and infinities
                    if (
                        is_float
                        and not status
                        and handle < known
                        and (point := points[handle])[1]
                        and not value - value
                        and 0 < source <= horizon
                    ):
                        append(new(Sample, (point[0], value, good, none, source, now, "")))
                        at += size
                        continue
                (handle,) = _HANDLE.unpack_from(data, at)
                raw, at = read_data_value(data, at + 4)
                if handle < known:
                    append(self.sample(handle, raw, now))
        except (StructError, IndexError) as error:
            raise Malformed(str(error)) from None
        if at > end:
            raise Malformed("values run past their notification")
        return out

    def sample(self, handle: int, raw: RawValue, now: Instant) -> Sample:
        """One value as a sample. A bad value carries no number: servers fill in zeros, and the last good one is known."""
        point = self._points[handle]
        code = raw.status & CODE_MASK
        judgement = self._judged.get(code)
        if judgement is None:
            judgement = self._judged[code] = judge(code)
        quality, reason, detail = judgement
        if code in NODE_GONE:
            self.vanished.add(handle)
        value = None
        if quality is not Quality.BAD and not (raw.vtype == NULL and quality is Quality.UNCERTAIN):
            value, fault, fault_detail = convert(point, raw.vtype, raw.value)
            if fault:
                quality, reason, detail = Quality.BAD, fault, fault_detail
        source = self._source_time(raw, now)
        if source > now + FUTURE:
            self.ahead = max(self.ahead, source - now)
            source = now
            if quality is Quality.GOOD and not reason:
                # The value is true, only its time is not: it must go on driving alarms.
                reason = Reason.CLOCK
        return Sample(point.tag, value, quality, reason, source, now, detail)

    def _source_time(self, raw: RawValue, now: Instant) -> Instant:
        """Source time, else the server's, else ours; a time before 1970 is none."""
        if self._trust:
            for ticks in (raw.source_ticks, raw.server_ticks):
                at = ticks // 10 - EPOCH_US
                if at > 0:
                    return at
        return now
