"""The plant page: choosing pictures, going to a tag, links, symbols on tabs, search, faceplate."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from app.domain.alarm import AlarmState, RuleKind
from app.domain.instant import SECOND
from app.domain.plant import Layout, LayoutItem
from app.domain.sample import good
from app.domain.tag import Priority
from tests.widgets.plant import sample
from tests.widgets.plant.sample import CAMERAS, EQUIPMENT, LAYOUT, LOADING, NOW, TAGS
from widgets.plant.page import PlantPage

PLANT = Layout(
    "plant",
    "全厂",
    1,
    (0, 0, 400, 300),
    tuple(LayoutItem(f"o-{i.id}", i.type, i.x, i.y, i.w, i.h, bind=i.bind) for i in LAYOUT.items),
)


@pytest.fixture
def page(qtbot, holder, blink, clock) -> PlantPage:
    made = PlantPage(holder, blink, clock)
    qtbot.addWidget(made)
    made.resize(1600, 900)
    made.show()
    made.show_site([LAYOUT, PLANT, LOADING], {"farm.svg": sample.PLAN}.get, TAGS, EQUIPMENT, CAMERAS)
    made.put_values(sample.calm())
    return made


def an_alarm(tag: str, state: AlarmState = AlarmState.UNACK):
    return {tag: [sample.alarm(1, tag, RuleKind.H, state, Priority.HIGH, 1, 1)]}


def test_without_pictures_the_page_says_what_to_do(qtbot, holder, blink) -> None:
    page = PlantPage(holder, blink)
    qtbot.addWidget(page)
    page.show()
    assert page._empty.isVisible() and "正在读取" in page._empty.text()  # of a site nobody has told of nothing is said
    page.show_site([], lambda _: None, TAGS, EQUIPMENT, CAMERAS)
    assert page._empty.isVisible() and "layouts" in page._empty.text()
    page.show_site([LOADING], lambda _: None, TAGS, EQUIPMENT, CAMERAS)
    assert not page._empty.isVisible() and page.view.isVisible()


def test_overview_comes_first(page) -> None:
    assert [page.tabs.tabText(i) for i in range(page.tabs.count())] == ["全厂", "一号罐区", "装卸站"]
    assert page.view.layout_id == "plant"


@pytest.mark.parametrize(
    ("tag", "layout", "item"),
    [
        ("V-202.LT", "farm", "V-202"),  # also on the overview: the working picture is shown
        ("V-201.LSHH", "farm", "V-201"),  # drawn nowhere: its equipment
        ("GT-301", "farm", "g4"),
        ("B-1.GND", "farm", "b1"),
    ],
)
def test_going_to_a_tag(page, tag, layout, item) -> None:
    assert page.goto_tag(tag)
    assert (page.view.layout_id, page.view.selected.id) == (layout, item)
    assert page.faceplate.isVisible() and page.faceplate.item.id == item


def test_going_to_a_tag_stays_in_the_picture_shown_if_it_is_there(page) -> None:
    page.show_layout("loading")
    assert page.goto_tag("B-1.GND")
    assert page.view.layout_id == "loading"


def test_a_tag_drawn_nowhere_is_not_found(page) -> None:
    assert not page.goto_tag("@dcs")
    assert not page.goto_tag("nobody")
    assert not page.show_layout("nobody")


def test_equipment_is_found_too(page) -> None:
    assert page.goto_equipment("V-103")
    assert page.view.selected.id == "V-103"
    assert not page.goto_equipment("nobody")


def test_a_click_opens_the_faceplate_and_ground_closes_it(page) -> None:
    page.show_layout("farm")
    view = page.view
    at = view.viewportTransform().map(QPointF(20, -74)).toPoint()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert page.faceplate.isVisible() and page.faceplate.item.id == "V-101"
    view.fit()
    at = view.viewportTransform().map(QPointF(2, -2)).toPoint()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert not page.faceplate.isVisible()


def test_a_link_leads_to_its_picture(page) -> None:
    page.show_layout("farm")
    page.view.item_clicked.emit(next(item for item in LAYOUT.items if item.type == "link"))
    assert page.view.layout_id == "loading"


def test_alarms_of_pictures_not_shown_stand_on_their_tabs_and_links(page) -> None:
    page.show_layout("farm")
    page.put_alarms(an_alarm("B-1.OVF"))
    page.flush()
    shown = {page.tabs.tabText(i): not page.tabs.tabIcon(i).isNull() for i in range(page.tabs.count())}
    assert shown == {"全厂": True, "一号罐区": True, "装卸站": True}
    assert page.view._by_id["l1"].shown == [(Priority.HIGH, AlarmState.UNACK)]
    page.put_alarms({"B-1.OVF": []})
    page.flush()
    assert all(page.tabs.tabIcon(i).isNull() for i in range(page.tabs.count()))
    assert page.view._by_id["l1"].shown == []


def test_the_faceplate_follows_the_alarms(page, qtbot) -> None:
    page.goto_tag("V-202.LT")
    page.put_alarms(an_alarm("V-202.LT"))
    with qtbot.waitSignal(page.acknowledge) as caught:
        page.faceplate.rows[1].button.click()
    assert caught.args == [1]
    page.put_alarms({}, whole=True)
    assert not page.faceplate.rows


def test_history_goes_to_the_faceplate(page, qtbot) -> None:
    asked: list[str] = []
    page.history_wanted.connect(asked.append)
    page.goto_tag("V-202.LT")
    assert "V-202.LT" in asked
    page.put_history("V-202.LT", [NOW - 60 * SECOND], [12.5])
    assert (12.5, 12.5) in [w[1:] for w in page.faceplate.panels["V-202.LT"].recent.window(NOW)]


@pytest.mark.parametrize(
    ("typed", "layout", "item"),
    [("v-203", "farm", "V-203"), ("甲类库", "farm", "w1"), ("GT-104", "farm", "g3"), ("C2", "", "")],
)
def test_search(page, typed, layout, item) -> None:
    page.search.setText(typed)
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    if item:
        assert (page.view.layout_id, page.view.selected.id) == (layout, item)
    else:
        assert page.view.selected is None


def test_silence_reaches_every_part(page) -> None:
    page.goto_tag("V-202.LT")
    page.set_feed_silent(True, NOW)
    assert page.view.scenery.silent and page.faceplate.panels["V-202.LT"].silent


def test_a_new_configuration_keeps_the_picture_and_shows_new_limits(page) -> None:
    page.show_layout("farm")
    page.show_site([LAYOUT, LOADING], lambda _: None, TAGS, EQUIPMENT, CAMERAS)
    assert page.view.layout_id == "farm"
    assert page.view._by_id["V-101"].level.said.text == "30.0"  # values known before are still known
    page.show_site([LOADING], lambda _: None, TAGS, EQUIPMENT, CAMERAS)
    assert page.view.layout_id == "loading"


def test_values_reach_a_picture_shown_later(page) -> None:
    page.put_values({"B-1.GND": good("B-1.GND", 0, NOW, NOW)})
    page.show_layout("loading")
    assert [slot.said.text for slot in page.view._by_id["b1"].rows] == ["未接地", "未溢流"]
