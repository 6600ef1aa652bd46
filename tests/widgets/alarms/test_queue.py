"""The queue against the plainest model: a dict that is sorted and filtered anew after every batch."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.instant import SECOND, to_rfc3339
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.alarms.groups import Grouping, Line
from widgets.alarms.queue import SORTABLE, AlarmQueue, Listener
from widgets.alarms.row import PRIORITY, RAISED, Row, View
from widgets.alarms.sieve import Filter, Texts

STATES = ("UNACK", "ACKED", "RTNUN", "LUNAK", "LAKED", "SHLVD", "DSUPR", "OOSRV", "NORM")


def alarm(occurrence: int, tag: str = "T1", rule: str = "H", state: str = "UNACK", priority: str = "high", **more) -> AlarmMsg:
    return AlarmMsg(
        occurrence=occurrence,
        tag=tag,
        name=f"{tag} 液位",
        equipment="V-101",
        rule=rule,
        state=state,
        process_state=more.pop("process_state", state),
        priority=priority,
        value=91.0,
        limit=90.0,
        unit="%",
        raised_at=to_rfc3339(occurrence * SECOND),
        **more,
    )


class Mirror(Listener):
    """Keeps its own list by the announced moves alone, as a table view does."""

    def __init__(self, queue: AlarmQueue) -> None:
        self.queue, self.rows = queue, list[Line]()
        queue.listener = self

    def removing(self, first: int, last: int) -> None:
        del self.rows[first : last + 1]

    def inserting(self, first: int, last: int) -> None:
        self.where = (first, last)

    def inserted(self) -> None:
        first, last = self.where
        self.rows[first:first] = self.queue.shown[first : last + 1]

    def changed(self, first: int, last: int) -> None:
        self.rows[first : last + 1] = self.queue.shown[first : last + 1]

    def reset(self) -> None:
        self.rows = list(self.queue.shown)


changes = st.lists(
    st.lists(
        st.tuples(
            st.integers(0, 5),
            st.sampled_from(["HH", "H", "L", "BAD"]),
            st.sampled_from(STATES),
            st.sampled_from(["critical", "high", "low"]),
        ),
        max_size=6,
    ),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(
    changes,
    st.sampled_from(sorted(SORTABLE)),
    st.sampled_from(list(View)),
    st.booleans(),
    st.sampled_from(["", "t3", "未确认 t"]),
    st.sampled_from(list(Grouping)),
)
def test_batches_equal_a_fresh_build(
    batches, column: int, view: View, critical_only: bool, text: str, grouping: Grouping
) -> None:
    wanted = Filter(view, frozenset({Priority.CRITICAL}) if critical_only else frozenset(Priority), text)
    queue = AlarmQueue()
    queue.group(grouping)
    mirror = Mirror(queue)
    queue.sort(column)
    queue.set_filter(wanted)
    live: dict[tuple[str, str], AlarmMsg] = {}
    count = 0
    for batch in batches:
        said = []
        for number, rule, state, priority in batch:
            key = (f"T{number}", rule)
            known = live.get(key)
            if known is None or state == "UNACK":
                count += 1
            occurrence = count if known is None or state == "UNACK" else known.occurrence
            until = to_rfc3339((count % 5) * SECOND) if state == "SHLVD" else None
            one = alarm(
                occurrence, *key, state, priority, area=f"罐区{number % 2}", first_out=count % 3 == 0, shelved_until=until
            )
            said.append(one)
            live.pop(key, None)
            if state != "NORM":
                live[key] = one
        queue.apply(said)
    fresh = AlarmQueue()
    fresh.group(grouping)
    fresh.sort(column)
    fresh.set_filter(wanted)
    fresh.replace(live.values())
    assert [seen(line) for line in queue.shown] == [seen(line) for line in fresh.shown]
    assert [seen(line) for line in mirror.rows] == [seen(line) for line in queue.shown]
    assert queue.shown_rows == sum(1 for row in queue.rows if plainly_passes(row, wanted))
    for which in View:
        assert queue.count(which) == sum(1 for row in queue.rows if row.views & which)
    for place, line in enumerate(queue.shown):
        if isinstance(line, Row):
            assert queue.index_of(line.occurrence) == place
    hidden = {row.occurrence for row in queue.rows} - {line.occurrence for line in queue.shown}
    assert all(queue.index_of(one) is None for one in hidden)
    shelved = [one.shelved_until for one in live.values() if one.state == "SHLVD" and one.shelved_until]
    assert (queue.next_to_return() or alarm(0)).shelved_until == min(shelved, default=None)


def seen(line: Line) -> tuple[object, ...]:
    if isinstance(line, Row):
        return line.alarm, line.folded
    return line.key, line.rows, line.unacked, line.worst, line.folded, line.ordered


def plainly_passes(row: Row, wanted: Filter) -> bool:
    texts = " ".join((*row.cells, row.alarm.area)).lower()
    words = all(word in texts for word in wanted.text.split())
    return bool(row.views & wanted.view) and row.priority in wanted.priorities and words


def test_newest_of_the_gravest_first() -> None:
    queue = AlarmQueue()
    queue.apply([alarm(1, "A", priority="low"), alarm(2, "B", priority="critical"), alarm(3, "C", priority="critical")])
    assert [row.occurrence for row in queue.shown] == [3, 2, 1]
    queue.sort(RAISED)
    assert [row.occurrence for row in queue.shown] == [3, 2, 1]
    queue.sort(PRIORITY)
    assert [row.occurrence for row in queue.shown] == [3, 2, 1]


def test_h_is_folded_under_a_standing_hh_and_acknowledged_with_it() -> None:
    queue = AlarmQueue()
    queue.apply([alarm(1, rule="H"), alarm(2, rule="HH", priority="critical")])
    (row,) = queue.shown
    assert row.alarm.rule == "HH" and row.unacked == [2, 1]
    queue.apply([alarm(2, rule="HH", state="RTNUN", priority="critical")])
    assert sorted(row.alarm.rule for row in queue.shown) == ["H", "HH"]


def test_an_unacknowledged_h_keeps_an_acknowledged_hh_in_the_list_of_the_unacknowledged() -> None:
    queue = AlarmQueue()
    queue.set_filter(Filter(View.UNACKED))
    queue.apply([alarm(1, rule="H"), alarm(2, rule="HH", state="ACKED")])
    assert [row.unacked for row in queue.shown] == [[1]]


@pytest.mark.parametrize(
    ("state", "views"),
    [
        ("UNACK", {View.QUEUE, View.UNACKED, View.ACTIVE}),
        ("ACKED", {View.QUEUE, View.ACTIVE}),
        ("RTNUN", {View.QUEUE, View.UNACKED, View.RETURNED}),
        ("SHLVD", {View.SHELVED}),
        ("OOSRV", {View.OUT_OF_SERVICE}),
    ],
)
def test_lists(state: str, views: set[View]) -> None:
    queue = AlarmQueue()
    queue.apply([alarm(1, state=state)])
    found = set()
    for view in View:
        queue.set_filter(Filter(view))
        if queue.shown:
            found.add(view)
    assert found == views


@settings(max_examples=40, deadline=None)
@given(
    names=st.lists(st.sampled_from(["储罐", "液位 高", "TK-17", "tk-1", "", "ab", "b\tc"]), min_size=1, max_size=40),
    repeat=st.integers(1, 60),
    changes=st.lists(st.tuples(st.integers(0, 2000), st.sampled_from(["新", "tk-17", ""])), max_size=12),
    word=st.sampled_from(["储罐", "tk-1", "tk-17", "a", "高", "新", "没有", "b"]),
    ready=st.integers(0, 3),
)
def test_joined_texts_find_what_a_plain_look_finds(names, repeat, changes, word, ready) -> None:
    """Whether a word is rare or in every text, in blocks that are full, begun or changed since."""
    texts, plain = Texts(), []
    for name in names * repeat:
        row = Row(alarm(1, name))
        texts.add(row)
        plain.append(row.hay)
    for slot, name in changes:
        if slot < len(plain):
            old, new = Row(alarm(1)), Row(alarm(1, name))
            old.slot, old.hay = slot, plain[slot]
            texts.put(new, old)
            plain[slot] = new.hay
    texts.tidy(ready)
    assert list(texts.holding(word)) == [word in text for text in plain]
    while texts.tidy(1):
        pass
    assert list(texts.holding(word)) == [word in text for text in plain]


def test_search_finds_all_words_anywhere() -> None:
    queue = AlarmQueue()
    queue.apply([alarm(1, "TK101.LT"), alarm(2, "GT-103")])
    for text, hits in (("tk101", [1]), ("液位 gt", [2]), ("v-101", [2, 1]), ("nothing", [])):
        queue.set_filter(Filter(text=text))
        assert [row.occurrence for row in queue.shown] == hits, text


def test_a_storm_moves_few_ranges() -> None:
    """Counted, not timed: a batch of new alarms in one order is one insertion per priority band."""

    class Counter(Listener):
        inserts = 0

        def inserting(self, first: int, last: int) -> None:
            Counter.inserts += 1

    queue = AlarmQueue()
    chance = random.Random(1)
    levels = ["critical", "high", "medium", "low"]
    queue.apply([alarm(n, f"T{n}", priority=chance.choice(levels)) for n in range(1, 2000)])
    queue.listener = Counter()
    queue.apply([alarm(n, f"T{n}", priority=chance.choice(levels)) for n in range(2000, 3000)])
    assert Counter.inserts == 4
