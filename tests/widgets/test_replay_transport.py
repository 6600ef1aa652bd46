"""The controls of a replay, over a cursor alone."""

from PySide6.QtWidgets import QApplication

from app.domain.instant import MINUTE, SECOND, Instant
from widgets.replay.transport import Transport
from widgets.timecursor import TimeCursor

BEGIN: Instant = 1_700_000_000 * SECOND


def test_a_jump_begins_where_the_paused_cursor_stands(qapp: QApplication) -> None:
    cursor = TimeCursor()
    transport = Transport(cursor)

    def said() -> Instant:
        return transport.to.dateTime().toSecsSinceEpoch() * SECOND

    cursor.set_span(BEGIN, BEGIN + 10 * MINUTE, BEGIN + MINUTE)
    assert said() == BEGIN + MINUTE  # not the date an empty field begins with
    cursor.go(BEGIN + 2 * MINUTE)
    assert said() == BEGIN + 2 * MINUTE
    cursor.play(True)
    cursor.go(BEGIN + 3 * MINUTE)
    assert said() == BEGIN + 2 * MINUTE  # nobody can read a field that runs
    cursor.play(False)
    assert said() == BEGIN + 3 * MINUTE
    transport.deleteLater()
