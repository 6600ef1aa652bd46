"""Registers and bits <-> values: every data type in every word order, scaling, fault codes. Pure, no IO.

`BlockDecoder` turns the raw bytes of one answer into samples with a few `struct.unpack` calls: registers that hold a value in
one of the four word orders are big or little endian, either as they came or with the two bytes of each register swapped:

    ABCD  big endian as it came          BADC  big endian after swapping
    DCBA  little endian as it came       CDAB  little endian after swapping

`encode` is the way back. Nothing here sends it: it serves the demo plant and the tests.
"""

import struct
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from math import isfinite
from typing import Any, NamedTuple, cast

from app.domain.instant import Instant
from app.domain.sample import Quality, Reason, Sample, Value
from app.domain.tag import DataType, Tag, WordOrder
from drivers.modbus.point import Point


class Fault(NamedTuple):
    """Instead of a value: why there is none."""

    reason: Reason
    detail: str


_CODE = {
    DataType.BOOL: "H",
    DataType.INT16: "h",
    DataType.UINT16: "H",
    DataType.BCD16: "H",
    DataType.INT32: "i",
    DataType.UINT32: "I",
    DataType.BCD32: "I",
    DataType.FLOAT32: "f",
    DataType.INT64: "q",
    DataType.UINT64: "Q",
    DataType.FLOAT64: "d",
}
_ORDER = {  # swap the bytes of each register first?, endianness
    WordOrder.ABCD: (False, ">"),
    WordOrder.DCBA: (False, "<"),
    WordOrder.BADC: (True, ">"),
    WordOrder.CDAB: (True, "<"),
}
_FLOATS = (DataType.FLOAT32, DataType.FLOAT64)

Convert = Callable[[Any], Value | Fault]


def swap_bytes(raw: bytes) -> bytes:
    """The two bytes of every register change places."""
    words = array("H", raw)
    words.byteswap()
    return words.tobytes()


# --- one value ---------------------------------------------------------------------------------------------------------


def encode(
    value: Value, data_type: DataType, word_order: WordOrder = WordOrder.ABCD, scale: float = 1.0, offset: float = 0.0
) -> tuple[int, ...]:
    """The registers that decode to `value` (nearest step of a scaled integer). Raises ValueError when it does not fit."""
    if isinstance(value, str):
        raise ValueError(f"{value!r} is no number")
    if data_type is DataType.BOOL:
        return _registers(int(bool(value)), data_type, word_order)
    raw: float = value
    if (scale, offset) != (1.0, 0.0):
        raw = (value - offset) / scale
    if data_type not in _FLOATS:
        if not isfinite(raw):
            raise ValueError(f"{value!r} does not fit {data_type}")
        raw = round(raw)
    if data_type in (DataType.BCD16, DataType.BCD32):
        digits = str(raw)
        if not digits.isdecimal() or len(digits) > data_type.registers * 4:
            raise ValueError(f"{value!r} does not fit {data_type}")
        raw = int(digits, 16)
    return _registers(raw, data_type, word_order)


def _registers(raw: float, data_type: DataType, word_order: WordOrder) -> tuple[int, ...]:
    swapped, endian = _ORDER[word_order]
    try:
        data = struct.pack(endian + _CODE[data_type], raw)
    except (struct.error, OverflowError) as wrong:
        raise ValueError(f"{raw!r} does not fit {data_type}: {wrong}") from None
    return struct.unpack(f">{len(data) // 2}H", swap_bytes(data) if swapped else data)


def decode(
    registers: Sequence[int],
    data_type: DataType,
    word_order: WordOrder = WordOrder.ABCD,
    scale: float = 1.0,
    offset: float = 0.0,
    bit: int | None = None,
    bad_raw: Iterable[int] = (),
) -> Value | Fault:
    """One value from exactly as many registers as it takes. Raises ValueError for another number of them."""
    if len(registers) != (1 if bit is not None else data_type.registers):
        raise ValueError(f"{data_type} from {len(registers)} registers")
    tag = Tag("", data_type=data_type, word_order=word_order, scale=scale, offset=offset)
    swapped, endian = _ORDER[word_order]
    data = struct.pack(f">{len(registers)}H", *registers)
    (raw,) = struct.unpack(endian + _code_of(tag, bit), swap_bytes(data) if swapped else data)
    convert = converter(tag, bit, bad_raw) or _finite
    return convert(raw)


def _code_of(tag: Tag, bit: int | None) -> str:
    return "H" if bit is not None else _CODE[tag.data_type]


# --- raw number to value ----------------------------------------------------------------------------------------------


def converter(tag: Tag, bit: int | None = None, bad_raw: Iterable[int] = ()) -> Convert | None:
    """What turns the raw number of a register tag into its value; None = it is its value already, if finite."""
    if bit is not None:
        return lambda raw: bool(raw >> bit & 1)
    if tag.data_type is DataType.BOOL:
        return bool
    scaled = _scaler(tag.scale, tag.offset)
    if tag.data_type in _FLOATS:
        return None if scaled is None else lambda raw: _finite(scaled(raw))
    bits = tag.data_type.registers * 16
    codes = _codes_of(bits, bad_raw)
    if tag.data_type in (DataType.BCD16, DataType.BCD32):
        return partial(_bcd, scaled=scaled, codes=codes, bits=bits)
    if codes:
        return partial(_checked, scaled=scaled, codes=codes, bits=bits)
    return scaled


def _scaler(scale: float, offset: float) -> Callable[[float], float] | None:
    """Steps like 0.1 divide by 10 instead of multiplying: raw 3 is then exactly the 0.3 somebody typed as a limit."""
    if scale == 1.0 and offset == 0.0:
        return None
    divisor = round(1 / scale) if 1e-9 < abs(scale) < 1 else 0
    if divisor and 1 / divisor == scale:
        shift = round(offset * divisor)
        if shift / divisor == offset:
            return lambda raw: (raw + shift) / divisor
    return lambda raw: raw * scale + offset


def _finite(value: float) -> Value | Fault:
    return value if isfinite(value) else Fault(Reason.SENSOR_FAILURE, str(value))


def _codes_of(bits: int, bad_raw: Iterable[int]) -> frozenset[int]:
    """The codes meant for values of this width, unsigned: 0x7FFF is a fault code of 16-bit values, not of 32-bit ones."""
    return frozenset(code % (1 << bits) for code in bad_raw if _width(code) == bits)


def _width(code: int) -> int:
    need = code.bit_length() if code >= 0 else (-code - 1).bit_length() + 1
    return next((bits for bits in (16, 32, 64) if need <= bits), 0)


def _checked(raw: int, scaled: Callable[[float], float] | None, codes: frozenset[int], bits: int) -> Value | Fault:
    if raw % (1 << bits) in codes:
        return Fault(Reason.SENSOR_FAILURE, f"raw 0x{raw % (1 << bits):0{bits // 4}X}")
    return raw if scaled is None else scaled(raw)


def _bcd(raw: int, scaled: Callable[[float], float] | None, codes: frozenset[int], bits: int) -> Value | Fault:
    if raw in codes:
        return Fault(Reason.SENSOR_FAILURE, f"raw 0x{raw:0{bits // 4}X}")
    digits = f"{raw:x}"
    if not digits.isdecimal():
        return Fault(Reason.WRONG_TYPE, f"raw 0x{raw:0{bits // 4}X}")
    return int(digits) if scaled is None else scaled(int(digits))


# --- a whole block -----------------------------------------------------------------------------------------------------

_new_sample = cast(Callable[[Any], Sample], partial(tuple.__new__, Sample))
"""Five times faster than `Sample(...)`: values come by the thousand a second."""


@dataclass(slots=True)
class _Lane:
    """Values that one `unpack` gives: same byte treatment, none overlapping. `picks`: tag, index of its field, converter;
    empty when every field is one tag's value as it is."""

    swapped: bool
    layout: struct.Struct
    tags: tuple[str, ...]
    picks: tuple[tuple[str, int, Convert], ...]

    def samples(self, data: bytes, now: Instant) -> list[Sample]:
        fields = self.layout.unpack_from(data)
        if not self.picks:
            if all(map(isfinite, fields)):
                return list(
                    map(
                        _new_sample,
                        zip(
                            self.tags,
                            fields,
                            repeat(Quality.GOOD),
                            repeat(Reason.NONE),
                            repeat(now),
                            repeat(now),
                            repeat(""),
                        ),
                    )
                )
            return [sample_of(tag, _finite(value), now) for tag, value in zip(self.tags, fields, strict=True)]
        return [sample_of(tag, convert(fields[index]), now) for tag, index, convert in self.picks]


def sample_of(tag: str, value: Value | Fault, now: Instant) -> Sample:
    if isinstance(value, Fault):
        return Sample(tag, None, Quality.BAD, value.reason, now, now, value.detail)
    return Sample(tag, value, Quality.GOOD, Reason.NONE, now, now)


class BlockDecoder:
    """Compiled once for the points of one read that begins at address `start`."""

    def __init__(self, points: Sequence[Point], start: int, bad_raw: Iterable[int] = ()) -> None:
        bits = [p for p in points if p.table.is_bits]
        self._bits = tuple((p.tag.tag, (p.start - start) >> 3, 1 << (p.start - start & 7)) for p in bits)
        self._lanes: list[_Lane] = []
        self._swaps = False
        groups: dict[tuple[bool, str, bool], list[tuple[Point, Convert | None]]] = {}
        codes = tuple(bad_raw)
        for point in points:
            if point.table.is_bits:
                continue
            convert = converter(point.tag, point.bit, codes)
            groups.setdefault((*_ORDER[point.tag.word_order], convert is None), []).append((point, convert))
        for (swapped, endian, _), group in groups.items():
            self._swaps |= swapped
            self._lanes += _lanes(group, start, swapped, endian)

    def decode(self, raw: bytes, now: Instant) -> list[Sample]:
        """`raw`: the data bytes of the answer, whole. `now` becomes source and receive time: Modbus carries none."""
        samples: list[Sample] = []
        if self._lanes:
            swapped = swap_bytes(raw) if self._swaps else raw
            for lane in self._lanes:
                samples += lane.samples(swapped if lane.swapped else raw, now)
        if self._bits:
            samples += [Sample(tag, raw[at] & mask != 0, Quality.GOOD, Reason.NONE, now, now) for tag, at, mask in self._bits]
        return samples


def _lanes(group: list[tuple[Point, Convert | None]], start: int, swapped: bool, endian: str) -> list[_Lane]:
    """As few lanes as overlapping values need. Points that read the same field share it when they are converted (16 bits
    of one status word: one field)."""
    lanes: list[_Lane] = []
    rest = sorted(group, key=lambda entry: entry[0].start)
    while rest:
        layout, at, count, later = endian, 0, 0, []
        tags: list[str] = []
        picks: list[tuple[str, int, Convert]] = []
        field: tuple[int, str] | None = None
        for point, convert in rest:
            place, code = (point.start - start) * 2, _code_of(point.tag, point.bit)
            if convert is not None and field == (place, code):
                picks.append((point.tag.tag, count - 1, convert))
                continue
            if place < at:
                later.append((point, convert))
                continue
            layout += f"{place - at}x{code}" if place > at else code
            at, count, field = place + point.size * 2, count + 1, (place, code)
            if convert is None:
                tags.append(point.tag.tag)
            else:
                picks.append((point.tag.tag, count - 1, convert))
        lanes.append(_Lane(swapped, struct.Struct(layout), tuple(tags), tuple(picks)))
        rest = later
    return lanes
