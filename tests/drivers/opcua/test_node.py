"""Against node-opcua: what only a server that is not asyncua's can show."""

import asyncio
import time
from pathlib import Path

import pytest

from app.domain.plant import Source
from app.domain.sample import Quality
from app.domain.tag import DataType, Tag
from drivers.base import DriverContext, SourceMisconfigured
from drivers.opcua import make
from tests.drivers.opcua.test_driver import LOGIN, MODES, Making, making, refusal
from tests.drivers.rigs import Collector, running
from tests.pace import ENOUGH_S
from tests.peers.opcua_peer import NodeServer, PeerServer, node_folder

pytestmark = [
    pytest.mark.npm,
    pytest.mark.skipif(node_folder() is None, reason="node-opcua not installed (HAZWATCH_TEST_NODE)"),
]
__all__ = ["making"]
T0 = Tag("T0", address="ns=1;s=T0", data_type=DataType.FLOAT64)


@pytest.mark.parametrize("security", ["none", *MODES])
async def test_log_in_with_every_security(node: PeerServer, making: Making, security: str) -> None:
    sink = Collector()
    async with running(making(node, T0, security=security, **LOGIN), sink):
        await sink.until(lambda: sink.good("T0"), "a value")


@pytest.mark.parametrize(
    ("source", "said"),
    [({}, "不接受匿名登录"), ({"user": "dcs", "password_secret": "wrong"}, "用户名或密码不对")],
)
async def test_who_may_not_come_in(node: PeerServer, making: Making, source: dict[str, str], said: str) -> None:
    error = await refusal(making(node, T0, **source))
    assert isinstance(error, SourceMisconfigured)
    assert said in str(error)


async def test_times_with_picoseconds_are_right(node: PeerServer, making: Making) -> None:
    """Both times with picoseconds: asyncua's own decoder reads them in the wrong order."""
    sink = Collector()
    async with running(making(node, T0, **LOGIN), sink):
        await sink.until(lambda: sink.good("T0"), "a value")
        node.set({"T0": 123.0}, picoseconds=1230)
        await sink.until(lambda: sink.last["T0"].value == 123.0, "the value with picoseconds")
    assert sink.last["T0"].quality is Quality.GOOD
    assert abs(sink.last["T0"].source_time - time.time_ns() // 1000) < 60_000_000


async def test_sessions_are_given_back(node: PeerServer, making: Making) -> None:
    """A DCS has few session slots: after being cancelled at any time none of ours stays taken."""
    for pause in (0.0, 0.02, 0.1):
        sink = Collector()
        async with running(making(node, T0, security=MODES[1], **LOGIN), sink):
            if pause == 0.0:
                await sink.until(lambda: sink.good("T0"), "a value")  # noqa: B023
            await asyncio.sleep(pause)
    async with asyncio.timeout(ENOUGH_S):
        while node.ask(sessions=True)["sessions"]:  # noqa: ASYNC110  the server has no event for it
            await asyncio.sleep(0.05)


async def test_three_thousand_tags_come_back_through_a_limit_of_a_thousand(tmp_path: Path) -> None:
    """What asyncua's own reconnecting loses for ever: all tags, after a restart, with the limit."""
    server = NodeServer(tmp_path, 3000)
    server.start("--limit", "1000")
    tags = [Tag(f"T{i}", address=f"ns=1;s=T{i}", data_type=DataType.FLOAT64) for i in range(3000)]
    context = DriverContext(lambda: time.time_ns() // 1000, {}.__getitem__, tmp_path / "pki")
    driver = make(Source("dcs", "opcua", f"opc.tcp://127.0.0.1:{server.port}/plant"), tags, context)
    try:
        for again in (False, True):
            if again:
                await asyncio.to_thread(server.start, "--limit", "1000")
            sink = Collector()
            async with running(driver, sink) as task:
                await sink.until(lambda: len(sink.last) == 3000, "every tag")  # noqa: B023
                assert all(sample.quality is Quality.GOOD for sample in sink.last.values())
                server.stop()
                await asyncio.wait({task}, timeout=ENOUGH_S)
                assert task.done()
    finally:
        server.stop()
