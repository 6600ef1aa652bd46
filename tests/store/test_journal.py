"""The journal's contract, on both engines."""

import json
import threading

import pytest

from app.domain.alarm import RuleState
from app.store.chain import GENESIS
from app.store.journal import state_from, state_text
from app.store.opening import StationStore
from app.store.ports import pages
from app.store.rows import OccurrenceRow, Record
from tests.store.conftest import Place


def record(number: int, kind: str = "alarm") -> Record:
    return Record(
        1_700_000_000_000_000 + number, kind, "张工", f"TK{number % 7}", number, {"what": "raised", "value": number / 3}
    )


def row(number: int, state: str = "UNACK", **more: object) -> OccurrenceRow:
    values: dict[str, object] = {
        "occurrence": number, "tag": "TK1", "rule": "H", "priority": "high", "equipment": "V-101", "state": state,
        "value": 1.5, "limit": 1.0, "unit": "m", "message": "液位高", "raised_at": number * 1000,
    }  # fmt: skip
    return OccurrenceRow(**values | more)  # type: ignore[arg-type]


def test_records_are_numbered_from_1_without_gaps_and_chained(place: Place, store: StationStore) -> None:
    first = store.journal.append([record(1), record(2)])
    second = store.journal.append([record(3)])
    assert [w.id for w in first + second] == [1, 2, 3]
    assert [w.previous for w in first + second] == [GENESIS, first[0].hash, first[1].hash]
    assert store.journal.last_id() == 3
    place.close()
    again = place.open()
    assert again.journal.read() == first + second
    assert [w.id for w in again.journal.append([record(4)])] == [4]
    assert again.journal.verify().broken_at is None


def test_reading_goes_on_after_a_record_and_by_kind(store: StationStore) -> None:
    written = store.journal.append([record(n, "login" if n % 3 == 0 else "alarm") for n in range(1, 31)])
    assert [w.id for w in store.journal.read(after=5, limit=3)] == [6, 7, 8]
    assert [w.id for w in store.journal.read(after=5, limit=3, kind="login")] == [6, 9, 12]
    assert [w.hash for w in store.journal.read(kind="login")] == [w.hash for w in written if w.record.kind == "login"]
    assert list(pages(store.journal, size=7)) == written
    assert store.journal.read(after=30) == []


def test_an_empty_journal(store: StationStore) -> None:
    assert store.journal.append([]) == []
    assert (store.journal.last_id(), store.journal.last_occurrence()) == (0, 0)
    assert (store.journal.read(), store.journal.states(), store.journal.occurrences()) == ([], {}, [])
    assert store.journal.verify().count == 0


STRANGE = {
    "nan": (float("nan"), "nan"),
    "infinity": (float("-inf"), "-inf"),
    "nul": ("a\0b", "a\0b"),  # JSON escapes it
    "half a surrogate pair": ("\ud83d", "\ufffd"),
    "nested": ({"x": [float("nan"), {"y": (1, 2)}]}, {"x": ["nan", {"y": [1, 2]}]}),
    "no JSON": ({1}, [1]),
    "mixed keys": ({1: "a", "b": 2}, {"1": "a", "b": 2}),
    "large": (2**64 - 1, 2**64 - 1),
    "minus zero": (-0.0, -0.0),
}


@pytest.mark.parametrize("name", STRANGE)
def test_no_strange_value_keeps_a_record_out(store: StationStore, name: str) -> None:
    given, kept = STRANGE[name]
    store.journal.append([Record(1, "alarm", "操作员\0\ud800", "T\0", 1, {"value": given})])
    (read,) = store.journal.read()
    assert repr(read.record.data["value"]) == repr(kept)
    assert (read.record.actor, read.record.tag) == ("操作员\ufffd\ufffd", "T\ufffd")
    assert store.journal.verify().broken_at is None


FULL = RuleState(
    active=True, latched=True, acked=False, announced=False, occurrence=7, raised_at=1, source_time=2, cleared_at=3, acked_at=4,
    acked_by="张工", note="去现场\0", value=18446744073709551615, source_lost_since=5, pending=True, elapsed=6, running_from=7,
    seen=8, pending_value="on", pending_source_time=9, shelved_until=10, shelved_by="李工", shelve_reason="检修",
    suppressed="停用", masked_by="TK1/HH", out_of_service="工单 7",
)  # fmt: skip


def test_rule_states_come_back_exactly(place: Place, store: StationStore) -> None:
    states = {f"T/{value!r}": RuleState(value=value) for value in (None, 5, 5.0, True, "5", -0.0, 1e308)} | {"全": FULL}
    store.journal.append([record(1)], states)
    store.journal.append([record(2)], {"全": FULL, "T/5": RuleState(active=True)})
    place.close()
    expected = {**states, "T/5": RuleState(active=True)}
    # repr: `==` does not tell 5 from 5.0
    assert {key: repr(state) for key, state in place.open().journal.states().items()} == {
        key: repr(state) for key, state in expected.items()
    }


def test_a_state_of_another_version_is_read_as_far_as_it_can_be(caplog: pytest.LogCaptureFixture) -> None:
    data = json.loads(state_text(FULL))
    data["new_field"] = {"a": 1}
    del data["note"]
    assert state_from("k", json.dumps(data)).acked_by == "张工"
    assert state_from("k", json.dumps(data)).note == ""
    assert not caplog.records
    data["masked_by"] = ["TK1/HH", "TK2/HH"]
    found = state_from("k", json.dumps(data))
    assert (found.masked_by, found.shelved_until, found.active) == ("", 10, True)
    assert "masked_by" in caplog.text


def test_the_highest_occurrence_is_remembered_from_wherever_it_was_named(place: Place, store: StationStore) -> None:
    store.journal.append([record(3)])
    assert store.journal.last_occurrence() == 3
    store.journal.append([], {"T/H": RuleState(occurrence=9)})
    assert store.journal.last_occurrence() == 9
    store.journal.append([record(1)], {}, [row(12), row(5)])
    place.close()
    assert place.open().journal.last_occurrence() == 12


def test_an_occurrence_is_kept_as_last_written(store: StationStore) -> None:
    store.journal.append([record(1)], {}, [row(1), row(1, "ACKED", acked_by="张工", acked_at=5, note="已处理")])
    store.journal.append([record(2)], {}, [row(2), row(1, "NORM", acked_by="张工", acked_at=5, cleared_at=9, note="已处理")])
    assert store.journal.occurrences() == [
        row(2),
        row(1, "NORM", acked_by="张工", acked_at=5, cleared_at=9, note="已处理"),
    ]


def test_all_of_a_call_or_nothing(store: StationStore) -> None:
    store.journal.append([record(1)], {"A": RuleState()}, [row(1)])
    broken = [row(2), row(3, raised_at=None)]  # the last thing written fails
    with pytest.raises(Exception, match=r"raised_at|NOT NULL"):
        store.journal.append([record(2)], {"B": RuleState()}, broken)
    assert store.journal.last_id() == 1
    assert set(store.journal.states()) == {"A"}
    assert [one.occurrence for one in store.journal.occurrences()] == [1]
    assert [w.id for w in store.journal.append([record(2)])] == [2]


def test_many_threads_and_a_tool_beside_the_station_cannot_fork_the_chain(place: Place, store: StationStore) -> None:
    tool = place.open(exclusive=False)
    mine: list[list[int]] = []

    def work(target: StationStore) -> None:
        mine.append([target.journal.append([record(n), record(n)])[0].id for n in range(20)])

    threads = [threading.Thread(target=work, args=(target,)) for target in (store, store, tool)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id for ids in mine for id in ids}) == 60
    assert store.journal.verify().count == 120
    assert store.journal.verify().broken_at is None
