"""Listening for Modbus masters: TCP connections and one serial port, without a task of their own. Station side, IO only.

What is answered is decided by an `Owner`; frames are cut by `framing`. Used by the slave driver and by the demo plant.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, cast

from pymodbus.transport.serialtransport import create_serial_connection

from drivers.modbus.bus_time import char_time, silence
from drivers.modbus.endpoint import Endpoint
from drivers.modbus.framing import NotModbus, Request, RtuFramer, TcpFramer, rtu_frame, tcp_frame

MAX_CONNECTIONS = 32
IDLE_S = 0.05
"""A pause that cannot be inside a frame. USB adapters hand over every 16 ms."""
_ACCEPT_TURNS = 6
"""A connection that asyncio was accepting at the moment of closing shows itself, and goes, within so many turns of its loop."""


class Owner(Protocol):
    def answer(self, request: Request) -> bytes | None:
        """The answer's PDU; None = say nothing."""

    def changed(self) -> None:
        """A master has come or gone."""


def listening_socket(host: str, port: int) -> socket.socket:
    """Raises OSError (port taken, no right to it, address not ours)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_REUSEPORT"):  # not on Windows, where SO_REUSEADDR lets two programs share a port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(MAX_CONNECTIONS)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


class TcpServer:
    """Any number of masters. When there are too many, the one that has been silent longest goes: a master that rebooted
    leaves dead connections behind and must still get in."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.connections: dict[asyncio.Transport, float] = {}
        """With the time of the last bytes from it."""
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self, sock: socket.socket) -> None:
        """Takes the socket over."""
        self._server = await asyncio.get_running_loop().create_server(lambda: _TcpMaster(self), sock=sock)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self.drop_all()
        for _ in range(_ACCEPT_TURNS):
            await asyncio.sleep(0)

    def drop_all(self) -> None:
        """Every master is cut off; the port stays open."""
        for transport in list(self.connections):
            transport.abort()

    def admit(self, transport: asyncio.Transport) -> None:
        if self._server is None:
            transport.abort()
            return
        if len(self.connections) >= MAX_CONNECTIONS:
            min(self.connections, key=lambda t: self.connections[t]).abort()
        self.connections[transport] = asyncio.get_running_loop().time()


class _TcpMaster(asyncio.Protocol):
    def __init__(self, server: TcpServer) -> None:
        self._server = server
        self._framer = TcpFramer()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        _keep_alive(transport.get_extra_info("socket"))
        self._server.admit(self._transport)
        self._server.owner.changed()

    def data_received(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport in self._server.connections:
            self._server.connections[transport] = asyncio.get_running_loop().time()
        try:
            requests = self._framer.feed(data)
        except NotModbus:
            transport.abort()
            return
        answers = []
        for request in requests:
            answer = self._server.owner.answer(request)
            if answer is not None:
                answers.append(tcp_frame(request.unit, answer, request.transaction or 0))
        if answers:
            transport.write(b"".join(answers))

    def pause_writing(self) -> None:
        """A master that asks and never reads must not fill our memory."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        if self._transport is not None:
            self._server.connections.pop(self._transport, None)
            self._transport = None
        self._server.owner.changed()


def _keep_alive(sock: socket.socket | None) -> None:
    if sock is None:
        return
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


class RtuServer(asyncio.Protocol):
    """We are one slave (or several) on a serial line. `lost` is told when the port goes."""

    def __init__(
        self, owner: Owner, units: frozenset[int], endpoint: Endpoint, lost: Callable[[], None], local_echo: bool = False
    ) -> None:
        self._owner = owner
        self._endpoint = endpoint
        self._framer = RtuFramer(units)
        self._lost = lost
        self._local_echo = local_echo
        char = char_time(endpoint.baudrate, endpoint.bits_per_char)
        self._silence_s = silence(endpoint.baudrate, endpoint.bits_per_char)
        self._idle_s = max(IDLE_S, 20 * char)
        self._transport: asyncio.Transport | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._answer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Raises OSError (serial.SerialException is one) or ValueError for a setting the port refuses."""
        end = self._endpoint
        transport, _ = await create_serial_connection(
            asyncio.get_running_loop(),
            lambda: self,
            end.host,
            baudrate=end.baudrate,
            bytesize=end.bytesize,
            parity=end.parity,
            stopbits=end.stopbits,
            timeout=0,
        )
        self._transport = transport

    async def stop(self) -> None:
        self._cancel_timers()
        await asyncio.sleep(0)  # a port that was opened just now sets itself up first
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()
        await asyncio.sleep(0)

    def data_received(self, data: bytes) -> None:
        self._cancel_timers()  # somebody speaks: an answer that was still to go out would collide
        self._handle(self._framer.feed(data))
        if self._framer.incomplete:
            self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._gone_quiet)

    def _gone_quiet(self) -> None:
        self._handle(self._framer.idle())

    def _handle(self, requests: list[Request]) -> None:
        """Every question of ours is carried out; only the one its master still waits for is answered."""
        answer: bytes | None = None
        for request in requests:
            pdu = self._owner.answer(request)
            answer = None if pdu is None or request.unit == 0 else rtu_frame(request.unit, pdu)
        if answer is not None and self._framer.waiting:
            self._answer = asyncio.get_running_loop().call_later(self._silence_s, self._send, answer)

    def _send(self, frame: bytes) -> None:
        if self._transport is not None:
            if self._local_echo:
                self._framer.expect_echo(frame)
            self._transport.write(frame)

    def connection_lost(self, error: Exception | None) -> None:
        self._cancel_timers()
        self._transport = None
        self._lost()

    def _cancel_timers(self) -> None:
        for timer in (self._idle, self._answer):
            if timer is not None:
                timer.cancel()
        self._idle = self._answer = None
