"""The overview: no alarm is left out of the sums, the value nearest to a limit is the one shown, cards stay grey when calm."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.alarm import AlarmState, RuleKind
from app.domain.plant import Equipment
from app.domain.sample import Reason, bad, good
from app.domain.tag import Kind, Limits, Priority, Tag
from tests.widgets.plant.sample import EQUIPMENT, NOW, TAGS, alarm, calm
from widgets.overview import OverviewPage
from widgets.overview_summary import Count, count, gauge_of, group, summarise
from widgets.symbols import Blink
from widgets.theme import NIGHT, ThemeHolder


def values(**numbers: float):
    return {name: good(name, number, NOW, NOW) for name, number in numbers.items()}


UNITS = [
    Equipment("A", area="甲区", hazard_source="S2", hazard_level=2),
    Equipment("B", area="乙区", hazard_source="S1", hazard_level=1),
]
A1 = Tag("A1", equipment="A", kind=Kind.LEVEL, unit="%", range_low=0, range_high=100, limits=Limits(5, 10, 80, 90))
A2 = Tag("A2", equipment="A", kind=Kind.LEVEL, unit="%", range_low=0, range_high=100, limits=Limits(5, 10, 80, 90))
B1 = Tag("B1", equipment="B", kind=Kind.TEMPERATURE, range_low=0, range_high=200, limits=Limits(h=100))
SOURCE = next(one for one in group([A1, A2], UNITS) if one.code == "S2")
LOOSE = Tag("X1", equipment="", kind=Kind.FLOW)


def test_sources_come_by_level_and_loose_tags_last() -> None:
    groups = group([A1, A2, B1, LOOSE], UNITS)
    assert [(g.code, g.title, g.level) for g in groups] == [("S1", "乙区", 1), ("S2", "甲区", 2), ("", "", None)]
    assert [t.tag for t in groups[2].tags] == ["X1"]


@pytest.mark.parametrize(("value", "margin"), [(50, 0.30), (75, 0.05), (85, -0.05), (12, 0.02), (8, -0.02)])
def test_margin_to_the_nearest_limit(value, margin) -> None:
    assert gauge_of(A1).margin(value) == pytest.approx(margin)
    assert gauge_of(LOOSE).margin(value) > 100  # no limit: never near


@pytest.mark.parametrize(
    ("given", "alarmed", "shown"),
    [
        ({"A1": 50.0, "A2": 70.0}, [], "A2"),
        ({"A1": 12.0, "A2": 70.0}, [], "A1"),
        ({"A1": 50.0, "A2": 95.0}, ["A1"], "A1"),  # in alarm counts before near
        ({"A1": 50.0}, [], "A1"),  # A2 never came
    ],
)
def test_the_value_nearest_to_a_limit_is_shown(given, alarmed, shown) -> None:
    alarms = {tag: [alarm(1, tag, RuleKind.H, AlarmState.ACKED, Priority.HIGH)] for tag in alarmed}
    assert [key.tag.tag for key in summarise(SOURCE, values(**given), alarms).values] == [shown]


def test_doubted_values_are_counted_and_never_nearest() -> None:
    known = {**values(A1=50.0), "A2": bad("A2", Reason.TIMEOUT, NOW, value=99.0)}
    summary = summarise(SOURCE, known, {})
    assert (summary.doubted, summary.total, summary.values[0].tag.tag) == (1, 2, "A1")
    assert summarise(SOURCE, values(A1=50.0, A2=50.0), {}, silent=True).doubted == 2


def test_counts_by_priority() -> None:
    live = [
        alarm(1, "A1", RuleKind.HH, AlarmState.UNACK, Priority.CRITICAL),
        alarm(2, "A1", RuleKind.H, AlarmState.ACKED, Priority.HIGH),
        alarm(3, "A2", RuleKind.H, AlarmState.RTNUN, Priority.HIGH),
        alarm(4, "A2", RuleKind.L, AlarmState.SHLVD, Priority.LOW),
        alarm(5, "A2", RuleKind.LL, AlarmState.NORM, Priority.LOW),
    ]
    assert count(live) == ((Count(1, 1), Count(1, 2), Count(), Count()), 1)


@pytest.fixture
def page(qtbot) -> OverviewPage:
    blink = Blink()
    made = OverviewPage(ThemeHolder(NIGHT), blink)
    blink.setParent(made)
    qtbot.addWidget(made)
    made.resize(1400, 900)
    made.show()
    return made


def fill(page: OverviewPage) -> None:
    page.show_site(TAGS, EQUIPMENT)
    page.put_values(calm())
    page.flush()


def test_the_empty_page_says_what_to_do(page) -> None:
    assert page._empty.isVisible() and "equipment.csv" in page._empty.text()
    fill(page)
    assert not page._empty.isVisible()


def test_calm_is_grey(page) -> None:
    fill(page)
    image = page.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(0, 1400, 3) for y in range(0, 900, 3)}
    assert not {*NIGHT.priority, NIGHT.bad} & colours


def test_an_alarm_edges_its_card_only(page) -> None:
    fill(page)
    page.put_alarms({"V-202.LT": [alarm(1, "V-202.LT", RuleKind.HH, AlarmState.ACKED, Priority.CRITICAL, 95, 92)]})
    page.flush()
    edged = []
    for card in page.cards:
        image = card.grab().toImage()
        edged.append(image.pixelColor(image.width() // 2, 1).name() == NIGHT.alarm(Priority.CRITICAL))
    assert edged == [card.group.code == "370300001001" for card in page.cards]


def test_alarms_that_belong_to_no_equipment_are_counted_too(page) -> None:
    fill(page)
    page.put_alarms({"@dcs": [alarm(9, "@dcs", RuleKind.LINK, AlarmState.UNACK, Priority.CRITICAL)]})
    page.flush()
    assert "未确认 1" in page._head.text() and "系统与数据源报警 1" in page._head.text()


def test_flushed_by_itself_while_visible_only(page, qtbot) -> None:
    fill(page)
    assert page._pulse.running
    page.hide()
    assert not page._pulse.running
    page.put_alarms({"V-202.LT": [alarm(1, "V-202.LT", RuleKind.HH, AlarmState.UNACK, Priority.CRITICAL, 95, 92)]})
    page.show()
    assert "未确认 1" in page._head.text()


def test_a_card_opens_the_picture_of_its_worst_alarm(page) -> None:
    fill(page)
    page.put_alarms({"V-202.LT": [alarm(1, "V-202.LT", RuleKind.HH, AlarmState.UNACK, Priority.CRITICAL, 95, 92)]})
    page.flush()
    opened: list[str] = []
    page.open_layout.connect(opened.append)
    card = next(card for card in page.cards if card.group.code == "370300001001")
    QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    QTest.keyClick(card, Qt.Key.Key_Return)
    assert opened == ["V-202", "V-202"]


def test_silence_doubts_everything(page) -> None:
    fill(page)
    page.set_feed_silent(True, NOW)
    assert all(card.summary.doubted == card.summary.total for card in page.cards)
    assert "与站点失联" in page._head.text()


def test_a_new_configuration_replaces_the_cards(page) -> None:
    fill(page)
    page.show_site({}, {})
    assert list(page.cards) == [] and page._empty.isVisible()


@pytest.mark.parametrize(("width", "columns"), [(500, 1), (1000, 1), (1400, 2), (2600, 3)])
def test_cards_are_as_large_as_the_room_allows_and_none_is_cut_off(page, qtbot, width, columns) -> None:
    fill(page)
    page.resize(width, 900)

    def arranged() -> bool:
        places = [card.geometry() for card in page.cards]
        return max(place.right() for place in places) <= width and len({place.left() for place in places}) == columns

    qtbot.waitUntil(arranged, timeout=2000)
    assert all(card.height() >= 236 for card in page.cards)
