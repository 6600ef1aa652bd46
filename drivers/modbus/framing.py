"""Modbus frames as a slave sees them: bytes in, requests out, answers as bytes. Pure, no IO, no clock.

`TcpFramer`: any number of requests in one segment, any cut between segments. `RtuFramer`: one slave among others on a bus;
foreign questions and answers are recognised by their CRC and passed over, rubbish is skipped byte by byte, and what is
still incomplete when the line has gone quiet is given up by `idle()`.
"""

import struct
from dataclasses import dataclass

from app.domain.address import Table

MAX_PDU = 253

READS = {
    1: Table.COILS,
    2: Table.DISCRETE_INPUTS,
    3: Table.HOLDING_REGISTERS,
    4: Table.INPUT_REGISTERS,
}
"""Function code to the table it reads."""
READ_CODE = {table: code for code, table in READS.items()}


@dataclass(frozen=True, slots=True)
class Request:
    """`transaction` is None on a serial line."""

    unit: int
    pdu: bytes
    transaction: int | None = None


class NotModbus(Exception):
    """What arrives cannot be Modbus TCP; nothing that follows can be trusted."""


# --- TCP ---------------------------------------------------------------------------------------------------------------

_MBAP = struct.Struct(">HHHB")


def tcp_frame(unit: int, pdu: bytes, transaction: int) -> bytes:
    return _MBAP.pack(transaction, 0, len(pdu) + 1, unit) + pdu


class TcpFramer:
    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def incomplete(self) -> bool:
        """A frame has begun and is not whole yet."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[Request]:
        """Raises NotModbus when the stream makes no sense; nothing may be fed after that."""
        buffer = self._buffer
        buffer += data
        requests = []
        while len(buffer) >= _MBAP.size:
            transaction, protocol, length, unit = _MBAP.unpack_from(buffer)
            if protocol != 0 or not 2 <= length <= MAX_PDU + 1:
                raise NotModbus(f"protocol {protocol}, length {length}")
            end = 6 + length
            if len(buffer) < end:
                break
            requests.append(Request(unit, bytes(buffer[_MBAP.size : end]), transaction))
            del buffer[:end]
        return requests


# --- RTU ---------------------------------------------------------------------------------------------------------------


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
        table.append(crc)
    return tuple(table)


_CRC = _crc_table()


def crc16(data: bytes) -> int:
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _CRC[(crc ^ byte) & 0xFF]
    return crc


def rtu_frame(unit: int, pdu: bytes) -> bytes:
    body = bytes((unit,)) + pdu
    return body + crc16(body).to_bytes(2, "little")


_MORE = -1
"""A length that cannot be known before more bytes are there."""


def _request_length(frame: bytes) -> int:
    """Of the whole RTU frame that begins here, if it is a question; 0 when its function code is not known."""
    code = frame[1]
    if 1 <= code <= 6:
        return 8
    if code in (15, 16):
        return 9 + frame[6] if len(frame) > 6 else _MORE
    if code == 22:
        return 10
    if code == 23:
        return 13 + frame[10] if len(frame) > 10 else _MORE
    return 4 if code in (7, 11, 12, 17) else 8 if code == 8 else 0


def _answer_length(frame: bytes) -> int:
    code = frame[1]
    if code & 0x80:
        return 5
    if code in (1, 2, 3, 4, 23, 12, 17):
        return 5 + frame[2] if len(frame) > 2 else _MORE
    return 8 if code in (5, 6, 8, 11, 15, 16) else 10 if code == 22 else 5 if code == 7 else 0


class RtuFramer:
    """`units`: those we answer for. Unit 0 is everybody's (broadcast)."""

    def __init__(self, units: frozenset[int]) -> None:
        self._units = units
        self._buffer = bytearray()
        self._echo = b""
        self.waiting = False
        """The last question taken is the last thing said on the line: its master may still be waiting for the answer."""

    @property
    def incomplete(self) -> bool:
        return bool(self._buffer)

    def expect_echo(self, frame: bytes) -> None:
        """The adapter gives back what we send (local echo): the next bytes, if they are these, are not the master's."""
        self._echo = frame

    def feed(self, data: bytes) -> list[Request]:
        self._buffer += data
        if self._echo:
            if len(self._buffer) < len(self._echo) and self._echo.startswith(self._buffer):
                return []
            if self._buffer.startswith(self._echo):
                del self._buffer[: len(self._echo)]
            self._echo = b""
        return self._take(wait=True)

    def idle(self) -> list[Request]:
        """The line has been quiet for longer than a pause inside a frame: what is incomplete will never be whole."""
        self._echo = b""
        return self._take(wait=False)

    def _take(self, wait: bool) -> list[Request]:
        buffer = self._buffer
        requests: list[Request] = []
        at = question_end = 0
        while len(buffer) - at >= 4:
            view = bytes(buffer[at : at + 264])
            known = len(requests)
            length = self._whole(view, requests)
            if length == _MORE and wait:
                break
            at += length if length > 0 else 1
            if len(requests) > known:
                question_end = at
        self.waiting = bool(requests) and question_end == len(buffer)
        if not wait:
            at = len(buffer)
        del buffer[:at]
        return requests

    def _whole(self, view: bytes, requests: list[Request]) -> int:
        """Length of the whole frame at the start of `view` (a question of ours is kept), 0 for rubbish, _MORE."""
        more = False
        for length, question in ((_request_length(view), True), (_answer_length(view), False)):
            if length == _MORE or length > len(view):
                more = more or length <= 256
            elif length >= 4 and crc16(view[:length]) == 0:
                if question and (view[0] in self._units or view[0] == 0):
                    requests.append(Request(view[0], view[1 : length - 2]))
                return length
        return _MORE if more else 0


# --- answering ---------------------------------------------------------------------------------------------------------


def exception(code: int, reason: int) -> bytes:
    """`code`: the function that was asked for; `reason`: 1 function, 2 address, 3 value, 4 device failure …"""
    return bytes((code | 0x80, reason))
