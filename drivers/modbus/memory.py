"""A Modbus device's answer to one question, over any memory that can be read and written. Pure.

`respond` knows function codes 1 to 6, 15, 16 and 23. What the memory refuses becomes the exception of the standard
(Modbus Application Protocol V1.1b3, section 7).
"""

import struct
from collections.abc import Sequence
from typing import Protocol

from app.domain.address import Table
from drivers.modbus.framing import READS, exception

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE, BUSY, NO_PATH = 1, 2, 3, 4, 6, 10


class Refused(Exception):
    """`code`: the Modbus exception to answer with (or, at a client, answered by the device)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code}")
        self.code = code


class Memory(Protocol):
    """Registers 0..65535, or bits 0 and 1. `write` is all or nothing."""

    def read(self, table: Table, start: int, count: int) -> Sequence[int]:
        """Raises Refused."""

    def write(self, table: Table, start: int, values: Sequence[int]) -> None:
        """Raises Refused."""


def respond(pdu: bytes, memory: Memory) -> bytes:
    code = pdu[0]
    try:
        return _respond(code, pdu, memory)
    except Refused as refused:
        return exception(code, refused.code)
    except struct.error:
        return exception(code, ILLEGAL_VALUE)


def _respond(code: int, pdu: bytes, memory: Memory) -> bytes:
    if code in READS:
        start, count = _exactly(">xHH", pdu)
        table = READS[code]
        _span(start, count, 2000 if table.is_bits else 125)
        return bytes((code,)) + _pack(table, memory.read(table, start, count))
    if code == 5:
        start, value = _exactly(">xHH", pdu)
        if value not in (0x0000, 0xFF00):
            raise Refused(ILLEGAL_VALUE)
        memory.write(Table.COILS, start, [value >> 15])
        return pdu
    if code == 6:
        start, value = _exactly(">xHH", pdu)
        memory.write(Table.HOLDING_REGISTERS, start, [value])
        return pdu
    if code == 15:
        start, count, size = struct.unpack_from(">xHHB", pdu)
        _span(start, count, 1968)
        if size != (count + 7) // 8 or len(pdu) != 6 + size:
            raise Refused(ILLEGAL_VALUE)
        memory.write(Table.COILS, start, unpack_bits(pdu[6:], count))
        return pdu[:5]
    if code == 16:
        start, count, size = struct.unpack_from(">xHHB", pdu)
        _span(start, count, 123)
        memory.write(Table.HOLDING_REGISTERS, start, _words(pdu, 6, count, size))
        return pdu[:5]
    if code == 23:
        start, count, write_start, write_count, size = struct.unpack_from(">xHHHHB", pdu)
        _span(start, count, 125)
        _span(write_start, write_count, 121)
        words = _words(pdu, 10, write_count, size)
        memory.read(Table.HOLDING_REGISTERS, start, count)  # refuse before anything is written
        memory.write(Table.HOLDING_REGISTERS, write_start, words)
        return bytes((code,)) + _pack(Table.HOLDING_REGISTERS, memory.read(Table.HOLDING_REGISTERS, start, count))
    raise Refused(ILLEGAL_FUNCTION)


def _exactly(layout: str, pdu: bytes) -> tuple[int, int]:
    first, second = struct.unpack(layout, pdu)
    return first, second


def _span(start: int, count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise Refused(ILLEGAL_VALUE)
    if start + count > 65536:
        raise Refused(ILLEGAL_ADDRESS)


def _words(pdu: bytes, at: int, count: int, size: int) -> tuple[int, ...]:
    if size != 2 * count or len(pdu) != at + size:
        raise Refused(ILLEGAL_VALUE)
    return struct.unpack_from(f">{count}H", pdu, at)


def _pack(table: Table, values: Sequence[int]) -> bytes:
    data = pack_bits(values) if table.is_bits else struct.pack(f">{len(values)}H", *values)
    return bytes((len(data),)) + data


def pack_bits(bits: Sequence[int]) -> bytes:
    """Eight to a byte, the first one lowest."""
    whole = sum(1 << index for index, bit in enumerate(bits) if bit)
    return whole.to_bytes((len(bits) + 7) // 8, "little")


def unpack_bits(data: bytes, count: int) -> list[int]:
    whole = int.from_bytes(data, "little")
    return [whole >> index & 1 for index in range(count)]
