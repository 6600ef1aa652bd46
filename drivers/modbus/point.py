"""One tag (位号) as a place in a Modbus device: unit, table, first address, size. Pure."""

from dataclasses import dataclass

from app.domain.address import Table, parse_modbus
from app.domain.tag import Tag


@dataclass(frozen=True, slots=True)
class Point:
    """`start` counts from 0 as on the wire; `size` in registers (in bits for coils and discrete inputs)."""

    tag: Tag
    unit: int
    table: Table
    start: int
    size: int
    bit: int | None = None

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.start + self.size

    def __str__(self) -> str:
        return f"{self.unit}@{self.table}:{self.start}" + ("" if self.bit is None else f".{self.bit}")


def point_of(tag: Tag, unit: int) -> Point:
    """`unit`: the source's, when the address names none. Raises ValueError with a Chinese sentence."""
    address = parse_modbus(tag.address, tag.data_type.registers)
    size = 1 if address.table.is_bits or address.bit is not None else tag.data_type.registers
    return Point(tag, unit if address.unit is None else address.unit, address.table, address.offset, size, address.bit)


def points_of(tags: list[Tag], unit: int) -> tuple[list[Point], dict[str, str]]:
    """Points, and for each tag that has no valid address the sentence why."""
    points, faults = [], {}
    for tag in tags:
        try:
            points.append(point_of(tag, unit))
        except ValueError as fault:
            faults[tag.tag] = str(fault)
    return points, faults
