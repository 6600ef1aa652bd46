"""Registers to values and back, judged by `struct` and by hand-written bytes, not by the code under test."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.address import Table
from app.domain.sample import Quality, Reason
from app.domain.tag import DataType, Tag, WordOrder
from drivers.modbus.formats import BlockDecoder, Fault, decode, encode
from drivers.modbus.point import Point, point_of

A, B, C, D = struct.pack(">f", 123.456)


def words(*data: int) -> list[int]:
    return [high << 8 | low for high, low in zip(data[::2], data[1::2], strict=True)]


@pytest.mark.parametrize(
    ("order", "registers"),
    [
        (WordOrder.ABCD, words(A, B, C, D)),
        (WordOrder.CDAB, words(C, D, A, B)),
        (WordOrder.BADC, words(B, A, D, C)),
        (WordOrder.DCBA, words(D, C, B, A)),
    ],
)
def test_float32_in_every_order(order: WordOrder, registers: list[int]) -> None:
    assert decode(registers, DataType.FLOAT32, order) == pytest.approx(123.456, abs=1e-5)


EIGHT = bytes(range(0x11, 0x99, 0x11))  # 11 22 33 44 55 66 77 88


@pytest.mark.parametrize(
    ("order", "wire"),
    [
        (WordOrder.ABCD, "1122334455667788"),
        (WordOrder.CDAB, "7788556633441122"),
        (WordOrder.BADC, "2211443366558877"),
        (WordOrder.DCBA, "8877665544332211"),
    ],
)
def test_64_bits_in_every_order(order: WordOrder, wire: str) -> None:
    registers = words(*bytes.fromhex(wire))
    assert decode(registers, DataType.UINT64, order) == int.from_bytes(EIGHT, "big")


@pytest.mark.parametrize(
    ("registers", "data_type", "order", "expected"),
    [
        ([0xFFFE], DataType.INT16, WordOrder.ABCD, -2),
        ([0xFFFE], DataType.UINT16, WordOrder.ABCD, 65534),
        ([0x0100], DataType.UINT16, WordOrder.BADC, 1),
        ([0x0100], DataType.UINT16, WordOrder.DCBA, 1),
        ([0x0100], DataType.UINT16, WordOrder.CDAB, 256),
        ([0xFFFF, 0xFFFF], DataType.INT32, WordOrder.ABCD, -1),
        ([0x0001, 0x0000], DataType.UINT32, WordOrder.CDAB, 1),
        ([0xFFFF] * 4, DataType.INT64, WordOrder.ABCD, -1),
        ([0xFFFF] * 4, DataType.UINT64, WordOrder.ABCD, 2**64 - 1),
        ([0x1234], DataType.BCD16, WordOrder.ABCD, 1234),
        ([0x3412], DataType.BCD16, WordOrder.BADC, 1234),
        ([0x1234, 0x5678], DataType.BCD32, WordOrder.ABCD, 12345678),
        ([0x5678, 0x1234], DataType.BCD32, WordOrder.CDAB, 12345678),
        ([0], DataType.BOOL, WordOrder.ABCD, False),
        ([0xFF00], DataType.BOOL, WordOrder.ABCD, True),
        ([0x12AB], DataType.BCD16, WordOrder.ABCD, Fault(Reason.WRONG_TYPE, "raw 0x12AB")),
        ([0x7FC0, 0], DataType.FLOAT32, WordOrder.ABCD, Fault(Reason.SENSOR_FAILURE, "nan")),
        ([0x7F80, 0], DataType.FLOAT32, WordOrder.ABCD, Fault(Reason.SENSOR_FAILURE, "inf")),
        ([0xFF80, 0], DataType.FLOAT32, WordOrder.ABCD, Fault(Reason.SENSOR_FAILURE, "-inf")),
    ],
)
def test_table(registers: list[int], data_type: DataType, order: WordOrder, expected: object) -> None:
    value = decode(registers, data_type, order)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("raw", "scale", "offset", "expected"),
    [
        (251, 0.1, 0.0, 25.1),
        (3, 0.1, 0.0, 0.3),  # 3 * 0.1 is 0.30000000000000004: a low limit of 0.3 would be missed
        (251, 0.1, -50.0, -24.9),
        (29315, 0.01, -273.15, 20.0),
        (7, 2.0, 1.0, 15.0),
        (4000, 0.00625, -25.0, 0.0),  # 4..20 mA in microamperes
        (5, -0.1, 0.0, -0.5),
        (5, 0.3, 0.0, 1.5),
    ],
)
def test_scaling_gives_the_number_somebody_would_type(raw: int, scale: float, offset: float, expected: float) -> None:
    assert decode([raw], DataType.UINT16, scale=scale, offset=offset) == expected


@given(st.integers(0, 65535), st.sampled_from([0.1, 0.01, 0.001]), st.integers(-1000, 1000))
def test_decimal_steps_are_exact(raw: int, scale: float, offset: int) -> None:
    digits = {0.1: 1, 0.01: 2, 0.001: 3}[scale]
    exact = f"{raw / 10**digits:.{digits}f}"
    assert decode([raw], DataType.UINT16, scale=scale) == float(exact)
    shifted = raw + offset * 10**digits
    assert decode([raw], DataType.UINT16, scale=scale, offset=float(offset)) == float(f"{shifted / 10**digits:.{digits}f}")


@pytest.mark.parametrize(
    ("registers", "data_type", "codes", "bad"),
    [
        ([0x7FFF], DataType.INT16, (0x7FFF,), True),
        ([0x8000], DataType.INT16, (0x8000,), True),  # written unsigned, read signed
        ([0x8000], DataType.INT16, (-32768,), True),
        ([0xFFFF], DataType.UINT16, (-1,), True),
        ([0x7FFE], DataType.INT16, (0x7FFF,), False),
        ([0, 0x7FFF], DataType.INT32, (0x7FFF,), False),  # 32767 is a fine value of a 32-bit tag
        ([0x7FFF, 0xFFFF], DataType.INT32, (0x7FFFFFFF,), True),
        ([0x9999], DataType.BCD16, (0x9999,), True),
        ([0x7FFF], DataType.BOOL, (0x7FFF,), False),
    ],
)
def test_fault_codes(registers: list[int], data_type: DataType, codes: tuple[int, ...], bad: bool) -> None:
    value = decode(registers, data_type, bad_raw=codes)
    assert isinstance(value, Fault) == bad
    if isinstance(value, Fault):
        assert value.reason is Reason.SENSOR_FAILURE
        assert value.detail.startswith("raw 0x")


def test_wrong_number_of_registers_is_refused() -> None:
    with pytest.raises(ValueError, match="float32 from 1 registers"):
        decode([1], DataType.FLOAT32)


@pytest.mark.parametrize(
    ("value", "data_type"),
    [
        (70000, DataType.UINT16),
        (-1, DataType.UINT16),
        (40000, DataType.INT16),
        (10000, DataType.BCD16),
        (-1, DataType.BCD16),
        (1e39, DataType.FLOAT32),
        (math.nan, DataType.INT16),
        ("1", DataType.INT16),
    ],
)
def test_what_does_not_fit_is_not_encoded(value: float, data_type: DataType) -> None:
    with pytest.raises(ValueError):
        encode(value, data_type)


RANGES = {
    DataType.BOOL: st.booleans(),
    DataType.INT16: st.integers(-(2**15), 2**15 - 1),
    DataType.UINT16: st.integers(0, 2**16 - 1),
    DataType.INT32: st.integers(-(2**31), 2**31 - 1),
    DataType.UINT32: st.integers(0, 2**32 - 1),
    DataType.INT64: st.integers(-(2**63), 2**63 - 1),
    DataType.UINT64: st.integers(0, 2**64 - 1),
    DataType.FLOAT32: st.floats(width=32, allow_nan=False, allow_infinity=False),
    DataType.FLOAT64: st.floats(allow_nan=False, allow_infinity=False),
    DataType.BCD16: st.integers(0, 9999),
    DataType.BCD32: st.integers(0, 99999999),
}


@given(st.data(), st.sampled_from(list(DataType)), st.sampled_from(list(WordOrder)))
def test_what_is_encoded_is_decoded(data: st.DataObject, data_type: DataType, order: WordOrder) -> None:
    value = data.draw(RANGES[data_type])
    registers = encode(value, data_type, order)
    assert len(registers) == data_type.registers
    assert all(0 <= register <= 0xFFFF for register in registers)
    assert decode(registers, data_type, order) == value


# --- a whole block against one value at a time ----------------------------------------------------------------------


@st.composite
def points(draw: st.DrawFn) -> list[Point]:
    found = []
    for number in range(draw(st.integers(1, 30))):
        data_type = draw(st.sampled_from(list(DataType)))
        bit = draw(st.one_of(st.none(), st.none(), st.integers(0, 15)))
        tag = Tag(
            f"T{number}",
            data_type=data_type,
            word_order=draw(st.sampled_from(list(WordOrder))),
            scale=draw(st.sampled_from([1.0, 1.0, 0.1, 2.5])),
            offset=draw(st.sampled_from([0.0, 0.0, -50.0])),
        )
        size = 1 if bit is not None else data_type.registers
        found.append(Point(tag, 1, Table.HOLDING_REGISTERS, 100 + draw(st.integers(0, 40)), size, bit))
    return found


@given(points(), st.binary(min_size=88, max_size=88))
def test_a_block_decodes_like_its_values_one_by_one(chosen: list[Point], raw: bytes) -> None:
    """Overlapping values, shared status words, gaps, every order: the compiled decoder gives the same."""
    registers = struct.unpack(">44H", raw)
    samples = {s.tag: s for s in BlockDecoder(chosen, 100, bad_raw=(0x7FFF,)).decode(raw, 5)}
    assert len(samples) == len(chosen)
    for point in chosen:
        tag, at = point.tag, point.start - 100
        expected = decode(
            registers[at : at + point.size], tag.data_type, tag.word_order, tag.scale, tag.offset, point.bit, (0x7FFF,)
        )
        sample = samples[tag.tag]
        assert (sample.source_time, sample.receive_time) == (5, 5)
        if isinstance(expected, Fault):
            assert (sample.value, sample.quality) == (None, Quality.BAD)
            assert (sample.reason, sample.detail) == expected
        else:
            assert (sample.quality, sample.reason, sample.detail) == (Quality.GOOD, Reason.NONE, "")
            assert sample.value == expected
            assert type(sample.value) is type(expected)


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(0, 500))
def test_bits_of_coils(bits: list[bool], start: int) -> None:
    chosen = [Point(Tag(f"B{i}", data_type=DataType.BOOL), 1, Table.COILS, start + i, 1) for i in range(len(bits))]
    raw = bytearray((len(bits) + 7) // 8)
    for index, bit in enumerate(bits):
        raw[index // 8] |= bit << index % 8
    assert [s.value for s in BlockDecoder(chosen, start).decode(bytes(raw), 0)] == bits


def test_one_bad_value_in_a_fast_block_spoils_only_itself() -> None:
    chosen = [point_of(Tag(f"F{i}", address=f"HR:{2 * i}"), 1) for i in range(60)]
    values = [float(i) for i in range(60)]
    values[17] = math.nan
    samples = BlockDecoder(chosen, 0).decode(struct.pack(">60f", *values), 0)
    assert [s.tag for s in samples if s.quality is not Quality.GOOD] == ["F17"]
    assert samples[16].value == 16.0
    assert samples[17].value is None


def test_sixteen_bits_of_a_status_word_are_one_field() -> None:
    chosen = [point_of(Tag(f"S{i}", address=f"HR:7.{i}", data_type=DataType.BOOL), 1) for i in range(16)]
    decoder = BlockDecoder(chosen, 7)
    assert len(decoder._lanes) == 1
    assert [s.value for s in decoder.decode(b"\x80\x05", 0)] == [i in (0, 2, 15) for i in range(16)]
