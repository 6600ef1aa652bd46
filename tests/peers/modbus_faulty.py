"""Modbus devices that misbehave, over TCP, in TCP or in RTU framing. Test side; runs in the test's loop.

A `Behaviour` says what goes out for a question: pieces of bytes, each after a pause. Register i holds the value i.
"""

import asyncio
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drivers.modbus.framing import rtu_frame, tcp_frame


@dataclass(frozen=True)
class Question:
    """`number` counts from 0 over the life of the device; `transaction` is 0 in RTU."""

    number: int
    transaction: int
    unit: int
    code: int
    start: int
    count: int
    rtu: bool

    def frame(self, pdu: bytes, unit: int | None = None, transaction: int | None = None) -> bytes:
        unit = self.unit if unit is None else unit
        if self.rtu:
            return rtu_frame(unit, pdu)
        return tcp_frame(unit, pdu, self.transaction if transaction is None else transaction)

    def pdu(self, registers: Sequence[int] | None = None) -> bytes:
        """The right answer, or one with other registers."""
        if registers is None:
            registers = range(self.start, self.start + self.count)
        words = [register & 0xFFFF for register in registers]
        return bytes((self.code, 2 * len(words))) + struct.pack(f">{len(words)}H", *words)

    def right(self) -> bytes:
        return self.frame(self.pdu())

    def refusal(self, code: int) -> bytes:
        return self.frame(bytes((self.code | 0x80, code)))


Behaviour = Callable[[Question], Sequence[tuple[float, bytes]]]


def well(question: Question) -> Sequence[tuple[float, bytes]]:
    return [(0.0, question.right())]


class FaultyDevice:
    """`behave` may be changed at any time. `serial`: one question at a time, as a gateway to a serial line does."""

    def __init__(self, behave: Behaviour = well, rtu: bool = False) -> None:
        self.behave = behave
        self.rtu = rtu
        self.asked: list[Question] = []
        self.connections = 0
        self.accepted = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "FaultyDevice":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"{'rtu+tcp' if self.rtu else 'tcp'}://127.0.0.1:{self.port}"

    def say(self, data: bytes) -> None:
        """Unasked."""
        for writer in self._writers:
            writer.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        assert me is not None
        me.set_name("peer:faulty device")
        self._tasks.add(me)
        self._writers.add(writer)
        self.connections += 1
        self.accepted += 1
        try:
            while True:
                self._answer(await self._question(reader), writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return
        finally:
            self.connections -= 1
            self._writers.discard(writer)
            self._tasks.discard(me)
            writer.transport.abort()

    async def _question(self, reader: asyncio.StreamReader) -> Question:
        if self.rtu:
            unit, code, start, count = struct.unpack(">BBHH2x", await reader.readexactly(8))
            transaction = 0
        else:
            transaction, unit, code, start, count = struct.unpack(">H4xBBHH", await reader.readexactly(12))
        question = Question(len(self.asked), transaction, unit, code, start, count, self.rtu)
        self.asked.append(question)
        return question

    def _answer(self, question: Question, writer: asyncio.StreamWriter) -> None:
        at = 0.0
        loop = asyncio.get_running_loop()
        for pause, data in self.behave(question):
            at += pause
            if at == 0:
                writer.write(data)
            else:
                loop.call_later(at, self._write, writer, data)

    def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        if writer in self._writers:
            writer.write(data)
