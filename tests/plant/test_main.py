"""`hazwatch plant` as a process."""

import signal
import socket
from pathlib import Path

import pytest
from pyModbusTCP.client import ModbusClient

from app.demo import own_package
from app.domain.plant import Site, Source
from app.domain.tag import DataType, Tag
from app.plant.ports import free_port
from app.site.save import save_site
from tests.plant.programs import all_gone, app, wait_until


def test_it_serves_obeys_and_ends_when_told(tmp_path: Path) -> None:
    plant = app("plant", "--site", str(own_package(tmp_path)), "--seed", "3", "--speed", "20")
    try:
        ready = plant.wait_line("plant ready ")
        words = dict(word.split("=", 1) for word in ready.split()[2:])
        assert words.keys() == {"dcs", "gds"}
        port = int(words["gds"].rpartition(":")[2])
        panel = ModbusClient("127.0.0.1", port, unit_id=1, auto_open=True, timeout=2)
        assert len(panel.read_holding_registers(0, 29) or []) == 29
        plant.say("set GT-101 60")
        plant.say("explode")
        plant.say("cut gds 1000000")
        assert plant.wait_line("ok set") == "ok set GT-101 60"
        assert "不认识命令" in plant.wait_line("error")
        plant.wait_line("ok cut")
        panel.close()
        wait_until(lambda: _nobody_listens(port))
        plant.say("cut gds 10")  # the later end counts
        wait_until(lambda: panel.read_holding_registers(0, 1) is not None)
        assert panel.read_holding_registers(0, 1) == [pytest.approx(600, abs=1)]
        panel.close()
        family = plant.family()
        assert plant.end(signal.SIGTERM) == 0
        assert all_gone(family) == []
        assert "Traceback" not in plant.errors
    finally:
        plant.kill()


def _nobody_listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except ConnectionRefusedError:
        return True
    return False


def small_package(folder: Path) -> tuple[Path, int]:
    """A plant of one Modbus source with one tag, and its port."""
    port = free_port()
    tag = Tag("GT-1", source="gds", address="HR:0", data_type=DataType.UINT16)
    save_site(Site("x", "小厂", sources=(Source("gds", "modbus_tcp", f"tcp://127.0.0.1:{port}"),), tags=(tag,)), folder)
    return folder, port


def test_a_taken_port_is_a_sentence_not_a_traceback(tmp_path: Path) -> None:
    package, port = small_package(tmp_path / "site")
    with socket.create_server(("127.0.0.1", port)):
        plant = app("plant", "--site", str(package))
        assert plant.wait() == 1
    assert "端口可能已被占用" in plant.errors
    assert "Traceback" not in plant.errors


def test_a_package_with_faults_is_refused_with_its_faults(tmp_path: Path) -> None:
    package = own_package(tmp_path)
    tags = package / "tags.csv"
    tags.write_text(tags.read_text("utf-8-sig").replace(",level,", ",levle,", 1), "utf-8")
    plant = app("plant", "--site", str(package))
    assert plant.wait() == 1
    assert "没有启动" in plant.errors and "Traceback" not in plant.errors


def test_it_does_not_die_of_a_closed_input(tmp_path: Path) -> None:
    package, _ = small_package(tmp_path / "site")
    plant = app("plant", "--site", str(package))
    try:
        assert plant.process.stdin is not None
        plant.process.stdin.close()
        plant.wait_line("plant ready ")
        assert plant.end(signal.SIGINT) == 0
    finally:
        plant.kill()
