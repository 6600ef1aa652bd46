"""What is said next: order, no storm, nothing that is over."""

from dataclasses import replace

from app.domain.settings.voice import VoiceSettings
from app.domain.wire import AlarmMsg, EventMsg
from widgets.alarms.voice.queue import FLOOD_MOST, SpeechQueue
from widgets.alarms.voice.spoken import LOST_WORDS


def alarm(number: int, tag: str = "", priority: str = "high", state: str = "UNACK", **more: object) -> AlarmMsg:
    tag = tag or f"T{number}"
    made = AlarmMsg(number, tag, f"{tag}点", "", "H", state, priority, 1.0, 0.5, "m")
    return replace(made, **more)  # type: ignore[arg-type]


def event(one: AlarmMsg, what: str = "raised", annunciate: bool = True) -> EventMsg:
    return EventMsg(1, "", what, one.tag, one.rule, one.occurrence, "NORM", one.state, annunciate, one.priority)


def raise_(queue: SpeechQueue, *alarms: AlarmMsg) -> None:
    queue.put_alarms(alarms)
    queue.put_events([event(one) for one in alarms])


def heard(queue: SpeechQueue, now: float = 0.0) -> list[int]:
    """Occurrences, 0 for what is about none, until nothing is due at `now`."""
    out = []
    while (one := queue.next(now)) is not None:
        out.append(one.occurrence)
    return out


def test_gravest_first_then_oldest() -> None:
    queue = SpeechQueue()
    raise_(queue, alarm(1, priority="medium"), alarm(2), alarm(3, priority="critical"), alarm(4))
    assert heard(queue) == [3, 2, 4, 1]


def test_a_newer_occurrence_takes_the_place_of_the_older() -> None:
    queue = SpeechQueue()
    raise_(queue, alarm(1, "A"), alarm(2, "B"))
    raise_(queue, alarm(3, "A", value=7.0))
    first = queue.next(0.0)
    assert first is not None and first.occurrence == 3 and "七米" in first.text
    assert heard(queue) == [2]


def test_the_same_alarm_is_not_said_twice_within_the_time_but_after_it() -> None:
    queue = SpeechQueue(VoiceSettings(again_s=60))
    raise_(queue, alarm(1, "A"))
    assert heard(queue, 0) == [1]
    for number in range(2, 9):
        raise_(queue, alarm(number, "A"))
        assert heard(queue, number) == []
    assert heard(queue, 59) == [] and heard(queue, 60) == [8]
    assert heard(queue, 200) == []


def test_what_was_acknowledged_shelved_or_is_over_is_not_said() -> None:
    for state in ("ACKED", "SHLVD", "NORM", "DSUPR"):
        queue = SpeechQueue()
        raise_(queue, alarm(1, "A"), alarm(2, "B"))
        queue.put_alarms([alarm(1, "A", state=state)])
        assert heard(queue) == [2], state


def test_late_news_of_an_older_occurrence_takes_nothing_away() -> None:
    queue = SpeechQueue()
    raise_(queue, alarm(5, "A"))
    queue.put_alarms([alarm(4, "A", state="NORM")])
    assert heard(queue) == [5]


def test_an_utterance_on_its_way_is_asked_again() -> None:
    queue = SpeechQueue()
    raise_(queue, alarm(1, "A"))
    one = queue.next(0)
    assert one is not None and queue.holds(one)
    queue.put_alarms([alarm(1, "A", state="ACKED")])
    assert not queue.holds(one)


def test_silence_drops_what_waits_and_not_what_comes() -> None:
    queue = SpeechQueue()
    raise_(queue, alarm(1), alarm(2))
    queue.silence()
    assert heard(queue) == [] and queue.is_empty
    raise_(queue, alarm(3))
    assert heard(queue) == [3]


def test_only_the_wanted_priorities() -> None:
    queue = SpeechQueue(VoiceSettings(priorities=("critical",)))
    raise_(queue, alarm(1), alarm(2, priority="critical"), alarm(3, priority="low"))
    assert heard(queue) == [2]


def test_off_says_nothing() -> None:
    queue = SpeechQueue(VoiceSettings(on=False))
    raise_(queue, alarm(1))
    assert heard(queue) == [] and queue.is_empty


def test_return_is_told_of_what_nobody_acknowledged_only() -> None:
    queue = SpeechQueue()
    raise_(queue, alarm(1, "A"), alarm(2, "B"))
    assert heard(queue) == [1, 2]
    gone, seen = alarm(1, "A", state="RTNUN"), alarm(2, "B", state="NORM")
    queue.put_alarms([gone, seen])
    queue.put_events([event(gone, "cleared", False), event(seen, "cleared", False)])
    one = queue.next(1.0)
    assert one is not None and one.occurrence == 1 and one.text.startswith("恢复")
    assert heard(queue, 1.0) == []


def test_what_came_and_went_before_it_was_said_is_still_said_as_an_alarm() -> None:
    queue = SpeechQueue()
    raise_(queue, alarm(1, "A"))
    queue.put_alarms([alarm(1, "A", state="RTNUN")])
    queue.put_events([event(alarm(1, "A", state="RTNUN"), "cleared", False)])
    one = queue.next(0)
    assert one is not None and not one.text.startswith("恢复")
    assert heard(queue) == []


def test_a_snapshot_is_told_as_a_count() -> None:
    queue = SpeechQueue()
    queue.replace_alarms([alarm(n, priority="critical" if n < 3 else "high") for n in range(1, 13)], tell=True)
    one = queue.next(0)
    assert one is not None and one.text == "当前未确认报警十二条，其中紧急两条"
    assert heard(queue) == []
    queue.replace_alarms([alarm(1, state="ACKED")], tell=True)
    assert heard(queue) == []


def test_a_flood_is_summarised() -> None:
    queue = SpeechQueue(VoiceSettings(flood_s=30))
    raise_(queue, *(alarm(n, priority="medium") for n in range(1, 6)))
    queue.set_flood(True, 0)
    raise_(queue, *(alarm(n, priority="medium") for n in range(10, 40)), alarm(50, priority="critical"), alarm(51))
    one = queue.next(0)
    assert one is not None and one.text == "报警泛滥，新增报警三十七条，其中紧急一条"
    assert heard(queue, 0) == [50, 51], "of the rest only the count"
    raise_(queue, alarm(60, priority="low"))
    assert heard(queue, 29) == []
    one = queue.next(30)
    assert one is not None and one.text == "报警泛滥，新增报警一条"


def test_ten_thousand_at_once_are_a_few_sentences() -> None:
    queue = SpeechQueue(VoiceSettings(flood_s=30))
    queue.set_flood(True, 0)
    raise_(queue, *(alarm(n, priority="critical" if n % 10 == 0 else "high") for n in range(1, 10_001)))
    said = []
    for now in range(60):
        said += heard(queue, now)
    assert len(said) == 1 + FLOOD_MOST and said[0] == 0
    assert all(n % 10 == 0 for n in said[1:]), "the gravest"
    queue.put_alarms([alarm(n, state="ACKED") for n in range(1, 10_001)])
    queue.set_flood(False, 60)
    assert heard(queue, 100) == []


def test_a_lost_station_is_said_and_old_news_is_not() -> None:
    queue = SpeechQueue()
    raise_(queue, alarm(1))
    queue.lose()
    one = queue.next(0)
    assert one is not None and one.text == LOST_WORDS
    assert heard(queue) == []
