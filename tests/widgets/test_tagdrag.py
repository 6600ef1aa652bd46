"""Tags carried from page to page: what begins a drag, and what takes it."""

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.console.window import DeskWindow
from app.domain.tag import Tag
from tests.widgets.plant import sample
from widgets.plant.page import PlantPage
from widgets.plant.tagpanel import TagPanel
from widgets.plant.view import PlantView
from widgets.symbols import Blink
from widgets.tagdrag import tag_mime, tags_of
from widgets.theme import ThemeHolder
from widgets.trend.page import TrendPage

BUTTON, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def carried(monkeypatch) -> list[list[str]]:
    """What drags carry away: a real one takes the event loop until the mouse lets go."""
    seen: list[list[str]] = []
    for where in ("widgets.plant.view", "widgets.plant.tagpanel"):
        monkeypatch.setattr(f"{where}.start_drag", lambda source, tags: seen.append(list(tags)))
    return seen


def drag(widget: QWidget, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(widget, BUTTON, pos=start)
    for share in (0.5, 1.0):
        QTest.mouseMove(widget, start + (end - start) * share)
    QTest.mouseRelease(widget, BUTTON, pos=end)


@pytest.fixture
def view(qtbot) -> PlantView:
    made = PlantView(ThemeHolder(), Blink(), lambda: sample.NOW)
    qtbot.addWidget(made)
    made.resize(1400, 1000)
    made.show()
    made.show_layout(sample.LAYOUT, None, sample.TAGS, sample.EQUIPMENT)
    return made


def test_a_tank_is_carried_and_the_ground_is_panned(view, carried) -> None:
    at = view.viewportTransform().map(QPointF(20, -74)).toPoint()
    before = view.standpoint()
    drag(view.viewport(), at, at + QPoint(90, 40))
    [tags] = carried
    assert tags and set(tags) <= set(sample.TAGS) and view.standpoint() == before
    view.zoom(3)
    before = view.standpoint()
    ground = next(
        QPoint(x, y)
        for x in range(20, 1300, 40)
        for y in range(20, 900, 40)
        if view.item_at(view.to_scene(QPointF(x, y))) is None
    )
    drag(view.viewport(), ground, ground + QPoint(50, 30))
    assert len(carried) == 1 and view.standpoint() != before


def test_a_line_of_the_faceplate_is_carried_or_opened(qtbot, carried) -> None:
    row = TagPanel("T1", Tag("T1", "液位"), ThemeHolder(), lambda: 0)
    qtbot.addWidget(row)
    opened: list[str] = []
    row.opened.connect(opened.append)
    drag(row, QPoint(20, 20), QPoint(120, 60))
    assert carried == [["T1"]] and opened == []
    QTest.mouseClick(row, BUTTON, pos=QPoint(20, 20))
    assert opened == ["T1"]


def test_a_line_the_search_offers_is_carried(qtbot) -> None:
    page = PlantPage(ThemeHolder(), Blink(), lambda: sample.NOW)
    qtbot.addWidget(page)
    page.show_site([sample.LAYOUT], lambda file: None, sample.TAGS, sample.EQUIPMENT, {})
    model = page.search.completer().completionModel()
    lines = [model.index(row, 0) for row in range(model.rowCount())]
    line = next(index for index in lines if "V-101" in str(index.data()))
    assert model.flags(line) & Qt.ItemFlag.ItemIsDragEnabled
    assert set(tags_of(model.mimeData([line]))) & set(sample.TAGS)


def enter(widget: QWidget, mime: QMimeData) -> bool:
    event = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, BUTTON, NO_KEYS)
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_the_button_of_the_trend_takes_what_the_trend_takes(qtbot) -> None:
    window = DeskWindow(ThemeHolder())
    qtbot.addWidget(window)
    trend = TrendPage(ThemeHolder())
    trend.show_site({name: Tag(name) for name in ("T1", "T2")})
    window.add_page("other", "alarms", "报警", QWidget())
    window.add_page("trend", "trend", "趋势", trend)
    window.show()
    window.show_page("other")
    other, button = (window.navigation._group.button(number) for number in range(2))
    assert not enter(other, tag_mime(["T1"]))
    assert not enter(button, tag_mime(["NO"]))
    mime = tag_mime(["T2", "T1"])
    assert enter(button, mime)
    drop = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, BUTTON, NO_KEYS, QEvent.Type.Drop)
    QApplication.sendEvent(button, drop)
    assert trend.tags == ["T2", "T1"] and window.page is trend
