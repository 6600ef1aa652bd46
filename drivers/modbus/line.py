"""One Modbus line as a client: open, one question at a time, close. All of pymodbus that this product uses is in here.

Why not pymodbus as it comes (measured, see its transaction manager):
* An RTU answer that arrives after its timeout is taken for the answer to the next question, and so on for ever, quality
  good (pymodbus 2636). So: no retries of its own, and after a timeout nothing is asked before the line has been silent for
  as long as the timeout; the same at the start and after bytes nobody asked for. A success that took a second try may be
  the late answer to the first one, as late as that again is then the second answer: longer silence.
* A shorter answer than asked for passes as success: function, unit, transaction and length are checked here.
* A lost connection is not told to a waiting request, and nobody listens while nothing is asked: `_connected` does both.
* `wait_for` of Python 3.11 may swallow a cancellation (cpython 86296): looked at after every wait.
* Answers are kept as bytes: turning registers into a list and a text costs more than all the rest.
"""

import asyncio
import logging
import socket
from contextlib import suppress
from typing import Any, cast

from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusIOException
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from app.domain.address import Table
from drivers.base import LinkLost
from drivers.modbus.bus_time import REQUEST_BYTES, answer_bytes, char_time, silence
from drivers.modbus.endpoint import Endpoint, Options, Wire
from drivers.modbus.framing import READ_CODE
from drivers.modbus.memory import Refused
from drivers.modbus.sentences import opening_failed

_REQUEST: dict[Table, type[ModbusPDU]] = {
    Table.COILS: ReadCoilsRequest,
    Table.DISCRETE_INPUTS: ReadDiscreteInputsRequest,
    Table.INPUT_REGISTERS: ReadInputRegistersRequest,
    Table.HOLDING_REGISTERS: ReadHoldingRegistersRequest,
}
_MAX_REQUESTS_UNANSWERED = 1 << 30  # pymodbus must not close the line by itself: whether it is dead is for Poll to say


class NoAnswer(Exception):
    """Every try timed out; the line itself stands."""


class Garbled(Exception):
    """Something answered, but no answer to this question. The text is for `Sample.detail`."""


class _RawAnswer(ModbusPDU):
    """Any answer, data bytes kept as they came. It never raises: an exception here would kill pymodbus' transport."""

    def __init__(self, code: int = 0, data: bytes = b"") -> None:
        super().__init__()
        self.function_code = code
        self.data = data

    def __str__(self) -> str:
        return f"answer {self.function_code}"


class _RawDecoder(DecodePDU):
    """Knows answers to the four reads, and exceptions; lengths of RTU frames come from the classes of the library."""

    def __init__(self) -> None:
        super().__init__(False)
        self.pdu_table = {code: DecodePDU.pdu_table[code] for code in READ_CODE.values()}

    def lookupPduClass(self, data: bytes) -> type[ModbusPDU] | None:
        return super().lookupPduClass(data) if len(data) > 1 else None

    def decode(self, frame: bytes) -> ModbusPDU:
        return _RawAnswer(frame[0], frame[1:])


class Line:
    """One connection. Not reusable after `close`."""

    def __init__(self, endpoint: Endpoint, options: Options) -> None:
        self._endpoint = endpoint
        self._options = options
        self._client: AsyncModbusTcpClient | AsyncModbusSerialClient | None = None
        self._failure: OSError | None = None
        self._up = asyncio.Event()
        self._lost = False
        self._asking = False
        self._bytes = 0
        self._heard = 0.0
        self._settle_s = 0.0
        self._waiter: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[Any] | None = None
        self._cancelled_before = 0
        self._questions: dict[tuple[int, Table, int, int], ModbusPDU] = {}
        baudrate = endpoint.baudrate
        self._char_s = char_time(baudrate, endpoint.bits_per_char) if baudrate else 0.0
        if options.silence_s is not None:
            self._silence_s = options.silence_s if endpoint.is_rtu else 0.0
        else:
            self._silence_s = silence(baudrate, endpoint.bits_per_char) if baudrate and endpoint.is_rtu else 0.0

    # --- life ---

    async def open(self) -> None:
        """Raises LinkLost with a sentence that says what to look at."""
        self._task = asyncio.current_task()
        if self._task is not None:
            self._cancelled_before = self._task.cancelling()
        _quiet_library()
        client = self._client = self._make()
        client.set_max_no_responses(_MAX_REQUESTS_UNANSWERED)
        client.ctx.framer.decoder = _RawDecoder()
        connect = client.ctx.call_create

        async def remember_failure() -> Any:
            try:
                return await connect()
            except OSError as failure:
                self._failure = failure
                raise

        client.ctx.call_create = remember_failure
        try:
            opened = await client.connect()
        except ValueError as failure:  # a port setting the system refuses
            raise LinkLost(opening_failed(self._endpoint, failure)) from None
        self._check_cancelled()
        if not opened:
            raise LinkLost(opening_failed(self._endpoint, self._failure))
        await self._up.wait()  # a serial port reports itself from the event loop
        self._set_tcp_timeout()
        if self._endpoint.is_rtu:
            self._settle_s = self._options.timeout_s
        self._heard = self._loop.time()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        transport = cast(asyncio.WriteTransport | None, client.ctx.transport)
        await asyncio.sleep(0)  # a serial port that was opened just now sets itself up first
        self._lost = True
        client.close()
        if transport is not None and transport.get_write_buffer_size():
            transport.abort()  # a frozen peer would hold the socket open until its buffer is empty
        await asyncio.sleep(0)

    def _make(self) -> AsyncModbusTcpClient | AsyncModbusSerialClient:
        end = self._endpoint
        common: dict[str, Any] = {
            "timeout": self._options.timeout_s,
            "retries": 0,
            "reconnect_delay": 0,
            "trace_packet": self._passed,
            "trace_connect": self._connected,
        }
        if end.wire is Wire.SERIAL:
            return AsyncModbusSerialClient(
                end.host,
                baudrate=end.baudrate,
                bytesize=end.bytesize,
                parity=end.parity,
                stopbits=end.stopbits,
                handle_local_echo=self._options.local_echo,
                **common,
            )
        framer = FramerType.RTU if end.is_rtu else FramerType.SOCKET
        return AsyncModbusTcpClient(end.host, port=end.port, framer=framer, **common)

    def _set_tcp_timeout(self) -> None:
        """A peer that vanished without a word: let the system say so itself (Linux), besides our own timeouts."""
        transport = self._client.ctx.transport if self._client is not None else None
        sock = transport.get_extra_info("socket") if transport is not None else None
        if sock is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            with suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(2000 * self._options.timeout_s))

    # --- what the library tells ---

    def _connected(self, connected: bool) -> None:
        self._up.set()
        if connected or self._lost:
            return
        self._lost = True
        if self._asking and self._client is not None and not self._client.ctx.response_future.done():
            self._client.ctx.response_future.set_exception(ConnectionException("lost"))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _passed(self, sending: bool, data: bytes) -> bytes:
        if not sending:
            self._bytes += 1
            self._heard = self._loop.time()
            if not self._asking and self._endpoint.is_rtu:
                self._settle_s = max(self._settle_s, self._options.timeout_s)
        return data

    # --- asking ---

    async def pause(self, seconds: float) -> None:
        """Waits, but no longer than the line lives: raises LinkLost at once when it goes."""
        self._check_lost()
        self._waiter = self._loop.create_future()
        timer = self._loop.call_later(seconds, _set, self._waiter)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None
        self._check_lost()

    async def read(self, unit: int, table: Table, start: int, count: int, tries: int = 1) -> bytes:
        """The data bytes of the answer, as many as were asked for. Raises Refused, NoAnswer, Garbled or LinkLost."""
        wanted = (count + 7) // 8 if table.is_bits else 2 * count
        code = READ_CODE[table]
        garbled = ""
        first = 0.0
        for attempt in range(tries):
            await self._quiet()
            last = self._loop.time()
            first = first or last
            answer = await self._ask(unit, table, start, count)
            if attempt and self._endpoint.is_rtu:
                self._settle_s = max(self._settle_s, last - first + self._options.timeout_s / 2)
            if answer is None:
                await self._after_timeout()
                continue
            if answer.function_code == code | 0x80 and len(answer.data) == 1:
                raise Refused(answer.data[0])
            data = answer.data
            if answer.function_code == code and len(data) == wanted + 1 and data[0] == wanted:
                return data[1:]
            garbled = f"asked {wanted} bytes by function {code}, got {len(data) - 1} by {answer.function_code}"
            if self._endpoint.is_rtu:
                self._settle_s = max(self._settle_s, self._options.timeout_s)
        if garbled:
            raise Garbled(garbled)
        raise NoAnswer

    async def _ask(self, unit: int, table: Table, start: int, count: int) -> _RawAnswer | None:
        """None: nothing usable in time."""
        self._check_lost()
        client = self._client
        assert client is not None
        key = (unit, table, start, count)
        request = self._questions.get(key)
        if request is None:
            request = self._questions[key] = _REQUEST[table](address=start, count=count, dev_id=unit)
        if self._char_s:
            on_wire = (REQUEST_BYTES + answer_bytes(table, count)) * self._char_s
            client.ctx.comm_params.timeout_connect = self._options.timeout_s + on_wire
        self._asking = True
        try:
            answer = await client.execute(False, request)
        except ConnectionException:
            raise LinkLost(f"{self._endpoint} 的连接断开了") from None
        except ModbusIOException:
            answer = None
        finally:
            self._asking = False
        self._check_cancelled()
        if not isinstance(answer, _RawAnswer):
            return None
        if not self._endpoint.is_rtu and answer.transaction_id != client.ctx.request_transaction_id:
            return None  # the library lets transaction 0 pass for any
        return answer

    async def _quiet(self) -> None:
        """Silence before a question: 3.5 characters, or longer when late bytes may still be under way."""
        if self._settle_s:
            await self._drain(self._settle_s)
            self._settle_s = 0.0
        elif self._silence_s:
            quiet = self._loop.time() - self._heard
            if quiet < self._silence_s:
                await self.pause(self._silence_s - quiet)

    async def _after_timeout(self) -> None:
        if self._endpoint.is_rtu:
            self._settle_s = max(self._settle_s, self._options.timeout_s)
            return
        client = self._client
        if client is not None and client.ctx.recv_buffer:
            # Half an answer. What follows begins in the middle of it, and nothing marks where the next one starts.
            await self._drain(self._options.timeout_s)
            if client.ctx.recv_buffer:
                raise LinkLost(f"{self._endpoint} 只收到半截报文，后面的数据无法对齐，重新连接")

    async def _drain(self, seconds: float) -> None:
        """Until nothing has come for `seconds`, but not for ever on a line that never falls silent."""
        for _ in range(10):
            heard = self._bytes
            await self.pause(seconds)
            if self._bytes == heard:
                break
        if self._client is not None and self._endpoint.is_rtu:
            self._client.ctx.recv_buffer = b""

    # --- checks ---

    def _check_lost(self) -> None:
        self._check_cancelled()
        if self._lost:
            raise LinkLost(f"{self._endpoint} 的连接断开了")

    def _check_cancelled(self) -> None:
        if self._task is not None and self._task.cancelling() > self._cancelled_before:
            raise asyncio.CancelledError


def _set(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _quiet_library() -> None:
    """Loss and return are told once, by the supervisor; the library tells every timeout. Somebody who sets its logger to
    a level of his own hears all of it."""
    logger = logging.getLogger("pymodbus.logging")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.CRITICAL)
