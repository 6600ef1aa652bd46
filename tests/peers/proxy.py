"""A TCP proxy between a driver and its peer that can cut, freeze, delay, drop and corrupt. Test side, runs in the test's loop.

What is frozen is held and goes on after `thaw()`, as TCP does when a pulled cable is put back.
"""

import asyncio
from collections.abc import Callable


class Proxy:
    """Listens on a free port of 127.0.0.1 and passes bytes to `target_port`. All switches act at once, on every connection."""

    def __init__(self, target_port: int, target_host: str = "127.0.0.1", listen_port: int = 0) -> None:
        self.target_host = target_host
        self.target_port = target_port
        self.port = listen_port
        self.refusing = False
        self.delay_s = 0.0
        """Added to every chunk from the peer to the driver."""
        self.mangle: Callable[[bytes], bytes] | None = None
        """Turns a chunk from the peer into what the driver gets; b"" drops it."""
        self.passed = 0
        """Bytes that reached the driver."""
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = asyncio.Event()
        self._open.set()
        self._late_once = 0.0
        self._connections = 0
        self._stopped = False

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self._stopped = True
        self._open.set()
        while self._tasks:  # each ends by itself once its sockets are gone
            self.cut()
            await asyncio.wait(self._tasks, timeout=0.1)

    @property
    def connections(self) -> int:
        """Connections the driver holds open right now."""
        return self._connections

    def cut(self) -> None:
        """Both ends of every connection get a reset, now. New connections are passed on."""
        for writer in list(self._writers):
            writer.transport.abort()

    def freeze(self) -> None:
        """Nothing passes in either direction and nobody is told: a pulled cable. New connections are accepted and silent."""
        self._open.clear()

    def thaw(self) -> None:
        self._open.set()

    def late_once(self, seconds: float) -> None:
        """The next chunk from the peer (and what is behind it) comes that much later."""
        self._late_once = seconds

    def short_once(self, cut_bytes: int = 1) -> None:
        """The next chunk from the peer loses its last `cut_bytes` bytes."""

        def shorten(chunk: bytes) -> bytes:
            self.mangle = None
            return chunk[:-cut_bytes]

        self.mangle = shorten

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.transport.abort()
            return
        me = asyncio.current_task()
        assert me is not None
        me.set_name("peer:proxy")
        self._tasks.add(me)
        self._writers.add(writer)
        self._connections += 1
        try:
            await self._open.wait()
            if self._stopped:
                raise ConnectionAbortedError
            far_reader, far_writer = await asyncio.open_connection(self.target_host, self.target_port)
        except OSError:
            self._connections -= 1
            self._forget(writer)
            self._tasks.discard(me)
            return
        self._writers.add(far_writer)
        up = asyncio.create_task(self._pass(reader, far_writer, down=False), name="peer:proxy up")
        down = asyncio.create_task(self._pass(far_reader, writer, down=True), name="peer:proxy down")
        try:
            await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._connections -= 1
            up.cancel()
            down.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            self._forget(writer)
            self._forget(far_writer)
            self._tasks.discard(me)

    def _forget(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, down: bool) -> None:
        try:
            while chunk := await reader.read(65536):
                if down:
                    late, self._late_once = self._late_once, 0.0
                    if self.delay_s or late:
                        await asyncio.sleep(self.delay_s + late)
                    if self.mangle is not None:
                        chunk = self.mangle(chunk)
                await self._open.wait()
                if not chunk:
                    continue
                if down:
                    self.passed += len(chunk)
                writer.write(chunk)
                await writer.drain()
        except (ConnectionError, OSError):
            return
