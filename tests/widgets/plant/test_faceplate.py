"""The faceplate: every tag of the equipment, limits on the bar, the last hour with its gaps, alarms that keep their places."""

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.alarm import AlarmState, RuleKind
from app.domain.instant import HOUR, MINUTE, SECOND
from app.domain.sample import Quality, Reason, Sample, good
from app.domain.tag import Priority
from tests.widgets.plant import sample
from tests.widgets.plant.conftest import near
from tests.widgets.plant.sample import CAMERAS, EQUIPMENT, LAYOUT, NOW, TAGS
from widgets.plant.faceplate import Faceplate, tags_of
from widgets.plant.sparkline import SLICES, Recent
from widgets.theme import NIGHT

ITEMS = {item.id: item for item in LAYOUT.items}


@pytest.fixture
def plate(qtbot, holder, blink, clock) -> Faceplate:
    made = Faceplate(holder, blink, clock)
    qtbot.addWidget(made)
    made.resize(400, 900)
    made.show()
    return made


def show(plate: Faceplate, item: str, values=None) -> list[str]:
    asked: list[str] = []
    plate.history_wanted.connect(asked.append)
    plate.show_item(ITEMS[item], TAGS, EQUIPMENT, CAMERAS, sample.calm() if values is None else values)
    return asked


def live(occurrence: int, state: AlarmState, priority: Priority = Priority.HIGH, tag: str = "V-201.LT"):
    return sample.alarm(occurrence, tag, RuleKind.H, state, priority, 93.4, 92)


def test_all_tags_of_the_equipment_are_there_bound_ones_first() -> None:
    assert tags_of(ITEMS["V-201"], TAGS) == ["V-201.LT", "V-201.TT", "V-201.PT", "V-201.LSHH"]
    assert tags_of(ITEMS["g0"], TAGS) == ["GT-101"]


def test_history_is_asked_for_analogue_tags_only(plate) -> None:
    assert show(plate, "V-201") == ["V-201.LT", "V-201.TT", "V-201.PT"]


def test_values_are_shown_with_the_beat(plate, qtbot) -> None:
    show(plate, "V-201")
    plate.put_values({"V-201.LT": good("V-201.LT", 51.0, NOW, NOW), "V-999": good("V-999", 1, NOW, NOW)})
    qtbot.waitUntil(lambda: plate.panels["V-201.LT"].sample.value == 51.0, timeout=2000)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (None, "尚无数据"),
        (good("V-201.LT", 1.0, NOW - 3 * SECOND, NOW), "数据好 · 3 秒前"),
        (
            Sample("V-201.LT", 1.0, Quality.BAD, Reason.TIMEOUT, NOW - 5 * MINUTE, NOW, "exception 2"),
            "设备无应答 · 5 分前 exception 2",
        ),
    ],
)
def test_quality_and_age_in_words(plate, given, line) -> None:
    show(plate, "V-201", {} if given is None else {"V-201.LT": given})
    assert plate.panels["V-201.LT"].quality_line() == line


def test_the_bar_has_its_band_its_ticks_and_its_pointer(plate) -> None:
    show(plate, "V-201", {"V-201.LT": good("V-201.LT", 50.0, NOW, NOW)})
    panel = plate.panels["V-201.LT"]
    image = panel.grab().toImage()
    left, width, y = 12, panel.width() - 24, 77

    def at(fraction: float) -> str:
        return image.pixelColor(round(left + fraction * width), y).name()

    assert at(0.02) == NIGHT.raised and at(0.97) == NIGHT.raised  # beyond the limits
    assert at(0.3) == NIGHT.line and at(0.7) == NIGHT.line  # normal band
    for limit in (0.05, 0.10, 0.85, 0.92):
        x = round(left + limit * width)
        assert NIGHT.text_dim in {image.pixelColor(x + d, y).name() for d in (-1, 0, 1)}
    assert any(near(image.pixelColor(round(left + 0.5 * width) + d, y).name(), NIGHT.text) for d in (-1, 0, 1))


def test_a_value_in_doubt_has_no_solid_pointer(plate) -> None:
    show(plate, "V-201", {"V-201.LT": Sample("V-201.LT", 50.0, Quality.BAD, Reason.STALE, NOW, NOW)})
    image = plate.panels["V-201.LT"].grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(12, 200) for y in range(30, 60)}
    assert NIGHT.bad in colours and NIGHT.text not in colours


def test_the_last_hour_keeps_extremes_and_gaps() -> None:
    recent = Recent()
    times = [NOW - HOUR + i * SECOND * 5 for i in range(720)]
    recent.put_history(times, [None if 300 <= i < 360 else 99.0 if i == 50 else 10.0 for i in range(720)])
    window = recent.window(NOW)
    assert max(high for _, _, high in window) == 99.0
    slices = [at for at, _, _ in window]
    assert slices == sorted(slices) and slices[0] >= 0 and slices[-1] < SLICES
    assert max(b - a for a, b in itertools.pairwise(slices)) >= 18  # 300 s of nothing


def test_history_may_come_as_spans() -> None:
    recent = Recent()
    recent.put_history([NOW - MINUTE, NOW - 2 * MINUTE], [1.0, None], [9.0, None])
    assert [w[1:] for w in recent.window(NOW)] == [(1.0, 9.0)]


def test_the_last_hour_is_bounded() -> None:
    recent = Recent()
    for i in range(5000):
        recent.put(NOW + i * 15 * SECOND, float(i))
    assert len(recent._slices) <= 2 * SLICES
    assert len(recent.window(NOW + 5000 * 15 * SECOND)) <= SLICES


def test_a_value_in_doubt_is_no_part_of_the_curve(plate, clock) -> None:
    show(plate, "V-201", {"V-201.LT": Sample("V-201.LT", 50.0, Quality.BAD, Reason.STALE, NOW, NOW)})
    panel = plate.panels["V-201.LT"]
    panel.tick()
    assert panel.recent.window(clock.now) == []
    panel.put(good("V-201.LT", 40.0, NOW, NOW))
    assert [w[1:] for w in panel.recent.window(clock.now)] == [(40.0, 40.0)]


def test_acknowledge_names_the_occurrence(plate, qtbot) -> None:
    show(plate, "V-201")
    plate.put_alarms([live(41, AlarmState.UNACK)])
    with qtbot.waitSignal(plate.acknowledge) as caught:
        plate.rows[41].button.click()
    assert caught.args == [41]


@pytest.mark.parametrize(
    ("state", "button"),
    [
        (AlarmState.UNACK, "确认"),
        (AlarmState.RTNUN, "确认"),
        (AlarmState.LUNAK, "确认"),
        (AlarmState.LAKED, "复位"),
        (AlarmState.ACKED, None),
        (AlarmState.SHLVD, None),
        (AlarmState.OOSRV, None),
    ],
)
def test_only_the_action_that_is_due_is_offered(plate, qtbot, state, button) -> None:
    show(plate, "V-201")
    plate.put_alarms([live(7, state)])
    row = plate.rows[7]
    assert (row.button.text() if not row.button.isHidden() else None) == button
    if button == "复位":
        with qtbot.waitSignal(plate.reset) as caught:
            row.button.click()
        assert caught.args == [7]


def test_rows_keep_their_places_when_a_worse_alarm_comes(plate) -> None:
    show(plate, "V-201")
    plate.put_alarms([live(1, AlarmState.UNACK, Priority.LOW)])
    first = plate.rows[1]
    plate.put_alarms([live(2, AlarmState.UNACK, Priority.CRITICAL, "V-201.TT"), live(1, AlarmState.ACKED, Priority.LOW)])
    assert list(plate.rows) == [1, 2]
    assert plate.rows[1] is first and first.alarm.state == AlarmState.ACKED
    plate.put_alarms([live(2, AlarmState.UNACK, Priority.CRITICAL, "V-201.TT")])
    assert list(plate.rows) == [2]


def test_the_worst_standing_alarm_marks_the_tag(plate) -> None:
    show(plate, "V-201")
    plate.put_alarms(
        [live(1, AlarmState.ACKED, Priority.HIGH), live(2, AlarmState.UNACK, Priority.CRITICAL), live(3, AlarmState.RTNUN)]
    )
    assert plate.panels["V-201.LT"].alarm is Priority.CRITICAL
    plate.put_alarms([])
    assert plate.panels["V-201.LT"].alarm is None


def test_a_tag_opens_its_trend_by_mouse_and_by_key(plate) -> None:
    show(plate, "V-201")
    opened: list[str] = []
    plate.open_trend.connect(opened.append)
    QTest.mouseClick(plate.panels["V-201.LT"], Qt.MouseButton.LeftButton)
    QTest.keyClick(plate.panels["V-201.TT"], Qt.Key.Key_Return)
    assert opened == ["V-201.LT", "V-201.TT"]


def test_silence_doubts_the_faceplate_too(plate) -> None:
    show(plate, "V-201")
    plate.set_feed_silent(True)
    assert plate.panels["V-201.LT"].quality_line().startswith("与站点失联")
    show(plate, "V-202")
    assert plate.panels["V-202.LT"].silent


@pytest.mark.parametrize("item", [item.id for item in LAYOUT.items])
def test_every_item_has_a_faceplate(plate, item) -> None:
    show(plate, item)
    plate.grab()
