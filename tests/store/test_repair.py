"""A torn tail is brought back to the last whole record and told; an emptied database is never begun anew in silence."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.domain.alarm import AlarmState, RuleState
from app.store.mark import read_mark
from app.store.opening import StationStore
from app.store.ports import StoreUnavailable
from app.store.rows import OccurrenceRow, Record
from app.store.states import right_state
from tests.store.conftest import Place
from tests.store.test_kill import WRITER


def alarm(number: int, after: str, what: str = "raised", by: str = "") -> Record:
    return Record(1000 + number, "alarm", by, "T", number, {"after": after, "rule": "H", "what": what, "n": number})


def fill(store: StationStore, count: int = 9) -> None:
    """The last of it is an acknowledgement."""
    state = RuleState(active=True, acked=False, occurrence=count, raised_at=1)
    row = OccurrenceRow(count, "T", "H", "high", "V", "UNACK", 1.0, 1.0, "", "", 1)
    store.journal.append([alarm(n, "UNACK") for n in range(1, count + 1)], {"T/H": state}, [row])
    acked = RuleState(active=True, acked=True, occurrence=count, raised_at=1, acked_by="zhao", acked_at=5)
    row = OccurrenceRow(count, "T", "H", "high", "V", "ACKED", 1.0, 1.0, "", "", 1, None, 5, "zhao")
    store.journal.append([alarm(count, "ACKED", "acknowledged", "zhao")], {"T/H": acked}, [row])


def last(store: StationStore) -> Record:
    return store.journal.read(store.journal.last_id() - 1, 10)[-1].record


def test_nothing_is_repaired_after_an_ordinary_end(place: Place) -> None:
    fill(place.open())
    place.close()
    place.open(exclusive=False).journal.append([Record(1, "command")])  # beside the mark
    place.close()
    again = place.open()
    assert (again.repaired, again.journal.last_id()) == ("", 11)


LAST = "id = (SELECT max(id) FROM journal)"
TORN = {
    "the last record is gone": ([f"DELETE FROM journal WHERE {LAST}"], 9, 10, 0),
    "half of the last record": ([f"UPDATE journal SET data = '{{\"after\"' WHERE {LAST}"], 9, 10, 1),
    "no hash": ([f"UPDATE journal SET hash = '' WHERE {LAST}"], 9, 10, 1),
    "three records are gone": (["DELETE FROM journal WHERE id > 7"], 7, 10, 0),
    "the end mark is gone": (["DELETE FROM journal_head"], 10, 10, 0),
    "the end mark is old": (["UPDATE journal_head SET last_id = 8"], 10, 10, 0),
    "all is gone": (["DELETE FROM journal"], 0, 10, 0),
}


@pytest.mark.parametrize("name", TORN)
def test_a_torn_tail_goes_back_to_the_last_whole_record_and_says_so(place: Place, name: str) -> None:
    statements, kept, expected, torn = TORN[name]
    fill(place.open())
    place.close()
    if place.url is not None:
        statements = [one.replace("hash = ''", "hash = ''::bytea") for one in statements]
    place.meddle(*statements)
    store = place.open()
    told = last(store)
    assert (told.kind, told.data["what"]) == ("system", "journal_repaired")
    assert (told.data["kept"], told.data["expected"], told.data["lost"]) == (kept, expected, expected - kept)
    assert len(told.data["torn"]) == torn
    assert str(kept) in store.repaired and store.repaired == told.data["said"]
    verdict = store.journal.verify()
    assert (verdict.broken_at, verdict.count, len(verdict.notes)) == (None, kept + 1, 1), verdict
    assert store.journal.last_occurrence() >= 9  # no number is given away twice
    written = store.journal.append([alarm(10, "UNACK")])
    assert written[0].id == kept + 2
    place.close()
    assert place.open().repaired == ""


def test_an_acknowledgement_nobody_can_account_for_does_not_count(place: Place) -> None:
    fill(place.open())
    place.close()
    place.meddle(f"DELETE FROM journal WHERE {LAST}")
    store = place.open()
    state = store.journal.states()["T/H"]
    assert (state.shown, state.occurrence, state.acked_by) == (AlarmState.UNACK, 9, "")
    [row] = store.journal.occurrences()
    assert (row.state, row.acked_by, row.acked_at) == ("UNACK", "", None)
    assert last(store).data["states"] == ["T/H"]


FULL = RuleState(active=True, acked=True, occurrence=5, raised_at=1, acked_by="li", shelved_until=99, shelved_by="li")


@pytest.mark.parametrize("after", list(AlarmState))
def test_a_state_is_set_right_to_the_louder_side(after: AlarmState) -> None:
    right = right_state(FULL, after, 5, 7)
    if after in (AlarmState.SHLVD, AlarmState.DSUPR, AlarmState.OOSRV):
        assert right == FULL
    else:
        assert (right.shown, right.overlay, right.occurrence) == (after, None, 5)
        assert bool(right.acked_by) == right.acked


def test_a_record_in_the_middle_is_not_mended(place: Place) -> None:
    fill(place.open())
    place.close()
    place.meddle("UPDATE journal SET actor = '李工' WHERE id = 6")
    store = place.open()
    assert "第 6 条" in store.repaired and "verify" in store.repaired
    assert (store.journal.verify().broken_at, store.journal.last_id()) == (6, 10)


def test_another_journal_of_the_same_length_is_noticed(place: Place) -> None:
    fill(place.open())
    place.close()
    mark = place.data / "journal.mark"
    kept = mark.read_bytes()
    place.meddle("UPDATE journal SET actor = 'li' WHERE id = 10")
    mark.unlink()
    place.open().close()  # repaired without a mark: the tenth record is another one now
    place.opened.clear()
    mark.write_bytes(kept)
    assert "不是本站上次写入" in place.open().repaired


# files, SQLite


def copied(place: Place, to: Path) -> Place:
    """The files as a power cut would leave them: nobody has closed them."""
    shutil.copytree(place.data, to, ignore=shutil.ignore_patterns("station.lock", "*-shm"))
    return Place(to, None)


def test_a_log_cut_off_anywhere_leaves_whole_records_and_their_states(sqlite_place: Place, tmp_path: Path) -> None:
    """The write-ahead log of SQLite, truncated byte by byte in steps: the journal is whole, states are the journal's."""
    store = sqlite_place.open()
    store.journal.append([alarm(1, "UNACK")], {"T/H": RuleState(active=True, acked=False, occurrence=1)}, [])
    begun = (sqlite_place.data / "station.db-wal").stat().st_size
    for n in range(2, 40):
        state = RuleState(active=True, acked=False, occurrence=n)
        store.journal.append([alarm(n, "UNACK")], {"T/H": state}, [])
    size = (sqlite_place.data / "station.db-wal").stat().st_size
    for step, cut in enumerate(range(size - 1, begun, -((size - begun) // 9))):
        torn = copied(sqlite_place, tmp_path / f"torn{step}")
        os.truncate(torn.data / "station.db-wal", cut)
        found = torn.open()
        verdict = found.journal.verify()
        assert verdict.broken_at is None, verdict
        told = last(found)
        assert told.data["what"] == "journal_repaired" and told.data["expected"] == 39
        kept = told.data["kept"]
        assert 0 < kept < 39 and str(kept) in found.repaired
        assert found.journal.states()["T/H"].occurrence == kept == found.journal.read(kept - 1, 1)[0].record.occurrence
        torn.close()


def test_kill_9_loses_nothing_and_repairs_nothing(sqlite_place: Place) -> None:
    command = [sys.executable, "-c", WRITER, str(sqlite_place.data), ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as writer:
        assert writer.stdout is not None
        for _ in range(40):
            confirmed, _ = map(int, writer.stdout.readline().split())
        os.kill(writer.pid, signal.SIGKILL)
        writer.stdout.read()
    store = sqlite_place.open()
    assert store.repaired == "" and store.journal.last_id() >= confirmed
    assert store.journal.verify().broken_at is None


def closed_with_records(place: Place, count: int = 2000) -> Path:
    store = place.open()
    store.journal.append([alarm(n, "UNACK") for n in range(1, count + 1)])
    store.historian.append([])
    place.close()
    return place.data / "station.db"


def test_a_database_cut_short_is_not_started(sqlite_place: Place) -> None:
    file = closed_with_records(sqlite_place)
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(StoreUnavailable, match=r"损坏.*备份"):
        sqlite_place.open().journal.states()


@pytest.mark.parametrize("how", ["emptied", "removed"])
@pytest.mark.parametrize("known_by", ["mark", "history"])
def test_an_emptied_database_is_not_begun_anew(sqlite_place: Place, how: str, known_by: str) -> None:
    file = closed_with_records(sqlite_place)
    if known_by == "history":
        (sqlite_place.data / "journal.mark").unlink()
        (sqlite_place.data / "history.db").write_bytes(b"x" * 100)
    for side in ("-wal", "-shm"):
        file.with_name(file.name + side).unlink(missing_ok=True)
    os.truncate(file, 0) if how == "emptied" else file.unlink()
    for exclusive in (True, False):
        with pytest.raises(StoreUnavailable, match=r"没有启动.*hazwatch restore"):
            sqlite_place.open(exclusive=exclusive)
    assert not file.exists() or file.stat().st_size == 0


def test_a_page_overwritten_in_the_middle_is_told_with_its_record(sqlite_place: Place) -> None:
    file = closed_with_records(sqlite_place)
    raw = bytearray(file.read_bytes())
    place = raw.find(b'"n":1000,')
    page = place // 4096 * 4096
    raw[page : page + 4096] = os.urandom(4096)
    file.write_bytes(raw)
    verdict = sqlite_place.open(exclusive=False).journal.verify()
    assert verdict.broken_at is not None and 950 < verdict.broken_at <= 1000, verdict
    assert "损坏" in verdict.message or "不符" in verdict.message


def test_a_first_start_that_was_killed_goes_on(sqlite_place: Place) -> None:
    sqlite_place.data.mkdir()
    for name in ("station.db", "history.db", "journal.mark"):
        (sqlite_place.data / name).touch()
    assert sqlite_place.open().repaired == ""


def test_the_mark(tmp_path: Path, sqlite_place: Place) -> None:
    store = sqlite_place.open()
    fill(store)
    written = store.journal.read(9, 1)[0]
    mark = read_mark(sqlite_place.data)
    assert mark is not None and (mark.id, mark.hash) == (10, written.hash)
    file = sqlite_place.data / "journal.mark"
    raw = bytearray(file.read_bytes())
    raw[10] ^= 1
    file.write_bytes(raw)
    assert read_mark(sqlite_place.data) is None  # a torn mark claims nothing
    assert read_mark(tmp_path / "nowhere") is None


def test_the_record_of_a_repair_keeps_what_was_torn(place: Place) -> None:
    fill(place.open())
    place.close()
    place.meddle(f"UPDATE journal SET actor = 'forged', occurrence = 77 WHERE {LAST}")
    [torn] = last(place.open()).data["torn"]
    kept: dict[str, Any] = json.loads(json.dumps(torn))
    assert (kept["id"], kept["actor"], kept["occurrence"]) == (10, "forged", 77)
    assert '"what":"acknowledged"' in kept["data"]
