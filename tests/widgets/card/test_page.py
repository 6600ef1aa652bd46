"""The alarm card as a person meets it: what is there with the click, what follows, what changes while it is open."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.domain.card import AlarmCard, Earlier, FormNow, HowOften, LimitsThen
from app.domain.chemical import Chemical, Figure
from app.domain.guidance import Guidance
from app.domain.instant import SECOND, to_rfc3339
from app.domain.plant import Camera, Equipment, Layout, LayoutItem
from app.domain.sample import Reason, Sample, bad, good
from app.domain.tag import Kind, Limits, Tag
from app.domain.wire import AlarmMsg
from widgets.card.page import CardPage, Plant
from widgets.card.whypage import WhyPage
from widgets.symbols import Blink
from widgets.theme import ThemeHolder

NOW = time.time_ns() // 1000
TAGS = {
    tag.tag: tag
    for tag in (
        Tag(
            "LT",
            "V-1液位",
            "V-1",
            Kind.LEVEL,
            "m",
            0,
            16,
            2,
            limits=Limits(h=11.5, hh=12.2),
            guidance="停泵；切罐",
            camera=("C1",),
        ),
        Tag("GT1", "探测器", "GA", Kind.COMBUSTIBLE_GAS, "%LEL", 0, 100),
        Tag("GT2", "探测器", "GA", Kind.COMBUSTIBLE_GAS, "%LEL", 0, 100),
        Tag("XS", "开关", "V-1", Kind.SWITCH, alarm_on=1),
    )
}
EQUIPMENT = {
    "V-1": Equipment("V-1", "甲醇罐", area="罐区", hazard_source="H1", hazard_level=2, chemical="甲醇", responsible="李")
}
LAYOUT = Layout(
    "farm", "罐区", 2, (0, 0, 200, 200),
    (
        LayoutItem("t", "tank.vertical", 100, 100, 10, 10, equipment="V-1", bind={"level": "LT"}),
        LayoutItem("g2", "gas_detector", 140, 100, label="GT-2", bind={"value": "GT2"}),
        LayoutItem("g1", "gas_detector", 110, 100, label="GT-1", bind={"value": "GT1"}),
        LayoutItem("g9", "gas_detector", 190, 190, label="GT-9"),
    ),
)  # fmt: skip
PLANT = Plant(TAGS, EQUIPMENT, {"C1": Camera("C1", "北"), "C2": Camera("C2", "南", equipment=("V-1",))}, (LAYOUT,))
VALUES = {"LT": good("LT", 12.4, NOW, NOW), "GT1": good("GT1", 3.0, NOW, NOW)}


def alarm(number: int = 7, tag: str = "LT", rule: str = "HH", state: str = "UNACK", **more: object) -> AlarmMsg:
    made = AlarmMsg(number, tag, TAGS[tag].name, "V-1", rule, state, "critical", 12.4, 12.2, "m", to_rfc3339(NOW - 65 * SECOND))
    made.hazard_source, made.process_state = "H1", state
    return replace(made, **more)  # type: ignore[arg-type]


def a_card(of: AlarmMsg, **more: object) -> AlarmCard:
    card = AlarmCard(of, True, to_rfc3339(NOW))
    card.limits = LimitsThen(2, to_rfc3339(NOW - 10**12), "li", "", None, None, 11.0, 12.2)
    figures = [Figure("lel_vol", 6.7, "%", "未核定")]
    card.chemicals = [Chemical("甲醇", cas="67-56-1", un="1230", figures=figures, texts={"leak": "断火"})]
    card.guidance = Guidance(action=["停泵", "切罐"], contacts=["调度"])
    raised = to_rfc3339(NOW - 10**11)
    card.earlier = [Earlier(3, raised, "NORM", 12.3, 12.2, duration_s=300, acked_by="wang", ack_after_s=40, note="阀")]
    card.how_often = HowOften(1, 2, 2)
    return replace(card, **more)  # type: ignore[arg-type]


def shown(page: CardPage, values: dict[str, Sample] = VALUES, *others: AlarmMsg, of: AlarmMsg | None = None) -> AlarmMsg:
    mine = of or alarm()
    by_tag: dict[str, list[AlarmMsg]] = {}
    for one in (mine, *others):
        by_tag.setdefault(one.tag, []).append(one)
    page.show_alarm(mine, True, values, by_tag)
    page.allow(True, True, False, True)
    return mine


@pytest.fixture
def page(qtbot) -> Iterator[CardPage]:  # type: ignore[no-untyped-def]
    made = CardPage(ThemeHolder(), Blink())
    qtbot.addWidget(made)
    made.resize(1816, 960)
    made.show_site(PLANT)
    made.show()
    yield made
    made.shut()


def texts(page: CardPage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


def test_what_the_desk_knows_is_there_with_the_click(page: CardPage) -> None:
    shown(page)
    assert page.head.title.full == "V-1液位　高高报" and "责任人 李" in page.head.where.text()
    assert page.head.now.value.text() == "12.40 m" and page.head.now.about.text() == "高出限值 0.20 m"
    assert page.head.limit.value.text() == "HH 12.20 m"
    assert "01:05" <= page.head.lasting.value.text() < "59:59"
    assert page.guide.texts == ["停泵", "切罐"]
    near = [line.cells for line in page.plan.detectors.lines]
    assert near == [("1", "GT-1", "3.0 %LEL", "10 m"), ("2", "GT-2", "— %LEL", "40 m")], "nearest first"
    assert [slot.camera.camera for slot in page.cameras.slots] == ["C1", "C2"] and all(s.says_none for s in page.cameras.slots)
    assert "正在读取" in page.chemical.about.text()


def test_nothing_scrolls_and_nothing_is_crushed(page: CardPage) -> None:
    mine = shown(page)
    page.put_card(a_card(mine))
    page.grab()
    area = page._stack.widget(1)
    assert area.verticalScrollBar().maximum() == 0 and area.horizontalScrollBar().maximum() == 0
    for panel in (page.guide, page.chemical, page.curve, page.plan, page.cameras, page.handling, page.why, page.earlier):
        assert panel.height() >= panel.minimumSizeHint().height(), panel.title.text()


def test_what_the_station_says_follows(page: CardPage) -> None:
    mine = shown(page)
    page.put_card(a_card(mine, form=FormNow(5, "signed", "处置", True, "", "", to_rfc3339(NOW))))
    assert page.head.limit.about.text().startswith("第 2 版")
    assert page.plot.pen is not None and page.plot.pen.tag.limits == Limits(None, None, 11.0, 12.2), "the limits of then"
    assert "甲醇" in page.chemical.about.text() and "6.7* %" in [label.text() for label in page.chemical.labels()]
    assert page.earlier.rows.lines[0].cells[1:] == ("12.30", "5 分", "wang 40 秒后", "阀")
    assert "24 小时 1 次" in page.earlier.remark.text()
    assert page.handling.button.text() == "打开处置单" and page.handling.button.isVisible()


def test_an_answer_for_another_alarm_is_dropped(page: CardPage) -> None:
    shown(page)
    page.put_card(a_card(alarm(6)))
    assert "正在读取" in page.chemical.about.text() and not page.earlier.rows.lines


def test_a_station_that_does_not_answer_is_told(page: CardPage) -> None:
    shown(page)
    page.card_failed("连不上站点")
    assert "连不上站点" in page.failed.text() and page.failed.isVisible()
    page.why.wait("没有取到")  # asked for by itself
    assert "正在读取" not in texts(page)


def test_a_value_that_is_not_good_never_looks_like_one(page: CardPage) -> None:
    shown(page)
    page.put_values({"LT": bad("LT", Reason.STALE, NOW, value=12.4), "GT1": bad("GT1", Reason.COMM_LOST, NOW, value=3.0)})
    page._beat()
    assert page.head.now.value.text() == "〔12.40〕 m" and "数据过期" in page.head.now.about.text()
    assert page.plan.detectors.lines[0].doubtful and page.plan.detectors.lines[0].cells[2].startswith("〔")


def test_a_silent_station_makes_every_value_doubtful(page: CardPage) -> None:
    shown(page)
    page.set_silent(True, NOW)
    page._beat()
    assert page.head.now.value.text().startswith("〔") and "失联" in page.head.now.about.text()
    assert page.plan.view.scenery.silent and page.plot.pen is not None and page.plot.pen.live.broken
    page.set_silent(False)
    page.put_values({"LT": good("LT", 12.5, NOW + SECOND, NOW)})
    page._beat()
    assert page.head.now.value.text() == "12.50 m"


def test_source_lost_is_said(page: CardPage) -> None:
    shown(page)
    assert page.head.lost.isHidden()
    page.put_alarms([alarm(source_lost_since=to_rfc3339(NOW))], {})
    assert page.head.lost.isVisible() and "数据源中断" in page.head.lost.text()


def test_space_acknowledges_this_occurrence(page: CardPage, qtbot) -> None:  # type: ignore[no-untyped-def]
    shown(page)
    page.take_focus()
    with qtbot.waitSignal(page.acknowledge) as got:
        qtbot.keyClick(page, Qt.Key.Key_Space)
    assert got.args == [7, ""]


def test_a_note_that_is_due_is_asked_for(page: CardPage, qtbot) -> None:  # type: ignore[no-untyped-def]
    shown(page)
    page.allow(True, True, True, True)
    sent: list[tuple[object, str]] = []
    page.acknowledge.connect(lambda number, note: sent.append((number, note)))
    page.take_focus()
    qtbot.keyClick(page, Qt.Key.Key_Space)
    assert sent == [] and page.head.refusal.isVisible()
    page.head.note.setText("去看 了")
    qtbot.keyClick(page.head.note, Qt.Key.Key_Return)
    assert sent == [(7, "去看 了")] and page.head.refusal.isHidden()


def test_who_may_not_is_not_offered(page: CardPage, qtbot) -> None:  # type: ignore[no-untyped-def]
    shown(page)
    page.allow(False, False, True, False)
    sent: list[object] = []
    page.acknowledge.connect(lambda number, note: sent.append(number))
    qtbot.keyClick(page, Qt.Key.Key_Space)
    assert sent == [] and page.head.act.isHidden() and page.head.note.isHidden()


def test_an_acknowledged_alarm_offers_nothing_and_no_button_is_armed(page: CardPage, qtbot) -> None:  # type: ignore[no-untyped-def]
    shown(page)
    page.allow(True, True, True, True)
    page.activateWindow()
    page.head.note.setFocus()
    page.put_alarms([alarm(state="ACKED", acked_at=to_rfc3339(NOW), acked_by="wang")], {})
    assert page.head.act.isHidden() and "wang" in page.head.state.about.text()
    trends: list[str] = []
    page.trend_wanted.connect(trends.append)
    qtbot.keyClick(page.focusWidget() or page, Qt.Key.Key_Space)
    assert trends == []
    assert [word[:2] for word in page.plot.moments()] == ["触发", "确认"]


def test_a_latched_one_is_reset(page: CardPage, qtbot) -> None:  # type: ignore[no-untyped-def]
    shown(page, of=alarm(state="LAKED"))
    page.setFocus()
    with qtbot.waitSignal(page.reset) as got:
        qtbot.keyClick(page, Qt.Key.Key_Space)
    assert got.args == [7]


def test_a_newer_one_is_offered_and_never_acknowledged_from_here(page: CardPage, qtbot) -> None:  # type: ignore[no-untyped-def]
    shown(page)
    page.put_alarms([alarm(state="NORM", cleared_at=to_rfc3339(NOW)), alarm(9)], {"LT": [alarm(9)]})
    assert page.newer.isVisible() and page.alarm is not None and page.alarm.occurrence == 7 and not page.live
    assert page.head.state.value.text() == "已结束" and page.head.act.isHidden()
    sent: list[object] = []
    page.acknowledge.connect(lambda number, note: sent.append(number))
    qtbot.keyClick(page, Qt.Key.Key_Space)
    assert sent == []
    with qtbot.waitSignal(page.alarm_wanted) as got:
        page.newer.button.click()
    assert got.args[0].occurrence == 9
    page.put_alarms([alarm(9, state="NORM")], {"LT": []})
    assert page.newer.isHidden()


def test_other_alarms_of_the_place_are_those_of_now(page: CardPage) -> None:
    here, there = alarm(8, rule="H", priority="high"), alarm(5, "GT1", "H", equipment="GA", priority="critical")
    elsewhere = alarm(4, "GT2", "H", equipment="X", hazard_source="H2")
    shown(page, VALUES, here, there, elsewhere)
    assert [line.key.occurrence for line in page.plan.others.lines] == [8, 5], "own equipment first"  # type: ignore[attr-defined]
    page.put_alarms([replace(here, state="NORM")], {"LT": [alarm()]})
    page._beat()
    assert [line.key.occurrence for line in page.plan.others.lines] == [5]  # type: ignore[attr-defined]


def test_a_switch_has_no_curve_and_no_limit(page: CardPage) -> None:
    shown(page, of=alarm(tag="XS", rule="STATE", limit=1.0, value=1))
    assert not page.curved and page.no_curve.isVisible() and page.head.limit.isHidden()


def test_a_lost_source_has_a_card(page: CardPage) -> None:
    link = AlarmMsg(3, "@gds", "数据源 gds", "", "LINK", "UNACK", "high", message="数据源 gds 中断", raised_at=to_rfc3339(NOW))
    page.show_alarm(link, True, VALUES, {"@gds": [link]})
    assert page.head.title.full == "数据源 gds 中断" and page.head.now.isHidden()
    assert "没有画出" in page.plan.nowhere.text() and not page.curved
    assert page.head.buttons["place"].isHidden() and not page.cameras.slots


def test_another_site_closes_the_card(page: CardPage) -> None:
    shown(page)
    page.show_site(Plant())
    assert page.alarm is None and page.empty.isVisible()
    page.put_alarms([alarm()], {})
    page.put_card(a_card(alarm()))


def test_the_crossing_is_marked(page: CardPage) -> None:
    from widgets.trend.pen import past_of

    mine = shown(page)
    raised = NOW / SECOND - 65
    step = [raised - 600 + 10 * n for n in range(66)]
    low: list[float | None] = [12.3 if at > raised - 25 else 5.0 for at in step]
    page.put_values({"LT": bad("LT", Reason.STALE, NOW)})  # history alone
    page.put_history(past_of(raised - 700, time.time(), step, low, low))
    found = page.plot.cross_at()
    assert found is not None and found == (pytest.approx(raised - 20), mine.limit)


def test_a_picture_may_be_put_into_a_camera(page: CardPage) -> None:
    shown(page)
    slot, picture = page.cameras.slots[0], QLabel("live")
    slot.set_view(picture)
    assert not slot.says_none and picture.isVisible()
    slot.set_view(None)
    assert slot.says_none


# why

FACTS = [
    {"code": "verdict", "text": "正在报警，已确认，条件仍在", "numbers": {}},
    {"code": "value", "text": "现在 12.19 m", "numbers": {}},
    {"code": "limit", "text": "限值 12.20 m", "numbers": {"limit": 12.2, "deadband": 0.2}},
    {"code": "deadband", "text": "死区使报警保持，须不高于 12.00 m 才消警", "numbers": {"until": 12.0, "by": -0.01}},
    {"code": "off_delay", "text": "消警延时：10 秒中已过 4 秒", "numbers": {"of_s": 10.0, "done_s": 4.0, "running": True}},
]
WHY = {
    "tag": "LT", "unit": "m", "equipment": {"equipment": "V-1", "status": "maintenance"}, "masks": ["A/H", "B/H"],
    "rules": [
        {"rule": "HH", "priority": "critical", "state": "NORM", "limit": 12.2, "facts": FACTS[:1], "past": [], "since": None},
        {"rule": "H", "priority": "high", "state": "ACKED", "limit": 11.5, "facts": FACTS,
         "since": {"at": to_rfc3339(NOW), "by": "li", "approved_by": "zhao", "why": "试"},
         "past": [{"time": to_rfc3339(NOW), "what": "raised", "value": 12.4, "lasted_s": 65.0, "text": "全文"}]},
    ],
}  # fmt: skip


def test_why_on_the_card(page: CardPage) -> None:
    shown(page)
    page.why.show_why(WHY, "H")
    assert page.why.verdict.text() == FACTS[0]["text"] and "批准 zhao" in page.why.remark.text()
    assert [fact.code for fact in page.why.facts] == ["limit", "deadband", "off_delay"], "the head says the value"
    scale, bar = page.why.facts[1].scale, page.why.facts[2].bar
    assert scale is not None and (scale.limit, scale.until) == (12.2, 12.0) and scale.value == pytest.approx(12.19)
    assert bar is not None
    bar.advance(3.0)
    assert bar.done_s == 7.0
    bar.advance(99.0)
    assert bar.done_s == 10.0
    assert page.why.past.lines[0].cells[1] == "触发　12.4　持续 1 分" and "全文" in page.why.past.lines[0].tip
    page.why.show_why(WHY, "L")
    assert "已取消" in page.why.verdict.text() and not page.why.facts


def test_a_low_limit_has_its_scale_the_other_way(page: CardPage) -> None:
    from widgets.card.fact import BandScale

    scale = BandScale(ThemeHolder(), 2.0, 2.5, -0.1)
    assert scale.value == pytest.approx(2.1) and scale.place(2.0, 0, 100) == 0 and scale.place(2.5, 0, 100) == 100
    scale.deleteLater()


def test_why_page(qtbot) -> None:  # type: ignore[no-untyped-def]
    page = WhyPage(ThemeHolder())
    qtbot.addWidget(page)
    page.allow_limits(True)
    page.resize(1816, 960)
    page.show()
    assert "没有选择位号" in page.message.text()
    with qtbot.waitSignal(page.wanted) as asked:
        page.show_tag("LT", "V-1液位")
        page._ask()
    assert asked.args == ["LT"]
    page.put_why({**WHY, "tag": "OTHER"})
    assert not page.panels, "an answer for another tag"
    page.put_why(WHY)
    assert list(page.panels) == ["H", "HH"], "what is in alarm first"
    assert "检修" in page.about.text() and "2 条下级报警" in page.about.text()
    first = page.panels["H"]
    page.put_why(WHY)
    assert page.panels["H"] is first, "nothing jumps while somebody reads"
    with qtbot.waitSignal(page.limits_wanted) as wanted:
        page.buttons["limits"].click()
    assert wanted.args == ["LT"]
    page.failed("连不上站点")
    assert "连不上站点" in page.message.text()
    page.show_nothing()
    assert not page.panels and page.tag == ""


def test_a_storm_beside_the_card_is_counted_not_listed(page: CardPage) -> None:
    storm = {f"T{n}": [alarm(100 + n, "GT1", "BAD", priority="medium")] for n in range(500)}
    storm["LT"] = [alarm(), alarm(8, rule="H", priority="high")]
    mine = storm["LT"][0]
    page.show_alarm(mine, True, VALUES, storm)
    assert page.plan.others.total == 501 and len(page.plan.others.lines) == 20
    assert page.plan.others.lines[0].key.occurrence == 8 and page.plan.others.shown() < 20  # type: ignore[attr-defined]


def test_a_pre_alarm_counts_down_to_its_limit_and_says_when_nothing_is_known(page: CardPage) -> None:
    warned = shown(page, {"LT": good("LT", 11.4, NOW, NOW)}, of=alarm(rule="RATE", limit=12.2, value=10.9))
    head = page.head
    row = {"rule": "HH", "limit": 12.2, "seconds": 600.0, "soonest": 480.0, "latest": 900.0}
    assert head.ahead.isVisible() and not head.lasting.isVisible()
    head.tick(NOW)
    assert head.ahead.value.text() == "—" and "没有可信的预测" in head.ahead.about.text()
    page.put_ahead({"at": to_rfc3339(NOW), "tags": {"LT": [row]}})
    head.tick(NOW + 300 * SECOND)
    assert (head.ahead.value.text(), head.ahead.about.text()) == ("约 5 分钟", "3–10 分钟")
    assert head.now.about.text().startswith("距限值")
    page.set_silent(True)
    head.tick(NOW + 301 * SECOND)
    assert head.ahead.value.text() == "—", "no forecast of old news"
    page.set_silent(False)
    page.put_alarms([replace(warned, state="RTNUN", cleared_at=to_rfc3339(NOW))], {})
    head.tick(NOW + 302 * SECOND)
    assert (head.ahead.value.text(), head.ahead.about.text()) == ("—", "预警已结束")
    shown(page)
    assert head.lasting.isVisible() and not head.ahead.isVisible()
