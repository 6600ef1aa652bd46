"""Node ids as people write them."""

from uuid import UUID

import pytest
from asyncua import ua

from drivers.opcua.nodes import parse_address

NAMESPACES = ("http://opcfoundation.org/UA/", "urn:server", "http://vendor/plant")
GUID = UUID("72962b91-fa75-4ae6-8d28-b404dc7daf63")


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("ns=2;s=TK101.Level", ua.NodeId("TK101.Level", 2)),
        ("i=2258", ua.NodeId(2258, 0)),
        ("ns=2;i=1001", ua.NodeId(1001, 2)),
        ("nsu=http://vendor/plant;s=TK101", ua.NodeId("TK101", 2)),
        ("nsu=urn:server;i=5", ua.NodeId(5, 1)),
        ("ns=1;s=a;b=c;d", ua.NodeId("a;b=c;d", 1)),
        ("ns=1;s=罐区.液位", ua.NodeId("罐区.液位", 1)),
        (f"ns=1;g={GUID}", ua.NodeId(GUID, 1)),
        ("ns=1;b=AQID", ua.NodeId(b"\x01\x02\x03", 1)),
        (" ns=1;s= leading and trailing ", ua.NodeId(" leading and trailing ", 1)),
    ],
)
def test_addresses(text: str, node: ua.NodeId) -> None:
    assert parse_address(text).resolve(NAMESPACES) == node


def test_a_namespace_the_server_does_not_have() -> None:
    assert parse_address("nsu=http://other;i=5").resolve(NAMESPACES) is None


@pytest.mark.parametrize(
    "text",
    ["", "TK101", "ns=2", "ns=x;s=a", "ns=2;i=abc", "ns=2;i=4294967296", "ns=70000;i=1", "ns=1;g=zz", "ns=1;b=***", "HR:100"],
)
def test_what_is_no_address_is_said_in_chinese(text: str) -> None:
    with pytest.raises(ValueError, match="节点地址"):
        parse_address(text)
