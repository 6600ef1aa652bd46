"""The doors: exit codes, what goes to stdout and what to stderr. Each call is a process of its own, as a person makes it."""

import csv
import zipfile

import pytest

from app.cli import parser
from tests.e2e.world import PASSWORD, World, hazwatch
from tests.site.packages import make_package

DOORS = [
    "demo", "plant", "station", "console", "wall", "check", "import", "export", "probe", "user", "history", "secret", "verify",
    "backup", "restore",
]  # fmt: skip


def test_every_promised_door_is_there() -> None:
    doors = next(action for action in parser()._actions if action.dest == "door")
    assert list(doors.choices) == DOORS


@pytest.mark.parametrize("words", [[], ["nothing"], ["user", "add", "x"], ["probe"], ["wall"], ["station", "--port", "x"]])
def test_a_wrong_call_is_2(words: list[str]) -> None:
    said = hazwatch(*words)
    assert said.returncode == 2 and said.stderr and not said.stdout


def test_check_names_file_row_and_column(tmp_path) -> None:
    good = make_package(tmp_path / "good")
    assert hazwatch("check", str(good)).returncode == 0
    bad = make_package(tmp_path / "bad")
    table = bad / "tags.csv"
    lines = table.read_text("utf-8").splitlines()
    table.write_text("\n".join([*lines, lines[-1]]), "utf-8")
    said = hazwatch("check", str(bad))
    assert said.returncode == 1
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = len(list(csv.reader(file)))
    assert said.stdout.startswith(f"tags.csv:{rows}:tag:") and "重复" in said.stdout


def test_a_faulty_package_is_refused_whole(tmp_path) -> None:
    bad = make_package(tmp_path / "bad")
    table = bad / "tags.csv"
    table.write_text(table.read_text("utf-8").replace(",level,", ",nonsense,", 1), "utf-8")
    for words in (["station", "--site", str(bad), "--port", "0"], ["import", str(bad)]):
        said = hazwatch(*words, "--data", str(tmp_path / "data"))
        assert said.returncode == 1 and "tags.csv:" in said.stdout + said.stderr
    assert hazwatch("export", str(tmp_path / "out"), "--data", str(tmp_path / "data")).returncode == 1


def test_configuration_goes_in_and_out_and_old_limits_are_journalled(tmp_path) -> None:
    first, data = make_package(tmp_path / "one"), str(tmp_path / "data")
    assert hazwatch("import", str(first), "--data", data).returncode == 0
    out = tmp_path / "out"
    assert hazwatch("export", str(out), "--data", data).returncode == 0
    assert hazwatch("check", str(out)).returncode == 0
    assert hazwatch("import", str(out), "--data", data).returncode == 0, "the same again changes nothing"
    assert hazwatch("verify", "--data", data).returncode == 0


def test_accounts(tmp_path) -> None:
    data = str(tmp_path / "data")

    def add(name: str, password: str):
        return hazwatch("user", "add", name, "--role", "operator", "--data", data, "--password-stdin", stdin=password + "\n")

    weak = add("wang", "123")
    assert weak.returncode == 1 and weak.stderr
    assert add("wang", PASSWORD).returncode == 0
    assert add("wang", PASSWORD).returncode == 1, "taken"
    listed = hazwatch("user", "list", "--data", data)
    assert listed.returncode == 0 and "wang" in listed.stdout and PASSWORD not in listed.stdout
    assert hazwatch("user", "disable", "wang", "--data", data).returncode == 0
    assert hazwatch("user", "disable", "li", "--data", data).returncode == 1


def test_a_backup_of_a_running_station_comes_back(tmp_path) -> None:
    world = World(tmp_path)
    try:
        with world.person() as person:
            world.plant.tell("set LT-206 12.4")
            raised = person.sees(lambda: person.alarms("LT-206"))[0]
            person.client.post(f"/alarms/{raised['occurrence']}/ack", json={"note": "现场核实"}).raise_for_status()
        file = tmp_path / "all.backup"
        assert hazwatch("backup", str(file), "--data", str(world.data)).returncode == 0
        assert zipfile.is_zipfile(file)
        probed = hazwatch("probe", _source(world, "gds"), "HR:0")
        assert probed.returncode == 0 and "uint16" in probed.stdout
    finally:
        world.stop()
    restored = tmp_path / "restored"
    assert hazwatch("restore", str(file), "--data", str(restored)).returncode == 0
    assert hazwatch("restore", str(file), "--data", str(restored)).returncode == 1, "never over what is there"
    assert hazwatch("verify", "--data", str(restored)).returncode == 0
    world.data = restored
    world.plant = type(world.plant)("plant", "--site", str(world.site))
    world.start_station()
    try:
        with world.person() as person:
            past = person.get("/alarms/history", tag="LT-206")  # the plant began anew, the alarm itself may be over
            kept = {alarm["occurrence"]: alarm["acked_by"] for alarm in past}
            assert kept[raised["occurrence"]] == "operator"
    finally:
        world.stop()


def _source(world: World, name: str) -> str:
    with world.person() as person:
        return next(link["url"] for link in person.get("/status")["links"] if link["source"] == name)
