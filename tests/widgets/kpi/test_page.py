"""The page of the alarm figures: shows what was counted, asks for what is wanted, changes nothing."""

import json
from typing import Any

import pytest

from app.domain.instant import HOUR, SECOND
from app.domain.kpi import Alarmed
from app.domain.plant import Equipment, Site
from app.domain.sample import Reason
from app.domain.tag import Kind, Tag
from app.station.kpi import report
from app.station.words import Wording
from widgets.kpi.bars import _ceiling
from widgets.kpi.page import KpiPage
from widgets.kpi.words import change_words, seconds
from widgets.theme import ThemeHolder

NOW = 1_795_300_000 * SECOND
SITE = Site(
    "1",
    "厂",
    tags=(Tag("LT-1", "一号罐液位", "V-1", Kind.LEVEL, "m"), Tag("GT-1", "可燃气体", "", Kind.COMBUSTIBLE_GAS, "%LEL")),
    equipment=(Equipment("V-1", "一号罐", area="一号罐区"),),
)


class Past:
    """A journal that answers with given alarms."""

    def __init__(self, alarms: list[Alarmed]) -> None:
        self._alarms = alarms

    def alarmed(self, start: int, end: int) -> list[Alarmed]:
        return sorted(self._alarms)


def a_report(alarms: list[Alarmed]) -> dict[str, Any]:
    """As it arrives: through JSON."""
    wording = Wording(SITE, lambda tag: (Reason.NONE, ""))
    found: dict[str, Any] = json.loads(json.dumps(report(Past(alarms), SITE, wording, NOW - 24 * HOUR, NOW, NOW)))  # type: ignore[arg-type]
    return found


def alarm(ago_s: int, tag: str = "LT-1", rule: str = "H", **more: Any) -> Alarmed:
    at = NOW - ago_s * SECOND
    return Alarmed(at, at + 10 * SECOND, at + 20 * SECOND, tag, rule, "high", "V-1" if tag == "LT-1" else "", "李明")._replace(
        **more
    )


@pytest.fixture
def page(qtbot) -> KpiPage:
    made = KpiPage(ThemeHolder())
    qtbot.addWidget(made)
    made.resize(1800, 940)
    made.show()
    return made


def test_figures_and_grades(page: KpiPage) -> None:
    page.show_report(a_report([alarm(3605 + n * 5) for n in range(40)]))
    assert page.tiles["peak_slot"].text == "40" and page.tiles["peak_slot"].grade == "bad"
    assert page.tiles["returned_unacked_pct"].text == "100"
    assert page.ranking.model().rowCount() == 1
    assert page.ranking.model().index(0, 4).data() == "40"


def test_no_alarms_says_what_to_do(page: KpiPage) -> None:
    page.show_report(a_report([]))
    assert "换一个更长的时段" in page._message.text() and page._stack.currentIndex() == 0


def test_a_span_is_asked_for_once(page: KpiPage, qtbot) -> None:
    with qtbot.waitSignal(page.wanted) as asked:
        page._spans.button(2).click()
    assert asked.args == [168.0] and not page.again.isEnabled()
    page.show_message("连不上站点")
    assert page.again.isEnabled()


def test_a_change_is_proposed_with_its_values(page: KpiPage, qtbot) -> None:
    page.show_report(a_report([alarm(3600 + n * 50) for n in range(9)]))
    page.ranking.selectRow(0)
    with qtbot.waitSignal(page.what_if.wanted) as wanted:
        page.what_if._run.click()
    assert (wanted.args[0]["tag"], wanted.args[0]["rule"]) == ("LT-1", "H")
    change = {"deadband": 1.5}
    one = {"change": change, "before": 44, "after": 3, "vanished": 41, "longest_s": 312.0, "caught": True, "later_s": 0.0}
    now = {"deadband": 0.5, "on_delay_s": 0, "off_delay_s": 0}
    answer = {"tag": "LT-1", "rule": "H", "samples": 9, "now": now, "proposals": [one]}
    page.what_if.show_answer(answer | {"tag": "GT-1"}, "m")  # late, of another alarm
    assert page.what_if._rows.count() == 0
    page.what_if.show_answer(answer, "m")
    row = page.what_if._rows.itemAt(0).widget()
    from PySide6.QtWidgets import QLabel, QPushButton

    assert "44 条中 41 条会消失" in row.findChild(QLabel).text()
    with qtbot.waitSignal(page.what_if.proposed) as proposed:
        row.findChild(QPushButton).click()
    assert proposed.args == ["LT-1", change]


def test_what_has_no_deadband_is_not_simulated(page: KpiPage) -> None:
    page.show_report(a_report([alarm(100, "GT-1", "BAD")]))
    page.ranking.selectRow(0)
    assert page.what_if._run.isHidden() and "接线" in page.what_if._said.text()


@pytest.mark.parametrize("value, top", [(1, 2), (2, 2), (3, 4), (5, 10), (10, 10), (11, 20), (41, 100), (1001, 2000)])
def test_scale_of_bars(value: int, top: int) -> None:
    assert _ceiling(value) == top


@pytest.mark.parametrize("value, said", [(None, "—"), (8, "8 秒"), (90, "1.5 分"), (7200, "2.0 小时")])
def test_durations(value: float | None, said: str) -> None:
    assert seconds(value) == said


def test_changes_in_words() -> None:
    assert change_words({"deadband": 1.5, "off_delay_s": 30}, "m") == "死区 1.5 m，消警延时 30 秒"
