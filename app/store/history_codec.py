"""Chunks of one tag as small blobs, without loss: value and its type, quality, reason, both times, to the last bit. Pure;
station side.

What makes them small:
* Tags of one scan share their times. A group's times stand once, on an axis; a tag has places on it (form `a`), which are
  mostly one after the other and then cost nothing. A tag with times of its own carries them (form `t`).
* A transmitter has few different values: they are decimals (k / 10^d), or a short table of bit patterns and places in it.
* What never changes is written once; whole numbers are written as differences, or from the least one, a plane a byte.

A blob: one letter for its form, CRC-32 of all that follows and of the extras beside it, count, deflated sections. A blob that
was damaged is seen, never believed. Forms stand in files: add, do not change.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.store.samples import Block, Codes, Floats, Ints, Kind, extras_from

QUICK, SMALL = 1, 6
"""Levels of deflate: for what will be written again within hours, and for what stays."""

_HEAD = struct.Struct("<cII")
_SHAPES = {form: struct.Struct(form) for form in ("<B", "<q", "<I")}
_DELTA = 16
_WIDTHS: dict[int, Any] = {1: np.dtype("<u1"), 2: np.dtype("<u2"), 4: np.dtype("<u4"), 8: np.dtype("<u8")}
_CONST, _DECIMAL, _TABLE, _BITS = range(4)
_MASKED = 16
_MOST_DECIMALS = 6
_TRIED = 16  # values that are looked at before all are
_LOSSLESS_INT = float(2**53)
_NAN = int(np.array([np.nan]).view(np.int64)[0])
_SIGN = np.int64(2**63 - 1)


class Damaged(ValueError):
    """A blob is not what was written."""


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """Pairs of source and receive time of a group, ascending by source and then receive time, each once."""

    source: Ints
    receive: Ints

    def __len__(self) -> int:
        return len(self.source)


def pack_axis(axis: Axis, level: int = SMALL) -> bytes:
    return _sealed(b"x", len(axis), [_ints(axis.source), _ints(axis.receive - axis.source)], level)


def unpack_axis(body: bytes) -> Axis:
    """Raises Damaged."""
    form, n, reader = _opened(body)
    if form != b"x":
        raise Damaged("not a time axis")
    source = reader.ints(n)
    return Axis(source, source + reader.ints(n))


def pack(block: Block, places: Ints | None, extras: str | None, level: int = SMALL) -> bytes:
    """`places` on the axis of the group, None when the times stand in the blob itself; `extras` as they stand beside it."""
    times = [_ints(block.source), _ints(block.receive - block.source)] if places is None else [_ints(places)]
    sections = [*times, _ints(block.status.astype(np.int64)), _numbers(block.number, block.status)]
    return _sealed(b"t" if places is None else b"a", len(block), sections, level, extras)


@dataclass(frozen=True, slots=True, eq=False)
class Unpacked:
    """`places` None: `block` has its own times; else they stand on the axis, and the times of `block` are not set."""

    block: Block
    places: Ints | None


def unpack(body: bytes, extras: str | None, axis: Axis | None) -> Unpacked:
    """Raises Damaged."""
    form, n, reader = _opened(body, extras)
    places: Ints | None = None
    try:
        if form == b"t":
            source = reader.ints(n)
            receive = source + reader.ints(n)
        elif form == b"a":
            places = reader.ints(n)
            if axis is None:
                raise Damaged("the time axis is missing")
            source, receive = axis.source[places], axis.receive[places]
        else:
            raise Damaged(f"unknown form {form!r}")
        status: Codes = reader.ints(n).astype(np.uint16)
        number = reader.numbers(n, status)
        return Unpacked(Block(source, receive, number, status, extras_from(extras)), places)
    except IndexError as error:
        raise Damaged(str(error)) from error


def _sealed(form: bytes, n: int, sections: list[bytes], level: int, extras: str | None = None) -> bytes:
    squeeze = zlib.compressobj(level, zlib.DEFLATED, -15)
    rest = struct.pack("<I", n) + squeeze.compress(b"".join(sections)) + squeeze.flush()
    return form + struct.pack("<I", _sum(rest, extras)) + rest


def _opened(body: bytes, extras: str | None = None) -> tuple[bytes, int, "_Reader"]:
    if len(body) < _HEAD.size:
        raise Damaged("cut short")
    form, found, n = _HEAD.unpack_from(body)
    if _sum(body[5:], extras) != found:
        raise Damaged("checksum does not fit")
    return form, n, _Reader(zlib.decompress(memoryview(body)[_HEAD.size :], -15))


def _sum(rest: bytes, extras: str | None) -> int:
    found = zlib.crc32(rest)
    return found if extras is None else zlib.crc32(extras.encode("ascii"), found)


def _ints(values: Ints) -> bytes:
    """Differences wrap around at 64 bits and so come back exactly, whatever the clocks say."""
    n = len(values)
    if not n:
        return b"\0"
    least, most = int(values.min()), int(values.max())
    if least == most:
        return struct.pack("<Bq", 0, least)
    steps = np.diff(values)
    # noise is smaller as it is, a drift as its steps: compared by what a step costs against what a place in the range costs
    if n > 2 and _spread(steps) < _spread(values):
        low = int(steps.min())
        wide = int(steps.max()) - low
        if not wide:
            return struct.pack("<Bqq", _DELTA, int(values[0]), low)
        width = _width(wide)
        return struct.pack("<Bqq", _DELTA | width, int(values[0]), low) + _planes((steps - low).view(np.uint64), width)
    width = _width(most - least)
    return struct.pack("<Bq", width, least) + _planes((values - least).view(np.uint64), width)


def _spread(values: Ints) -> float:
    middle = values[len(values) // 2]
    return float(np.abs((values - middle).astype(np.float64)).mean())


def _width(range_: int) -> int:
    return 1 if range_ < 1 << 8 else 2 if range_ < 1 << 16 else 4 if range_ < 1 << 32 else 8


def _planes(values: NDArray[np.uint64], width: int) -> bytes:
    """All first bytes, then all second bytes, ...: like bytes side by side deflate far better."""
    narrow: NDArray[Any] = values.astype(_WIDTHS[width])
    planes = narrow if width == 1 else narrow.view(np.uint8).reshape(len(narrow), width).T
    return planes.tobytes()


def _numbers(values: Floats, status: Codes) -> bytes:
    """Where the status says there is no number, none is written."""
    bits = values.view(np.int64)
    kinds = (status >> 2) & 7
    masked = (kinds == Kind.NONE) | (kinds == Kind.TEXT)
    flag = 0
    if masked.any() and not (bits[masked] != _NAN).any():
        flag = _MASKED
        kept = np.maximum.accumulate(np.where(masked, 0, np.arange(len(values))))
        values = values[kept]  # each takes the value before it, which costs nothing
        bits = values.view(np.int64)
    if not len(bits) or not (bits != bits[0]).any():
        return struct.pack("<Bq", flag | _CONST, int(bits[0]) if len(bits) else 0)
    decimal = _decimals(values, bits)
    if decimal is not None:
        return struct.pack("<BB", flag | _DECIMAL, decimal[0]) + _ints(decimal[1])
    ordered = bits ^ ((bits >> 63) & _SIGN)  # in the order of the numbers
    table, places = np.unique(ordered, return_inverse=True)
    if len(table) * 3 <= len(ordered):
        return struct.pack("<BI", flag | _TABLE, len(table)) + _ints(table) + _ints(places.astype(np.int64, copy=False))
    return struct.pack("<B", flag | _BITS) + _ints(ordered)


def _decimals(values: Floats, bits: Ints) -> tuple[int, Ints] | None:
    """The fewest decimals that give every bit back."""
    few, few_bits = values[:_TRIED], bits[:_TRIED]
    for places in range(_MOST_DECIMALS + 1):
        power = 10.0**places
        if _scaled(few, few_bits, power) is not None:
            found = _scaled(values, bits, power)
            if found is not None:
                return places, found
    return None


def _scaled(values: Floats, bits: Ints, power: float) -> Ints | None:
    with np.errstate(all="ignore"):
        count = np.rint(values * power)
        if not (np.abs(count) < _LOSSLESS_INT).all():
            return None
        whole = count.astype(np.int64)
        return whole if ((whole / power).view(np.int64) == bits).all() else None


class _Reader:
    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def ints(self, n: int) -> Ints:
        code = self._take("<B")
        if not n:
            return np.empty(0, np.int64)
        first = self._take("<q")
        if code & _DELTA:
            step = self._take("<q")
            steps = self._planes(code & 15, n - 1) if code & 15 else np.zeros(n - 1, np.int64)
            out = np.empty(n, np.int64)
            out[0] = first
            np.add(steps, step, out=out[1:])
            return np.cumsum(out, out=out)
        return self._planes(code, n) + first if code else np.full(n, first, np.int64)

    def numbers(self, n: int, status: Codes) -> Floats:
        code = self._take("<B")
        kind = code & 15
        if kind == _CONST:
            number = np.full(n, self._take("<q"), np.int64).view(np.float64)
        elif kind == _DECIMAL:
            power = 10.0 ** self._take("<B")
            number = self.ints(n) / power
        else:
            if kind == _TABLE:
                table = self.ints(self._take("<I"))
                ordered = table[self.ints(n)]
            else:
                ordered = self.ints(n)
            number = (ordered ^ ((ordered >> 63) & _SIGN)).view(np.float64)
        if code & _MASKED:
            kinds = (status >> 2) & 7
            number[(kinds == Kind.NONE) | (kinds == Kind.TEXT)] = np.nan
        return number

    def _take(self, form: str) -> int:
        shape = _SHAPES[form]
        (found,) = shape.unpack_from(self._body, self._at)
        self._at += shape.size
        return int(found)

    def _planes(self, width: int, n: int) -> Ints:
        found = np.frombuffer(self._body, np.uint8, n * width, self._at)
        self._at += n * width
        if width == 1:
            return found.astype(np.int64)
        whole: NDArray[Any] = np.ascontiguousarray(found.reshape(width, n).T).view(_WIDTHS[width]).reshape(n)
        return whole.astype(np.int64)
