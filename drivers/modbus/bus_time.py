"""How long a plan keeps a serial line busy, and whether its scan periods are possible at all. Pure.

The forecast belongs on the configuration screen: 200 float tags in blocks take 1.00 s at 9600 baud, 0.32 s at 38400.
"""

from collections.abc import Iterable
from math import ceil

from app.domain.address import Table
from drivers.modbus.blocks import Block

TURNAROUND_S = 0.02
"""What a usual device needs between question and answer."""
REQUEST_BYTES = 8


def answer_bytes(table: Table, count: int) -> int:
    """Length of an RTU answer frame."""
    return 5 + (ceil(count / 8) if table.is_bits else 2 * count)


def char_time(baudrate: int, bits_per_char: int = 10) -> float:
    """Seconds for one character on the wire; 8N1 has 10 bits."""
    return bits_per_char / baudrate


def silence(baudrate: int, bits_per_char: int = 10) -> float:
    """3.5 characters, 1.75 ms above 19200 baud (Modbus over serial line V1.02, 2.5.1.1)."""
    return 0.00175 if baudrate > 19200 else 3.5 * char_time(baudrate, bits_per_char)


def block_time(
    block: Block,
    baudrate: int,
    turnaround_s: float = TURNAROUND_S,
    bits_per_char: int = 10,
    silence_s: float | None = None,
) -> float:
    chars = REQUEST_BYTES + answer_bytes(block.table, block.count)
    quiet = silence(baudrate, bits_per_char) if silence_s is None else silence_s
    return chars * char_time(baudrate, bits_per_char) + turnaround_s + 2 * quiet


def bus_time(plan: Iterable[Block], baudrate: int, turnaround_s: float = TURNAROUND_S, bits_per_char: int = 10) -> float:
    """Seconds to read every block once."""
    return sum(block_time(block, baudrate, turnaround_s, bits_per_char) for block in plan)


def load(
    plan: Iterable[Block],
    baudrate: int,
    turnaround_s: float = TURNAROUND_S,
    bits_per_char: int = 10,
    silence_s: float | None = None,
) -> float:
    """Share of time the line is busy when every block keeps its own period; above 1 is impossible."""
    return sum(block_time(block, baudrate, turnaround_s, bits_per_char, silence_s) / block.period_s for block in plan)


def impossible(plan: Iterable[Block], baudrate: int, bits_per_char: int = 10, silence_s: float | None = None) -> str | None:
    """The sentence to refuse a configuration with, when its periods cannot be kept even by a device that answers at once."""
    blocks = tuple(plan)
    busy = load(blocks, baudrate, 0.0, bits_per_char, silence_s)
    if busy <= 1:
        return None
    usual = load(blocks, baudrate, TURNAROUND_S, bits_per_char, silence_s)
    shortest = min(block.period_s for block in blocks)
    registers = sum(block.count for block in blocks if not block.table.is_bits)
    return (
        f"{baudrate} 波特的串口带不动这张位号表：{len(blocks)} 次读取、{registers} 个寄存器，每 {shortest:g} s 的扫描需要 "
        f"{usual:.1f} 倍的线路时间；请把周期放长到 {shortest * usual:.1f} s 以上、提高波特率或减少位号"
    )
