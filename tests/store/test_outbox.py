"""The outbox over both engines: kept once, gravest first, found again."""

from dataclasses import replace

from app.domain.instant import SECOND
from app.store.opening import StationStore
from app.store.outbox import GAVE_UP, SENT
from app.store.rows import OutboxCount, OutboxRow
from tests.store.conftest import Place

T0 = 1_800_000_000 * SECOND


def row(key: str, **more: object) -> OutboxRow:
    made = OutboxRow(
        key, T0, "alarm", "high", "mail", "李志强", "li@x", "【高】标题", "正文 T-302 高高报", ((5, "一级"), (7, "一级")), T0
    )
    return replace(made, **more)  # type: ignore[arg-type]


def test_kept_once_and_read_back(store: StationStore) -> None:
    first = store.outbox.add([row("a"), row("b", text="😀 罐\x00"), row("a")])
    assert [one.key for one in first] == ["a", "b"] and len({one.id for one in first}) == 2
    assert store.outbox.add([row("b"), row("c")])[0].key == "c"
    found = store.outbox.find()
    assert [one.key for one in found] == ["c", "b", "a"] and replace(found[2], id=0) == row("a")


def test_due_gravest_then_oldest_of_one_outlet(store: StationStore) -> None:
    store.outbox.add(
        [
            row("1", priority="low"),
            row("2"),
            row("3", priority="critical"),
            row("4"),
            row("5", priority="critical", outlet="sms"),
            row("6", priority="critical", next_try_at=T0 + 1),
        ]
    )
    assert [one.key for one in store.outbox.due("mail", T0, 10)] == ["3", "2", "4", "1"]
    assert [one.key for one in store.outbox.due("mail", T0 + 1)] == ["3"]
    assert store.outbox.due("none", T0) == []


def test_moves_and_counts(store: StationStore) -> None:
    a, b, c = store.outbox.add([row("a"), row("b"), row("c", created_at=T0 + 5)])
    store.outbox.move(replace(a, state=SENT, attempts=1, done_at=T0 + 9, detail="已接收"))
    store.outbox.move(replace(b, state=GAVE_UP, attempts=7, done_at=T0 + 8, detail="没有人"))
    store.outbox.move(replace(c, attempts=2, next_try_at=T0 + 99, detail="连不上"))
    assert store.outbox.due("mail", T0 + 50) == []
    assert store.outbox.due("mail", T0 + 99)[0].attempts == 2
    assert store.outbox.counts() == {"mail": OutboxCount(1, T0 + 5, T0 + 9)}
    assert [one.key for one in store.outbox.find(state=GAVE_UP)] == ["b"]


def test_found_by_what_people_ask(store: StationStore) -> None:
    rows = store.outbox.add([row(str(n), created_at=T0 + n, person="李" if n % 2 else "赵") for n in range(10)])
    find = store.outbox.find
    assert [one.key for one in find(limit=3)] == ["9", "8", "7"]
    assert [one.key for one in find(after=rows[7].id, limit=2)] == ["6", "5"]
    assert [one.key for one in find(person="赵")] == ["8", "6", "4", "2", "0"]
    assert [one.key for one in find(start=T0 + 3, end=T0 + 5)] == ["4", "3"]
    assert len(find(text="T-302 高高")) == 10 and find(text="100%") == []
    assert [one.key for one in store.outbox.since(T0 + 8)] == ["8", "9"]


def test_survives_a_restart_and_purges_only_what_is_done(place: Place) -> None:
    store = place.open()
    a, _ = store.outbox.add([row("a"), row("b")])
    store.outbox.move(replace(a, state=SENT, done_at=T0))
    place.close()
    store = place.open()
    assert [one.key for one in store.outbox.due("mail", T0, 10)] == ["b"]
    assert store.outbox.purge(T0 + 1) == 1
    assert [one.key for one in store.outbox.find()] == ["b"]
    assert store.outbox.add([row("b")]) == []
