"""When an alarm chatters, and when it has calmed down."""

from app.domain.chatter import Chatter, annunciated, is_over
from app.domain.instant import SECOND
from app.domain.settings.alarm import ChatterSettings

SETTINGS = ChatterSettings(count=3, within_s=60.0, quiet_s=600.0)


def told(*at_s: float, settings: ChatterSettings = SETTINGS) -> Chatter:
    chatter = Chatter()
    for at in at_s:
        chatter = annunciated(chatter, settings, round(at * SECOND))
    return chatter


def test_three_within_a_minute_chatter_two_do_not() -> None:
    assert told(0, 30).since is None
    assert told(0, 30, 59).since == 59 * SECOND


def test_three_in_more_than_a_minute_do_not() -> None:
    assert told(0, 30, 60).since is None
    assert told(0, 30, 60, 61).since == 61 * SECOND


def test_it_began_when_it_began_and_ends_ten_quiet_minutes_after_the_last() -> None:
    chatter = told(0, 1, 2, 300)
    assert chatter.since == 2 * SECOND
    assert not is_over(chatter, SETTINGS, 899 * SECOND)
    assert is_over(chatter, SETTINGS, 900 * SECOND)


def test_one_that_never_chattered_is_forgotten_after_a_minute() -> None:
    assert not is_over(told(0), SETTINGS, 59 * SECOND)
    assert is_over(told(0), SETTINGS, 60 * SECOND)


def test_the_guard_can_be_switched_off() -> None:
    assert told(*range(50), settings=ChatterSettings(count=0)).since is None
