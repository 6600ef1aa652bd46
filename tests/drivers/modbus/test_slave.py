"""The slave driver: what a DCS writes becomes samples, and its absence becomes a loss, without shutting the door."""

import asyncio
import gc
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import serial

from app.domain.plant import Source
from app.domain.sample import Quality, Reason
from app.domain.tag import DataType, Tag, WordOrder
from drivers.base import Driver, SourceMisconfigured
from drivers.modbus import make_slave
from drivers.modbus.framing import rtu_frame, tcp_frame
from drivers.modbus.server import MAX_CONNECTIONS
from tests.drivers.modbus_rigs import CONTEXT, free_port
from tests.drivers.rigs import Collector, lost, running
from tests.pace import ENOUGH_S
from tests.peers.pty_end import PtyEnd

TAGS = [
    Tag("F", address="HR:0", word_order=WordOrder.CDAB),
    Tag("I", address="HR:2", data_type=DataType.INT16, scale=0.1),
    Tag("S3", address="HR:3.3", data_type=DataType.BOOL),
    Tag("C", address="CO:5", data_type=DataType.BOOL),
    Tag("OTHER", address="7@HR:0", data_type=DataType.UINT16),
]
SILENT_S = 0.4
WAITING = (None, "uncertain", "no_data_yet")


def slave(port: int, tags: list[Tag] | None = None, **options: Any) -> Driver:
    settings = {"silent_s": SILENT_S, "reconnect_s": 0.15, "bad_raw": [0x7FFF], **options}
    source = Source("dcs", "modbus_slave", f"tcp://127.0.0.1:{port}", period_s=0.2, options=settings)
    return make_slave(source, TAGS if tags is None else tags, CONTEXT)


class Master:
    """A DCS: raw frames, so that anything can be sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._number = 0

    async def ask(self, pdu: str, unit: int = 1) -> str:
        """Hex in, hex out."""
        self._number += 1
        self.writer.write(tcp_frame(unit, bytes.fromhex(pdu), self._number))
        transaction, unit_back, answer = await self.answer()
        assert (transaction, unit_back) == (self._number, unit)
        return answer

    async def answer(self) -> tuple[int, int, str]:
        async with asyncio.timeout(ENOUGH_S):
            transaction, length, unit = struct.unpack(">H2xHB", await self.reader.readexactly(7))
            return transaction, unit, (await self.reader.readexactly(length - 1)).hex()


@asynccontextmanager
async def master(port: int) -> AsyncIterator[Master]:
    async with asyncio.timeout(ENOUGH_S):
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                break
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
    try:
        yield Master(reader, writer)
    finally:
        writer.close()


async def refused(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False


def said(sink: Collector) -> dict[str, tuple[object, str, str]]:
    return {tag: (s.value, s.quality.value, s.reason.value) for tag, s in sink.last.items()}


async def test_what_a_dcs_writes() -> None:
    port, sink = free_port(), Collector()
    async with running(slave(port), sink), master(port) as dcs:
        assert sink.ups == [], "nobody has spoken yet"
        assert await dcs.ask("10 0002 0001 02 00fb") == "1000020001"
        assert len(sink.ups) == 1
        assert said(sink) == {"I": (25.1, "good", ""), "F": WAITING, "S3": WAITING, "C": WAITING, "OTHER": WAITING}
        await dcs.ask("06 0000 0000")
        assert said(sink)["F"] == WAITING, "half a float"
        await dcs.ask("06 0001 3fc0")
        assert said(sink)["F"] == (1.5, "good", "")
        await dcs.ask("10 0000 0004 08 0000 4000 7fff 0008")
        assert said(sink)["F"] == (2.0, "good", "")
        assert said(sink)["I"] == (None, "bad", "sensor_failure")
        assert said(sink)["S3"] == (True, "good", "")
        await dcs.ask("05 0005 ff00")
        assert said(sink)["C"] == (True, "good", "")
        await dcs.ask("0f 0005 0001 01 00")
        assert said(sink)["C"] == (False, "good", "")
        assert await dcs.ask("17 0002 0001 0003 0001 02 0000") == "17027fff"
        assert said(sink)["S3"] == (False, "good", "")
        await dcs.ask("06 0000 002a", unit=7)
        assert said(sink)["OTHER"] == (42, "good", "")
        assert await dcs.ask("03 0000 0002") == "030400004000", "a DCS may read back what it wrote"
        assert len(sink.ups) == 1


async def test_a_dcs_that_only_reads_is_there() -> None:
    """The station's watchdog cuts a link that says nothing, and a DCS that waits for its process to move may only read."""
    port, sink = free_port(), Collector()
    async with running(slave(port), sink), master(port) as dcs:
        for number in range(1, 6):
            await dcs.ask("03 0000 0002")
            assert sink.alives == number
        assert len(sink.ups) == 1
        assert said(sink) == {tag.tag: WAITING for tag in TAGS}, "being there says nothing about values"
        await dcs.ask("03 0000 0002", unit=9)
        assert sink.alives == 5, "somebody else's unit is nobody of ours"
        samples = len(sink.samples)
        await dcs.ask("06 0002 0001")
        assert len(sink.samples) == samples + 1


async def test_five_writes_in_one_segment_are_all_answered_in_order() -> None:
    port, sink = free_port(), Collector()
    async with running(slave(port), sink), master(port) as dcs:
        frames = [tcp_frame(1, bytes((6, 0, 2, 0, value)), 10 + value) for value in range(5)]
        dcs.writer.write(b"".join(frames))
        assert [(await dcs.answer())[0] for _ in frames] == [10, 11, 12, 13, 14]
        assert [s.value for s in sink.samples if s.tag == "I" and s.value is not None] == [0.0, 0.1, 0.2, 0.3, 0.4]


async def test_what_is_not_in_the_table_is_refused_and_said() -> None:
    port, sink = free_port(), Collector()
    async with running(slave(port), sink), master(port) as dcs:
        assert await dcs.ask("06 0063 0001") == "8602"
        assert "地址 99" in sink.troubles[-1]
        assert await dcs.ask("06 0000 0001", unit=9) == "860a"
        assert "从站号 9" in sink.troubles[-1]
        assert await dcs.ask("2b 0e 01 00") == "ab01"
        assert await dcs.ask("10 0003 0002 04 0000 0000") == "9002", "spare registers only when the source says so"


async def test_a_gap_is_accepted_when_the_source_says_so() -> None:
    tags = [Tag("A", address="HR:0", data_type=DataType.UINT16), Tag("B", address="HR:4", data_type=DataType.UINT16)]
    port, sink = free_port(), Collector()
    async with running(slave(port, tags, gap=3), sink), master(port) as dcs:
        assert await dcs.ask("10 0000 0005 0a 0001 0000 0000 0000 0002") == "1000000005"
        assert said(sink) == {"A": (1, "good", ""), "B": (2, "good", "")}


@pytest.mark.parametrize("unit", [0, 255])
async def test_over_tcp_0_and_255_mean_the_device_itself(unit: int) -> None:
    port, sink = free_port(), Collector()
    async with running(slave(port), sink), master(port) as dcs:
        assert await dcs.ask("06 0002 0001", unit=unit) == "0600020001"
        assert said(sink)["I"] == (0.1, "good", "")


async def test_a_master_that_asks_somebody_else_s_unit_is_no_link() -> None:
    port, sink = free_port(), Collector()
    async with running(slave(port), sink) as task, master(port) as dcs:
        assert await dcs.ask("06 0000 0001", unit=9) == "860a"
        assert (sink.ups, sink.samples) == ([], [])
        await dcs.ask("06 0000 0001", unit=7)
        assert len(sink.ups) == 1
        until = asyncio.get_running_loop().time() + SILENT_S * 0.7
        while asyncio.get_running_loop().time() < until:
            await dcs.ask("06 0000 0001", unit=9)
            await asyncio.sleep(0.02)
        await lost(task, within=SILENT_S * 0.8)


async def test_tags_nobody_can_write_are_said() -> None:
    tags = [*TAGS, Tag("IN", address="IR:0"), Tag("DI", address="DI:0", data_type=DataType.BOOL)]
    port, sink = free_port(), Collector()
    async with running(slave(port, tags), sink), master(port) as dcs:
        await dcs.ask("06 0002 0001")
        assert said(sink)["IN"] == said(sink)["DI"] == (None, "bad", "config_error")
    with pytest.raises(SourceMisconfigured, match="可写"):
        await slave(port, tags[-2:]).run(Collector())


# --- loss ---


async def test_a_dcs_that_falls_silent_is_lost() -> None:
    port, sink = free_port(), Collector()
    async with running(slave(port), sink) as task, master(port) as dcs:
        await dcs.ask("06 0002 0001")
        started = asyncio.get_running_loop().time()
        loss = await lost(task, within=SILENT_S * 2)
        assert asyncio.get_running_loop().time() - started >= SILENT_S * 0.9
        assert "没有写" in str(loss)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await dcs.answer()  # its connection is closed, so that it notices too


async def test_a_dcs_that_has_not_come_yet_is_waited_for_and_then_missed() -> None:
    port, sink = free_port(), Collector()
    async with running(slave(port), sink) as task:
        await asyncio.sleep(SILENT_S * 2)
        assert not task.done()
        assert (sink.ups, sink.samples) == ([], []), "and nothing looks as if it had come"
        async with master(port) as dcs:
            await dcs.ask("06 0002 0001")
            assert len(sink.ups) == 1
            await lost(task, within=SILENT_S * 2)


async def test_a_dcs_that_hangs_up_is_lost_unless_it_comes_back() -> None:
    port, sink = free_port(), Collector()
    async with running(slave(port, reconnect_s=1.0, silent_s=60), sink) as task:
        for _ in range(3):
            async with master(port) as dcs:
                await dcs.ask("06 0002 0001")
            await asyncio.sleep(0.05)
        assert not task.done(), "one connection a write is a habit, not a loss"
        assert "断开" in str(await lost(task, within=2))


async def test_one_of_two_masters_may_leave() -> None:
    port, sink = free_port(), Collector()
    async with running(slave(port, silent_s=5), sink) as task, master(port) as first:
        await first.ask("06 0002 0001")
        async with master(port) as second:
            await second.ask("06 0002 0002")
        await asyncio.sleep(0.3)
        assert not task.done()


@pytest.mark.parametrize("same_object", [True, False])
async def test_the_door_stays_open_between_a_loss_and_the_next_run(same_object: bool) -> None:
    """A supervisor may run the same driver again or make a new one while the old one still exists."""
    port, sink = free_port(), Collector()
    driver = slave(port)
    async with running(driver, sink) as task, master(port) as dcs:
        await dcs.ask("06 0002 0001")
        await lost(task, within=SILENT_S * 2)
        sink.clear()
        async with master(port) as again:
            again.writer.write(tcp_frame(1, bytes.fromhex("060002007b"), 5))  # nobody runs: it waits in the socket
            await asyncio.sleep(0.05)
            async with running(driver if same_object else slave(port), sink):
                assert await again.answer() == (5, 1, "060002007b")
                assert said(sink)["I"] == (12.3, "good", "")
                assert said(sink)["F"] == WAITING
    assert await refused(port)


async def test_two_sources_cannot_share_a_port() -> None:
    port = free_port()
    async with running(slave(port), Collector()), master(port), running(slave(port), Collector()) as second:
        assert "已被别的程序占用" in str(await lost(second, within=1))


async def test_nothing_written_before_a_loss_counts_after_it() -> None:
    port, sink = free_port(), Collector()
    driver = slave(port)
    async with running(driver, sink) as task, master(port) as dcs:
        await dcs.ask("10 0000 0002 04 0000 3fc0")
        await dcs.ask("06 0000 0000")
        await lost(task, within=SILENT_S * 2)
    sink.clear()
    async with running(driver, sink), master(port) as dcs:
        await dcs.ask("06 0001 4000")
        assert said(sink)["F"] == WAITING, "the other half is from before the loss"


async def test_cancelled_it_closes_the_door() -> None:
    port, sink = free_port(), Collector()
    async with running(slave(port), sink), master(port) as dcs:
        await dcs.ask("06 0002 0001")
    assert await refused(port)


async def test_the_door_goes_with_the_driver() -> None:
    port = free_port()
    driver = slave(port)
    async with running(driver, Collector()) as task, master(port) as dcs:
        await dcs.ask("06 0002 0001")
        await lost(task, within=SILENT_S * 2)
    assert not await refused(port)
    del driver, task
    gc.collect()
    assert await refused(port)


async def test_a_port_that_is_taken_is_said() -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        async with running(slave(port), Collector()) as task:
            assert "已被别的程序占用" in str(await lost(task, within=1))
    finally:
        server.close()


# --- strange company ---


async def test_somebody_s_browser_is_thrown_out_and_the_dcs_goes_on() -> None:
    port, sink = free_port(), Collector()
    async with running(slave(port), sink), master(port) as dcs, master(port) as browser:
        await dcs.ask("06 0002 0001")
        browser.writer.write(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await browser.answer()
        await dcs.ask("06 0002 0002")
        assert said(sink)["I"] == (0.2, "good", "")


async def test_dead_connections_do_not_keep_the_dcs_out() -> None:
    """A controller that rebooted forty times without a goodbye gets in the forty-first time."""
    port, sink = free_port(), Collector()
    async with running(slave(port, silent_s=5), sink), master(port) as dcs:
        await dcs.ask("06 0002 0001")
        dead = []
        for _ in range(MAX_CONNECTIONS + 8):
            dead.append(await asyncio.open_connection("127.0.0.1", port))
            await dcs.ask("06 0002 0001")
        async with master(port) as again:
            assert await again.ask("06 0002 0003") == "0600020003"
        assert await dcs.ask("06 0002 0004") == "0600020004", "the one that speaks stays"
        for _, writer in dead:
            writer.close()


async def test_a_master_that_asks_and_never_reads_does_not_fill_the_memory() -> None:
    port, sink = free_port(), Collector()
    question = tcp_frame(1, bytes.fromhex("0300000004"), 1)
    async with running(slave(port, silent_s=5), sink), master(port) as greedy, master(port) as dcs:
        greedy.reader._transport.pause_reading()  # type: ignore[attr-defined]
        for _ in range(1000):
            greedy.writer.write(question * 1000)
            try:
                async with asyncio.timeout(0.2):
                    await greedy.writer.drain()
            except TimeoutError:
                break
        else:
            pytest.fail("a million questions were taken in")
        assert await dcs.ask("06 0002 0001") == "0600020001"
        greedy.writer.transport.abort()


async def test_quality_and_reason_of_a_bad_value() -> None:
    port, sink = free_port(), Collector()
    async with running(slave(port), sink), master(port) as dcs:
        await dcs.ask("10 0000 0002 04 0000 7fc0")
    sample = sink.last["F"]
    assert (sample.quality, sample.reason, sample.detail) == (Quality.BAD, Reason.SENSOR_FAILURE, "nan")


# --- on a serial line ---


async def test_on_a_shared_serial_line(tmp_path: Path) -> None:
    """A broadcast is obeyed and not answered, a question that is no longer waited for is obeyed and not answered, and what
    is said to and by others is left alone."""
    far = PtyEnd(tmp_path / "far")
    await far.start()
    near = PtyEnd(tmp_path / "near", connect_to=far.port)
    await near.start()
    port, sink = serial.Serial(str(far.path), 115200, timeout=0), Collector()
    settings = {"silent_s": 5.0}
    source = Source("dcs", "modbus_slave", f"serial://{near.path}?baudrate=115200", period_s=0.2, options=settings)

    async def heard(seconds: float = 0.2) -> bytes:
        await asyncio.sleep(seconds)
        return port.read(1000)

    def ask(unit: int, pdu: str) -> bytes:
        return rtu_frame(unit, bytes.fromhex(pdu))

    try:
        async with running(make_slave(source, TAGS, CONTEXT), sink):
            await asyncio.sleep(0.05)
            port.write(ask(1, "06 0002 0001"))
            assert await heard() == ask(1, "06 0002 0001")
            port.write(ask(0, "06 0002 0002"))
            assert await heard() == b""
            assert said(sink)["I"] == (0.2, "good", "")
            port.write(ask(1, "06 0002 0003") + ask(5, "03 0000 0002"))
            assert await heard() == b"", "the master has gone on to another slave"
            assert said(sink)["I"] == (0.3, "good", "")
            port.write(ask(5, "06 0002 0009") + b"\x01\x10\xff")
            assert await heard() == b""
            assert said(sink)["I"] == (0.3, "good", "")
            port.write(ask(7, "06 0000 0009"))
            assert await heard() == ask(7, "06 0000 0009")
            assert said(sink)["OTHER"] == (9, "good", "")
    finally:
        port.close()
        await near.stop()
        await far.stop()
