"""The time line of a replay while the cursor moves: painted where it was and where it is, it looks as painted whole."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication

from app.domain.instant import MINUTE, SECOND, Instant
from widgets.replay.timeline import Density, ReplayTimeline
from widgets.theme import DAY, NIGHT, ThemeHolder
from widgets.timecursor import TimeCursor

START: Instant = 1_790_000_000 * SECOND


class Watched(ReplayTimeline):
    def __init__(self, holder: ThemeHolder, cursor: TimeCursor) -> None:
        super().__init__(holder, cursor)
        self.painted: list[QRect] = []

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted.append(event.rect())
        super().paintEvent(event)


def a_line(holder: ThemeHolder, at: Instant) -> tuple[Watched, TimeCursor]:
    cursor = TimeCursor()
    cursor.set_span(START, START + 10 * MINUTE, at)
    line = Watched(holder, cursor)
    cursor.setParent(line)
    line.put(Density(START, 10 * SECOND, [[n % 3, 0, n % 2, 1] for n in range(60)], [(START + MINUTE, START + 2 * MINUTE)]))
    line.resize(1200, line.height())
    return line, cursor


def test_the_cursor_moves_over_what_stays(qapp: QApplication) -> None:
    holder = ThemeHolder(NIGHT)
    line, cursor = a_line(holder, START + 3 * MINUTE)
    fresh, _ = a_line(holder, START + 3 * MINUTE + 20 * SECOND)
    try:
        line.show()
        qapp.processEvents()
        assert line.grab().toImage() != fresh.grab().toImage()
        line.painted.clear()
        cursor.go(START + 3 * MINUTE + 20 * SECOND)
        qapp.processEvents()
        [around] = line.painted
        assert around.width() < 300
        for at in (START + 3 * MINUTE, cursor.at):
            assert around.left() <= line.x_of(at) <= around.right()
        assert line.grab().toImage() == fresh.grab().toImage()
        night = fresh.grab().toImage()
        holder.set_theme(DAY)
        assert fresh.grab().toImage() != night
        assert line.grab().toImage() == fresh.grab().toImage()
    finally:
        for one in (line, fresh):
            one.close()
            one.deleteLater()
