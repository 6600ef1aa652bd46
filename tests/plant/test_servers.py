"""Every source is read back by a client that is not ours (asyncua, pymodbus, pyModbusTCP) or by the real peer it plays for."""

import asyncio
import math
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from asyncua import Client, ua
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerType
from pyModbusTCP.server import ModbusServer as ForeignSlave

from app.domain.plant import Site, Source
from app.domain.tag import DataType, Tag, WordOrder
from app.plant.field import Reading
from app.plant.ports import free_port
from app.plant.servers import Server, servers_of
from tests.pace import ENOUGH_S


@asynccontextmanager
async def served(source: Source, tags: tuple[Tag, ...], readings: Mapping[str, Reading]) -> AsyncIterator[Server]:
    (server,), left = servers_of(Site("x", "", sources=(source,), tags=tags))
    assert left == []
    await server.start(readings)
    try:
        yield server
    finally:
        await server.stop()


async def until(true: Callable[[], bool], seconds: float = ENOUGH_S) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  what is waited for is a client's, it sets no event
            await asyncio.sleep(0.02)


# --- OPC UA ------------------------------------------------------------------------------------------------------------

UA_TAGS = (
    Tag("level", source="dcs", address="ns=2;s=LT-101.PV", data_type=DataType.FLOAT32),
    Tag("switch", source="dcs", address="ns=2;i=77", data_type=DataType.BOOL),
    Tag("count", source="dcs", address="nsu=urn:other;s=count", data_type=DataType.UINT16, scale=0.1),
    Tag("far", source="dcs", address="ns=5;g=09087e75-8e5e-499b-954f-f2a9603db28a", data_type=DataType.FLOAT64),
)
UA_READINGS: dict[str, Reading] = {"level": 7.25, "switch": True, "count": 12.3, "far": -1.5}


def ua_source() -> Source:
    return Source("dcs", "opcua", f"opc.tcp://127.0.0.1:{free_port()}/plant")


class Heard:
    def __init__(self) -> None:
        self.values: list[float] = []

    def datachange_notification(self, node: object, value: float, data: object) -> None:
        self.values.append(value)


async def test_opcua_nodes_carry_values_types_faults_and_only_changes() -> None:
    source = ua_source()
    async with served(source, UA_TAGS, UA_READINGS) as server, Client(source.url) as client:
        other = await client.get_namespace_index("urn:other")
        nodes = ("ns=2;s=LT-101.PV", "ns=2;i=77", f"ns={other};s=count", "ns=5;g=09087e75-8e5e-499b-954f-f2a9603db28a")
        values = [await client.get_node(node).read_data_value() for node in nodes]
        assert [(value.Value.Value, value.Value.VariantType) for value in values] == [
            (7.25, ua.VariantType.Float), (True, ua.VariantType.Boolean), (123, ua.VariantType.UInt16),
            (-1.5, ua.VariantType.Double),
        ]  # fmt: skip
        assert all(value.SourceTimestamp is not None for value in values)
        with pytest.raises(ua.UaStatusCodeError):
            await client.get_node(nodes[3]).write_value(5.0)

        heard = Heard()
        subscription = await client.create_subscription(50, heard)
        await subscription.subscribe_data_change(client.get_node(nodes[0]))
        await until(lambda: heard.values == [7.25])
        told = [7.25]
        for level in (7.25, 7.5, 7.5, 8.0):
            if await server.write({**UA_READINGS, "level": level}):
                told.append(level)
            await until(lambda: heard.values == told)
        assert told == [7.25, 7.5, 8.0]
        await subscription.delete()

        assert await server.write({**UA_READINGS, "level": None}) == 1
        broken = await client.get_node(nodes[0]).read_data_value(raise_on_bad_status=False)
        assert broken.StatusCode.name == "BadSensorFailure"


async def test_opcua_offers_security_and_survives_a_pulled_cable() -> None:
    source = replace(ua_source(), security="basic256sha256_sign_encrypt")
    port = int(source.url.split(":")[2].split("/")[0])
    async with served(source, UA_TAGS, UA_READINGS) as server:
        async with Client(source.url) as client:
            ends = {(end.SecurityMode.name, end.SecurityPolicyUri.rpartition("#")[2]) for end in await client.get_endpoints()}
            assert {("SignAndEncrypt", "Basic256Sha256"), ("Sign", "Basic256Sha256"), ("None_", "None")} <= ends
        for _ in range(2):
            async with Client(source.url) as client:
                assert await client.get_node("ns=2;s=LT-101.PV").read_value() == 7.25
                await server.cut()
                with pytest.raises((ConnectionError, TimeoutError, ua.UaError)):
                    await client.get_node("ns=2;s=LT-101.PV").read_value()
            with pytest.raises(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
            await server.mend()


# --- Modbus ------------------------------------------------------------------------------------------------------------

MB_TAGS = (
    Tag("gas", source="gds", address="40001", data_type=DataType.UINT16, scale=0.1),
    Tag("toxic", source="gds", address="HR:10", data_type=DataType.FLOAT32, word_order=WordOrder.CDAB),
    Tag("big", source="gds", address="IR:20", data_type=DataType.INT32),
    Tag("bit", source="gds", address="HR:5.3", data_type=DataType.BOOL),
    Tag("coil", source="gds", address="CO:7", data_type=DataType.BOOL),
    Tag("unit 9", source="gds", address="9@HR:0", data_type=DataType.INT16),
)
MB_READINGS: dict[str, Reading] = {"gas": 12.3, "toxic": 0.25, "big": -70000, "bit": True, "coil": True, "unit 9": -5}


@asynccontextmanager
async def modbus() -> AsyncIterator[tuple[Server, AsyncModbusTcpClient]]:
    port = free_port()
    source = Source("gds", "modbus_tcp", f"tcp://127.0.0.1:{port}", unit=1, options={"bad_raw": [0x7FFF]})
    async with served(source, MB_TAGS, MB_READINGS) as server:
        client = AsyncModbusTcpClient("127.0.0.1", port=port, framer=FramerType.SOCKET, timeout=1, retries=0, reconnect_delay=0)
        await client.connect()
        try:
            yield server, client
        finally:
            client.close()


async def test_modbus_registers_bits_and_units() -> None:
    async with modbus() as (_, client):
        assert (await client.read_holding_registers(0, count=1, device_id=1)).registers == [123]
        words = (await client.read_holding_registers(10, count=2, device_id=1)).registers
        assert client.convert_from_registers(words, client.DATATYPE.FLOAT32, word_order="little") == 0.25
        words = (await client.read_input_registers(20, count=2, device_id=1)).registers
        assert client.convert_from_registers(words, client.DATATYPE.INT32) == -70000
        assert (await client.read_holding_registers(5, count=1, device_id=1)).registers == [8]
        assert (await client.read_coils(7, count=1, device_id=1)).bits[0] is True
        assert (await client.read_holding_registers(0, count=1, device_id=9)).registers == [65531]
        assert (await client.read_holding_registers(0, count=12, device_id=1)).registers[1:5] == [0, 0, 0, 0]
        assert (await client.read_holding_registers(500, count=1, device_id=1)).exception_code == 2
        assert (await client.write_register(0, 1, device_id=1)).exception_code == 1


async def test_modbus_faults_as_panels_say_them() -> None:
    async with modbus() as (server, client):
        await server.write(dict.fromkeys(MB_READINGS))
        assert (await client.read_holding_registers(0, count=1, device_id=1)).registers == [0x7FFF]
        words = (await client.read_holding_registers(10, count=2, device_id=1)).registers
        assert math.isnan(client.convert_from_registers(words, client.DATATYPE.FLOAT32, word_order="little"))
        assert (await client.read_input_registers(20, count=2, device_id=1)).registers == [0x7FFF, 0xFFFF]
        assert (await client.read_coils(7, count=1, device_id=1)).exception_code == 4
        assert (await client.read_holding_registers(5, count=1, device_id=1)).exception_code == 4
        assert await server.write(MB_READINGS) == len(MB_READINGS)
        assert (await client.read_coils(7, count=1, device_id=1)).bits[0] is True


async def test_modbus_cable_pulled_and_put_back() -> None:
    async with modbus() as (server, client):
        await server.cut()
        with pytest.raises(ModbusException):
            await client.read_holding_registers(0, count=1, device_id=1)
        await server.mend()
        await client.connect()
        assert (await client.read_holding_registers(0, count=1, device_id=1)).registers == [123]


async def test_the_plant_writes_to_a_slave_station() -> None:
    foreign = ForeignSlave("127.0.0.1", 0, no_block=True)
    port = free_port()
    foreign.port = port
    foreign.start()
    try:
        source = Source("slave", "modbus_slave", f"tcp://127.0.0.1:{port}", unit=1)
        tags = (
            Tag("a", source="slave", address="HR:0", data_type=DataType.UINT16),
            Tag("b", source="slave", address="HR:1", data_type=DataType.FLOAT32),
            Tag("c", source="slave", address="CO:3", data_type=DataType.BOOL),
        )
        async with served(source, tags, {"a": 5, "b": 1.5, "c": True}) as server:
            bank = foreign.data_bank
            assert (bank.get_holding_registers(0, 3), bank.get_coils(3, 1)) == ([5, 0x3FC0, 0], [True])
            await server.cut()
            await server.write({"a": 6, "b": 1.5, "c": True})
            assert bank.get_holding_registers(0, 1) == [5]
            await server.mend()
            await server.write({"a": 6, "b": 1.5, "c": True})
            assert bank.get_holding_registers(0, 1) == [6]
    finally:
        foreign.stop()


def test_sources_that_cannot_be_played_are_named_and_one_url_is_one_server() -> None:
    sources = (
        Source("a", "modbus_tcp", "tcp://127.0.0.1:5020", unit=1),
        Source("b", "modbus_tcp", "tcp://127.0.0.1:5020", unit=2),
        Source("c", "modbus_tcp", "rtu+tcp://127.0.0.1:5021"),
        Source("d", "modbus_slave", "serial:///dev/ttyS0"),
    )
    tags = tuple(Tag(name, source=name, address="HR:0", data_type=DataType.UINT16) for name in "abcd")
    servers, left = servers_of(Site("x", "", sources=sources, tags=tags))
    assert [server.sources for server in servers] == [("a", "b")]
    assert ["c" in left[0], "d" in left[1]] == [True, True]
