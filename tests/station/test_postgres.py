"""The same station over PostgreSQL: an alarm's life, a server that goes away and comes back, a restart."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.roles import Role
from app.store import open_store
from tests.station.rig import PASSWORD, running, until
from tests.store.postgres import PostgresServer, postgres

__all__ = ["postgres"]

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    made = postgres.new_database()
    yield made
    postgres.drop(made)


async def test_an_alarm_outlives_a_server_that_goes_away(tmp_path: Path, postgres: PostgresServer, url: str) -> None:
    if not postgres.own:
        pytest.skip("the server is not ours to stop")
    with closing(open_store(tmp_path, url)) as store:
        store.accounts.add("wang", Role.OPERATOR, PASSWORD, 1)
        async with running(tmp_path, store=store) as rig:
            rig.field["dcs"].say("T1", 85.0)
            number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
            assert (await rig.post(f"/alarms/{number}/ack", {"note": "看到"}))[0] == 200
            postgres.stop()
            rig.field["dcs"].say("T2", 95.0)
            assert (await rig.has("T2", "HH", "UNACK"))["durable"] is False
            assert (await rig.post("/alarms/ack", {"occurrences": [number + 1]}))[0] == 503
            postgres.start()
            await until(lambda: not rig.station.writer.trouble, "well again")
            assert (await rig.has("T2", "HH", "UNACK"))["durable"] is True
            before = sorted(a["occurrence"] for a in await rig.get("/alarms") if a["rule"] != "SYSTEM")
    with closing(open_store(tmp_path, url)) as store:
        async with running(tmp_path, store=store) as rig:
            after = sorted(a["occurrence"] for a in await rig.get("/alarms") if a["rule"] != "SYSTEM")
            assert after == before
            alarm = await rig.has("T1", "H", "ACKED")
            assert (alarm["occurrence"], alarm["acked_by"], alarm["note"]) == (number, "wang", "看到")
        assert store.journal.verify().broken_at is None
