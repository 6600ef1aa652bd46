"""Field addresses: tables of good and bad spellings, and the round trip through print and parse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.address import ModbusAddress, NodeIdKind, NodeIdText, Table, parse_modbus, parse_node_id

CO, DI, IR, HR = Table.COILS, Table.DISCRETE_INPUTS, Table.INPUT_REGISTERS, Table.HOLDING_REGISTERS


@pytest.mark.parametrize(
    ("text", "address", "printed"),
    [
        ("HR:100", ModbusAddress(HR, 100), "HR:100"),
        ("IR:0", ModbusAddress(IR, 0), "IR:0"),
        ("CO:5", ModbusAddress(CO, 5), "CO:5"),
        ("DI:3", ModbusAddress(DI, 3), "DI:3"),
        ("hr：7", ModbusAddress(HR, 7), "HR:7"),
        (" HR:65535 ", ModbusAddress(HR, 65535), "HR:65535"),
        ("HR:100.3", ModbusAddress(HR, 100, bit=3), "HR:100.3"),
        ("HR:100.0", ModbusAddress(HR, 100, bit=0), "HR:100.0"),
        ("7@HR:100", ModbusAddress(HR, 100, unit=7), "7@HR:100"),
        ("0@IR:1.15", ModbusAddress(IR, 1, bit=15, unit=0), "0@IR:1.15"),
        ("40101", ModbusAddress(HR, 100), "HR:100"),
        ("400101", ModbusAddress(HR, 100), "HR:100"),
        ("300101", ModbusAddress(IR, 100), "IR:100"),
        ("00001", ModbusAddress(CO, 0), "CO:0"),
        ("19999", ModbusAddress(DI, 9998), "DI:9998"),
        ("465536", ModbusAddress(HR, 65535), "HR:65535"),
        ("7@40101.12", ModbusAddress(HR, 100, bit=12, unit=7), "7@HR:100.12"),
    ],
)
def test_modbus_addresses(text: str, address: ModbusAddress, printed: str) -> None:
    assert parse_modbus(text) == address
    assert str(address) == printed


@pytest.mark.parametrize(
    ("text", "registers", "says"),
    [
        ("", 1, "不认识"),
        ("HR100", 1, "不认识"),
        ("HR:", 1, "不认识"),
        ("HR:-1", 1, "不认识"),
        ("HR:１", 1, "不认识"),
        ("XX:1", 1, "“XX”不认识"),
        ("HR:65536", 1, "超出范围"),
        ("HR:65535", 2, "超出范围"),
        ("HR:65533", 4, "超出范围"),
        ("465537", 1, "超出范围"),
        ("HR:" + "9" * 5000, 1, "超出范围"),
        ("40000", 1, "从 1 数起"),
        ("101", 1, "5 或 6 位"),
        ("50001", 1, "以 0、1、3、4 开头"),
        ("4000001", 1, "5 或 6 位"),
        ("HR:1.16", 1, "0 到 15"),
        ("CO:1.0", 1, "本身就是一位"),
        ("256@HR:1", 1, "0 到 255"),
    ],
)
def test_wrong_modbus_addresses(text: str, registers: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_modbus(text, registers)


def test_a_value_may_end_on_the_last_register() -> None:
    assert parse_modbus("HR:65534", 2).offset == 65534
    assert parse_modbus("HR:65535.1", 2).bit == 1  # a bit takes its own register only


@st.composite
def modbus_addresses(draw: st.DrawFn) -> ModbusAddress:
    table = draw(st.sampled_from(Table))
    bit = None if table.is_bits else draw(st.none() | st.integers(0, 15))
    return ModbusAddress(table, draw(st.integers(0, 65535)), bit, draw(st.none() | st.integers(0, 255)))


@given(modbus_addresses())
def test_modbus_print_and_parse(address: ModbusAddress) -> None:
    assert parse_modbus(str(address)) == address


@given(st.sampled_from(["0", "1", "3", "4"]), st.integers(1, 65536))
def test_modicon_counts_from_one(digit: str, number: int) -> None:
    assert parse_modbus(f"{digit}{number:05d}").offset == number - 1


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("ns=2;s=TK101.Level", NodeIdText(NodeIdKind.STRING, "TK101.Level", 2)),
        ("s=罐区;V=101", NodeIdText(NodeIdKind.STRING, "罐区;V=101")),
        ("i=2258", NodeIdText(NodeIdKind.NUMERIC, "2258")),
        ("ns=0;i=85", NodeIdText(NodeIdKind.NUMERIC, "85")),
        ("ns=3;i=4294967295", NodeIdText(NodeIdKind.NUMERIC, "4294967295", 3)),
        (
            "ns=1;g=09087E75-8E5E-499B-954F-F2A9603DB28A",
            NodeIdText(NodeIdKind.GUID, "09087e75-8e5e-499b-954f-f2a9603db28a", 1),
        ),
        ("ns=1;b=M/RbKBsRVkePCePcx24oRA==", NodeIdText(NodeIdKind.OPAQUE, "M/RbKBsRVkePCePcx24oRA==", 1)),
        ("nsu=http://x.cn/a%3Bb%25;s=T", NodeIdText(NodeIdKind.STRING, "T", uri="http://x.cn/a;b%")),
    ],
)
def test_node_ids(text: str, node: NodeIdText) -> None:
    assert parse_node_id(text) == node
    assert parse_node_id(str(node)) == node


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "不认识"),
        ("TK101.Level", "不认识"),
        ("ns=2", "不认识"),
        ("ns=x;s=a", "不认识"),
        ("svr=1;ns=2;s=a", "不认识"),
        ("nsu=;s=a", "不认识"),
        ("ns=65536;s=a", "0 到 65535"),
        ("ns=2;s=", "是空的"),
        ("i=-1", "整数"),
        ("i=4294967296", "整数"),
        ("i=" + "9" * 5000, "整数"),
        ("g=0908", "GUID"),
        ("b=*", "base64"),
    ],
)
def test_wrong_node_ids(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_node_id(text)


@given(
    st.builds(
        NodeIdText,
        st.just(NodeIdKind.STRING),
        st.text(min_size=1),
        st.integers(0, 65535),
    )
    | st.builds(NodeIdText, st.just(NodeIdKind.NUMERIC), st.integers(0, 2**32 - 1).map(str), st.integers(0, 65535))
    | st.builds(NodeIdText, st.just(NodeIdKind.GUID), st.uuids().map(str), st.integers(0, 65535))
    | st.builds(NodeIdText, st.just(NodeIdKind.STRING), st.text(min_size=1), st.just(0), st.text(min_size=1))
)
def test_node_id_print_and_parse(node: NodeIdText) -> None:
    assert parse_node_id(str(node)) == node
