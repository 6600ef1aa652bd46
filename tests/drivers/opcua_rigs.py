"""Rigs of the OPC UA driver: against asyncua's server and against node-opcua. Test side."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from app.domain.plant import Source
from app.domain.tag import DataType, Tag
from drivers.base import Driver, DriverContext
from drivers.opcua import make
from tests.drivers.rigs import BAND, RigEntry
from tests.peers.opcua_peer import BAD_SENSOR_FAILURE, NodeServer, PeerServer, PythonServer, node_folder
from tests.peers.proxy import Proxy

TAGS = 6
FAST = {"publishing_ms": 50, "keepalive_s": 0.3, "timeout_s": 2.0}


def now_us() -> int:
    return time.time_ns() // 1000


class OpcUaRig:
    """Driver - proxy - server."""

    loss_s = 4.0

    def __init__(self, server: type[PeerServer]) -> None:
        self._server = server
        self.tags: Sequence[Tag] = [self.tag(f"T{i}", f"ns={server.namespace};s=T{i}") for i in range(TAGS)]
        self.unknown = self.tag("NOWHERE", f"ns={server.namespace};s=nowhere")
        self.peer: PeerServer
        self.proxy: Proxy

    @staticmethod
    def tag(name: str, address: str) -> Tag:
        return Tag(name, source="dcs", address=address, data_type=DataType.FLOAT64)

    def open(self, folder: Path) -> None:
        self._folder = folder
        self.peer = self._server(folder, TAGS)
        self.peer.start()

    def close(self) -> None:
        self.peer.stop()

    async def start(self) -> None:
        self.peer.set({f"T{i}": float(BAND * (i + 1)) for i in range(TAGS)})
        self.proxy = Proxy(self.peer.port)
        await self.proxy.start()

    async def stop(self) -> None:
        await self.proxy.stop()

    def context(self) -> DriverContext:
        return DriverContext(now_us, {"dcs": "secret"}.__getitem__, self._folder / "pki")

    def driver(self, tags: Sequence[Tag] | None = None, timeout_s: float | None = None) -> Driver:
        source = Source(
            "dcs",
            "opcua",
            f"opc.tcp://127.0.0.1:{self.proxy.port}/plant",
            options=FAST if timeout_s is None else FAST | {"timeout_s": timeout_s},
        )
        return make(source, self.tags if tags is None else tags, self.context())

    async def set_value(self, tag: str, value: float) -> None:
        self.peer.set({tag: float(value)})

    async def set_fault(self, tag: str) -> None:
        self.peer.set({tag: 0.0}, status=BAD_SENSOR_FAILURE)

    async def set_wrong(self, tag: str) -> None:
        self.peer.set({tag: "not a number"}, type="String")

    async def stop_peer(self) -> None:
        self.peer.stop()

    async def start_peer(self, item_limit: int | None = None) -> None:
        options = ["--limit", str(item_limit)] if item_limit else []
        await asyncio.to_thread(self.peer.start, *options)

    def cut(self) -> None:
        self.proxy.cut()

    def freeze(self) -> None:
        self.proxy.freeze()

    def thaw(self) -> None:
        self.proxy.thaw()

    def slow(self, seconds: float) -> None:
        self.proxy.delay_s = seconds

    async def late_answer(self) -> None:
        self.proxy.late_once(2 * self.loss_s)

    async def short_answer(self) -> None:
        self.proxy.short_once(3)

    async def foreign_traffic(self) -> None:
        raise NotImplementedError

    async def pipelined_writes(self) -> Mapping[str, float]:
        raise NotImplementedError

    def connections(self) -> int:
        return self.proxy.connections


_NOT_APPLICABLE = {
    "pipelined_writes": "OPC UA 驱动是客户端,只读:没有人向它写",
    "foreign_traffic": "每个连接自成一路 TCP,线上没有别的设备",
}

RIGS = (
    RigEntry("opcua-asyncua", lambda: OpcUaRig(PythonServer), _NOT_APPLICABLE),
    RigEntry(
        "opcua-node",
        lambda: OpcUaRig(NodeServer),
        _NOT_APPLICABLE,
        marks=(
            pytest.mark.npm,
            pytest.mark.skipif(node_folder() is None, reason="node-opcua not installed (HAZWATCH_TEST_NODE)"),
        ),
    ),
)
