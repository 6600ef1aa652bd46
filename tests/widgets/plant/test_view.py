"""The picture as a whole: one flush for all values, repaint only what differs, zoom, keys, search, silence, many items."""

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.alarm import AlarmState, RuleKind
from app.domain.instant import SECOND
from app.domain.plant import LayoutItem
from app.domain.sample import good
from app.domain.tag import Priority
from tests.widgets.plant import sample
from tests.widgets.plant.sample import EQUIPMENT, LAYOUT, LOADING, NOW, TAGS
from widgets.plant.item import PlantItem
from widgets.plant.placement import Side
from widgets.theme import DAY, NIGHT


@pytest.fixture
def farm(stage):
    stage.view.show_layout(LAYOUT, None, TAGS, EQUIPMENT)
    stage.view.put_values(sample.calm())
    stage.view.flush()
    return stage


@pytest.fixture
def painted(monkeypatch) -> list[str]:
    """Ids of the items painted, in order."""
    seen: list[str] = []
    original = PlantItem.paint

    def paint(self, painter) -> None:
        seen.append(self.spec.id)
        original(self, painter)

    monkeypatch.setattr(PlantItem, "paint", paint)
    return seen


def settle(painted: list[str]) -> None:
    QApplication.processEvents()
    QApplication.processEvents()
    painted.clear()


def repaint() -> None:
    QApplication.processEvents()
    QApplication.processEvents()


# Values


def test_values_wait_for_the_flush_and_the_newest_wins(farm) -> None:
    item = farm.view._by_id["V-101"]
    for value in (41.0, 42.0, 43.0):
        farm.view.put_values({"V-101.LT": good("V-101.LT", value, NOW, NOW)})
    assert item.level.said.text == "30.0"
    farm.view.flush()
    assert item.level.said.text == "43.0"


def test_only_items_that_look_different_are_repainted(painted, farm) -> None:
    settle(painted)
    farm.view.put_values({"V-101.LT": good("V-101.LT", 77.0, NOW, NOW)})
    farm.view.flush()
    repaint()
    assert "V-101" in painted
    assert not {"V-103", "V-201", "V-204", "V-301", "T-402", "b1", "w1"} & set(painted)


def test_the_same_value_again_repaints_nothing(painted, farm) -> None:
    settle(painted)
    farm.view.put_values({name: one._replace(receive_time=NOW + SECOND) for name, one in sample.calm().items()})
    farm.view.flush()
    repaint()
    assert painted == []


def test_a_hidden_picture_costs_nothing_and_is_right_when_it_comes_back(farm, qtbot) -> None:
    assert farm.view._pulse.running
    farm.view.hide()
    assert not farm.view._pulse.running
    farm.view.put_values({"V-101.LT": good("V-101.LT", 55.5, NOW, NOW)})
    farm.view.show()
    assert farm.view._by_id["V-101"].level.said.text == "55.5"


def test_the_flush_comes_by_itself(farm, qtbot) -> None:
    with qtbot.waitSignal(farm.view.flushed, timeout=2000):
        farm.view.put_values({"V-101.LT": good("V-101.LT", 12.0, NOW, NOW)})


def test_a_new_layout_shows_what_is_already_known(farm) -> None:
    farm.view.put_values({"B-1.GND": good("B-1.GND", 0, NOW, NOW)})
    farm.view.put_alarms({"B-1.GND": [sample.alarm(5, "B-1.GND", RuleKind.STATE, AlarmState.UNACK, Priority.HIGH)]})
    farm.view.show_layout(LOADING, None, TAGS, EQUIPMENT)
    item = farm.view._by_id["b1"]
    assert [slot.said.text for slot in item.rows] == ["未接地", "未溢流"]
    assert item.shown == [(Priority.HIGH, AlarmState.UNACK)]
    assert farm.blink.running


# Alarms


def test_an_alarm_of_a_tag_that_is_not_drawn_shows_at_its_equipment(farm) -> None:
    farm.view.put_alarms({"V-201.LSHH": [sample.alarm(1, "V-201.LSHH", RuleKind.STATE, AlarmState.UNACK, Priority.CRITICAL)]})
    assert farm.view._by_id["V-201"].shown == [(Priority.CRITICAL, AlarmState.UNACK)]
    assert farm.view.item_of_tag("V-201.LSHH").id == "V-201"


def test_alarms_go_tag_by_tag_or_all_at_once(farm) -> None:
    first = {"V-101.LT": [sample.alarm(1, "V-101.LT", RuleKind.H, AlarmState.ACKED, Priority.HIGH)]}
    second = {"V-102.LT": [sample.alarm(2, "V-102.LT", RuleKind.H, AlarmState.ACKED, Priority.HIGH)]}
    one, two = farm.view._by_id["V-101"], farm.view._by_id["V-102"]
    farm.view.put_alarms(first)
    farm.view.put_alarms(second)
    assert one.alarms and two.alarms
    farm.view.put_alarms({"V-101.LT": []})
    assert not one.alarms and two.alarms
    farm.view.put_alarms(first, whole=True)
    assert one.alarms and not two.alarms


def test_flashing_repaints_only_near_the_symbol(painted, farm) -> None:
    farm.view.put_alarms({"V-101.LT": [sample.alarm(1, "V-101.LT", RuleKind.H, AlarmState.UNACK, Priority.HIGH)]})
    settle(painted)
    farm.blink._tick()
    repaint()
    assert set(painted) <= {"V-101", "g0", "a1", "V-102", "c1", "t1", "l1"}
    before = farm.image()
    farm.blink._tick()
    assert farm.image() != before


def test_nothing_flashes_once_all_is_acknowledged(farm, qtbot) -> None:
    live = sample.alarm(1, "V-101.LT", RuleKind.H, AlarmState.UNACK, Priority.HIGH)
    farm.view.put_alarms({"V-101.LT": [live]})
    assert farm.blink.running
    live.state = AlarmState.ACKED
    farm.view.put_alarms({"V-101.LT": [live]})
    qtbot.waitUntil(lambda: not farm.blink.running, timeout=2000)


# Silence


def test_a_silent_feed_doubts_every_value_and_says_since_when(farm) -> None:
    calm = farm.image()
    farm.view.set_feed_silent(True, NOW - 30 * SECOND)
    items = farm.view._items
    assert all(not slot.said.trusted for item in items for slot in item.slots)
    assert farm.view._by_id["V-101"].level.said.text == "〔30.0〕"
    silent = farm.image()
    for x in range(0, 1400, 100):  # the whole picture, not a corner of it
        for y in range(0, 1000, 100):
            assert any(calm.pixel(x + i, y + j) != silent.pixel(x + i, y + j) for i in range(0, 90, 3) for j in range(0, 90, 3))
    assert not any(silent.pixelColor(x, y).name() == NIGHT.level_fill for x in range(0, 1400, 7) for y in range(0, 1000, 7))
    farm.view.set_feed_silent(False)
    assert farm.image() == calm


def test_a_value_that_comes_while_silent_is_still_doubted(farm) -> None:
    farm.view.set_feed_silent(True, NOW)
    farm.view.put_values({"V-101.LT": good("V-101.LT", 31.0, NOW, NOW)})
    farm.view.flush()
    assert farm.view._by_id["V-101"].level.said.text == "〔31.0〕"


# Getting about


def test_wheel_zooms_at_the_cursor(farm) -> None:
    at = QPointF(300, 400)
    before = farm.view.to_scene(at)
    for delta in (120, 120, -120, 240):
        event = QWheelEvent(
            at, farm.view.mapToGlobal(at), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(farm.view.viewport(), event)
        after = farm.view.to_scene(at)
        assert (after - before).manhattanLength() < 6 / farm.view.scale_  # scroll bars count whole pixels
    assert farm.view.scale_ > farm.view.fit_scale() * 1.5


def test_zoom_has_an_end_both_ways(farm) -> None:
    for factor, end in ((3.0, 60.0), (0.3, farm.view.fit_scale() * 0.5)):
        for _ in range(12):
            farm.view.zoom(factor)
        assert farm.view.scale_ == pytest.approx(end)


def test_drag_pans_and_is_no_click(farm, qtbot) -> None:
    farm.view.zoom(3)
    clicks: list[object] = []
    farm.view.item_clicked.connect(clicks.append)
    farm.view.background_clicked.connect(lambda: clicks.append(None))
    port = farm.view.viewport()
    before = farm.view.to_scene(QPointF(200, 200))
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    QTest.mouseMove(port, QPoint(260, 240))
    QTest.mouseMove(port, QPoint(300, 250))
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=QPoint(300, 250))
    assert (farm.view.to_scene(QPointF(300, 250)) - before).manhattanLength() < 2 / farm.view.scale_
    assert clicks == []


def test_click_and_double_click_name_the_item(farm) -> None:
    clicked: list[LayoutItem] = []
    activated: list[LayoutItem] = []
    farm.view.item_clicked.connect(clicked.append)
    farm.view.item_activated.connect(activated.append)
    at = farm.view.viewportTransform().map(QPointF(20, -74)).toPoint()
    QTest.mouseClick(farm.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(farm.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert [item.id for item in clicked][:1] == ["V-101"]
    assert [item.id for item in activated] == ["V-101"]


def test_a_click_on_a_symbol_belongs_to_its_item(farm) -> None:
    farm.view.put_alarms({"GT-102": [sample.alarm(1, "GT-102", RuleKind.H, AlarmState.UNACK, Priority.HIGH)]})
    item = farm.view._by_id["g1"]
    assert farm.view.item_at(item.symbol_anchor() + QPointF(0.3, 0)) is item


def test_each_layout_remembers_where_it_was_looked_at(farm) -> None:
    farm.view.look_at(QPointF(30, -70), 25)
    farm.view.show_layout(LOADING, None, TAGS, EQUIPMENT)
    assert farm.view.standpoint().fitted
    farm.view.show_layout(LAYOUT, None, TAGS, EQUIPMENT)
    where = farm.view.standpoint()
    assert (where.scale, where.fitted) == (25, False)
    assert (where.x, where.y) == (pytest.approx(30, abs=0.1), pytest.approx(-70, abs=0.1))


def test_fit_follows_the_window(farm) -> None:
    farm.view.zoom(4)
    QTest.keyClick(farm.view, Qt.Key.Key_F)
    assert farm.view.scale_ == pytest.approx(farm.view.fit_scale())
    farm.view.resize(700, 500)
    assert farm.view.scale_ == pytest.approx(farm.view.fit_scale())


def test_tab_walks_the_items_in_reading_order_and_lets_go_at_the_end(farm) -> None:
    farm.view.setFocus()
    seen = []
    while farm.view.focusNextPrevChild(True) and farm.view.selected is not None and len(seen) < 60:
        seen.append(farm.view.selected.id)
    assert seen[:2] == ["l1", "c1"]
    assert seen.index("V-101") < seen.index("V-102") < seen.index("V-103") < seen.index("V-201") < seen.index("p1")
    assert len(seen) == len(set(seen)) == sum(item.type not in ("text", "area", "pipe") for item in LAYOUT.items)


def test_enter_opens_and_escape_lets_go(farm) -> None:
    opened: list[LayoutItem] = []
    farm.view.item_clicked.connect(opened.append)
    farm.view.select("V-203")
    QTest.keyClick(farm.view, Qt.Key.Key_Return)
    assert [item.id for item in opened] == ["V-203"]
    QTest.keyClick(farm.view, Qt.Key.Key_Escape)
    assert farm.view.selected is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("v-20", ["V-201", "V-202", "V-203", "V-204"]),
        ("GT-301", ["g4"]),
        ("苯", ["V-203", "V-204"]),
        ("P-101流量", ["p1"]),
        ("没有这个", []),
        ("  ", []),
    ],
)
def test_find(farm, text, found) -> None:
    assert [item.id for item in farm.view.find(text)] == found


def test_focus_brings_an_item_into_sight_with_a_halo(farm) -> None:
    farm.view.zoom(5)
    farm.view.look_at(QPointF(20, -74))
    assert farm.view.focus_item("b1")
    shown = farm.view.viewportTransform().mapRect(farm.view._by_id["b1"].body_rect())
    assert farm.view.viewport().rect().contains(shown.toRect())
    image = farm.image()
    ring = shown.adjusted(-6, -6, 6, 6)
    assert image.pixelColor(ring.left(), round(ring.center().y())).name() == NIGHT.focus
    assert not farm.view.focus_item("nobody")


# Looks


def test_theme_changes_at_once(farm) -> None:
    farm.holder.set_theme(DAY)
    assert farm.pixel(2, 2) == DAY.background
    assert farm.pixel(20, 69) == DAY.level_fill


def test_an_overview_shows_numbers_only_where_there_is_room(farm) -> None:
    overview = replace(LAYOUT, id="top", level=1, raw={"text_m": 1.0})
    farm.view.show_layout(overview, None, TAGS, EQUIPMENT)
    farm.image()
    assert (farm.view.scenery.value_px, farm.view.scenery.label_px > 0) == (0, True)
    farm.view.zoom(2)
    farm.image()
    assert farm.view.scenery.value_px > 0


def test_texts_give_way_to_what_stands_there(stage) -> None:
    tank = LayoutItem("v", "tank.vertical", 70, 50, 20, 20, label="V", bind={"temperature": "V-101.TT"})
    stage.show(tank)
    assert (stage.view._by_id["v"].label_side, stage.view._by_id["v"].row_side) == (Side.ABOVE, Side.BELOW)
    below = LayoutItem("p", "pump", 70, 38, 3, 3)
    above = LayoutItem("q", "pump", 70, 62, 3, 3)
    stage.show(tank, below, above)
    assert (stage.view._by_id["v"].label_side, stage.view._by_id["v"].row_side) != (Side.ABOVE, Side.BELOW)
    assert stage.view._by_id["v"].row_side is not Side.BELOW


def test_a_thousand_tanks(stage) -> None:
    """Built and placed well within a page switch, and one flush hands over all four thousand values."""
    roles = ("level", "temperature", "pressure", "flow")
    items = [
        LayoutItem(
            f"t{i}",
            "tank.vertical",
            20 * (i % 40) + 10,
            24 * (i // 40) + 12,
            11,
            11,
            label=f"T{i}",
            bind={r: f"T{i}.{r}" for r in roles},
        )
        for i in range(1000)
    ]
    start = time.thread_time()
    stage.show(*items, extent=(0, 0, 800, 600), tags={})
    built = time.thread_time() - start
    flushed: list[int] = []
    stage.view.flushed.connect(flushed.append)
    stage.view.put_values({tag: good(tag, 42.0, NOW, NOW) for item in items for tag in item.bind.values()})
    stage.view.flush()
    assert flushed == [4000]
    assert all(slot.said.text == "42.0" for item in stage.view._items for slot in item.slots)
    assert built < 3.0  # about 0.1 s on an idle machine: guards against something quadratic


def test_switching_layouts_keeps_no_items(farm) -> None:
    for _ in range(3):
        farm.view.show_layout(LOADING, None, TAGS, EQUIPMENT)
        farm.view.show_layout(LAYOUT, None, TAGS, EQUIPMENT)
    assert len(farm.view._items) == len(farm.view._painted) == len(LAYOUT.items)
