"""A station before servers other people wrote: node-opcua, modbus-serial (npm) and libmodbus (C). Every protocol we speak is
checked here against somebody else's reading of it, with the whole station in between."""

import json
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.e2e.world import PASSWORD, Person, Process, hazwatch
from tests.peers import modbus_process
from tests.peers.opcua_peer import NodeServer, free_port, node_folder

NODE = node_folder()
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.npm,
    pytest.mark.skipif(
        NODE is None or not (NODE / "node_modules/modbus-serial").is_dir() or shutil.which("node") is None,
        reason="no node-opcua and modbus-serial (HAZWATCH_TEST_NODE)",
    ),
    pytest.mark.skipif(bool(modbus_process.missing()), reason=modbus_process.missing()),
]
LEVEL, GAS, PUMP = 12.5, 7, True


def site_toml(opcua: int, serial: int, lib: int) -> str:
    sources = (
        ("dcs", "opcua", f"opc.tcp://127.0.0.1:{opcua}/plant", "publishing_ms = 200\nkeepalive_s = 1.0"),
        ("gds", "modbus_tcp", f"tcp://127.0.0.1:{serial}", "unit = 3\nperiod_s = 0.5"),
        ("tank", "modbus_tcp", f"tcp://127.0.0.1:{lib}", "unit = 1\nperiod_s = 0.5"),
    )
    written = [f'[[source]]\nid = "{i}"\ndriver = "{d}"\nurl = "{url}"\n{more}\n' for i, d, url, more in sources]
    return '[site]\ncode = "370300001"\nname = "示范化工"\n' + "".join(written)


TAGS = """\
tag,source,address,data_type,word_order,scale,range_low,range_high,h,deadband
LT-1,dcs,ns=1;s=T0,float64,,,0,1000,500,10
LT-2,dcs,ns=1;s=T1,float64,,,0,1000,,
GT-1,gds,40001,float32,CDAB,,0,100,25,1
GT-2,gds,IR:3,int16,,0.1,-100,100,,
PUMP,gds,CO:17,bool,,,,,,
TT-1,tank,HR:0,uint16,,,0,65535,,
TT-2,tank,HR:2,float32,ABCD,,0,1000,,
"""
EXPECTED = {"LT-1": 100.0, "LT-2": 200.0, "GT-1": LEVEL, "GT-2": -12.5, "PUMP": True, "TT-1": GAS, "TT-2": LEVEL}
MODBUS = [tag for tag in EXPECTED if not tag.startswith("LT")]


@contextmanager
def modbus_serial(port: int) -> Iterator[None]:
    high, low = struct.unpack(">HH", struct.pack(">f", LEVEL))
    memory = {"holding": {"0": low, "1": high}, "input": {"3": 0x10000 - 125}, "coil": {"17": PUMP}, "discrete": {}}
    assert NODE is not None
    script = Path(modbus_process.__file__).with_name("modbus_serial.js")
    node = subprocess.Popen(
        ["node", str(script), "tcp", str(port), json.dumps(memory)],
        env={**os.environ, "NODE_PATH": str(NODE / "node_modules")},
        stdout=subprocess.PIPE,
    )
    try:
        assert node.stdout is not None and node.stdout.readline() == b"ready\n"
        yield
    finally:
        node.kill()
        node.communicate()


@pytest.fixture
def opcua(tmp_path: Path) -> Iterator[NodeServer]:
    server = NodeServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def modbus() -> Iterator[tuple[int, int]]:
    serial, lib = free_port(), free_port()
    words = [GAS, 0, *struct.unpack(">HH", struct.pack(">f", LEVEL))]
    peer = modbus_process.ModbusProcess("slave", "tcp", lib, 10, words=words)
    try:
        with modbus_serial(serial):
            yield serial, lib
    finally:
        peer.stop()


@pytest.fixture
def person(tmp_path: Path, opcua: NodeServer, modbus: tuple[int, int]) -> Iterator[Person]:
    site, data = tmp_path / "site", tmp_path / "data"
    site.mkdir()
    (site / "site.toml").write_text(site_toml(opcua.port, *modbus), encoding="utf-8")
    (site / "tags.csv").write_text(TAGS, encoding="utf-8")
    added = hazwatch(
        "user", "add", "wang", "--role", "operator", "--data", str(data), "--password-stdin", stdin=PASSWORD + "\n"
    )
    assert added.returncode == 0, added.stderr
    station = Process("station", "--site", str(site), "--data", str(data), "--port", "0")
    try:
        url = station.wait_for(r"station ready (\S+)")[1]
        with httpx.Client(base_url=f"{url}/api/v1", timeout=10) as client:
            said = client.post("/login", json={"user": "wang", "password": PASSWORD}).raise_for_status().json()
            client.headers["Authorization"] = f"Bearer {said['token']}"
            yield Person(client)
    finally:
        assert station.stop() == 0


def good(person: Person) -> dict[str, object]:
    return {tag: value["value"] for tag, value in person.values().items() if value["quality"] == "good"}


def test_three_foreign_servers_at_once(person: Person, opcua: NodeServer) -> None:
    person.sees(lambda: len(good(person)) == len(EXPECTED))
    assert good(person) == EXPECTED

    opcua.set({"T0": 612.5})
    alarm = person.sees(lambda: person.alarms("LT-1"))[0]
    assert (alarm["rule"], alarm["state"], alarm["value"], alarm["limit"]) == ("H", "UNACK", 612.5, 500.0)
    said = person.client.post(f"/alarms/{alarm['occurrence']}/ack", json={}).raise_for_status().json()
    assert said["state"] == "ACKED"

    def meanwhile(tags: set[str]) -> bool:
        """Are just these good? The Modbus tags are, at every look."""
        now = good(person)
        assert {tag: now.get(tag) for tag in MODBUS} == {tag: EXPECTED[tag] for tag in MODBUS}
        return set(now) == tags

    opcua.stop()
    person.sees(lambda: meanwhile(set(MODBUS)))
    person.sees(lambda: [a for a in person.alarms("@dcs") if a["state"] == "UNACK"])
    (standing,) = person.alarms("LT-1")
    assert standing["occurrence"] == alarm["occurrence"] and standing["source_lost_since"]
    opcua.start()
    person.sees(lambda: meanwhile(set(EXPECTED)))
    assert good(person) == EXPECTED, "the tank was emptied while nobody could see it"
    person.sees(lambda: [a for a in person.alarms("@dcs") if a["state"] == "RTNUN"])
    person.sees(lambda: not person.alarms("LT-1"))
    links = {link["source"]: link for link in person.get("/status")["links"]}
    assert {name: link["state"] for name, link in links.items()} == {"dcs": "up", "gds": "up", "tank": "up"}
    assert (links["gds"]["reconnects"], links["tank"]["reconnects"]) == (0, 0)
