"""`hazwatch probe`: raw words and every plausible reading of them."""

import struct

import pytest

from app.domain.tag import DataType, WordOrder
from drivers.modbus.probe import as_text, decode_every_way, probe
from drivers.registry import DRIVERS
from tests.peers.modbus_faulty import FaultyDevice, Question

REGISTERS = list(struct.unpack(">4H", struct.pack(">f", 36.6)[2:] + struct.pack(">f", 36.6)[:2] + b"\x12\x34\x00\x07"))


def test_only_plausible_ways_are_shown() -> None:
    ways = {(way.data_type, way.word_order): way.value for way in decode_every_way(REGISTERS)}
    assert ways[DataType.FLOAT32, WordOrder.CDAB] == pytest.approx(36.6)
    assert (DataType.FLOAT32, WordOrder.ABCD) not in ways, "2.7e+23"
    assert ways[DataType.INT16, WordOrder.ABCD] == struct.unpack(">h", struct.pack(">H", REGISTERS[0]))[0]
    assert ways[DataType.BCD16, WordOrder.ABCD] == 6666
    assert DataType.BCD16 not in {way.data_type for way in decode_every_way([0xABCD])}
    assert {order for kind, order in ways if kind is DataType.UINT16} == {WordOrder.ABCD, WordOrder.BADC}


async def test_probe_reads_once_and_shows_all_side_by_side() -> None:
    memory = dict(enumerate(REGISTERS, 100))

    def behave(question: Question) -> list[tuple[float, bytes]]:
        if question.code == 1:
            return [(0, question.frame(bytes((1, 1, 1))))]
        asked = range(question.start, question.start + question.count)
        if not all(address in memory for address in asked):
            return [(0, question.refusal(2))]
        return [(0, question.frame(question.pdu([memory[address] for address in asked])))]

    async with FaultyDevice(behave) as device:
        addresses = ["HR:100", "40103", "HR:103.2", "CO:7", "HR:999", "7@HR:100"]
        readings = await probe(device.url, addresses)
        assert [reading.address for reading in readings] == addresses
        assert [len(reading.registers) for reading in readings] == [4, 2, 1, 1, 0, 4]
        assert readings[2].ways[0].value is True
        assert readings[3].ways[0].value is True
        assert readings[4].error == "设备拒绝：exception 2"
        assert device.asked[-1].unit == 7
        text = as_text(readings)
        assert "CDAB=36.6" in text
        assert "HR:999  设备拒绝" in text
    assert device.connections == 0


async def test_a_silent_unit_is_said() -> None:
    async with FaultyDevice(lambda question: []) as device:
        (reading,) = await probe(device.url, ["HR:1"], unit=5, timeout_s=0.1)
    assert reading.error == "从站 5 无应答"


async def test_a_wrong_address_is_refused_before_anything_is_opened() -> None:
    with pytest.raises(ValueError, match="不认识"):
        await probe("tcp://127.0.0.1:1", ["HR:1", "nonsense"])


def test_every_driver_of_the_site_package_is_registered() -> None:
    assert set(DRIVERS) == {"opcua", "modbus_tcp", "modbus_rtu", "modbus_slave"}
