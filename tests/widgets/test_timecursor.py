from app.domain.instant import SECOND
from widgets.timecursor import TimeCursor


def test_plays_steps_and_stays_inside() -> None:
    cursor, moved = TimeCursor(), []
    cursor.moved.connect(moved.append)
    cursor.set_span(100 * SECOND, 110 * SECOND)
    assert cursor.at == 100 * SECOND
    cursor.advance(5)
    assert cursor.at == 100 * SECOND  # it does not play
    cursor.play(True)
    cursor.set_speed(2.0)
    cursor.advance(1.5)
    assert cursor.at == 103 * SECOND
    cursor.go(500 * SECOND)
    assert cursor.at == 110 * SECOND
    cursor.advance(1)
    assert not cursor.playing
    cursor.play(True)
    assert cursor.at == 100 * SECOND  # from the beginning again
    cursor.go(0)
    assert moved[-1] == cursor.at == 100 * SECOND


def test_steps_from_mark_to_mark_and_waits_while_a_hand_holds_it() -> None:
    cursor = TimeCursor()
    cursor.set_span(0, 100 * SECOND, 50 * SECOND)
    cursor.set_marks([10 * SECOND, 50 * SECOND, 50 * SECOND, 60 * SECOND, 500 * SECOND])
    cursor.play(True)
    assert cursor.step(1)
    assert (cursor.at, cursor.playing) == (60 * SECOND, False)
    assert not cursor.step(1)  # the next one is beyond the span
    assert cursor.step(-1)
    assert cursor.at == 50 * SECOND
    assert cursor.step(-1)
    assert cursor.at == 10 * SECOND
    assert not cursor.step(-1)
    cursor.play(True)
    cursor.set_speed(60.0)
    cursor.drag(20 * SECOND)
    cursor.advance(1)
    assert cursor.at == 20 * SECOND
    cursor.drop()
    cursor.advance(1)
    assert cursor.at == 80 * SECOND
