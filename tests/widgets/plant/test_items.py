"""Items of the picture, by the colours of single pixels and by what they would write."""

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter

from app.domain.alarm import AlarmState, RuleKind
from app.domain.instant import SECOND
from app.domain.plant import Equipment, EquipmentStatus, LayoutItem
from app.domain.sample import Quality, Reason, Sample, bad, good
from app.domain.tag import DataType, Kind, Limits, Priority, Tag
from tests.widgets.plant import sample
from tests.widgets.plant.conftest import Stage, colours_of, near
from tests.widgets.plant.sample import NOW
from widgets.plant.kinds import KINDS
from widgets.theme import DAY, NIGHT
from widgets.words import set_language

LT = Tag("LT", "液位", "V", Kind.LEVEL, "%", 0, 100, 1, limits=Limits(10, 20, 80, 90))
TAGS = {"LT": LT, "TT": Tag("TT", "温度", "V", Kind.TEMPERATURE, "℃", 0, 100)}
TANK = LayoutItem("v", "tank.vertical", 70, 50, 40, 40, label="V", bind={"level": "LT"})
DEEP = (58.0, 35.0)  # near the bottom of TANK, left of its text
HIGH = (58.0, 60.0)


def put(stage: Stage, *samples: Sample) -> None:
    stage.view.put_values({one.tag: one for one in samples})
    stage.view.flush()


def level(value: float) -> Sample:
    return good("LT", value, NOW, NOW)


def doubtful(value: float | None, seconds: int = 90) -> Sample:
    return Sample("LT", value, Quality.BAD, Reason.COMM_LOST, NOW - seconds * SECOND, NOW)


def item(stage: Stage, id_: str = "v"):
    return stage.view._by_id[id_]


@pytest.mark.parametrize("theme", [NIGHT, DAY], ids=lambda theme: theme.name)
def test_a_normal_tank_is_grey(stage, theme) -> None:
    stage.holder.set_theme(theme)
    stage.show(TANK, tags=TAGS)
    put(stage, level(50))
    assert stage.pixel(*DEEP) == theme.level_fill
    assert stage.pixel(*HIGH) == theme.equipment_fill
    assert stage.pixel(5, 5) == theme.background
    assert not {*theme.priority, theme.bad} & stage.colours(30, 10, 110, 90)


@pytest.mark.parametrize(
    "shape", ["tank.vertical", "tank.floating_roof", "tank.sphere", "tank.horizontal", "reactor", "column"]
)
@pytest.mark.parametrize("percent", [0, 25, 75, 100])
def test_the_surface_stands_at_the_level(stage, shape, percent) -> None:
    stage.show(LayoutItem("v", shape, 70, 50, 40, 40, bind={"level": "LT"}), tags=TAGS)
    put(stage, level(percent))
    vessel = item(stage)
    low, high = 70 - vessel.empty * 40, 70 - vessel.full * 40  # metres, upward
    surface = low + percent / 100 * (high - low)
    picture = stage.image()
    for y in range(round(low) + 2, round(high) - 1, 2):
        if abs(y - surface) > 1.2 and abs(y - (low + high) / 2) > 3.5:  # not on the surface, not on the text
            colours = {
                stage.pixel(x, y + d, picture) for x in (66.5, 67.7, 68.9, 71.3, 72.9) for d in (0, 0.4)
            }  # a tray may lie there
            wanted = NIGHT.level_fill if y < surface else NIGHT.equipment_fill
            assert wanted in colours, (y, surface)


@pytest.mark.parametrize(("name", "limit"), [("LL", 10), ("L", 20), ("H", 80), ("HH", 90)])
def test_limit_ticks_stand_at_their_place_in_the_range(stage, name, limit) -> None:
    """The rule at the left has a tick exactly at the limit and none two metres off."""
    stage.show(TANK, tags=TAGS)
    put(stage, level(50))
    vessel = item(stage)
    low, high = 70 - vessel.empty * 40, 70 - vessel.full * 40
    y = low + limit / 100 * (high - low)
    picture = stage.image()
    x = 50 - 7.5 / stage.view.scale_  # beside the rule
    scale = stage.view.scale_
    around = [stage.pixel(x, y + d / scale, picture) for d in (-1, 0, 1)]
    assert any(near(colour, NIGHT.text_dim) for colour in around)
    assert stage.pixel(x, y + 2, picture) == NIGHT.background
    assert stage.pixel(x, y - 2, picture) == NIGHT.background


def test_an_alarm_colours_the_outline_only(stage) -> None:
    stage.show(TANK, tags=TAGS)
    put(stage, level(95))
    stage.view.put_alarms({"LT": [sample.alarm(1, "LT", RuleKind.HH, AlarmState.ACKED, Priority.CRITICAL, 95, 90)]})
    assert stage.pixel(51.6, 45) == NIGHT.alarm(Priority.CRITICAL)
    assert stage.pixel(*DEEP) == NIGHT.level_fill


@pytest.mark.parametrize(
    ("state", "coloured"),
    [
        (AlarmState.UNACK, True),
        (AlarmState.ACKED, True),
        (AlarmState.RTNUN, False),
        (AlarmState.SHLVD, False),
        (AlarmState.DSUPR, False),
    ],
)
def test_only_a_standing_alarm_colours_the_equipment(stage, state, coloured) -> None:
    stage.show(TANK, tags=TAGS)
    put(stage, level(50))
    stage.view.put_alarms({"LT": [sample.alarm(1, "LT", RuleKind.H, state, Priority.HIGH)]})
    assert (stage.pixel(51.6, 45) == NIGHT.alarm(Priority.HIGH)) is coloured
    assert item(stage).shown == [(Priority.HIGH, state)]


def test_the_value_in_alarm_stands_on_a_plate(stage) -> None:
    stage.show(TANK, tags=TAGS)
    put(stage, level(95))
    stage.view.put_alarms({"LT": [sample.alarm(1, "LT", RuleKind.HH, AlarmState.ACKED, Priority.CRITICAL, 95, 90)]})
    colours = stage.colours(64, 44, 76, 52)
    assert {NIGHT.alarm(Priority.CRITICAL), "#000000"} <= colours


def test_an_old_level_is_hatched_never_a_solid_fill(stage) -> None:
    stage.show(TANK, tags=TAGS)
    put(stage, level(50))
    assert stage.pixel(*DEEP) == NIGHT.level_fill
    put(stage, doubtful(50))
    colours = stage.colours(52, 32, 62, 42)
    assert NIGHT.level_fill not in colours
    assert NIGHT.bad in colours and NIGHT.equipment_fill in colours
    assert item(stage).level.said.text == "〔50.0〕"
    assert any(near(colour, NIGHT.bad, 70) for colour in stage.colours(51, 58, 52.2, 62))


def test_a_level_that_is_not_known_is_hatched_whole(stage) -> None:
    stage.show(TANK, tags=TAGS)
    put(stage, doubtful(None))
    assert NIGHT.bad in stage.colours(52, 55, 62, 62)
    assert item(stage).level.said.text == "〔—〕"


def test_no_sample_yet_is_a_dash_and_no_fill(stage) -> None:
    stage.show(TANK, tags=TAGS)
    assert stage.pixel(*DEEP) == NIGHT.equipment_fill
    assert item(stage).level.said.text == "—"
    assert NIGHT.bad not in stage.colours(40, 20, 100, 80)


def test_the_age_of_a_bad_value_is_written_and_grows(stage, clock) -> None:
    stage.show(TANK, tags=TAGS)
    put(stage, doubtful(50, seconds=5))
    assert item(stage).age == "数据源中断 5 秒"
    clock.now += 125 * SECOND
    for _ in range(5):
        stage.view.flush()
    assert item(stage).age == "数据源中断 2 分"
    put(stage, level(50))
    assert item(stage).age == ""


def test_another_reason_is_shown_though_the_value_stays(stage, clock) -> None:
    stage.show(TANK, tags=TAGS)
    put(stage, doubtful(50))
    slot = item(stage).level
    assert item(stage).put(slot, slot.sample._replace(reason=Reason.TIMEOUT))
    assert item(stage).age == "设备无应答 1 分"
    assert not item(stage).put(slot, slot.sample)


def test_bad_data_alarm_is_a_diamond_and_no_red_outline(stage) -> None:
    stage.show(TANK, tags=TAGS)
    put(stage, doubtful(50))
    stage.view.put_alarms({"LT": [sample.alarm(1, "LT", RuleKind.BAD, AlarmState.UNACK, Priority.CRITICAL)]})
    assert item(stage).shown == [(None, AlarmState.UNACK)]
    assert NIGHT.alarm(Priority.CRITICAL) not in stage.colours(40, 20, 100, 75)


@pytest.mark.parametrize(
    ("kind", "role", "value", "fill"),
    [
        ("pump", "running", 1, NIGHT.running),
        ("pump", "running", 0, NIGHT.stopped),
        ("valve", "open", 1, NIGHT.running),
        ("valve", "open", 0, NIGHT.stopped),
        ("compressor", "running", 1, NIGHT.running),
    ],
)
def test_machines_speak_by_fill_not_by_colour(stage, kind, role, value, fill) -> None:
    tag = Tag("S", data_type=DataType.BOOL)
    stage.show(LayoutItem("v", kind, 70, 50, 30, 30, bind={role: "S"}), tags={"S": tag})
    put(stage, good("S", value, NOW, NOW))
    colours = stage.colours(55, 35, 85, 65)
    assert fill in colours
    assert not {*NIGHT.priority, NIGHT.bad} & colours
    put(stage, bad("S", Reason.TIMEOUT, NOW, value=value))
    assert NIGHT.bad in stage.colours(55, 35, 85, 65)


def test_a_contact_in_its_normal_place_is_silent(stage) -> None:
    tag = Tag("S", kind=Kind.INTERLOCK, data_type=DataType.BOOL, alarm_on=1)
    stage.show(LayoutItem("v", "switch", 70, 50, 4, 4, bind={"value": "S"}), tags={"S": tag})
    for value, written in ((0, []), (1, ["联锁动作"])):
        put(stage, good("S", value, NOW, NOW))
        assert [slot.said.text for slot in item(stage).shown_rows()] == written
    put(stage, bad("S", Reason.TIMEOUT, NOW, value=0))
    assert [slot.said.text for slot in item(stage).shown_rows()] == ["〔联锁正常〕"]


@pytest.mark.parametrize("kind", [*KINDS, "flare.stack", ""])
def test_every_type_and_any_unknown_one_is_drawn(stage, kind) -> None:
    options = {"points": [[60, 40], [80, 40], [80, 60]], "bearing": 90, "angle": 60, "reach": 30, "layout": "x"}
    stage.show(LayoutItem("v", kind, 70, 50, 20, 20, label="名称", bind={"value": "LT"}, options=options), tags=TAGS)
    put(stage, level(42))
    stage.view.put_alarms({"LT": [sample.alarm(1, "LT", RuleKind.H, AlarmState.UNACK, Priority.HIGH)]})
    assert stage.colours(58, 38, 82, 62) != {NIGHT.background}
    assert item(stage).hit(QPointF(79.4, -50), 1.0)


def test_broken_options_do_not_break_the_page(stage) -> None:
    options = {"points": [["a", 1], None, [1]], "bearing": "east", "reach": None, "size": "large"}
    stage.show(
        *(LayoutItem(kind, kind, 70, 50, label="x", options=options) for kind in ("area", "pipe", "camera", "text", "link"))
    )
    stage.image()


def test_camera_looks_where_its_bearing_says(stage) -> None:
    for bearing, inside, outside in ((90, (90, 50), (50, 50)), (0, (70, 70), (70, 30)), (225, (56, 36), (84, 64))):
        camera = LayoutItem("c", "camera", 70, 50, 2, 2, options={"bearing": bearing, "angle": 40, "reach": 40})
        stage.show(camera)
        picture = stage.image()
        assert stage.pixel(*inside, picture) != NIGHT.background
        assert stage.pixel(*outside, picture) == NIGHT.background


def test_equipment_out_of_use_says_so(stage) -> None:
    units = {
        "A": Equipment("A", status=EquipmentStatus.MAINTENANCE),
        "B": Equipment("B", status=EquipmentStatus.STOPPED),
        "C": Equipment("C", "三号罐"),
    }
    spots = [
        LayoutItem(k, "tank.vertical", 20 + 40 * i, 50, 20, 20, label=k if k != "C" else "", equipment=k)
        for i, k in enumerate(units)
    ]
    stage.show(*spots, equipment=units)
    assert [item(stage, k).label for k in units] == ["A（检修）", "B（停用）", "三号罐"]


def test_far_away_texts_go_and_symbols_stay_readable(stage) -> None:
    stage.show(
        *(
            LayoutItem(f"v{i}", "tank.vertical", 10 + 15 * i, 50, 10, 10, label=f"V-{i}", bind={"level": "LT"})
            for i in range(8)
        ),
        tags=TAGS,
    )
    put(stage, level(50))
    stage.view.put_alarms({"LT": [sample.alarm(1, "LT", RuleKind.H, AlarmState.ACKED, Priority.CRITICAL)]})
    scenery = stage.view.scenery
    seen = []
    for factor in (1.0, 0.4, 0.2):
        scenery.em = 2.0 * factor
        stage.image()
        seen.append((scenery.value_px > 0, scenery.label_px > 0, scenery.symbol_px))
    assert seen[0][:2] == (True, True)
    assert seen[1][:2] == (False, True)
    assert seen[2][:2] == (False, False)
    assert all(size >= 20 for *_, size in seen)


def test_symbols_lie_over_everything_at_the_upper_right(stage) -> None:
    neighbour = LayoutItem("n", "warehouse", 96, 72, 20, 10)
    stage.show(TANK, neighbour, tags=TAGS)
    stage.view.put_alarms({"LT": [sample.alarm(1, "LT", RuleKind.H, AlarmState.ACKED, Priority.CRITICAL)]})
    at = stage.view.viewportTransform().map(item(stage).symbol_anchor())
    picture = stage.image()
    size = stage.view.scenery.symbol_px
    left, top = round(at.x() - size / 2), round(at.y() - size * 0.6)
    assert picture.pixelColor(left + 5, top + size // 2).name() == NIGHT.alarm(Priority.CRITICAL)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize(
    "spec",
    [
        LayoutItem(
            "v", "tank.vertical", 70, 50, 10, 10, label="一个相当长的设备名称", bind={"level": "LT", "temperature": "TT"}
        ),
        LayoutItem("v", "tank.floating_roof", 70, 50, 10, 6, label="V", bind={"level": "LT"}),
        LayoutItem("v", "tank.horizontal", 70, 50, 16, 4, rot=40, label="V", bind={"level": "LT", "temperature": "TT"}),
        LayoutItem("v", "pump", 70, 50, label="输送泵", bind={"running": "SW", "flow": "TT"}),
        LayoutItem("v", "gas_detector", 70, 50, label="GT-1", bind={"value": "TT"}),
        LayoutItem("v", "value", 70, 50, bind={"value": "TT"}),
        LayoutItem("v", "value", 70, 50, bind={"value": "WIND"}),
        LayoutItem("v", "switch", 70, 50, label="溢流", bind={"value": "SW"}),
        LayoutItem("v", "camera", 70, 50, 2, 2, label="枪机", options={"bearing": 30, "angle": 60, "reach": 20}),
        LayoutItem("v", "link", 70, 50, label="去储罐区的门", options={"layout": "x"}),
        LayoutItem("v", "area", 70, 50, 4, 6, label="一个名字比自己宽的区域"),
        LayoutItem("v", "pipe", 70, 50, options={"points": [[60, 44], [75, 44], [80, 60]]}),
        LayoutItem("v", "text", 70, 50, label="厂区大门 Main gate"),
    ],
    ids=lambda spec: spec.type + "".join(spec.bind.values()),
)
def test_the_extent_of_an_item_holds_all_that_is_painted(stage, language, spec, request) -> None:
    """At every zoom, or something would be left behind when the item is painted anew."""
    tags = {**TAGS, "SW": Tag("SW", data_type=DataType.BOOL), "WIND": Tag("WIND", kind=Kind.WIND_DIRECTION, unit="°")}
    request.addfinalizer(lambda: set_language("zh_CN"))
    set_language(language)
    stage.show(spec, tags=tags)
    old = NOW - 3600 * SECOND
    put(stage, doubtful(88.8), bad("TT", Reason.SENSOR_FAILURE, old, value=123.4), good("SW", 1, NOW, NOW))
    put(stage, good("WIND", 135.0, NOW, NOW))
    one = item(stage)
    for scale in (2.0, 4.3, 5, 6, 9, 14, 30):
        stage.view.look_at(QPointF(70, -50), scale)
        picture = stage.image()
        to_view = stage.view.viewportTransform()
        held = one.extent.translated(round(to_view.dx()), round(to_view.dy()))
        painter = QPainter(picture)
        painter.fillRect(held, QColor(NIGHT.background))
        painter.end()
        assert colours_of(picture) == {NIGHT.background}, scale


def test_a_small_tank_shows_every_level_of_a_pixel_and_no_less_is_painted(stage) -> None:
    """Where texts are hidden, a value that moves its level by a pixel is a repaint, and one that does not is none."""
    tanks = [LayoutItem(f"v{i}", "tank.vertical", 10 + 11 * i, 50, 10, 10, bind={"level": "LT"}) for i in range(8)]
    stage.show(*tanks, tags=TAGS)
    stage.view.look_at(QPointF(70, -50), 2.0)
    put(stage, level(0.0))
    stage.image()
    vessel = item(stage, "v3")
    assert stage.view.scenery.value_px == 0 and vessel.size == (20, 20)
    depth = vessel.level.depth
    for percent in (10.0, 40.0, 41.0, 99.0):
        surface = vessel.level.surface
        moved = vessel.put(vessel.level, level(percent))
        assert moved == (round(vessel.level.bottom - percent / 100 * depth) != surface)
        picture = stage.image()
        top = vessel.corner()[1] + round(stage.view.viewportTransform().dy())
        x = round(stage.view.viewportTransform().map(QPointF(vessel.spec.x, 0)).x())
        column = [picture.pixelColor(x, top + row).name() for row in range(3, 19)]
        filled = [row + 3 for row, colour in enumerate(column) if colour == NIGHT.level_fill]
        expected = [row for row in range(3, 19) if row >= vessel.level.surface]
        assert [row for row in filled if row > 3] == [row for row in expected if row > 3], percent


def test_what_hidden_texts_would_say_is_right_as_soon_as_they_are_shown(stage) -> None:
    stage.show(TANK, tags=TAGS)
    put(stage, level(50))
    stage.view.look_at(QPointF(70, -50), 2.0)
    stage.image()
    put(stage, level(61.5))
    near_ = item(stage).level
    assert stage.view.scenery.value_px == 0 and near_.unsaid
    stage.view.fit()
    shown = stage.image()
    assert (near_.said.text, near_.surface) == ("61.5", round(near_.bottom - 0.615 * near_.depth))
    put(stage, level(50))
    put(stage, level(61.5))
    assert stage.image() == shown


def test_the_fill_of_a_machine_changes_though_texts_are_hidden(stage) -> None:
    stage.show(LayoutItem("v", "pump", 70, 50, 10, 10, bind={"running": "N"}), tags={"N": Tag("N", decimals=0)})
    put(stage, good("N", 0.0, NOW, NOW))
    stage.view.look_at(QPointF(70, -50), 3.0)
    assert NIGHT.stopped in stage.colours(60, 40, 80, 60)
    put(stage, good("N", 1.0, NOW, NOW))
    assert NIGHT.running in stage.colours(60, 40, 80, 60)
