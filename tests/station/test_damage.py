"""A disk that flips bytes in the databases of a station: what is broken is told of with what to do, the rest is read, the watch
goes on wherever it can. Nobody meets a fault of the program."""

import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.instant import HOUR, SECOND, to_rfc3339
from app.domain.sample import good
from app.store import open_store
from app.store.historian import StationHistorian
from app.store.ports import StoreUnavailable
from app.store.rows import Record
from tests.station.rig import Rig, a_site, people_in, running, tag

PAGE = 4096
SITE = a_site(tag("T1"), tag("T2"))
ASKED = ("/status", "/alarms", "/journal?limit=500", "/alarms/history", "/reports", "/history?tag=T1&points=300&{span}")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder of a station that has been at work for some hours; everything is in the files, nothing in a log."""
    data = tmp_path_factory.mktemp("whole") / "data"
    now = time.time_ns() // 1000
    people_in(data)
    store = open_store(data)
    historian = store.historian
    assert isinstance(historian, StationHistorian)
    for start, merge in ((now - 2 * HOUR, True), (now - HOUR, False)):
        every = range(start, start + HOUR // 2, SECOND)
        historian.append([good(name, float(at // SECOND % 97), at, at) for at in every for name in ("T1", "T2")])
        if merge:
            historian.close_batches(merge=True)
    for batch in range(20):
        lines = [{"what": "round", "n": 100 * batch + n, "pad": "p" * 200} for n in range(100)]
        store.journal.append([Record(now - HOUR + line["n"], "system", "@station", data=line) for line in lines])
    store.close()
    for file in ("station.db", "history.db"):
        with closing(sqlite3.connect(data / file)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    yield data


def copy(whole: Path, to: Path) -> Path:
    shutil.copytree(whole, to)
    return to


def flip(file: Path, pages: list[int], chance: random.Random) -> None:
    raw = bytearray(file.read_bytes())
    for page in pages:
        for _ in range(40):
            raw[page * PAGE + chance.randrange(PAGE)] ^= 1 << chance.randrange(8)
    file.write_bytes(raw)


async def watch_goes_on(rig: Rig) -> None:
    """Every question has an answer or a sentence; an alarm comes, and is acknowledged for good."""
    now = time.time_ns() // 1000
    span = f"start={to_rfc3339(now - 3 * HOUR)}&end={to_rfc3339(now)}"
    for path in ASKED:
        answer = await rig.raw("GET", path.format(span=span), "zhao")
        assert answer.status_code in (200, 503), (path, answer.text)
        if answer.status_code == 503:
            words = answer.json()["error"]["message"]
            assert "损坏" in words and "hazwatch restore" in words, (path, words)
    rig.field["dcs"].say("T2", 85.0)
    alarm = await rig.has("T2", "H", "UNACK")
    status, answered = await rig.post(f"/alarms/{alarm['occurrence']}/ack", {"note": "看到了"})
    assert status == 200 or "损坏" in answered["error"]["message"], answered


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("file", ["station.db", "history.db"])
async def test_bytes_flipped_in_several_pages(whole: Path, tmp_path: Path, file: str, seed: int) -> None:
    data, chance = copy(whole, tmp_path / "data"), random.Random(f"{file}{seed}")
    count = (data / file).stat().st_size // PAGE
    flip(data / file, [chance.randrange(1, count) for _ in range(4)], chance)
    try:
        async with running(data, SITE) as rig:
            await watch_goes_on(rig)
    except StoreUnavailable as error:
        assert file == "station.db", "a damaged history never keeps the watch from beginning"
        assert "损坏" in str(error) and "hazwatch restore" in str(error)


async def test_one_record_that_cannot_be_read(whole: Path, tmp_path: Path) -> None:
    """The watch begins, with an alarm that names the record; the pages around it are read, its own says what to do."""
    data = copy(whole, tmp_path / "data")
    raw = bytearray((data / "station.db").read_bytes())
    place = raw.find(b'"n":1900,')
    raw[place : place + 4] = b"\xff\xfe{{"
    (data / "station.db").write_bytes(raw)
    async with running(data, SITE) as rig:
        assert any("哈希不符" in text for text in rig.station.notices.texts())
        await watch_goes_on(rig)
        [broken] = [line for line in await rig.get("/alarms") if line["tag"] == "@station/integrity"]
        assert broken["state"] == "UNACK"
        assert len(await rig.get("/journal", user="zhao", after=500, limit=500)) == 500
        answer = await rig.raw("GET", "/journal?after=1500&limit=500", "zhao")
        assert (answer.status_code, "损坏" in answer.text) == (503, True)
    with closing(open_store(data, exclusive=False)) as store:
        broken_at = store.journal.verify().broken_at
        assert broken_at is not None and 1895 < broken_at < 1910


def test_a_broken_page_is_no_torn_tail(whole: Path, tmp_path: Path) -> None:
    """Nothing is cut off the journal, and nothing begun anew, because a page cannot be read."""
    data = copy(whole, tmp_path / "data")
    file = data / "station.db"
    with closing(sqlite3.connect(file)) as database:
        roots = dict(database.execute("SELECT name, rootpage FROM sqlite_master WHERE type = 'table'").fetchall())
    before = file.read_bytes()
    tail = before.rfind(b'"n":1999,') // PAGE
    for page, at, wrong in ((tail, 0, bytes(8)), (roots["journal_head"] - 1, 3, bytes(2))):  # all of its head; no cells
        raw = bytearray(before)
        raw[page * PAGE + at : page * PAGE + at + len(wrong)] = wrong
        file.write_bytes(raw)
        with pytest.raises(StoreUnavailable, match=r"损坏.*hazwatch restore"):
            open_store(data)
        assert file.read_bytes() == bytes(raw)
