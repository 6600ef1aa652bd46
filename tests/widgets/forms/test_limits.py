"""A change of limits: old beside new, plain rules, and a picture that shows both."""

from typing import Any

import pytest
from PySide6.QtTest import QTest

from app.domain.tag import DataType, Kind, Limits, Tag
from tests.widgets.forms.paper import Paper, handling
from widgets.forms.draft import Draft
from widgets.forms.editors import Desk
from widgets.forms.limit_rules import fault_of_item, faults_together, value_words
from widgets.forms.limits import LimitsEditor
from widgets.forms.view import FormView
from widgets.theme import DAY, NIGHT, ThemeHolder

TAG = Tag("TK101.LT", "甲醇罐液位", "V-101", Kind.LEVEL, "%", 0, 100, limits=Limits(10, 15, 85, 90))
OLD = {
    "ll": "10",
    "l": "15",
    "h": "85",
    "hh": "90",
    "deadband": "1.5",
    "on_delay_s": "3",
    "priority_hh": "critical",
    "latching": "0",
}
FIELDS = {"tag": "TK101.LT", "unit": "%", "old": [{"item": item, "value": value} for item, value in OLD.items()]}


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"h": "82"}, ""),
        ({"h": "95"}, "高报 95 应小于 高高报 90"),
        ({"hh": "120"}, "不在量程"),
        ({"ll": "-1"}, "不在量程"),
        ({"l": "15", "ll": "15"}, "应小于"),
        ({"deadband": "40"}, "死区 40 太宽"),
        ({"deadband": "0"}, ""),
    ],
)
def test_rules_over_all(changes: dict[str, str], part: str) -> None:
    said = "\n".join(faults_together({**OLD, **changes}, TAG))
    assert part in said and bool(said) == bool(part)


@pytest.mark.parametrize(
    ("item", "text", "part"),
    [
        ("h", "abc", "数字"),
        ("h", "1,5", "数字"),
        ("deadband", "-1", "不能小于"),
        ("on_delay_s", "0", ""),
        ("priority_h", "high", ""),
        ("prealarm_min", "-5", "不能小于"),
        ("priority_prealarm", "high", ""),
    ],
)
def test_rules_of_one(item: str, text: str, part: str) -> None:
    said = fault_of_item(item, text)
    assert part in said and bool(said) == bool(part)


def test_codes_in_words() -> None:
    assert [value_words(*one) for one in (("priority_h", "high"), ("latching", "1"), ("h", "85"))] == ["高", "锁存", "85"]


@pytest.fixture
def editor(qtbot: Any) -> LimitsEditor:
    field = Paper("limit_change").definition.field_named("changes")
    made = LimitsEditor(ThemeHolder(), field, {"TK101.LT": TAG}.get)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    made.put(None)
    made.put_beside(FIELDS)
    return made


def type_in(editor: LimitsEditor, item: str, text: str) -> None:
    line = editor.lines[item].edit
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)


def test_only_what_changes_is_asked_for(editor: LimitsEditor) -> None:
    assert editor.value() is None
    type_in(editor, "hh", "88")
    type_in(editor, "h", "82.50")
    assert editor.value() == [{"item": "hh", "new": "88"}, {"item": "h", "new": "82.5"}]
    assert editor.lines["hh"].mark.text() == "-2" and editor.fault() == ""
    type_in(editor, "hh", "90")  # back to what holds
    assert editor.value() == [{"item": "h", "new": "82.5"}]
    editor.lines["priority_hh"].words["high"].click()
    assert {"item": "priority_hh", "new": "high"} in editor.value()


def test_no_limit_any_more_is_said_by_a_button_not_by_an_empty_field(editor: LimitsEditor) -> None:
    line = editor.lines["ll"]
    line.edit.setFocus()
    line.edit.selectAll()
    QTest.keyClick(line.edit, "\b")
    line.edit.textEdited.emit("")
    assert editor.value() is None
    line.cancel.click()
    assert editor.value() == [{"item": "ll"}] and not line.edit.isEnabled()
    line.cancel.click()
    assert editor.value() is None and line.edit.isEnabled() and line.edit.text() == "10"


def test_what_is_plainly_wrong_is_said_at_once(editor: LimitsEditor) -> None:
    type_in(editor, "h", "95")
    assert "应小于" in editor.fault()
    type_in(editor, "h", "9x")
    assert "数字" in editor.fault() and editor.value() == [{"item": "h", "new": "9x"}]


def test_whoever_approves_sees_old_and_new_but_changes_nothing(editor: LimitsEditor) -> None:
    editor.put([{"item": "hh", "new": "88"}, {"item": "ll"}])
    editor.lock(True)
    read = {item: one.read.text() for item, one in editor.lines.items() if one.read.isVisible()}
    assert (read["hh"], read["ll"], read["h"]) == ("88", "取消", "不变")
    assert not any(one.edit.isVisible() or one.cancel.isVisible() for one in editor.lines.values())


@pytest.mark.parametrize("theme", [NIGHT, DAY])
def test_the_picture_shows_both_at_their_place(editor: LimitsEditor, theme: Any) -> None:
    editor.picture._themes.set_theme(theme)
    editor.put([{"item": "hh", "new": "70"}])
    picture = editor.picture
    image = picture.grab().toImage()

    def colour(value: float, above: bool) -> str:
        return image.pixelColor(round(picture.x_of(value)), 36 if above else 68).name()

    assert picture.span() == (0, 100)
    assert colour(90, True) == theme.priority[0] and colour(70, False) == theme.priority[0]
    assert colour(90, False) != theme.priority[0]
    assert colour(15, True) == theme.text_dim  # what does not change is quiet


def test_a_switch_has_no_limits(qtbot: Any) -> None:
    field = Paper("limit_change").definition.field_named("changes")
    switch = Tag("XS1", data_type=DataType.BOOL, alarm_on=1)
    made = LimitsEditor(ThemeHolder(), field, {"XS1": switch}.get)
    qtbot.addWidget(made)
    made.show()
    made.put(None)
    made.put_beside({"tag": "XS1", "old": [{"item": "alarm_on", "value": "1"}]})
    assert not made.picture.isVisible()
    assert [item for item, one in made.lines.items() if one.name.isVisible()] == ["alarm_on"]


def test_inside_the_form_it_stands_for_both_fields(qtbot: Any) -> None:
    fields = {"changes": [{"item": "hh", "new": "88"}], "reason": "离溢流口过近", "risk": "已评估"}
    paper = Paper("limit_change").begin("chen", fields, FIELDS, "tag:TK101.LT", "限值变更", "")
    themes = ThemeHolder()

    def own() -> LimitsEditor:
        return LimitsEditor(themes, paper.told().field_named("changes"), {"TK101.LT": TAG}.get)

    view = FormView(themes, Desk(lambda: "zhao", lambda: 0.0), {("limit_change", "changes"): own})
    qtbot.addWidget(view)
    view.resize(1180, 900)
    view.show()
    view.show_form(paper.told(), paper.msg("zhao"), Draft())
    assert view.body is not None
    editor = view.body.boxes["changes"].editor
    assert isinstance(editor, LimitsEditor) and not view.body.is_open("changes")
    assert "old" not in view.body._shown and "changes" in view.body._shown
    view.bar.buttons["revise"].click()
    assert view.body.is_open("changes")
    type_in(editor, "hh", "95")
    type_in(editor, "h", "99")
    assert "应小于" in view.body.boxes["changes"].wrong.text()
    asked: list[Any] = []
    view.step.connect(lambda *args: asked.append(args))
    view.bar.press_primary()
    assert asked == [] and view.notice.text()
    type_in(editor, "h", "85")
    view.bar.press_primary()
    assert asked == [("revise", {"changes": [{"item": "hh", "new": "95"}]}, {}, "")]


def test_another_kind_has_the_plain_table(qtbot: Any) -> None:
    view = FormView(ThemeHolder(), Desk(lambda: "wang", lambda: 0.0), {("limit_change", "changes"): lambda: None})
    qtbot.addWidget(view)
    paper = handling()
    view.show_form(paper.told(), paper.msg(), Draft())
    assert view.body is not None and not any(box.reads_itself for box in view.body.boxes.values())
