"""Programs other people wrote, on the other end: pyModbusTCP, modbus-tk, mbpoll, and modbus-serial from npm."""

import asyncio
import json
import os
import shutil
import struct
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import modbus_tk.defines as tk
import pytest
import serial
from modbus_tk.modbus_rtu import RtuMaster, RtuServer
from pyModbusTCP.client import ModbusClient
from pyModbusTCP.server import ModbusServer

from app.domain.plant import Source
from app.domain.tag import DataType, Tag, WordOrder
from drivers.base import Driver
from drivers.modbus import make_rtu, make_slave, make_tcp
from tests.drivers.modbus_rigs import CONTEXT, free_port
from tests.drivers.rigs import Collector, running
from tests.pace import ENOUGH_S
from tests.peers.pty_end import PtyEnd

TAGS = [
    Tag("F", address="HR:10", word_order=WordOrder.CDAB),
    Tag("I", address="IR:3", data_type=DataType.INT16, scale=0.1),
    Tag("C", address="CO:17", data_type=DataType.BOOL),
    Tag("D", address="DI:2", data_type=DataType.BOOL),
]
EXPECTED = {"F": 36.6, "I": -12.5, "C": True, "D": True}
LOW, HIGH = struct.unpack(">HH", struct.pack(">f", 36.6))[::-1]
WRITTEN = [
    Tag("F", address="HR:20"),
    Tag("W", address="HR:22", data_type=DataType.UINT16),
    Tag("C", address="CO:4", data_type=DataType.BOOL),
]


def client(url: str, tags: list[Tag] | None = None) -> Driver:
    make = make_rtu if url.startswith("serial") else make_tcp
    source = Source("m", "modbus", url, unit=3, period_s=0.05, options={"timeout_s": 0.5})
    return make(source, TAGS if tags is None else tags, CONTEXT)


def slave(url: str) -> Driver:
    return make_slave(Source("m", "modbus_slave", url, unit=3, period_s=0.5), WRITTEN, CONTEXT)


async def reads_well(driver: Driver) -> None:
    sink = Collector()
    async with running(driver, sink):
        await sink.until(lambda: all(sink.good(tag) for tag in EXPECTED), "all good")
        assert sink.last["F"].value == pytest.approx(36.6)
        assert {tag: sink.last[tag].value for tag in ("I", "C", "D")} == {tag: EXPECTED[tag] for tag in ("I", "C", "D")}


@pytest.fixture
async def wire(tmp_path: Path) -> AsyncIterator[tuple[Path, Path]]:
    """Two serial ports joined by a wire."""
    far = PtyEnd(tmp_path / "far")
    await far.start()
    near = PtyEnd(tmp_path / "near", connect_to=far.port)
    await near.start()
    try:
        yield near.path, far.path
    finally:
        await near.stop()
        await far.stop()


# --- we read ---


async def test_reading_from_pymodbustcp() -> None:
    port = free_port()
    server = ModbusServer("127.0.0.1", port, no_block=True)
    server.start()
    try:
        server.data_bank.set_holding_registers(10, [LOW, HIGH])
        server.data_bank.set_input_registers(3, [0x10000 - 125])
        server.data_bank.set_coils(17, [True])
        server.data_bank.set_discrete_inputs(2, [True])
        await reads_well(client(f"tcp://127.0.0.1:{port}"))
    finally:
        await asyncio.to_thread(server.stop)


async def test_reading_from_modbus_tk_over_a_serial_line(wire: tuple[Path, Path]) -> None:
    near, far = wire
    server = RtuServer(serial.Serial(str(far), 115200, timeout=0.05))
    memory = server.add_slave(3)
    for name, kind, start, count in (
        ("h", tk.HOLDING_REGISTERS, 0, 20),
        ("i", tk.READ_INPUT_REGISTERS, 0, 20),
        ("c", tk.COILS, 0, 20),
        ("d", tk.DISCRETE_INPUTS, 0, 20),
    ):
        memory.add_block(name, kind, start, count)
    memory.set_values("h", 10, [LOW, HIGH])
    memory.set_values("i", 3, [0x10000 - 125])
    memory.set_values("c", 17, [1])
    memory.set_values("d", 2, [1])
    server.start()
    try:
        await reads_well(client(f"serial://{near}?baudrate=115200"))
    finally:
        await asyncio.to_thread(server.stop)


NODE = os.environ.get("HAZWATCH_TEST_NODE", "")
MODULES = next((p for p in (Path(NODE) / "node_modules", Path(__file__).parents[2] / "peers/node_modules") if p.is_dir()), None)
npm = [
    pytest.mark.npm,
    pytest.mark.skipif(shutil.which("node") is None, reason="no node"),
    pytest.mark.skipif(
        MODULES is None or not (MODULES / "modbus-serial").is_dir(), reason="no modbus-serial (HAZWATCH_TEST_NODE)"
    ),
]


@pytest.mark.parametrize("kind", [pytest.param("tcp", marks=npm), pytest.param("rtu", marks=npm)])
async def test_reading_from_modbus_serial(kind: str, wire: tuple[Path, Path]) -> None:
    near, far = wire
    where = str(free_port()) if kind == "tcp" else str(far)
    memory = {"holding": {"10": LOW, "11": HIGH}, "input": {"3": 0x10000 - 125}, "coil": {"17": True}, "discrete": {"2": True}}
    node = await asyncio.create_subprocess_exec(
        "node",
        str(Path(__file__).parents[2] / "peers/modbus_serial.js"),
        kind,
        where,
        json.dumps(memory),
        env={**os.environ, "NODE_PATH": str(MODULES)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert node.stdout is not None
        async with asyncio.timeout(ENOUGH_S):
            assert await node.stdout.readline() == b"ready\n"
        await reads_well(client(f"tcp://127.0.0.1:{where}" if kind == "tcp" else f"serial://{near}?baudrate=115200"))
    finally:
        node.kill()
        await node.wait()


# --- they write to us ---


async def test_pymodbustcp_writes_to_us() -> None:
    port, sink = free_port(), Collector()
    async with running(slave(f"tcp://127.0.0.1:{port}"), sink):
        dcs = ModbusClient("127.0.0.1", port, unit_id=3, timeout=2)

        def write() -> tuple[object, ...]:
            return (
                dcs.write_multiple_registers(20, list(struct.unpack(">HH", struct.pack(">f", 7.25)))),
                dcs.write_single_register(22, 65535),
                dcs.write_single_coil(4, True),
                dcs.read_holding_registers(20, 3),
                dcs.read_coils(4, 1),
                dcs.write_single_register(99, 1),
                dcs.last_except,
            )

        await asyncio.sleep(0.05)
        said = await asyncio.to_thread(write)
        dcs.close()
        assert said == (True, True, True, [0x40E8, 0, 65535], [True], False, 2)
        assert {tag: s.value for tag, s in sink.last.items()} == {"F": 7.25, "W": 65535, "C": True}
        assert all(sink.good(tag) for tag in ("F", "W", "C"))


async def test_modbus_tk_writes_to_us_over_a_serial_line(wire: tuple[Path, Path]) -> None:
    near, far = wire
    sink = Collector()
    async with running(slave(f"serial://{near}?baudrate=115200"), sink):
        port = serial.Serial(str(far), 115200)
        dcs = RtuMaster(port)
        dcs.set_timeout(2.0)

        def write() -> tuple[object, ...]:
            return (
                dcs.execute(3, tk.WRITE_MULTIPLE_REGISTERS, 20, output_value=[0x40E8, 0]),
                dcs.execute(3, tk.WRITE_SINGLE_REGISTER, 22, output_value=7),
                dcs.execute(3, tk.WRITE_MULTIPLE_COILS, 4, output_value=[1]),
                dcs.execute(3, tk.READ_HOLDING_REGISTERS, 20, 3),
            )

        try:
            said = await asyncio.to_thread(write)
        finally:
            port.close()
        assert said == ((20, 2), (22, 7), (4, 1), (0x40E8, 0, 7))
        assert {tag: s.value for tag, s in sink.last.items()} == {"F": 7.25, "W": 7, "C": True}


@pytest.mark.skipif(shutil.which("mbpoll") is None, reason="no mbpoll")
@pytest.mark.parametrize("kind", ["tcp", "rtu"])
async def test_mbpoll_writes_to_us(kind: str, wire: tuple[Path, Path]) -> None:
    near, far = wire
    port, sink = free_port(), Collector()
    url = f"tcp://127.0.0.1:{port}" if kind == "tcp" else f"serial://{near}?baudrate=9600"
    where = ["-p", str(port), "127.0.0.1"] if kind == "tcp" else ["-b", "9600", "-P", "none", str(far)]
    async with running(slave(url), sink):
        await asyncio.sleep(0.05)
        # -B: most significant word first; -r counts from 1
        options = ["-m", kind, "-a", "3", "-t", "4:float", "-B", "-r", "21", "-1", *where]
        mbpoll = await asyncio.create_subprocess_exec(
            "mbpoll", *options, "99.25", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await mbpoll.communicate()
        assert mbpoll.returncode == 0, output.decode(errors="replace")
        assert sink.last["F"].value == 99.25


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys")
