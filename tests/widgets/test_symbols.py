"""Alarm symbols: colour, shape and numeral; the flash; which two of many are shown."""

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QImage

from app.domain.alarm import AlarmState, RuleKind
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.symbols import UNACKED, Blink, symbol_of, symbol_pixmap, to_show
from widgets.theme import DAY, NIGHT, Theme

SIZE = 40


def image(priority: Priority | None, state: AlarmState, theme: Theme = NIGHT, phase: bool = True) -> QImage:
    return symbol_pixmap(priority, state, phase, SIZE, theme).toImage()


def colours(picture: QImage) -> set[str]:
    found = (picture.pixelColor(x, y) for x in range(SIZE) for y in range(SIZE))
    return {c.name() for c in found if c.alpha() == 255}


def alarm(occurrence: int, priority: str, state: str, rule: str = "H") -> AlarmMsg:
    return AlarmMsg(occurrence, "T", "", "", rule, state, priority)


@pytest.mark.parametrize("theme", [NIGHT, DAY], ids=lambda theme: theme.name)
@pytest.mark.parametrize("priority", list(Priority))
def test_standing_is_filled_in_its_colour_with_a_black_numeral_and_a_dark_edge(qapp, priority, theme) -> None:
    found = colours(image(priority, AlarmState.ACKED, theme))
    assert {theme.alarm(priority), "#000000", theme.symbol_outline} <= found


@pytest.mark.parametrize(
    ("priority", "corners"),  # is there anything at top left, top middle, bottom left, bottom middle?
    [
        (Priority.CRITICAL, (True, True, True, True)),
        (Priority.HIGH, (False, True, True, True)),
        (Priority.MEDIUM, (True, True, False, True)),
        (Priority.LOW, (False, True, False, True)),
        (None, (False, True, False, True)),
    ],
)
def test_each_level_has_its_own_shape(qapp, priority, corners) -> None:
    picture = image(priority, AlarmState.ACKED)
    near, middle, far = 5, SIZE // 2, SIZE - 6
    points = ((near, near), (middle, near), (near, far), (middle, far))
    assert tuple(picture.pixelColor(x, y).alpha() > 128 for x, y in points) == corners


def test_circle_and_diamond_differ(qapp) -> None:
    assert image(Priority.LOW, AlarmState.ACKED).pixelColor(9, 9).alpha() > 128
    assert image(None, AlarmState.ACKED).pixelColor(9, 9).alpha() == 0


@pytest.mark.parametrize("state", [AlarmState.RTNUN, AlarmState.LUNAK, AlarmState.LAKED])
def test_a_condition_that_is_gone_is_hollow(qapp, state) -> None:
    assert image(Priority.CRITICAL, state).pixelColor(9, 9).alpha() == 0
    assert image(Priority.CRITICAL, AlarmState.UNACK).pixelColor(9, 9).name() == NIGHT.alarm(Priority.CRITICAL)


@pytest.mark.parametrize("state", [AlarmState.SHLVD, AlarmState.DSUPR, AlarmState.OOSRV])
@pytest.mark.parametrize("priority", list(Priority))
def test_set_aside_is_grey_with_a_bar(qapp, state, priority) -> None:
    picture = image(priority, state)
    assert NIGHT.alarm(priority) not in colours(picture)
    assert picture.pixelColor(SIZE // 2, SIZE // 2).alpha() > 128
    assert picture.pixelColor(SIZE // 2, SIZE // 2 + 5).alpha() == 0


@pytest.mark.parametrize("state", sorted(UNACKED))
@pytest.mark.parametrize("priority", [*Priority, None])
def test_no_phase_of_a_flash_hides_the_symbol(qapp, state, priority) -> None:
    bright, dark = image(priority, state), image(priority, state, phase=False)
    assert bright != dark
    for picture in (bright, dark):
        assert sum(picture.pixelColor(x, y).alpha() > 200 for x in range(SIZE) for y in range(SIZE)) > 80


def test_pixmaps_are_shared(qapp) -> None:
    one, two = (symbol_pixmap(Priority.HIGH, AlarmState.UNACK, True, 20, NIGHT) for _ in range(2))
    assert one is two
    assert symbol_pixmap(Priority.HIGH, AlarmState.UNACK, True, 20, NIGHT, 2.0).width() == 40


@pytest.mark.parametrize(
    ("rule", "priority"),
    [(RuleKind.HH, Priority.CRITICAL), (RuleKind.SYSTEM, Priority.CRITICAL), (RuleKind.LINK, None), (RuleKind.BAD, None)],
)
def test_lost_data_is_the_diamond(rule, priority) -> None:
    assert symbol_of(alarm(1, "critical", "UNACK", rule)) == (priority, AlarmState.UNACK)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ([], []),
        ([(1, "high", "NORM")], []),
        ([(1, "low", "UNACK"), (2, "critical", "ACKED")], [2, 1]),
        ([(1, "high", "ACKED"), (2, "high", "UNACK")], [2]),
        ([(1, "critical", "SHLVD"), (2, "low", "ACKED")], [2]),
        ([(1, "critical", "SHLVD")], [1]),
        ([(1, "critical", "UNACK"), (2, "high", "UNACK")], [1]),
        ([(1, "high", "ACKED"), (2, "medium", "RTNUN"), (3, "low", "UNACK")], [1, 2]),
    ],
)
def test_the_worst_and_the_worst_unacknowledged_are_shown(given, shown) -> None:
    assert [a.occurrence for a in to_show([alarm(*one) for one in given])] == shown


def test_blink_runs_only_while_something_flashes(qtbot) -> None:
    blink, one, two = Blink(), QObject(), QObject()
    assert not blink.running
    blink.use(one, True)
    blink.use(two, True)
    blink.use(one, False)
    assert blink.running
    blink.use(two, False)
    assert not blink.running
    assert blink.fast and blink.slow  # at rest everything is bright


def test_blink_forgets_users_that_are_gone(qtbot) -> None:
    blink, user = Blink(), QObject()
    blink.use(user, True)
    del user
    qtbot.waitUntil(lambda: not blink.running, timeout=2000)


def test_two_rates(qtbot) -> None:
    blink, user = Blink(), QObject()
    beats: list[tuple[str, bool]] = []
    blink.fast_changed.connect(lambda: beats.append(("fast", blink.phase(AlarmState.UNACK))))
    blink.slow_changed.connect(lambda: beats.append(("slow", blink.phase(AlarmState.RTNUN))))
    blink.use(user, True)
    for _ in range(8):
        blink._tick()
    assert [b for b in beats if b[0] == "fast"] == [("fast", i % 2 == 1) for i in range(8)]
    assert [b for b in beats if b[0] == "slow"] == [("slow", False), ("slow", True)]
    assert blink.phase(AlarmState.ACKED)
    blink.use(user, False)


def test_fills_keep_their_contrast_with_black(qapp) -> None:
    def luminance(colour: str) -> float:
        parts = (c / 255 for c in QColor(colour).getRgb()[:3])
        r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    for theme in (NIGHT, DAY):
        for priority in Priority:
            assert (luminance(theme.alarm(priority)) + 0.05) / 0.05 >= 4.5
