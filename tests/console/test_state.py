"""Messages in, what the desk knows out: newest value wins, no event is lost, no alarm is left hanging, silence is judged."""

import pytest

from app.console.reader import Batch, FeedState, FeedWord, Heard, Reader, instant, sample
from app.console.state import LOST_GRACE_S, SILENT_S, DeskState, Trust
from app.domain.instant import from_rfc3339
from app.domain.sample import Quality, Reason
from app.domain.wire import AlarmMsg, ValueMsg
from tests.console.fake_station import alarm, event, link, value
from widgets.alarms.queue import AlarmQueue

LIVE = FeedState(FeedWord.LIVE, heard_at=100.0)


def states(alarms: list[AlarmMsg]) -> list[tuple[int, str]]:
    return [(one.occurrence, one.state) for one in alarms]


def test_one_batch_holds_many_messages() -> None:
    reader = Reader()
    reader.put(Heard("snapshot", 1, values=[value("A", 1.0), value("B", 2.0)], links=[], notices=["磁盘"]))
    reader.put(Heard("delta", 2, values=[value("A", 3.0)], alarms=[alarm(1)], events=[event(1)]))
    reader.put(Heard("delta", 3, alarms=[alarm(1, state="ACKED")], events=[event(2, "acknowledged")]))
    batch = reader.take(LIVE)
    assert batch.whole
    assert {tag: one.value for tag, one in batch.values.items()} == {"A": 3.0, "B": 2.0}
    assert states(batch.alarms) == [(1, "UNACK"), (1, "ACKED")]
    assert [one.id for one in batch.events] == [1, 2]
    assert batch.notices == ["磁盘"]
    assert reader.take(LIVE) == Batch(feed=LIVE)


@pytest.mark.parametrize(
    ("sent", "known"),
    [(None, ["磁盘"]), ([], []), (["时钟"], ["时钟"])],
    ids=["no news", "over", "another"],
)
def test_no_news_of_notices_is_not_no_notices(sent: list[str] | None, known: list[str]) -> None:
    reader, state = Reader(), DeskState()
    reader.put(Heard("snapshot", 1, links=[link("dcs")], notices=["磁盘"]))
    state.put(reader.take(LIVE), 100.0)
    reader.put(Heard("delta", 2, notices=sent))
    state.put(reader.take(LIVE), 100.1)
    assert state.notices == known
    assert len(state.links) == 1


@pytest.mark.parametrize(
    "text", ["2026-11-21T02:40:00.250Z", "2026-11-21T02:40:00Z", "2026-11-21T10:40:00.250+08:00", "2026-11-21T02:40:00.250123Z"]
)
def test_times(text: str) -> None:
    assert instant(text) == from_rfc3339(text)


@pytest.mark.parametrize(
    ("message", "quality", "reason"),
    [
        (value("A", 1.0), Quality.GOOD, Reason.NONE),
        (value("A", 1.0, "bad", "comm_lost"), Quality.BAD, Reason.COMM_LOST),
        (value("A", 1.0, "splendid", "?"), Quality.BAD, Reason.UNSPECIFIED),
        (ValueMsg("A", 1.0, "good", "", "yesterday", "now"), Quality.BAD, Reason.CLOCK),
    ],
)
def test_what_is_not_understood_is_bad(message: ValueMsg, quality: Quality, reason: Reason) -> None:
    made = sample(message)
    assert (made.quality, made.reason, made.value) == (quality, reason, 1.0)


OVERLAID = alarm(0, "A", "H", "DSUPR")

STORIES = {
    # before, in the snapshot or delta, whole, what pages are told, what stands after
    "acknowledged": ([alarm(1)], [alarm(1, state="ACKED")], False, [(1, "ACKED")], {1}),
    "over": ([alarm(1, state="ACKED")], [alarm(1, state="NORM")], False, [(1, "NORM")], set()),
    "new occurrence of the same rule": ([alarm(1)], [alarm(2)], False, [(1, "NORM"), (2, "UNACK")], {2}),
    "late news of an older one": ([alarm(2)], [alarm(1, state="NORM")], False, [(1, "NORM")], {2}),
    "older one never replaces a newer": ([alarm(2)], [alarm(1)], False, [], {2}),
    "another rule of the tag": ([alarm(1)], [alarm(2, rule="HH")], False, [(2, "UNACK")], {1, 2}),
    "gone with a snapshot": ([alarm(1), alarm(2, "B")], [alarm(2, "B")], True, [(1, "NORM"), (2, "UNACK")], {2}),
    "replaced with a snapshot": ([alarm(1)], [alarm(5)], True, [(1, "NORM"), (5, "UNACK")], {5}),
    "overlays without an occurrence": ([OVERLAID], [alarm(0, "B", "H", "DSUPR")], False, [(-2, "DSUPR")], {-1, -2}),
    "an overlay gives way to an alarm": ([OVERLAID], [alarm(3, "A")], False, [(-1, "NORM"), (3, "UNACK")], {3}),
    "an overlay ends": ([OVERLAID], [alarm(0, "A", "H", "NORM")], False, [(-1, "NORM")], set()),
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_alarms(story: tuple[list[AlarmMsg], list[AlarmMsg], bool, list[tuple[int, str]], set[int]]) -> None:
    before, news, whole, told, standing = story
    state = DeskState()
    state.put(Batch(alarms=before, feed=LIVE), 100.0)
    changes = state.put(Batch(whole=whole, alarms=news, feed=LIVE), 100.1)
    assert states(changes.alarms) == told
    assert {one.occurrence for one in state.alarms.values()} == standing


def test_overlays_without_an_occurrence_are_rows_of_their_own() -> None:
    """All of them say occurrence 0; a table that goes by occurrence must not take them for one."""
    state, queue = DeskState(), AlarmQueue()
    queue.apply(state.put(Batch(alarms=[alarm(0, tag, "H", "DSUPR") for tag in "ABC"], feed=LIVE), 100.0).alarms)
    assert sorted(row.alarm.tag for row in queue.rows) == ["A", "B", "C"]
    queue.apply(state.put(Batch(alarms=[alarm(0, "B", "H", "NORM"), alarm(9, "D")], feed=LIVE), 100.1).alarms)
    assert sorted(row.alarm.tag for row in queue.rows) == ["A", "C", "D"]


def test_a_snapshot_replaces_values() -> None:
    state = DeskState()
    state.put(Batch(values={"A": sample(value("A", 1.0)), "B": sample(value("B", 1.0))}, feed=LIVE), 100.0)
    state.put(Batch(whole=True, values={"A": sample(value("A", 2.0))}, feed=LIVE), 100.1)
    assert {tag: one.value for tag, one in state.values.items()} == {"A": 2.0}


def test_counts_and_alarms_of_tags() -> None:
    state = DeskState()
    news = [alarm(1), alarm(2, "B", state="RTNUN", priority="low"), alarm(3, "C", state="ACKED"), alarm(4, rule="HH")]
    state.put(Batch(alarms=news, feed=LIVE), 100.0)
    assert state.unacknowledged() == {"high": 2, "low": 1}
    of = state.alarms_of(["TK101.LT", "D"])
    assert [one.occurrence for one in of["TK101.LT"]] == [1, 4]
    assert of["D"] == []


TRUST = [
    # what the session said last, seconds after the last message, trust
    (FeedWord.LIVE, 0.0, Trust.LIVE),
    (FeedWord.LIVE, SILENT_S, Trust.LIVE),
    (FeedWord.LIVE, SILENT_S + 0.1, Trust.SILENT),
    (FeedWord.LOST, LOST_GRACE_S - 0.1, Trust.LIVE),
    (FeedWord.LOST, LOST_GRACE_S + 0.1, Trust.SILENT),
    (FeedWord.LOGIN, LOST_GRACE_S + 0.1, Trust.SILENT),
]


@pytest.mark.parametrize(("word", "after", "trust"), TRUST)
def test_silence(word: FeedWord, after: float, trust: Trust) -> None:
    state = DeskState()
    state.put(Batch(feed=LIVE), 100.0)
    state.put(Batch(feed=FeedState(word, heard_at=100.0)), 100.0)
    assert state.trust(100.0 + after) is trust
    assert state.age(100.0 + after) == pytest.approx(after)


def test_five_seconds_of_silence_are_too_many() -> None:
    assert SILENT_S == 5.0


def test_before_the_first_message_there_is_nothing_to_trust() -> None:
    state = DeskState()
    assert (state.trust(5.0), state.age(5.0)) == (Trust.NOTHING_YET, None)


def test_a_new_connection_that_heard_nothing_yet_does_not_make_old_values_young() -> None:
    state = DeskState()
    state.put(Batch(feed=LIVE), 100.0)
    state.put(Batch(feed=FeedState(FeedWord.CONNECTING)), 104.0)
    assert state.age(110.0) == pytest.approx(10.0)
    assert state.trust(110.0) is Trust.SILENT
    state.put(Batch(feed=FeedState(FeedWord.LIVE, heard_at=111.0)), 111.0)
    assert state.trust(111.2) is Trust.LIVE
