"""Answers of a device, as bytes, and what a DCS's writes complete."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.address import Table
from app.domain.tag import DataType, Tag
from drivers.modbus.image import Image
from drivers.modbus.memory import Refused, pack_bits, respond, unpack_bits
from drivers.modbus.point import points_of

TAGS = [
    Tag("F", address="HR:0"),
    Tag("D", address="HR:2", data_type=DataType.FLOAT64),
    Tag("I", address="HR:10", data_type=DataType.INT16),
    Tag("S3", address="HR:11.3", data_type=DataType.BOOL),
    Tag("S4", address="HR:11.4", data_type=DataType.BOOL),
    Tag("C", address="CO:5", data_type=DataType.BOOL),
]


def image(gap: int = 0) -> Image:
    return Image(points_of(TAGS, 1)[0], gap)


def taken(memory: Image) -> dict[str, list[int]]:
    return {point.tag.tag: cells for point, cells in memory.take()}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("03 0000 0002", "03 04 00000000"),
        ("03 000a 0002", "03 04 00000000"),
        ("01 0005 0001", "01 01 00"),
        ("06 000a 1234", "06 000a 1234"),
        ("05 0005 ff00", "05 0005 ff00"),
        ("05 0005 0000", "05 0005 0000"),
        ("10 0000 0002 04 41200000", "10 0000 0002"),
        ("0f 0005 0001 01 01", "0f 0005 0001"),
        ("17 000a 0001 000a 0001 02 0007", "17 02 0007"),
        # refusals
        ("05 0005 1234", "85 03"),
        ("03 0000 0000", "83 03"),
        ("03 0000 007e", "83 03"),
        ("03 ffff 0002", "83 02"),
        ("03 0006 0001", "83 02"),  # beside the tag table
        ("03 0000 0008", "83 02"),
        ("04 0000 0001", "84 02"),
        ("06 0064 0001", "86 02"),
        ("10 0009 0002 04 00010002", "90 02"),
        ("10 0000 0002 03 412000", "90 03"),
        ("10 0000 0002 04 4120", "90 03"),
        ("0f 0005 0001 02 0100", "8f 03"),
        ("17 0064 0001 000a 0001 02 0007", "97 02"),
        ("03 00", "83 03"),
        ("2b 0e 01 00", "ab 01"),
    ],
)
def test_answers(question: str, answer: str) -> None:
    assert respond(bytes.fromhex(question), image()) == bytes.fromhex(answer)


def test_a_refused_read_and_write_writes_nothing() -> None:
    memory = image()
    respond(bytes.fromhex("17 0064 0001 000a 0001 02 0007"), memory)
    assert memory.read(Table.HOLDING_REGISTERS, 10, 1) == [0]
    assert taken(memory) == {}


@given(st.lists(st.integers(0, 1), min_size=1, max_size=100))
def test_bits_there_and_back(bits: list[int]) -> None:
    assert unpack_bits(pack_bits(bits), len(bits)) == bits


# --- which tags a write completes ---

HR = Table.HOLDING_REGISTERS
Write = tuple[float, int, Sequence[int]]


@pytest.mark.parametrize(
    ("writes", "complete"),
    [
        pytest.param([(0, 0, [1, 2])], {"F": [1, 2]}, id="whole"),
        pytest.param([(0, 0, [1])], {}, id="half"),
        pytest.param([(0, 0, [1]), (0.1, 1, [2])], {"F": [1, 2]}, id="two halves"),
        pytest.param([(0, 1, [2]), (0.1, 0, [1])], {"F": [1, 2]}, id="two halves, last first"),
        pytest.param([(0, 0, [1]), (0.1, 0, [3])], {}, id="the same half twice"),
        pytest.param([(0, 0, [1]), (0.1, 0, [3]), (0.2, 1, [4])], {"F": [3, 4]}, id="corrected half"),
        pytest.param([(0, 1, [2]), (1.0, 0, [3])], {}, id="halves of two cycles: the first half of this one was lost"),
        pytest.param([(0, 1, [2]), (1.0, 0, [3]), (1.01, 1, [4])], {"F": [3, 4]}, id="and the next cycle heals it"),
        pytest.param([(0, 2, [1, 2, 3]), (0.1, 5, [4])], {"D": [1, 2, 3, 4]}, id="a double in pieces"),
        pytest.param([(0, 0, [1, 2, 3, 4])], {"F": [1, 2]}, id="one whole, one begun"),
        pytest.param([(0, 11, [0xFFFF])], {"S3": [0xFFFF], "S4": [0xFFFF]}, id="two bits of a word"),
    ],
)
def test_only_whole_values_count(writes: list[Write], complete: dict[str, list[int]]) -> None:
    memory = image()
    for at, address, values in writes:
        memory.now = at
        memory.write(HR, address, values)
    assert taken(memory) == complete
    assert taken(memory) == {}, "taken once"


def test_a_value_needs_all_of_its_registers_anew_each_time() -> None:
    memory = image()
    memory.write(HR, 0, [1, 2])
    assert taken(memory) == {"F": [1, 2]}
    memory.write(HR, 0, [9])
    assert taken(memory) == {}, "9 and the old 2 are no value"


def test_gaps_exist_when_asked_for() -> None:
    with pytest.raises(Refused):
        image().write(HR, 0, [0] * 12)
    memory = image(gap=4)
    memory.write(HR, 0, [7] * 12)
    assert set(taken(memory)) == {"F", "D", "I", "S3", "S4"}
    with pytest.raises(Refused):
        memory.write(HR, 12, [0])
