"""A look at raw Modbus data before anything is configured: one read per address, decoded every plausible way side by side.

Station side (`hazwatch probe`). `decode_every_way` and `as_text` are pure; `probe` does the reading, once, and never writes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

from app.domain.address import ModbusAddress, parse_modbus
from app.domain.sample import Value
from app.domain.tag import DataType, WordOrder
from drivers.modbus.endpoint import Options, parse_endpoint
from drivers.modbus.formats import Fault, decode
from drivers.modbus.line import Garbled, Line, NoAnswer
from drivers.modbus.memory import ILLEGAL_ADDRESS, ILLEGAL_VALUE, Refused


@dataclass(frozen=True, slots=True)
class Way:
    """One way to read the registers; `word_order` ABCD also stands for "does not matter"."""

    data_type: DataType
    word_order: WordOrder
    value: Value


@dataclass(frozen=True, slots=True)
class Reading:
    """`registers`: raw words from the address on, up to four (one bit for coils). `error`: what the device or line said."""

    address: str
    registers: tuple[int, ...] = ()
    ways: tuple[Way, ...] = ()
    error: str = ""


_TYPES = [t for t in DataType if t is not DataType.BOOL]


def decode_every_way(registers: Sequence[int]) -> tuple[Way, ...]:
    """Every type that fits into `registers`, in every word order that gives a value a plant could have."""
    ways: list[Way] = []
    for data_type in _TYPES:
        size = data_type.registers
        if size > len(registers):
            continue
        orders = (WordOrder.ABCD, WordOrder.BADC) if size == 1 else tuple(WordOrder)
        for order in orders:
            value = decode(registers[:size], data_type, order)
            if not isinstance(value, Fault) and _plausible(value, data_type):
                ways.append(Way(data_type, order, value))
    return tuple(ways)


def _plausible(value: Value, data_type: DataType) -> bool:
    """Wrongly ordered floats are nearly always astronomically large or small."""
    if data_type in (DataType.FLOAT32, DataType.FLOAT64) and isinstance(value, float):
        return value == 0 or (isfinite(value) and 1e-6 <= abs(value) <= 1e9)
    return True


def as_text(readings: Iterable[Reading]) -> str:
    """The table a site engineer compares with the panel in front of him."""
    lines = []
    for reading in readings:
        if reading.error:
            lines.append(f"{reading.address}  {reading.error}")
            continue
        words = " ".join(f"{word:04X}" for word in reading.registers)
        lines.append(f"{reading.address}  原始 {words}")
        for data_type in DataType:
            cells = [f"{way.word_order}={_number(way.value)}" for way in reading.ways if way.data_type is data_type]
            if cells:
                lines.append(f"  {data_type.value:<8} {'   '.join(cells)}")
    return "\n".join(lines)


def _number(value: Value) -> str:
    return f"{value:.7g}" if isinstance(value, float) else str(value)


async def probe(url: str, addresses: Sequence[str], unit: int = 1, timeout_s: float = 2.0) -> list[Reading]:
    """`url` as in a `[[source]]`. Raises ValueError for a URL or address that is none, LinkLost when nothing can be opened.
    A device that refuses or is silent is a Reading with an `error`."""
    endpoint = parse_endpoint(url)
    parsed = [(text, parse_modbus(text)) for text in addresses]
    line = Line(endpoint, Options(timeout_s=timeout_s))
    try:
        await line.open()
        return [await _reading(line, text, address, unit) for text, address in parsed]
    finally:
        await line.close()


async def _reading(line: Line, text: str, address: ModbusAddress, unit: int) -> Reading:
    unit = unit if address.unit is None else address.unit
    error = ""
    for count in (1,) if address.table.is_bits or address.bit is not None else (4, 2, 1):
        if address.offset + count > 65536:
            continue
        try:
            raw = await line.read(unit, address.table, address.offset, count, tries=2)
        except Refused as refused:
            error = f"设备拒绝：exception {refused.code}"
            if refused.code in (ILLEGAL_ADDRESS, ILLEGAL_VALUE):
                continue  # fewer registers may be legal
        except NoAnswer:
            error = f"从站 {unit} 无应答"
        except Garbled as garbled:
            error = f"应答有误：{garbled}"
        else:
            return _decoded(text, address, raw)
        break
    return Reading(text, error=error)


def _decoded(text: str, address: ModbusAddress, raw: bytes) -> Reading:
    if address.table.is_bits:
        bit = raw[0] & 1
        return Reading(text, (bit,), (Way(DataType.BOOL, WordOrder.ABCD, bool(bit)),))
    registers = tuple(int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2))
    if address.bit is not None:
        return Reading(text, registers, (Way(DataType.BOOL, WordOrder.ABCD, bool(registers[0] >> address.bit & 1)),))
    return Reading(text, registers, decode_every_way(registers))
