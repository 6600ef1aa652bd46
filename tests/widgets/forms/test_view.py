"""One form on the screen: every type of field, steps by role, conflicts, drafts, and the keyboard."""

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from app.domain.form import FieldDef, FieldType, FormDef, StateDef, StepDef
from app.domain.roles import Role
from tests.widgets.forms.paper import MINUTE, Paper, alarm, handling
from widgets.forms.chain import Chain
from widgets.forms.due import Urgency
from widgets.forms.editors import LineEditor, LongEditor, MenuEditor, MomentEditor, SegmentsEditor
from widgets.forms.files import FilesEditor
from widgets.forms.parse import AttachmentMsg
from widgets.forms.tables import TableEditor
from widgets.theme import DAY, NIGHT, ThemeHolder

CONTROL = Qt.KeyboardModifier.ControlModifier
CHOICES = {"a": "甲", "b": "乙"}
EVERYTHING = FormDef(
    "every",
    "所有类型",
    1,
    "open",
    (
        FieldDef("text", "文字", required=True, longest=5),
        FieldDef("long", "长文", FieldType.LONG),
        FieldDef("number", "数", FieldType.NUMBER, unit="%", low=0, high=100),
        FieldDef("time", "时刻", FieldType.TIME),
        FieldDef("date", "日期", FieldType.DATE),
        FieldDef("flag", "是否", FieldType.FLAG),
        FieldDef("choice", "选一", FieldType.CHOICE, CHOICES),
        FieldDef("many", "选一多", FieldType.CHOICE, {str(n): f"第{n}项" for n in range(9)}),
        FieldDef("choices", "选几", FieldType.CHOICES, CHOICES),
        FieldDef("person", "人", FieldType.PERSON),
        FieldDef("files", "文件", FieldType.FILES),
        FieldDef(
            "table", "表", FieldType.TABLE, columns=(FieldDef("x", "项", required=True), FieldDef("n", "数", FieldType.NUMBER))
        ),
        FieldDef("extra", "附加", show_if=("choice", ("b",))),
        FieldDef("known", "站填", filled=True),
    ),
    (StateDef("open", "办理中"), StateDef("done", "办完", final=True)),
    (),
    creates=frozenset({Role.OPERATOR}),
    sets=("text",),
)
KEYS = tuple(field.key for field in EVERYTHING.fields if not field.filled)
EVERYTHING = replace(
    EVERYTHING,
    steps=(
        StepDef("finish", "办结", ("open",), "done", frozenset({Role.OPERATOR}), KEYS, ("number",)),
        StepDef("note", "补记", ("open",), "open", frozenset({Role.SUPERVISOR}), ("long",)),
        StepDef("drop", "作废", ("open",), "done", frozenset({Role.OPERATOR}), danger=True),
    ),
)


def everything() -> Paper:
    paper = Paper("handling")
    paper.definition = EVERYTHING
    return paper.begin("wang", {"text": "原来"}, {"known": "T-101"}, "", "所有类型", "high").attach("图.jpg")


def test_every_type_has_its_editor(hand: Any) -> None:
    made = hand(everything())
    kinds = {key: type(made.box(key).editor) for key in made.open_keys()}
    assert kinds.pop("number").__name__ == "NumberEditor"
    assert kinds == {
        "text": LineEditor, "long": LongEditor, "time": MomentEditor, "date": MomentEditor, "flag": SegmentsEditor,
        "choice": SegmentsEditor, "many": MenuEditor, "choices": SegmentsEditor, "person": made.box("person").editor.__class__,
        "files": FilesEditor, "table": TableEditor,
    }  # fmt: skip
    assert made.box("known").editor is None and made.box("known").read.text() == "T-101"


VALUES: dict[str, Any] = {
    "text": "新的",
    "long": "第一行\n第二行",
    "number": 92.5,
    "time": "2026-11-20T18:40:00.000Z",
    "date": "2026-11-21",
    "flag": False,
    "choice": "a",
    "many": "7",
    "choices": ["a", "b"],
    "person": "李明",
    "table": [{"x": "泵", "n": 2.0}, {"x": "阀"}],
}


@pytest.mark.parametrize("key", VALUES)
def test_a_value_goes_in_and_comes_out(hand: Any, key: str) -> None:
    made = hand(everything())
    made.fill(**{key: VALUES[key]})
    assert made.draft.mine == {key: VALUES[key]}
    assert made.box(key).fault() == ""
    made.view.want_save()
    assert made.saved == [{key: VALUES[key]}]


@pytest.mark.parametrize(
    ("key", "typed", "part"),
    [
        ("number", "abc", "请填写数字"),
        ("number", "150", "0 到 100"),
        ("time", "25:00", "02:40"),
        ("date", "2026-13-01", "2026-11-21"),
        ("text", "比五个字长", ""),
        ("text", "比五个字还长", "最多 5 个字"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_not_sent(hand: Any, key: str, typed: str, part: str) -> None:
    made = hand(everything())
    line = made.box(key).editor.line
    line.selectAll()
    QTest.keyClicks(line, typed) if typed.isascii() else line.insert(typed)
    line.textEdited.emit(typed)
    assert part in made.box(key).wrong.text() and bool(part) == bool(made.box(key).fault())
    made.view.want_save()
    assert bool(made.saved) == (not part)
    if part:
        assert made.view.notice.isVisible() and made.box(key).wrong.isVisible()
        made.show(everything())  # an update comes: what was typed stays, as it was typed
        assert line.text() == typed and made.box(key).fault()


def test_blanks_can_be_typed(hand: Any) -> None:
    """What is shown while somebody types is what was typed, not the tidied value."""
    made = hand(everything())
    editor = made.box("person").editor
    editor.line.setFocus()
    QTest.keyClicks(editor.line, "Li Ming")
    assert editor.line.text() == "Li Ming" and made.draft.mine == {"person": "Li Ming"}
    number = made.box("number").editor.line
    QTest.keyClicks(number, "3.50")
    assert number.text() == "3.50" and made.draft.mine["number"] == 3.5


def test_now_and_me(hand: Any) -> None:
    paper = everything()
    made = hand(paper)
    made.box("time").editor.now_button.click()
    made.box("person").editor.me.click()
    assert made.draft.mine["person"] == "wang"
    assert made.draft.mine["time"] == "2026-11-21T02:41:00.000Z"  # the station's clock, not this machine's


def test_a_field_that_is_not_asked_for_is_neither_shown_nor_sent(hand: Any) -> None:
    made = hand(everything())
    assert "extra" not in made.open_keys()
    made.fill(choice="b")
    assert "extra" in made.open_keys()
    made.fill(extra="更多")
    made.fill(choice="a")
    assert "extra" not in made.open_keys()
    made.view.want_save()
    assert made.saved == [{"choice": "a"}]


def test_a_choice_is_taken_back_by_pressing_it_again(hand: Any) -> None:
    made = hand(everything())
    segments = made.box("choice").editor.segments
    segments["a"].click()
    segments["b"].click()
    assert made.draft.mine["choice"] == "b" and not segments["a"].isChecked()
    segments["b"].click()
    assert "choice" not in made.draft.mine
    segments["a"].setFocus()
    QTest.keyClick(segments["a"], Qt.Key.Key_Right)
    assert segments["b"].hasFocus()


def test_rows_are_added_and_taken_away(hand: Any) -> None:
    made = hand(everything())
    table = made.box("table").editor
    table.add.click()
    assert made.draft.is_empty  # an empty row is none
    table.rows[0][1].line.setText("4")
    table.rows[0][1].changed.emit()
    assert "没有填写" in made.box("table").fault()
    table.rows[0][0].line.setText("泵")
    table.rows[0][0].changed.emit()
    assert made.draft.mine["table"] == [{"x": "泵", "n": 4.0}] and not made.box("table").fault()
    table._removers[0].click()
    assert made.draft.is_empty and table.rows == []


def test_files_are_chosen_from_the_attachments(hand: Any) -> None:
    paper = everything()
    made = hand(paper)
    file = made.view.form.attachments[0].file
    made.box("files").editor.choice.segments[file].click()
    assert made.draft.mine["files"] == [file]
    assert made.box("files").fault() == ""


# steps


def test_what_is_missing_is_listed_and_leads_to_the_field(hand: Any) -> None:
    made = hand(everything())
    made.fill(text=None)
    assert {key: one.text() for key, one in made.view.bar.missing.items()} == {"text": "文字", "number": "数"}
    made.view.bar.missing["number"].click()
    assert made.box("number").editor.line.hasFocus()
    made.view.bar.press_primary()
    assert made.steps == [] and "文字" in made.view.notice.text()
    assert made.box("text").editor.line.hasFocus()
    made.fill(text="新的", number=5.0)
    assert not made.view.bar.missing and not made.view.bar.chips.isVisible()
    made.view.bar.note.setText("备注")
    made.view.bar.press_primary()
    assert made.steps == [("finish", {"text": "新的", "number": 5.0}, {}, "备注")]


def test_a_dangerous_step_asks_in_the_page(hand: Any, qtbot: Any) -> None:
    made = hand(everything())
    bar = made.view.bar
    bar.buttons["drop"].click()
    assert bar.is_asking and made.steps == [] and bar.no.hasFocus()
    QTest.keyClick(bar.no, Qt.Key.Key_Escape)
    assert not bar.is_asking and made.steps == []
    bar.buttons["drop"].click()
    bar.press_primary()  # the question stands between
    assert made.steps == []
    bar.yes.click()
    assert [code for code, *_ in made.steps] == ["drop"]


@pytest.mark.parametrize(
    ("state", "user", "buttons", "primary", "open_key"),
    [
        ("signed", "wang", {"site_check"}, "site_check", "site_result"),
        ("signed", "sun", set(), None, None),
        ("checked", "wang", {"handle", "recheck"}, "handle", "measures"),
        ("handled", "wang", {"recheck", "handle_more"}, None, None),
        ("handled", "zhao", {"recheck", "handle_more", "report_uncleared"}, None, None),
        ("cleared", "wang", {"handle_more", "report"}, "report", "report_text"),
        ("reported", "wang", set(), None, None),
        ("reported", "zhao", {"send_back", "verify"}, "verify", "verify_text"),
        ("archived", "zhao", set(), None, None),
    ],
)
def test_each_sees_only_the_steps_that_are_theirs(
    hand: Any, state: str, user: str, buttons: set[str], primary: str | None, open_key: str | None
) -> None:
    made = hand(handling(state, "li"), user)
    bar = made.view.bar
    assert set(bar.buttons) == buttons
    assert (bar.primary and bar.primary.code) == primary
    assert (open_key in made.open_keys()) if open_key else not made.open_keys()
    assert bar.note.isVisible() is bool(buttons)


def test_another_step_first_opens_its_fields(hand: Any) -> None:
    made = hand(handling("reported", "li"), "zhao")
    assert "verify_text" in made.open_keys() and "back_reason" not in made.open_keys()
    made.view.bar.buttons["send_back"].click()
    assert "back_reason" in made.open_keys() and "verify_text" not in made.open_keys()
    assert made.steps == [] and made.box("back_reason").editor.text.hasFocus()
    assert made.view.bar.primary.code == "send_back"
    made.fill(back_reason="请补充")
    QTest.keyClick(made.box("back_reason").editor.text, Qt.Key.Key_Return, CONTROL)
    assert made.steps == [("send_back", {"back_reason": "请补充"}, {}, "")]


def test_four_eyes_whoever_reported_does_not_see_verify(hand: Any) -> None:
    made = hand(handling("reported", "zhao"), "zhao")
    assert "verify" not in made.view.bar.buttons


# others


def test_an_update_keeps_what_is_typed_and_shows_both_where_both_wrote(hand: Any) -> None:
    paper = handling("signed")
    made = hand(paper)
    made.fill(site_text="我写的", site_person="李明")
    made.box("site_text").editor.text.setFocus()
    paper.edit("li", people_on_site=3)  # somewhere else
    made.show(paper)
    assert made.box("site_text").editor.value() == "我写的" and made.view.conflicts == []
    assert made.box("people_on_site").editor.value() == 3
    paper.edit("li", site_text="对方写的")
    made.show(paper)
    box = made.box("site_text")
    assert made.view.conflicts == ["site_text"] and box.conflict.isVisible()
    assert "对方写的" in box.conflict.text.text() and "我写的" in box.conflict.text.text()
    made.view.want_save()
    assert made.saved == [] and "冲突" in made.view.notice.text()
    box.conflict.mine.click()
    assert made.view.conflicts == [] and not box.conflict.isVisible()
    made.view.want_save()
    assert made.saved == [{"site_text": "我写的", "site_person": "李明"}]


def test_theirs_is_taken_when_chosen(hand: Any) -> None:
    paper = handling("signed")
    made = hand(paper)
    made.fill(site_text="我写的")
    made.show(paper.edit("li", site_text="对方写的"))
    made.box("site_text").conflict.theirs.click()
    assert made.draft.is_empty and made.box("site_text").editor.value() == "对方写的"


def test_somebody_moved_the_form_and_what_was_typed_is_still_told(hand: Any) -> None:
    paper = handling("signed")
    made = hand(paper)
    made.fill(people_on_site=9)
    paper.move("site_check", "li", site_result="false", site_at="2026-11-21T02:44:00Z", site_person="李")
    made.show(paper)
    box = made.box("people_on_site")
    assert made.view.conflicts == ["people_on_site"] and box.isVisible()
    assert "不能再改" in box.conflict.text.text() and "9" in box.conflict.text.text()
    assert not box.conflict.mine.isVisible()
    box.conflict.theirs.click()
    assert made.draft.is_empty


def test_a_draft_survives_another_form_between(hand: Any) -> None:
    from widgets.forms.draft import Draft

    first = handling("signed")
    made = hand(first)
    made.fill(site_text="我写的")
    second = handling("checked")
    second.form = replace(second.form, id=2)
    made.view.show_form(second.told(), second.msg(), Draft())
    assert made.box("site_text").read.text().startswith("V-101")
    made.show(first)
    assert made.box("site_text").editor.value() == "我写的"
    assert made.view.bar.save_button.isEnabled()


# head, history, attachments


def test_overdue_is_words_and_colour(hand: Any) -> None:
    paper = handling("signed")
    made = hand(paper)
    assert made.view.head.due.text == "剩余 04:00" and made.view.head.due.urgency is Urgency.SOON
    paper.now += 5 * MINUTE
    made.view._tick()
    assert made.view.head.due.text == "超时 01:00" and made.view.head.due.urgency is Urgency.OVERDUE
    assert made.view.findChild(Chain).urgency is Urgency.OVERDUE


def test_history_tells_who_did_what(hand: Any) -> None:
    made = hand(handling("reported", "li"))
    told = made.view.history.texts()
    assert [text.splitlines()[0] for text in told] == ["提交处置报告", "消警", "完成处置", "现场确认", "建单"]
    assert "处置结果：已恢复正常" in told[0] and "站" in told[1] and "原因类别：操作原因" in told[2]


def test_the_card_of_the_alarm_is_one_click_away(hand: Any, qtbot: Any) -> None:
    made = hand(handling("signed"))
    with qtbot.waitSignal(made.view.head.alarm_wanted) as asked:
        made.view.head.card.click()
    assert asked.args == [alarm()]


def test_files_are_dropped_and_their_fate_is_told(hand: Any, tmp_path: Any) -> None:
    made = hand(handling("signed").attach("图.jpg"))
    rows = made.view.attachments
    path = tmp_path / "现场.jpg"
    path.write_bytes(b"x")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)), QUrl("https://example.org/x.jpg")])
    dropped: list[Any] = []
    made.view.dropped.connect(dropped.extend)
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    rows.dropEvent(QDropEvent(QPoint(5, 5).toPointF(), copy, mime, left, none))
    assert dropped == [path]
    rows.begin(1, "现场.jpg", 3_400_000)
    rows.show_share(1, 0.62)
    assert rows.transfers == ["现场.jpg　3.4 MB　正在上传 62 %"]
    rows.show_refusal(1, "附件最大 20 MB")
    assert rows.transfers == ["现场.jpg 没有上传：附件最大 20 MB"]
    rows.end(1)
    assert rows.transfers == []


def test_whoever_may_do_nothing_may_attach_nothing(hand: Any) -> None:
    made = hand(handling("signed"), "sun")
    assert not made.view.attachments.acceptDrops() and not made.view.attachments.add.isVisible()


def test_opening_and_saving_name_the_attachment(hand: Any, qtbot: Any) -> None:
    made = hand(handling("signed").attach("图.jpg"))
    rows = made.view.attachments
    look, keep = (next(b for b in rows.findChildren(type(rows.add)) if b.text() == text) for text in ("打开", "另存…"))
    for one, signal in ((look, rows.opened), (keep, rows.saved)):
        with qtbot.waitSignal(signal) as asked:
            one.click()
        assert isinstance(asked.args[0], AttachmentMsg) and asked.args[0].name == "图.jpg"


# keyboard


def test_everything_is_reached_without_a_mouse(hand: Any, qtbot: Any) -> None:
    made = hand(handling("signed"))
    first = made.box("site_result").editor.segments["true"]
    first.setFocus()
    seen = []
    for _ in range(40):
        focus = made.view.window().focusWidget()
        assert focus is not None
        seen.append(focus)
        if focus is made.view.bar.buttons["site_check"]:
            break
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    lines = [one for one in seen if isinstance(one, QLineEdit | QPlainTextEdit)]
    titles = [one.accessibleName() for one in lines if one.accessibleName()]
    assert titles == ["到场时间", "现场确认人", "现场人数", "现场情况"]
    assert seen[-2:] == [made.view.bar.note, made.view.bar.buttons["site_check"]]


def test_ctrl_m_goes_from_gap_to_gap_and_ctrl_s_saves(hand: Any) -> None:
    made = hand(handling("signed"))
    QTest.keyClick(made.view, Qt.Key.Key_M, CONTROL)
    segments = made.box("site_result").editor.segments
    assert segments["true"].hasFocus()
    QTest.keyClick(segments["true"], Qt.Key.Key_Space)
    QTest.keyClick(segments["true"], Qt.Key.Key_M, CONTROL)
    line = made.box("site_at").editor.line
    assert line.hasFocus()
    QTest.keyClick(line, Qt.Key.Key_S, CONTROL)
    assert made.saved == [{"site_result": "true"}]


# looks


@pytest.mark.parametrize("theme", [NIGHT, DAY])
def test_no_word_is_cut_and_overdue_has_its_colour(hand: Any, qtbot: Any, theme: Any) -> None:
    paper = handling("checked")
    made = hand(paper, themes=ThemeHolder(theme))
    paper.now += 60 * MINUTE
    made.view._tick()

    def cut() -> list[str]:
        texts = ((key, box.read) for key, box in made.view.body.boxes.items() if box.isVisible() and box.read.isVisible())
        return [key for key, text in texts if text.height() < text.heightForWidth(text.width())]

    qtbot.waitUntil(lambda: cut() == [])
    chip = made.view.head.due
    assert chip.grab().toImage().pixelColor(4, chip.height() // 2).name() == theme.priority[1]


def test_a_narrow_page_puts_the_history_below(hand: Any, qtbot: Any) -> None:
    made = hand(handling("reported", "li"))
    beside = made.view._past.geometry()
    assert beside.left() > 500
    made.view.resize(700, 900)
    qtbot.waitUntil(lambda: made.view._past.geometry().left() < 100)
    assert made.view._past.geometry().top() > beside.top()
