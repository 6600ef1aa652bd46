"""The planner: neighbours together, values whole, refused reads cut where it helps."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.address import Table
from app.domain.tag import DataType, Tag
from drivers.modbus.blocks import Block, merge, plan, split
from drivers.modbus.point import Point, point_of, points_of

KINDS = (DataType.INT16, DataType.FLOAT32, DataType.FLOAT64)


def floats(*addresses: int, **more: float) -> list[Point]:
    return [point_of(Tag(f"F{a}", address=f"HR:{a}", **more), 1) for a in addresses]  # type: ignore[arg-type]


def spans(blocks: tuple[Block, ...]) -> list[tuple[int, int]]:
    return [(block.start, block.count) for block in blocks]


@pytest.mark.parametrize(
    ("addresses", "gap", "most", "expected"),
    [
        (range(0, 120, 2), 8, 120, [(0, 120)]),
        (range(0, 400, 2), 8, 120, [(0, 120), (120, 120), (240, 120), (360, 40)]),
        ((0, 10), 8, 120, [(0, 12)]),
        ((0, 11), 8, 120, [(0, 2), (11, 2)]),
        ((0, 2), 0, 120, [(0, 4)]),
        ((0, 3), 0, 120, [(0, 2), (3, 2)]),
        ((0, 2, 4), 8, 5, [(0, 4), (4, 2)]),  # a float is not torn to fill a read
    ],
)
def test_plan(addresses: range, gap: int, most: int, expected: list[tuple[int, int]]) -> None:
    assert spans(plan(floats(*addresses), gap=gap, max_registers=most)) == expected


def test_units_tables_and_periods_are_read_apart() -> None:
    tags = [
        Tag("a", address="HR:0"),
        Tag("b", address="IR:2"),
        Tag("c", address="7@HR:4"),
        Tag("d", address="HR:6", period_s=5.0),
        Tag("e", address="CO:0", data_type=DataType.BOOL),
    ]
    points, faults = points_of(tags, 1)
    assert faults == {}
    blocks = {str(block.points[0].tag.tag): block for block in plan(points, period_s=1.0)}
    assert {name: (b.unit, b.table.value, b.period_s) for name, b in blocks.items()} == {
        "a": (1, "HR", 1.0),
        "b": (1, "IR", 1.0),
        "c": (7, "HR", 1.0),
        "d": (1, "HR", 5.0),
        "e": (1, "CO", 1.0),
    }


def test_coils_are_counted_in_bits() -> None:
    points, _ = points_of([Tag(f"c{i}", address=f"CO:{i}", data_type=DataType.BOOL) for i in range(2001)], 1)
    assert spans(plan(points)) == [(0, 2000), (2000, 1)]


@pytest.mark.parametrize(
    ("address", "start"),
    [("HR:100", 100), ("40101", 100), ("400101", 100), ("HR:0", 0), ("40001", 0), ("30001", 0), ("7@10006", 5)],
)
def test_modicon_numbers_count_from_one_and_protocol_addresses_from_zero(address: str, start: int) -> None:
    assert point_of(Tag("a", address=address, data_type=DataType.UINT16), 1).start == start


@st.composite
def some_points(draw: st.DrawFn) -> list[Point]:
    found = []
    for number in range(draw(st.integers(1, 60))):
        kind = draw(st.sampled_from(KINDS))
        tag = Tag(f"T{number}", data_type=kind, period_s=draw(st.sampled_from([None, 5.0])))
        found.append(Point(tag, draw(st.integers(1, 2)), Table.INPUT_REGISTERS, draw(st.integers(0, 300)), kind.registers))
    return found


@given(some_points(), st.integers(0, 20), st.integers(4, 125))
def test_every_value_is_read_once_and_whole(points: list[Point], gap: int, most: int) -> None:
    blocks = plan(points, 1.0, gap, most)
    assert sorted(p.tag.tag for b in blocks for p in b.points) == sorted(p.tag.tag for p in points)
    for block in blocks:
        assert block.count <= most
        assert all(block.start <= p.start and p.end <= block.end for p in block.points)
        covered = {a for p in block.points for a in range(p.start, p.end)}
        longest = run = 0
        for address in range(block.start, block.end):
            run = 0 if address in covered else run + 1
            longest = max(longest, run)
        assert longest <= gap


@given(some_points(), st.booleans())
def test_a_split_loses_nothing_and_is_smaller(points: list[Point], at_gap: bool) -> None:
    for block in plan(points, gap=8):
        parts = split(block, at_gap)
        if parts is None:
            assert len({(p.start, p.size) for p in block.points}) == 1
        else:
            assert sorted(p.tag.tag for part in parts for p in part.points) == sorted(p.tag.tag for p in block.points)
            assert all(0 < len(part.points) < len(block.points) for part in parts)


def test_the_widest_gap_is_suspected_first() -> None:
    (block,) = plan(floats(0, 8, 10, 12, 14, 16, 18))
    parts, halves = split(block), split(block, at_gap=False)
    assert parts is not None
    assert halves is not None
    assert spans(parts) == [(0, 2), (8, 12)]
    assert spans(halves) == [(0, 10), (10, 10)]


def bisected(block: Block, legal: Callable[[Block], bool]) -> tuple[list[Block], list[Block], int]:
    if legal(block):
        return [block], [], 1
    parts = split(block)
    if parts is None:
        return [], [block], 1
    good: list[Block] = []
    bad: list[Block] = []
    asked = 1
    for part in parts:
        more_good, more_bad, more_asked = bisected(part, legal)
        good, bad, asked = good + more_good, bad + more_bad, asked + more_asked
    return good, bad, asked


@given(some_points(), st.sets(st.integers(0, 303), max_size=6))
def test_cutting_finds_exactly_the_illegal_values(points: list[Point], illegal: set[int]) -> None:
    def legal(block: Block) -> bool:
        return not illegal & set(range(block.start, block.end))

    for block in plan(points):
        good, bad, _ = bisected(block, legal)
        expected = {p.tag.tag for p in block.points if illegal & set(range(p.start, p.end))}
        assert {p.tag.tag for b in bad for p in b.points} == expected
        joined = merge(good)
        assert {p.tag.tag for b in joined for p in b.points} == {p.tag.tag for p in block.points} - expected
        assert all(legal(b) for b in joined)
        assert len(joined) <= len(good)


def test_a_hole_costs_few_questions_and_few_reads_afterwards() -> None:
    blocks = plan(floats(*range(0, 400, 2)))
    hole = set(range(210, 214))
    found = [bisected(block, lambda b: not hole & set(range(b.start, b.end))) for block in blocks]
    reads = merge([good for goods, _, _ in found for good in goods])
    assert sum(asked for _, _, asked in found) <= 20
    assert spans(reads) == [(0, 120), (120, 90), (214, 26), (240, 120), (360, 40)]
    assert sorted(p.tag.tag for _, bads, _ in found for bad in bads for p in bad.points) == ["F210", "F212"]
