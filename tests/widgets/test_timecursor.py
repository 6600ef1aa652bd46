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
