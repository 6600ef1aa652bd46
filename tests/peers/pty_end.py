"""A serial port that is really a TCP connection: a pty at a fixed path, its bytes passed to and from a port of 127.0.0.1.

Test side. With a `Proxy` between two of them a serial wire can be cut, frozen, delayed and corrupted like a TCP link.
"""

import asyncio
import os
import socket
import tty
from pathlib import Path
from typing import cast


class PtyEnd:
    """`path` is what a program opens as its serial port. Give `connect_to` on one end; the other one listens on `port`."""

    def __init__(self, path: Path, connect_to: int | None = None) -> None:
        self.path = path
        self.port = 0
        self._connect_to = connect_to
        self._listening: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None
        self._master = self._slave = -1
        self._transport: asyncio.Transport | None = None
        self._unsent = b""
        self._cut = asyncio.Event()

    async def start(self) -> None:
        self._open()
        loop = asyncio.get_running_loop()
        if self._connect_to is None:
            self._listening = socket.create_server(("127.0.0.1", 0))
            self._listening.setblocking(False)
            self.port = self._listening.getsockname()[1]
            self._task = asyncio.create_task(self._accept(self._listening), name="peer:pty end")
        else:
            await loop.create_connection(lambda: _Far(self), "127.0.0.1", self._connect_to)
            self._task = asyncio.create_task(self._mend(self._connect_to), name="peer:pty end")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
        self._close()
        self.path.unlink(missing_ok=True)

    def inject(self, data: bytes) -> None:
        """Bytes somebody else on the wire sends to the program at this end."""
        if self._master >= 0:
            os.write(self._master, data)

    def opened_by_us(self) -> int:
        """How many times this process holds the port open, besides this object."""
        name = os.ttyname(self._slave)
        held = 0
        for fd in os.listdir("/proc/self/fd"):
            try:
                held += os.readlink(f"/proc/self/fd/{fd}") == name
            except OSError:
                continue
        return held - 1

    def _open(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._slave))
        asyncio.get_running_loop().add_reader(self._master, self._from_program)

    def _close(self) -> None:
        if self._master >= 0:
            asyncio.get_running_loop().remove_reader(self._master)
            os.close(self._master)
            os.close(self._slave)
            self._master = self._slave = -1

    def _from_program(self) -> None:
        try:
            data = os.read(self._master, 4096)
        except OSError:
            return
        if self._transport is not None:
            self._transport.write(data)
        else:
            self._unsent += data

    def joined(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        transport.write(self._unsent)
        self._unsent = b""

    def parted(self, transport: asyncio.Transport) -> None:
        if self._transport is transport:
            self._transport = None
            self._cut.set()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(listening)
            await loop.connect_accepted_socket(lambda: _Far(self), connection)

    async def _mend(self, port: int) -> None:
        """A cut connection is an adapter that was pulled out: the port dies under the program and a new one appears."""
        while True:
            await self._cut.wait()
            self._cut.clear()
            self._close()
            self._open()
            while self._transport is None:
                await asyncio.sleep(0.05)
                try:
                    await asyncio.get_running_loop().create_connection(lambda: _Far(self), "127.0.0.1", port)
                except OSError:
                    continue


class _Far(asyncio.Protocol):
    def __init__(self, end: PtyEnd) -> None:
        self._end = end

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._end.joined(self._transport)

    def data_received(self, data: bytes) -> None:
        self._end.inject(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._end.parted(self._transport)
