"""Roll-ups (汇总): what a trend needs to know of a minute, ten minutes, an hour of one tag. Pure; station side.

A roll-up is made of the samples of one chunk and stands beside it, so the two can never tell different stories. Samples that
came late are in another chunk and have a roll-up of their own; readers put them together. An entry says: min, max, mean and
number of the good samples, the worst quality, when the first sample stands, and the last sample, which is what holds
afterwards. A raw sample is an entry of itself, so `reduce.py` reads both alike.

The mean of a minute is kept to 1/65535 of the span between its extremes; min, max, last value and times are exact.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.instant import HOUR, MINUTE, Instant
from app.store.samples import Codes, Floats, Ints

LEVELS: tuple[Instant, ...] = (MINUTE, 10 * MINUTE, HOUR)
COARSE = {10: 10 * MINUTE, 60: HOUR}
"""Level as it stands in the table (in minutes) to its length: those in rows of their own."""

_COMMON = [
    ("begin", "<i8"),
    ("first", "<u4"),  # behind the beginning, in microseconds; of an hour it fits
    ("last", "<u4"),
    ("count", "<u4"),
    ("low", "<f8"),
    ("high", "<f8"),
    ("number", "<f8"),
    ("flags", "u1"),
]
_MINUTE = np.dtype([*_COMMON, ("share", "<u2")])
_COARSE = np.dtype([*_COMMON, ("mean", "<f8")])
_FINE = 65535.0


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Columns of equal length. `first`, `last`: source times of its first and last sample. `count`: usable samples; `low`,
    `high`: +inf and -inf when there is none; `total`: their sum. `worst`: quality; `number`, `quality`: of the last sample."""

    first: Ints
    last: Ints
    low: Floats
    high: Floats
    total: Floats
    count: Ints
    worst: Codes
    number: Floats
    quality: Codes

    def __len__(self) -> int:
        return len(self.last)

    def take(self, order: NDArray[np.generic] | slice) -> "Entries":
        return Entries(*(getattr(self, name)[order] for name in _NAMES))

    @property
    def holds(self) -> NDArray[np.bool_]:
        """Whether the last sample's value holds until the next."""
        holds: NDArray[np.bool_] = (self.quality == 0) & np.isfinite(self.number)
        return holds


_NAMES = ("first", "last", "low", "high", "total", "count", "worst", "number", "quality")


def entries_of(source: Ints, number: Floats, quality: Codes) -> Entries:
    """A sample is an entry of itself."""
    usable = (quality == 0) & np.isfinite(number)
    return Entries(
        source,
        source,
        np.where(usable, number, np.inf),
        np.where(usable, number, -np.inf),
        np.where(usable, number, 0.0),
        usable.astype(np.int64),
        quality,
        number,
        quality,
    )


def put_together(parts: Sequence[Entries]) -> Entries:
    """By time of the last sample; of equal times the later part last."""
    parts = [part for part in parts if len(part)]
    if not parts:
        none = np.empty(0, np.int64)
        return entries_of(none, np.empty(0), np.empty(0, np.uint16))
    if len(parts) == 1:
        return parts[0]
    whole = Entries(*(np.concatenate([getattr(part, name) for part in parts]) for name in _NAMES))
    if (whole.last[1:] >= whole.last[:-1]).all():
        return whole
    return whole.take(np.argsort(whole.last, kind="stable"))


@dataclass(frozen=True, slots=True, eq=False)
class _Rolled:
    begin: Ints
    first: Ints
    last: Ints
    count: Ints
    low: Floats
    high: Floats
    mean: Floats
    number: Floats
    flags: Ints


def _roll(source: Ints, number: Floats, quality: Codes, length: Instant) -> _Rolled:
    """`source` ascending, at least one."""
    slot = source // length
    starts = np.concatenate(([0], np.flatnonzero(slot[1:] != slot[:-1]) + 1))
    ends = np.concatenate((starts[1:], [len(source)])) - 1
    usable = (quality == 0) & np.isfinite(number)
    count = np.add.reduceat(usable.astype(np.int64), starts)
    low = np.minimum.reduceat(np.where(usable, number, np.inf), starts)
    high = np.maximum.reduceat(np.where(usable, number, -np.inf), starts)
    with np.errstate(all="ignore"):
        mean = np.add.reduceat(np.where(usable, number, 0.0), starts) / count
        # rounding, and sums beyond the largest float, must not leave the extremes
        mean = np.where(count > 0, np.clip(np.nan_to_num(mean, nan=0.0), low, high), 0.0)
    begin = slot[starts] * length
    worst = np.maximum.reduceat(quality, starts).astype(np.int64)
    flags = worst | (quality[ends].astype(np.int64) << 2)
    return _Rolled(begin, source[starts], source[ends], count, low, high, mean, number[ends], flags)


def pack_minutes(source: Ints, number: Floats, quality: Codes) -> bytes:
    """`source` ascending. Deflated, byte by byte in planes, for there are many of them."""
    rolled = _roll(source, number, quality, MINUTE)
    with np.errstate(all="ignore"):
        share = (rolled.mean - rolled.low) / (rolled.high - rolled.low)
    records = _records(_MINUTE, rolled)
    records["share"] = np.rint(np.clip(np.nan_to_num(share, nan=0.0), 0.0, 1.0) * _FINE)
    planes = records.view(np.uint8).reshape(len(records), _MINUTE.itemsize).T.tobytes()
    return _checked(zlib.compress(planes, 6))


def unpack_minutes(bodies: Sequence[bytes]) -> Entries:
    """Of many chunks at once, in the order given; each `is_whole`."""
    parts = []
    for body in bodies:
        planes = np.frombuffer(zlib.decompress(memoryview(body)[4:]), np.uint8).reshape(_MINUTE.itemsize, -1)
        parts.append(planes.T.tobytes())
    records = np.frombuffer(b"".join(parts), _MINUTE)
    low, high = records["low"].astype(np.float64), records["high"].astype(np.float64)
    with np.errstate(all="ignore"):
        mean = np.clip(low + (high - low) * (records["share"] / _FINE), low, high)
    return _entries(records, np.where(np.isfinite(mean), mean, low))


def pack_coarse(source: Ints, number: Floats, quality: Codes, length: Instant) -> bytes:
    rolled = _roll(source, number, quality, length)
    records = _records(_COARSE, rolled)
    records["mean"] = rolled.mean
    return _checked(records.tobytes())


def unpack_coarse(bodies: Sequence[bytes]) -> Entries:
    """As `unpack_minutes`."""
    records = np.frombuffer(b"".join(memoryview(body)[4:] for body in bodies), _COARSE)
    return _entries(records, records["mean"].astype(np.float64))


def is_whole(body: bytes) -> bool:
    return zlib.crc32(memoryview(body)[4:]) == int.from_bytes(body[:4], "little")


def _checked(raw: bytes) -> bytes:
    return zlib.crc32(raw).to_bytes(4, "little") + raw


def _records(kind: np.dtype[np.void], rolled: _Rolled) -> NDArray[np.void]:
    records = np.zeros(len(rolled.begin), kind)
    for name in ("begin", "count", "low", "high", "number", "flags"):
        records[name] = getattr(rolled, name)
    records["first"], records["last"] = rolled.first - rolled.begin, rolled.last - rolled.begin
    return records


def _entries(records: NDArray[np.void], mean: Floats) -> Entries:
    begin, count = records["begin"].astype(np.int64), records["count"].astype(np.int64)
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.where(count > 0, mean * count, 0.0)
    flags = records["flags"]
    return Entries(
        begin + records["first"],
        begin + records["last"],
        records["low"].astype(np.float64),
        records["high"].astype(np.float64),
        total,
        count,
        (flags & 3).astype(np.uint16),
        records["number"].astype(np.float64),
        ((flags >> 2) & 3).astype(np.uint16),
    )
