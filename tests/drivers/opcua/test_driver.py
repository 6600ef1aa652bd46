"""The whole driver against a real server: logging in, certificates, types, namespaces, faults said in Chinese."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain.plant import Source
from app.domain.sample import Quality, Reason
from app.domain.tag import DataType, Tag
from drivers.base import Driver, DriverContext, LinkLost, SourceMisconfigured
from drivers.opcua import make
from drivers.opcua.pki import thumbprint
from tests.drivers.rigs import Collector, running
from tests.pace import ENOUGH_S, ends_within
from tests.peers.opcua_peer import PeerServer, PythonServer

QUICK = {"publishing_ms": 50, "keepalive_s": 0.3, "timeout_s": 1.0, "retry_refused_s": 0.2}
NUMBER = Tag("T0", address="ns=2;s=T0", data_type=DataType.FLOAT64)
MODES = ("basic256sha256_sign", "basic256sha256_sign_encrypt")
Making = Callable[..., Driver]


@pytest.fixture
def making(tmp_path: Path) -> Making:
    """A driver for a server, with its certificates in a folder of the test."""
    context = DriverContext(lambda: time.time_ns() // 1000, {"dcs": "secret", "wrong": "guess"}.__getitem__, tmp_path / "pki")

    def driver(server: PeerServer | str, *tags: Tag, **source: Any) -> Driver:
        url = server if isinstance(server, str) else f"opc.tcp://127.0.0.1:{server.port}/plant"
        options = QUICK | source.pop("options", {})
        return make(Source("dcs", "opcua", url, options=options, **source), tags or (NUMBER,), context)

    return driver


async def refusal(driver: Driver) -> LinkLost:
    """What a run that cannot begin says."""
    sink = Collector()
    with pytest.raises(LinkLost) as raised:
        await asyncio.wait_for(driver.run(sink), ENOUGH_S)
    assert not sink.ups and not sink.samples
    return raised.value


LOGIN = {"user": "dcs", "password_secret": "dcs"}


@pytest.mark.parametrize("security", ["none", *MODES])
async def test_log_in_with_every_security(secured: PeerServer, making: Making, security: str) -> None:
    sink = Collector()
    async with running(making(secured, security=security, **LOGIN), sink):
        await sink.until(lambda: sink.good("T0"), "a value")


async def test_the_servers_certificate_is_pinned_at_first_use(secured: PeerServer, making: Making, tmp_path: Path) -> None:
    driver = making(secured, security=MODES[1], **LOGIN)
    pinned = tmp_path / "pki/servers/dcs.der"
    for _ in range(2):
        sink = Collector()
        async with running(driver, sink):
            await sink.until(lambda: bool(sink.ups), "up")  # noqa: B023
        assert thumbprint(pinned.read_bytes()) in sink.ups[0]
    own = (tmp_path / "pki/own.der").read_bytes()
    pinned.write_bytes(own)  # as if another server had been there first
    error = await refusal(driver)
    assert isinstance(error, SourceMisconfigured)
    assert thumbprint(own) in str(error)
    assert str(error).count(thumbprint(pinned.read_bytes())) == 1
    shown = thumbprint((secured.folder / "pki/cert.der").read_bytes())
    assert shown in str(error)
    sink = Collector()
    async with running(making(secured, security=MODES[0], options={"trust": shown}, **LOGIN), sink):
        await sink.until(lambda: sink.good("T0"), "the configured thumbprint decides")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"user": "dcs", "password_secret": "wrong"}, "用户名或密码不对"),
        ({"user": "nobody", "password_secret": "dcs"}, "用户名或密码不对"),
        ({"user": "dcs", "password_secret": "missing"}, "密码库里没有"),
        ({"security": MODES[0], "options": {"trust": "0" * 40}, **LOGIN}, "指纹不符"),
        ({"security": "basic128"}, "basic256sha256_sign"),
    ],
)
async def test_what_somebody_has_to_change(secured: PeerServer, making: Making, source: dict[str, Any], said: str) -> None:
    error = await refusal(making(secured, **source))
    assert isinstance(error, SourceMisconfigured)
    assert said in str(error)


async def test_an_endpoint_the_server_does_not_have(plain: PeerServer, making: Making) -> None:
    error = await refusal(making(plain, security=MODES[1]))
    assert isinstance(error, SourceMisconfigured)
    assert "只提供 None/None_" in str(error)


@pytest.mark.parametrize(
    ("url", "said"), [("opc.tcp://no-such-host.invalid:4840", "无法解析"), ("opc.tcp://127.0.0.1:9", "拒绝连接")]
)
async def test_nobody_there(making: Making, url: str, said: str) -> None:
    error = await refusal(making(url))
    assert said in str(error)
    assert not isinstance(error, SourceMisconfigured)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "127.0.0.1"),
        (b"", "断开了连接"),
        (b"ACKF\x1c\x00\x00\x00" + b"\xff" * 20, "127.0.0.1"),
        (b"ERRF\x10\x00\x00\x00\x00\x00\x83\x80\xff\xff\xff\xff", "端点地址"),
    ],
)
async def test_something_else_listens_there(making: Making, answer: bytes, said: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        error = await refusal(making(f"opc.tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    assert said in str(error)


async def test_types(plain: PeerServer, making: Making) -> None:
    """One tag a type; wrong types are bad and spoil nothing."""
    address = {f"T{i}": f"ns=2;s=T{i}" for i in range(6)}
    tags = [
        Tag("T0", address=address["T0"], data_type=DataType.FLOAT32),
        Tag("T1", address=address["T1"], data_type=DataType.BOOL),
        Tag("T2", address=address["T2"], data_type=DataType.INT16, scale=0.1, offset=-40.0),
        Tag("T3", address=address["T3"], data_type=DataType.FLOAT64),
        Tag("T4", address=address["T4"], data_type=DataType.FLOAT64),
        Tag("T5", address=address["T5"], data_type=DataType.UINT16, alarm_on=1),
    ]
    plain.set({"T0": 2.5}, type="Float")
    plain.set({"T1": True}, type="Boolean")
    plain.set({"T2": 650}, type="Int16")
    plain.set({"T3": [1.0, 2.0]}, type="Double")
    plain.set({"T4": "text"}, type="String")
    plain.set({"T5": 1}, type="UInt16")
    sink = Collector()
    async with running(making(plain, *tags), sink):
        await sink.until(lambda: len(sink.last) == 6, "a sample of every tag")
    got = {tag: (s.value, s.quality, s.reason, s.detail) for tag, s in sink.last.items()}
    good, wrong = (Quality.GOOD, Reason.NONE, ""), (Quality.BAD, Reason.WRONG_TYPE)
    assert got == {
        "T0": (2.5, *good),
        "T1": (True, *good),
        "T2": (25.0, *good),
        "T3": (None, *wrong, "Double[]"),
        "T4": (None, *wrong, "String"),
        "T5": (1, *good),
    }


async def test_a_clock_eight_hours_ahead(plain: PeerServer, making: Making) -> None:
    plain.set({"T0": 5.0}, ahead_s=8 * 3600)
    sink = Collector()
    async with running(making(plain), sink):
        await sink.until(lambda: "T0" in sink.last and bool(sink.troubles), "a value and a word about the clock")
    sample = sink.last["T0"]
    assert (sample.value, sample.quality, sample.reason) == (5.0, Quality.GOOD, Reason.CLOCK)
    assert sample.source_time == sample.receive_time
    assert "480 min" in sink.troubles[0] or "479 min" in sink.troubles[0]
    plain.set({"T0": 5.0})


async def test_a_node_that_comes_later_is_found(plain: PeerServer, making: Making) -> None:
    late = Tag("LATE", address="ns=2;s=late")
    sink = Collector()
    async with running(making(plain, NUMBER, late), sink) as task:
        await sink.until(lambda: "LATE" in sink.last and sink.good("T0"), "refused, the other good")
        assert (sink.last["LATE"].quality, sink.last["LATE"].reason) == (Quality.BAD, Reason.CONFIG_ERROR)
        assert sink.troubles[-1].startswith("1 个位号")
        plain.ask(add="late")
        await sink.until(lambda: sink.good("LATE"), "found")
        await sink.until(lambda: sink.troubles[-1] == "", "no trouble any more")
        assert not task.done()


async def test_namespaces_renumbered_by_a_restart(tmp_path: Path, making: Making) -> None:
    """nsu= follows; ns= that points elsewhere is a configuration error, and the link stands."""
    server = PythonServer(tmp_path, tags=2)
    server.start()
    by_uri = Tag("URI", address="nsu=urn:hazwatch:test:plant;s=T1", data_type=DataType.FLOAT64)
    driver = making(server, by_uri, replace(NUMBER, tag="INDEX"))
    try:
        sink = Collector()
        async with running(driver, sink):
            await sink.until(lambda: sink.good("URI") and sink.good("INDEX"), "both good")
        server.stop()
        await asyncio.to_thread(server.start, "--shift", "3")
        sink = Collector()
        async with running(driver, sink) as task:
            await sink.until(lambda: sink.good("URI") and "INDEX" in sink.last, "by URI good")
            assert (sink.last["INDEX"].quality, sink.last["INDEX"].reason) == (Quality.BAD, Reason.CONFIG_ERROR)
            assert sink.ups and "INDEX" in sink.troubles[-1]
            assert not task.done()
    finally:
        server.stop()


async def test_cancelled_anywhere_in_a_secured_log_in(secured: PeerServer, making: Making) -> None:
    """Discovery, secure channel, session, items: the cancellation comes out as itself and nothing is left."""
    driver = making(secured, security=MODES[1], **LOGIN)
    async with running(driver, sink := Collector()):
        await sink.until(lambda: bool(sink.ups), "up, certificates made")
    tasks = asyncio.all_tasks()
    for step in range(30):
        task = asyncio.create_task(driver.run(Collector()))
        await asyncio.sleep(step * 0.003)
        task.cancel()
        assert await ends_within(task, 1.0) and task.cancelled()
        assert asyncio.all_tasks() == tasks


async def test_a_server_that_stands_still(tmp_path: Path, making: Making) -> None:
    """The process hangs with its sockets open: nothing on the wire tells; our own clock does."""
    server = PythonServer(tmp_path, tags=1)
    server.start()
    try:
        sink = Collector()
        async with running(making(server), sink) as task:
            await sink.until(lambda: sink.good("T0"), "a value")
            server.pause()
            assert await ends_within(task, 4.0)
            with pytest.raises(LinkLost, match="没有消息"):
                task.result()
    finally:
        server.resume()
        server.stop()


async def test_keys_are_renewed_and_data_goes_on(secured: PeerServer, making: Making) -> None:
    sink = Collector()
    driver = making(secured, security=MODES[1], options={"channel_s": 1}, **LOGIN)
    async with running(driver, sink) as task:
        await sink.until(lambda: sink.good("T0"), "a value")
        for number in range(1, 7):  # two seconds: two renewals, with values before, between and after
            secured.set({"T0": float(number)})
            await sink.until(lambda: sink.last["T0"].value == number, "the next value")  # noqa: B023
            await asyncio.sleep(0.35)
        assert not task.done()


def test_there_is_no_way_to_write() -> None:
    """Read-only by construction: the names of the services that change a plant do not occur in the driver."""
    changing = ("WriteRequest", "CallRequest", "HistoryUpdate", "AddNodes", "DeleteNodes", "set_value", "write_value")
    attributes = ("write_attribute", "call_method", "set_attribute", ".session.write", ".session.call", "client.write")
    folder = Path(make.__code__.co_filename).parent
    for file in folder.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert not [name for name in (*changing, *attributes) if name in text], file
