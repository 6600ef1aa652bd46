"""The registers of a simulated Modbus device: readings in, words out, and what a broken transmitter looks like. Plant side.

A transmitter fault is a `bad_raw` code of the source (0x7FFF, 0x7FFFFFFF when it names none) in an integer, NaN in a float; a
contact cannot say that it is broken, so its unit answers exception 4 for it. Formats are the drivers' own.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import nan

from app.domain.address import Table
from app.domain.plant import Source
from app.domain.tag import DataType, Tag
from app.plant.field import Reading
from drivers.modbus.endpoint import Options, parse_options
from drivers.modbus.formats import encode
from drivers.modbus.framing import Request
from drivers.modbus.memory import DEVICE_FAILURE, ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, Refused, respond
from drivers.modbus.point import Point, point_of

GAP = 125
"""Holes between tags that read as 0, as in most panels; farther away there is nothing."""
_PLAIN = {
    1: (DataType.UINT16, 0x7FFF),
    2: (DataType.UINT32, 0x7FFFFFFF),
    4: (DataType.UINT64, 0x7FFFFFFFFFFFFFFF),
}
"""Registers of a value: how its fault code is written, and which one it is when the source names none."""


class Registers:
    """The memory of one unit. `broken`: addresses of contacts that answer "device failure"."""

    def __init__(self) -> None:
        self.cells: dict[Table, dict[int, int]] = {table: {} for table in Table}
        self.broken: set[tuple[Table, int]] = set()

    def fill_gaps(self) -> None:
        for cells in self.cells.values():
            known = sorted(cells)
            for low, high in pairwise(known):
                if high - low <= GAP:
                    for address in range(low + 1, high):
                        cells[address] = 0

    def read(self, table: Table, start: int, count: int) -> Sequence[int]:
        span = range(start, start + count)
        if any((table, address) in self.broken for address in span):
            raise Refused(DEVICE_FAILURE)
        try:
            return [self.cells[table][address] for address in span]
        except KeyError:
            raise Refused(ILLEGAL_ADDRESS) from None

    def write(self, table: Table, start: int, values: Sequence[int]) -> None:
        raise Refused(ILLEGAL_FUNCTION)

    def put(self, point: Point, reading: Reading, bad_raw: Sequence[int]) -> None:
        cells, tag = self.cells[point.table], point.tag
        if point.table.is_bits or point.bit is not None:
            spot = (point.table, point.start)
            if reading is None:
                self.broken.add(spot)
                return
            self.broken.discard(spot)
            if point.bit is None:
                cells[point.start] = int(bool(reading))
            else:
                mask = 1 << point.bit
                cells[point.start] = cells.get(point.start, 0) & ~mask | (mask if reading else 0)
            return
        for address, word in enumerate(_words(tag, reading, bad_raw), point.start):
            cells[address] = word


def _words(tag: Tag, reading: Reading, bad_raw: Sequence[int]) -> tuple[int, ...]:
    """Raises ValueError when the reading does not fit the type: the generic simulator stays inside, a `set` may not."""
    if reading is None:
        if tag.data_type in (DataType.FLOAT32, DataType.FLOAT64):
            return encode(nan, tag.data_type, tag.word_order)
        plain, top = _PLAIN[tag.data_type.registers]
        fitting = [code for code in bad_raw if (code.bit_length() + 15) // 16 == tag.data_type.registers]
        return encode(fitting[0] if fitting else top, plain, tag.word_order)
    return encode(reading, tag.data_type, tag.word_order, tag.scale, tag.offset)


class Units:
    """The units of one line and their registers; fills `drivers.modbus.server.Owner`. `gaps`: holes between tags exist."""

    def __init__(self, sources: Sequence[Source], tags: Iterable[Tag], gaps: bool = True) -> None:
        options = {source.id: parse_options(source.options) for source in sources}
        homes = {source.id: source for source in sources}
        self.units: dict[int, Registers] = {}
        self._points: dict[str, tuple[Point, Options]] = {}
        for tag in tags:
            point = point_of(tag, homes[tag.source].unit)
            self._points[tag.tag] = (point, options[tag.source])
            cells = self.units.setdefault(point.unit, Registers()).cells[point.table]
            for address in range(point.start, point.end):
                cells[address] = 0
        if gaps:
            for registers in self.units.values():
                registers.fill_gaps()
        self._written: dict[str, Reading] = {}

    def put(self, readings: Mapping[str, Reading]) -> int:
        changed = 0
        for name, (point, options) in self._points.items():
            reading = readings.get(name)
            if name in self._written and self._written[name] == reading:
                continue
            self._written[name] = reading
            changed += 1
            self.units[point.unit].put(point, reading, options.bad_raw)
        return changed

    def answer(self, request: Request) -> bytes | None:
        unit = self.units.get(request.unit)
        return None if unit is None else respond(request.pdu, unit)

    def changed(self) -> None:
        """Masters may come and go as they like."""
