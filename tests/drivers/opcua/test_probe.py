"""Reading nodes once."""

import time
from pathlib import Path

import pytest

from drivers.base import LinkLost
from drivers.opcua import ProbeRow, probe
from tests.peers.opcua_peer import BAD_SENSOR_FAILURE, PeerServer


async def test_rows_in_order_with_every_kind_of_answer(plain: PeerServer) -> None:
    plain.set({"T0": 1.25}, type="Float")
    plain.set({"T1": 0.0}, status=BAD_SENSOR_FAILURE)
    plain.set({"T2": [1.0, 2.0]})
    addresses = ["ns=2;s=T0", "ns=2;s=T1", "ns=2;s=T2", "ns=2;s=nowhere", "nsu=urn:gone;i=1", "HR:100"]
    rows = await probe(f"opc.tcp://127.0.0.1:{plain.port}/plant", addresses)
    assert [row.address for row in rows] == addresses
    first = rows[0]
    assert first.source_time is not None
    assert abs(first.source_time - time.time_ns() // 1000) < 60_000_000
    assert [(row.type, row.value, row.status) for row in rows[:5]] == [
        ("Float", "1.25", "Good"),
        ("", "", "BadSensorFailure 0x808C0000"),
        ("Double[]", "[1.0, 2.0]", "Good"),
        ("", "", "BadNodeIdUnknown 0x80340000"),
        ("", "", "BadNodeIdUnknown 0x80340000"),
    ]
    assert "节点地址" in rows[5].status


async def test_with_security_and_without_a_server(secured: PeerServer, tmp_path: Path) -> None:
    url = f"opc.tcp://127.0.0.1:{secured.port}/plant"
    now = time.time_ns() // 1000
    rows = await probe(
        url,
        ["i=2258"],
        security="basic256sha256_sign_encrypt",
        user="dcs",
        password="secret",
        pki=tmp_path,
        now=now,
    )
    assert rows == [ProbeRow("i=2258", "DateTime", rows[0].value, "Good", rows[0].source_time)]
    with pytest.raises(LinkLost, match="拒绝连接"):
        await probe("opc.tcp://127.0.0.1:9", ["i=2258"])
