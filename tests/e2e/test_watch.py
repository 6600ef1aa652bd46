"""The main job through real processes: plant → OPC UA and Modbus → station → a person, with cables pulled and power cut."""

import signal
from pathlib import Path

import pytest

from tests.e2e.world import World, hazwatch
from tests.store.postgres import postgres

__all__ = ["postgres"]
pytestmark = pytest.mark.e2e


@pytest.fixture
def world(tmp_path: Path):
    made = World(tmp_path)
    yield made
    made.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def either_world(request: pytest.FixtureRequest, tmp_path: Path):
    """The same on both databases. Without a PostgreSQL server that half is skipped by name."""
    server = request.getfixturevalue("postgres") if request.param == "postgres" else None
    made = World(tmp_path, server.new_database() if server else None)
    yield made
    made.stop()
    if server:
        server.drop(made.database)


def all_good(person) -> bool:
    return all(value["quality"] == "good" for value in person.values().values())


def test_an_acknowledgement_survives_a_power_cut(either_world: World) -> None:
    world = either_world
    with world.person() as person:
        person.sees(lambda: all_good(person))
        world.plant.tell("set LT-204 12.4")
        raised = person.sees(lambda: [a for a in person.alarms("LT-204") if a["rule"] == "HH" and a["state"] == "UNACK"])[0]
        standing = {a["occurrence"] for a in person.alarms("LT-204")}
        said = person.client.post(f"/alarms/{raised['occurrence']}/ack", json={"note": "现场核实"}).raise_for_status().json()
        assert said["state"] == "ACKED" and said["acked_by"] == "operator"
    world.station.stop(signal.SIGKILL)
    world.start_station()
    with world.person() as person:
        after = {a["occurrence"]: a for a in person.alarms("LT-204")}
        assert set(after) == standing
        again = after[raised["occurrence"]]
        assert (again["state"], again["acked_by"], again["note"]) == ("ACKED", "operator", "现场核实")
        assert again["raised_at"] == raised["raised_at"]
        assert {a["state"] for a in after.values()} == {"ACKED", "UNACK"}, "what nobody acknowledged is not acknowledged"
        stale = person.client.post(f"/alarms/{raised['occurrence']}/ack", json={})
        assert stale.status_code == 409
        person.sees(lambda: all_good(person))
        world.plant.tell("free LT-204")
        person.sees(lambda: raised["occurrence"] not in {a["occurrence"] for a in person.alarms()})
    assert world.station.stop() == 0
    where = ["--database", world.database] if world.database else []
    verdict = hazwatch("verify", "--data", str(world.data), *where)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def test_a_pulled_cable_never_looks_normal(world: World) -> None:
    with world.person() as person:
        person.sees(lambda: all_good(person))
        mine = {tag["tag"] for tag in person.get("/tags") if tag["source"] == "gds"}
        gas = next(tag for tag in sorted(mine) if tag.startswith("GT"))
        world.plant.tell(f"set {gas} 60")
        person.sees(lambda: person.alarms(gas))
        world.plant.tell("cut gds 3600")
        person.sees(lambda: [a for a in person.alarms("@gds") if a["state"] == "UNACK"])
        values = person.values()
        assert {values[tag]["quality"] for tag in mine} == {"bad"}
        assert {values[tag]["reason"] for tag in mine} == {"comm_lost"}
        assert all(a["source_lost_since"] for a in person.alarms(gas)) and person.alarms(gas)
        assert all(value["quality"] == "good" for tag, value in values.items() if tag not in mine)
        world.plant.tell("cut gds 0.1")  # the later end counts
        world.plant.tell("free " + gas)
        person.sees(lambda: all_good(person))
        person.sees(lambda: [a for a in person.alarms("@gds") if a["state"] == "RTNUN"])
        (link,) = [link for link in person.get("/status")["links"] if link["source"] == "gds"]
        assert link["state"] == "up" and link["reconnects"] >= 1


def test_a_viewer_may_look_and_nothing_else(world: World) -> None:
    with world.person("viewer") as viewer, world.person() as operator:
        viewer.sees(lambda: all_good(viewer))
        world.plant.tell("set LT-205 12.4")
        raised = viewer.sees(lambda: viewer.alarms("LT-205"))[0]
        refused = viewer.client.post(f"/alarms/{raised['occurrence']}/ack", json={})
        assert refused.status_code == 403 and refused.json()["error"]["message"]
        assert operator.alarms("LT-205")[0]["state"] == "UNACK"
