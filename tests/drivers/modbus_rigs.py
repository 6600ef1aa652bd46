"""Rigs of the Modbus drivers: client over TCP, serial line and RTU in TCP, slave over TCP and serial. Peer: libmodbus in C.

Everything goes through one `Proxy`, a serial line too (`PtyEnd`), so that every link can be hurt in the same ways.
"""

import asyncio
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.domain.plant import Source
from app.domain.tag import DataType, Tag, WordOrder
from drivers.base import Driver, DriverContext
from drivers.modbus import make_rtu, make_slave, make_tcp
from drivers.modbus.formats import encode
from drivers.modbus.framing import rtu_frame
from tests.drivers.rigs import BAND, RigEntry
from tests.peers.modbus_process import ModbusProcess, missing
from tests.peers.proxy import Proxy
from tests.peers.pty_end import PtyEnd

TIMEOUT_S = 0.4
BAUDRATE = 115200
ROWS: tuple[tuple[int, DataType, WordOrder], ...] = (
    (0, DataType.BCD16, WordOrder.ABCD),
    (1, DataType.INT16, WordOrder.ABCD),
    (2, DataType.FLOAT32, WordOrder.CDAB),
    (4, DataType.UINT32, WordOrder.DCBA),
    (6, DataType.FLOAT64, WordOrder.BADC),
)
REGISTERS = 10
LARGEST = 4
BROKEN = 0x7FFF
NONSENSE = 0xABCD


def now() -> int:
    return time.time_ns() // 1000


def no_secret(name: str) -> str:
    raise KeyError(name)


CONTEXT = DriverContext(now, no_secret, Path())


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class _Proxy(Proxy):
    """A master connects whenever it likes: accept in a task that carries our name, not in one of the loop's own."""

    async def start(self) -> int:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.setblocking(False)
        self.port = self._listening.getsockname()[1]
        self._accepting = asyncio.create_task(self._accept(), name="peer:accept")
        return self.port

    async def stop(self) -> None:
        self._accepting.cancel()
        await asyncio.gather(self._accepting, return_exceptions=True)
        self._listening.close()
        await super().stop()

    async def _accept(self) -> None:
        serving: set[asyncio.Task[None]] = set()
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(self._listening)
            reader, writer = await asyncio.open_connection(sock=connection)
            task = asyncio.create_task(self._serve(reader, writer), name="peer:proxy")
            serving.add(task)
            task.add_done_callback(serving.discard)


@dataclass
class ModbusRig:
    """`role` of the peer; `wire` of the driver: tcp, rtu+tcp or serial."""

    role: str
    wire: str
    tags: Sequence[Tag] = field(
        default_factory=lambda: [
            Tag(f"T{address}", source="m", address=f"HR:{address}", data_type=kind, word_order=order)
            for address, kind, order in ROWS
        ]
    )
    loss_s: float = 2.0

    def __post_init__(self) -> None:
        # a neighbour: read in one block with the rest, refused, and found out by cutting the block
        self.unknown = Tag("NOWHERE", source="m", address="HR:11", data_type=DataType.UINT16)
        if self.role == "master":
            self.unknown = Tag("NOWHERE", source="m", address="IR:11", data_type=DataType.UINT16)
        self._words = [0] * REGISTERS
        self._peer: ModbusProcess | None = None
        self._proxy: Proxy
        self._near: PtyEnd | None = None
        self._far: PtyEnd | None = None
        self._stray: list[asyncio.StreamWriter] = []

    def open(self, folder: Path) -> None:
        self._folder = folder

    def close(self) -> None:
        pass

    async def start(self) -> None:
        for index, (address, _, _) in enumerate(ROWS):
            self._keep(address, BAND * (index + 1))
        self._port = free_port()  # of the program that listens: the peer, or our slave
        target = self._port
        if self.wire != "tcp":
            self._far = PtyEnd(self._folder / "far")
            await self._far.start()
            target = self._far.port
        self._proxy = _Proxy(target)
        await self._proxy.start()
        if self.wire == "serial":
            self._near = PtyEnd(self._folder / "near", connect_to=self._proxy.port)
            await self._near.start()
        await self.start_peer()

    async def stop(self) -> None:
        await self.stop_peer()
        for writer in self._stray:
            writer.transport.abort()
        self._stray.clear()
        for end in (self._near, self._far):
            if end is not None:
                await end.stop()
        await self._proxy.stop()

    def driver(self, tags: Sequence[Tag] | None = None, timeout_s: float | None = None) -> Driver:
        options: dict[str, Any] = {
            "timeout_s": TIMEOUT_S if timeout_s is None else timeout_s,
            "bad_raw": [BROKEN],
            "unit_backoff_s": 0.3,
        }
        chosen = self.tags if tags is None else tags
        if self.role == "master":
            options |= {"silent_s": 1.2, "reconnect_s": 0}
            url = f"tcp://127.0.0.1:{self._port}"
            make = make_slave
        elif self.wire == "tcp":
            url, make = f"tcp://127.0.0.1:{self._proxy.port}", make_tcp
        else:
            url, make = f"rtu+tcp://127.0.0.1:{self._proxy.port}", make_rtu
        if self.wire == "serial":
            url = f"serial://{self._folder / 'near'}?baudrate={BAUDRATE}"
        return make(Source("m", "modbus", url, period_s=0.1, options=options), chosen, CONTEXT)

    # --- values ---

    async def set_value(self, tag: str, value: float) -> None:
        self._send(int(tag[1:]), self._keep(int(tag[1:]), value))

    async def set_fault(self, tag: str) -> None:
        self._send(int(tag[1:]), [BROKEN])

    async def set_wrong(self, tag: str) -> None:
        self._send(int(tag[1:]), [NONSENSE])

    def _keep(self, address: int, value: float) -> Sequence[int]:
        kind, order = next((kind, order) for at, kind, order in ROWS if at == address)
        words = encode(value, kind, order)
        self._words[address : address + len(words)] = words
        return words

    def _send(self, address: int, words: Sequence[int]) -> None:
        if self._peer is not None:
            self._peer.set(address, words)

    # --- the peer ---

    async def stop_peer(self) -> None:
        if self._peer is not None:
            self._peer.stop()
            self._peer = None
            if self.role == "master":  # what it sent last is on its way still
                self._proxy.refusing = self.wire == "tcp"
                await asyncio.sleep(0.05)
                if self.wire == "tcp":
                    self._proxy.cut()

    async def start_peer(self, item_limit: int | None = None) -> None:
        if self.wire != "tcp":
            where: str | int = str(self._folder / "far")
        else:
            where = self._proxy.port if self.role == "master" else self._port
        self._proxy.refusing = False
        limit = 0 if item_limit is None else max(LARGEST, item_limit)
        self._peer = ModbusProcess(
            self.role, "tcp" if self.wire == "tcp" else "rtu", where, REGISTERS, words=self._words, limit=limit
        )

    # --- the link ---

    def cut(self) -> None:
        self._proxy.cut()

    def freeze(self) -> None:
        self._proxy.freeze()

    def thaw(self) -> None:
        self._proxy.thaw()

    def slow(self, seconds: float) -> None:
        self._proxy.delay_s = min(seconds, TIMEOUT_S * 0.6)

    async def late_answer(self) -> None:
        self._proxy.late_once(TIMEOUT_S * 1.2)

    async def short_answer(self) -> None:
        if self.role == "slave":
            self._proxy.short_once()
        elif self.wire == "serial":
            assert self._near is not None
            self._near.inject(rtu_frame(1, bytes((16, 0, 0, 0, 10, 20, 1, 2, 3)))[:9])
        else:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
            self._stray.append(writer)
            writer.write(bytes((0, 9, 0, 0, 0, 27, 1, 16, 0, 0, 0, 10, 20, 1, 2, 3)))

    async def foreign_traffic(self) -> None:
        for end in (self._near,) if self._near is not None else ():
            for value in range(20):
                end.inject(rtu_frame(5, bytes((3, 0, 0, 0, 4))))
                await asyncio.sleep(0.005)
                end.inject(rtu_frame(5, bytes((3, 8, 0, value, 0, 2, 0, 3, 0, 4))))
                end.inject(b"\x01\x10\x55\x00\xff"[: value % 6])
                await asyncio.sleep(0.005)

    async def pipelined_writes(self) -> Mapping[str, float]:
        """A second master, five writes in one segment. The first one is stopped: it would write its own values over them."""
        _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._stray.append(writer)
        await self.stop_peer()
        written = {tag.tag: BAND * (index + 1) + 42.0 for index, tag in enumerate(self.tags)}
        frames = b""
        for number, (tag, value) in enumerate(written.items()):
            words = self._keep(int(tag[1:]), value)
            data = b"".join(word.to_bytes(2, "big") for word in words)
            pdu = bytes((16, 0, int(tag[1:]), 0, len(words), len(data))) + data
            frames += bytes((0, number, 0, 0, 0, len(pdu) + 1, 1)) + pdu
        writer.write(frames)
        return written

    def connections(self) -> int:
        if self._near is not None:
            return self._near.opened_by_us()
        if self.role == "slave":
            return self._proxy.connections
        return sum(
            c.status == psutil.CONN_ESTABLISHED and c.laddr.port == self._port for c in psutil.Process().net_connections("tcp")
        )


_ASKED = "the driver answers, it does not ask: nothing it waits for can come late"
_READS = "the driver only reads: nobody writes to it"
_OWN_LINK = "a TCP connection has two ends and no third one on it"
_WAITS = "a master that does not come is waited for, door open; that no up() comes is the supervisor's to tell"
_MARKS = (pytest.mark.skipif(bool(missing()), reason=f"libmodbus peer: {missing()}"),)


def _entry(name: str, role: str, wire: str, **not_applicable: str) -> RigEntry:
    return RigEntry(f"modbus-{name}", lambda: ModbusRig(role, wire), not_applicable, _MARKS)


RIGS = (
    _entry("tcp", "slave", "tcp", pipelined_writes=_READS, foreign_traffic=_OWN_LINK),
    _entry(
        "rtu", "slave", "serial", pipelined_writes=_READS, no_peer="a serial port opens whether or not anybody is on the line"
    ),
    _entry("rtu-over-tcp", "slave", "rtu+tcp", pipelined_writes=_READS, foreign_traffic=_OWN_LINK),
    _entry("slave-tcp", "master", "tcp", late_answer=_ASKED, foreign_traffic=_OWN_LINK, silent_peer=_WAITS, no_peer=_WAITS),
    _entry(
        "slave-rtu",
        "master",
        "serial",
        late_answer=_ASKED,
        pipelined_writes="one question at a time on a serial line",
        silent_peer=_WAITS,
        no_peer=_WAITS,
    ),
)
