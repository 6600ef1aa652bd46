"""Which reads cover the tags: neighbours are read together, a value is never torn, what a device refuses is cut. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from app.domain.address import Table
from drivers.modbus.point import Point


@dataclass(frozen=True, slots=True)
class Block:
    """One read. `points` in order of address, each wholly inside `start` .. `start + count`."""

    unit: int
    table: Table
    start: int
    count: int
    period_s: float
    points: tuple[Point, ...]

    @property
    def end(self) -> int:
        return self.start + self.count

    def __str__(self) -> str:
        last = "" if self.count == 1 else f"..{self.end - 1}"
        return f"{self.unit}@{self.table}:{self.start}{last}"


def plan(
    points: Iterable[Point], period_s: float = 1.0, gap: int = 8, max_registers: int = 120, max_bits: int = 2000
) -> tuple[Block, ...]:
    """`period_s` for tags that have none of their own. `gap`: unused addresses read along at most, between two values."""

    def key(point: Point) -> tuple[int, str, float]:
        return point.unit, point.table.value, point.tag.period_s or period_s

    blocks: list[Block] = []
    for (_, table, period), group in groupby(sorted(points, key=lambda p: (*key(p), p.start, p.size)), key):
        most = max_bits if Table(table).is_bits else max_registers
        run: list[Point] = []
        end = 0
        for point in group:
            if run and (point.start - end > gap or max(point.end, end) - run[0].start > most):
                blocks.append(_block(run, period))
                run = []
            end = max(point.end, end) if run else point.end
            run.append(point)
        blocks.append(_block(run, period))
    return tuple(blocks)


def _block(points: Sequence[Point], period_s: float) -> Block:
    ordered = sorted(points, key=lambda p: (p.start, p.size))
    first = ordered[0]
    end = max(p.end for p in ordered)
    return Block(first.unit, first.table, first.start, end - first.start, period_s, tuple(ordered))


def split(block: Block, at_gap: bool = True) -> tuple[Block, Block] | None:
    """Two smaller reads of a refused one, None when it holds one value only. `at_gap`: at its widest run of unused
    addresses if it has one (that is where the illegal ones usually are), else in the middle."""
    cuts: list[tuple[float, float, int]] = []
    end = block.start
    middle = block.start + block.count / 2
    for index, (before, after) in enumerate(pairwise(block.points), 1):
        end = max(end, before.end)
        if (after.start, after.size) == (before.start, before.size):
            continue
        gap = max(0, after.start - end) if at_gap else 0
        cuts.append((-gap, abs(after.start - middle), index))
    if not cuts:
        return None
    index = min(cuts)[2]
    return _block(block.points[:index], block.period_s), _block(block.points[index:], block.period_s)


def merge(blocks: Iterable[Block], max_registers: int = 120, max_bits: int = 2000) -> tuple[Block, ...]:
    """Joins reads that touch: every address of the result has been read before, so none of them can be illegal."""
    merged: list[Block] = []
    for block in sorted(blocks, key=lambda b: (b.unit, b.table, b.period_s, b.start)):
        last = merged[-1] if merged else None
        most = max_bits if block.table.is_bits else max_registers
        if (
            last is not None
            and (last.unit, last.table, last.period_s) == (block.unit, block.table, block.period_s)
            and block.start <= last.end
            and max(block.end, last.end) - last.start <= most
        ):
            merged[-1] = _block(last.points + block.points, block.period_s)
        else:
            merged.append(block)
    return tuple(merged)
