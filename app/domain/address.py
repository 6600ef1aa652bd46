"""Field addresses as written in the point table (位号表): Modbus addresses and OPC UA node ids, parsed and printed.

Both sides; text only, nothing is looked up anywhere. `str()` of a parsed address is its canonical spelling and parses to
an equal address again. Every fault is a ValueError with one Chinese sentence for a site engineer.

Modbus: `HR:100` `IR:100` `CO:5` `DI:3` count from 0 as on the wire; `40101` (5 digits) and `400101` (6 digits) are Modicon
numbers and count from 1; `HR:100.3` is bit 3, 0 = least significant; `7@` in front names the unit (从站号).
OPC UA: `ns=2;s=…`, `i=…`, `g=…`, `b=…`, no `ns` = namespace 0, `nsu=URI;s=…` (OPC 10000-6 5.1.12, `%3B` and `%25` escaped).
"""

import base64
import binascii
import re
import uuid
from dataclasses import dataclass
from enum import StrEnum

SPACE = 65536
"""Addresses of one Modbus table of one unit."""


class Table(StrEnum):
    """The four Modbus tables; the value is the prefix of an address."""

    COILS = "CO"
    DISCRETE_INPUTS = "DI"
    INPUT_REGISTERS = "IR"
    HOLDING_REGISTERS = "HR"

    @property
    def is_bits(self) -> bool:
        """One bit an address, not one 16-bit register."""
        return self is Table.COILS or self is Table.DISCRETE_INPUTS


_MODICON = {
    "0": Table.COILS,
    "1": Table.DISCRETE_INPUTS,
    "3": Table.INPUT_REGISTERS,
    "4": Table.HOLDING_REGISTERS,
}
_MODBUS = re.compile(
    r"(?:(?P<unit>\d+)\s*@\s*)?(?:(?P<table>[A-Za-z]+)\s*[:：]\s*(?P<offset>\d+)|(?P<modicon>\d+))(?:\.(?P<bit>\d+))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class ModbusAddress:
    """`offset` counts from 0 as on the wire; `bit` None = the whole register; `unit` None = the source's."""

    table: Table
    offset: int
    bit: int | None = None
    unit: int | None = None

    def __str__(self) -> str:
        unit = "" if self.unit is None else f"{self.unit}@"
        bit = "" if self.bit is None else f".{self.bit}"
        return f"{unit}{self.table}:{self.offset}{bit}"


def parse_modbus(text: str, registers: int = 1) -> ModbusAddress:
    """`registers`: how many registers the value takes (1, 2, 4); it must end inside the table."""
    match = _MODBUS.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"Modbus 地址“{text}”不认识，应写成 HR:100、IR:100、CO:5、DI:3、40101 或 HR:100.3")
    unit, bit = _number(match["unit"]), _number(match["bit"])
    if unit is not None and unit > 255:
        raise ValueError(f"Modbus 地址“{text}”的从站号 {unit} 超出 0 到 255")
    table, offset = _modicon(text, match["modicon"]) if match["modicon"] else _prefixed(text, match["table"], match["offset"])
    if bit is not None and table.is_bits:
        raise ValueError(f"Modbus 地址“{text}”：{table} 每个地址本身就是一位，不能再写位号 .{bit}")
    if bit is not None and bit > 15:
        raise ValueError(f"Modbus 地址“{text}”的位 {bit} 超出 0 到 15")
    size = 1 if table.is_bits or bit is not None else registers
    if offset + size > SPACE:
        raise ValueError(f"Modbus 地址“{text}”超出范围：从 {offset} 起占 {size} 个地址，最后一个地址是 {SPACE - 1}")
    return ModbusAddress(table, offset, bit, unit)


def _number(text: str | None) -> int | None:
    # more digits than any field has: cut before int(), which refuses huge texts with an English sentence
    return None if text is None else int(text.lstrip("0")[:11] or "0")


def _prefixed(text: str, prefix: str, offset: str) -> tuple[Table, int]:
    try:
        table = Table(prefix.upper())
    except ValueError:
        raise ValueError(f"Modbus 地址“{text}”的区“{prefix}”不认识，应是 HR、IR、CO 或 DI") from None
    return table, _number(offset) or 0


def _modicon(text: str, digits: str) -> tuple[Table, int]:
    table = _MODICON.get(digits[0])
    if len(digits) not in (5, 6) or table is None:
        raise ValueError(
            f"Modbus 地址“{text}”不认识：Modicon 编号应是 5 或 6 位数字，以 0、1、3、4 开头（如 40101）；按协议地址请写 HR:100"
        )
    number = int(digits[1:])
    if number == 0:
        raise ValueError(f"Modbus 地址“{text}”不认识：Modicon 编号从 1 数起，第一个是 {digits[0]}{1:0{len(digits) - 1}d}")
    return table, number - 1


class NodeIdKind(StrEnum):
    STRING = "s"
    NUMERIC = "i"
    GUID = "g"
    OPAQUE = "b"


_NODE_ID = re.compile(r"(?:ns=(?P<ns>\d+);|nsu=(?P<uri>[^;]+);)?(?P<kind>[sigb])=(?P<identifier>.*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class NodeIdText:
    """An OPC UA node id. `uri` not None: the namespace is named by it and `namespace` is 0 until a server says its index.

    `identifier` is canonical: the text, the number in decimal, the GUID in lower case, or standard base64.
    """

    kind: NodeIdKind
    identifier: str
    namespace: int = 0
    uri: str | None = None

    def __str__(self) -> str:
        if self.uri is not None:
            return f"nsu={self.uri.replace('%', '%25').replace(';', '%3B')};{self.kind}={self.identifier}"
        return f"ns={self.namespace};{self.kind}={self.identifier}" if self.namespace else f"{self.kind}={self.identifier}"


def parse_node_id(text: str) -> NodeIdText:
    match = _NODE_ID.fullmatch(text)
    if match is None:
        raise ValueError(f"OPC UA 节点“{text}”不认识，应写成 ns=2;s=TK101.Level、i=2258、g=…、b=… 或 nsu=网址;s=…")
    namespace = _number(match["ns"]) or 0
    if namespace > 65535:
        raise ValueError(f"OPC UA 节点“{text}”的命名空间 {match['ns']} 超出 0 到 65535")
    kind = NodeIdKind(match["kind"])
    uri = match["uri"]
    if uri is not None:
        uri = re.sub("%(3B|25)", lambda found: ";" if found[1].upper() == "3B" else "%", uri, flags=re.IGNORECASE)
    return NodeIdText(kind, _identifier(text, kind, match["identifier"]), namespace, uri)


def _identifier(text: str, kind: NodeIdKind, identifier: str) -> str:
    if not identifier:
        raise ValueError(f"OPC UA 节点“{text}”在 {kind}= 之后是空的")
    if kind is NodeIdKind.NUMERIC:
        number = _number(identifier) if re.fullmatch(r"\d+", identifier, re.ASCII) else None
        if number is None or number > 0xFFFFFFFF:
            raise ValueError(f"OPC UA 节点“{text}”的编号应是 0 到 4294967295 的整数")
        return str(number)
    if kind is NodeIdKind.GUID:
        if not re.fullmatch(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", identifier):
            raise ValueError(f"OPC UA 节点“{text}”的 GUID 应像 09087e75-8e5e-499b-954f-f2a9603db28a")
        return str(uuid.UUID(identifier))
    if kind is NodeIdKind.OPAQUE:
        try:
            return base64.b64encode(base64.b64decode(identifier, validate=True)).decode("ascii")
        except binascii.Error:
            raise ValueError(f"OPC UA 节点“{text}”在 b= 之后不是 base64") from None
    return identifier
