"""The form engine: what is declared happens, everything else is refused; the history is whole, whatever people try."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.domain.form import Attached, FieldDef, FieldType, Form, FormDef, StateDef, StepDef
from app.domain.form_json import attachments_from, body_of, def_from_dict, def_to_dict, moves_from
from app.domain.form_step import attach, begin, due_at, edit, editable, missing, move, steps_open
from app.domain.form_values import FormRefused, check
from app.domain.instant import MINUTE
from app.domain.roles import Role
from app.site.forms import own_kinds

KINDS = {one.kind: one for one in own_kinds()}
T0240 = "2026-11-21T02:40:00.000Z"
OPERATOR, SUPERVISOR, VIEWER = Role.OPERATOR, Role.SUPERVISOR, Role.VIEWER

SMALL = FormDef(
    "small",
    "小单",
    1,
    "open",
    fields=(
        FieldDef("what", "事项", longest=10),
        FieldDef("size", "大小", FieldType.NUMBER, low=0, high=10, unit="t"),
        FieldDef("leak", "泄漏", FieldType.FLAG),
        FieldDef("gas", "气体", FieldType.CHOICE, {"a": "氨", "b": "氯"}, show_if=("leak", ("true",))),
        FieldDef("seen", "站的记录", filled=True),
        FieldDef("said", "意见", required=True),
    ),
    states=(
        StateDef("open", "待办", limit_s={"critical": 60, "": 600}),
        StateDef("done", "待审"),
        StateDef("end", "完", final=True),
    ),
    steps=(
        StepDef(
            "do", "办", ("open",), "done", frozenset({OPERATOR, SUPERVISOR}), ("what", "size", "leak", "gas"), ("what", "gas")
        ),
        StepDef("back", "退", ("done",), "open", frozenset({SUPERVISOR})),
        StepDef("agree", "同意", ("done",), "end", frozenset({SUPERVISOR}), ("said",), (), "begin do"),
        StepDef("lapse", "失效", ("open",), "end", frozenset(), source="station"),
    ),
    creates=frozenset({OPERATOR, SUPERVISOR}),
    sets=("what",),
)


def new(**fields: Any) -> Form:
    return begin(SMALL, 1, "", "小", "critical", fields, "甲", OPERATOR, 1_000, {"seen": "x"})


def refused(code: str, work: Any, *args: Any) -> FormRefused:
    with pytest.raises(FormRefused) as caught:
        work(*args)
    assert caught.value.code == code, caught.value.message
    return caught.value


def test_a_form_goes_its_way() -> None:
    form = new()
    assert (form.state, form.due_at, form.fields) == ("open", 60_001_000, {"seen": "x"})
    form = move(SMALL, form, "do", {"what": " 阀 ", "leak": False}, " 好\x00 ", "甲", OPERATOR, 2_000)
    assert form.state == "done" and form.due_at is None and form.fields["what"] == "阀" and form.moves[-1].note == "好"
    form = move(SMALL, form, "agree", {"said": "行"}, "", "乙", SUPERVISOR, 3_000)
    assert [(m.step, m.before, m.after) for m in form.moves] == [
        ("begin", "", "open"),
        ("do", "open", "done"),
        ("agree", "done", "end"),
    ]
    assert steps_open(SMALL, form, "乙", SUPERVISOR) == []


@pytest.mark.parametrize(
    ("code", "step", "fields", "by", "role"),
    [
        ("no_such_step", "fly", {}, "甲", OPERATOR),
        ("wrong_state", "agree", {}, "乙", SUPERVISOR),
        ("forbidden", "do", {}, "丙", VIEWER),
        ("forbidden", "lapse", {}, "甲", SUPERVISOR),
        ("forbidden", "do", {}, "@station", None),
        ("missing_fields", "do", {}, "甲", OPERATOR),
        ("missing_fields", "do", {"what": "阀", "leak": True}, "甲", OPERATOR),
        ("bad_field", "do", {"what": "阀", "nothing": 1}, "甲", OPERATOR),
        ("bad_field", "do", {"what": "阀", "said": "x"}, "甲", OPERATOR),
        ("bad_field", "do", {"what": "阀", "seen": "x"}, "甲", OPERATOR),
        ("bad_field", "do", {"what": "阀" * 11}, "甲", OPERATOR),
        ("bad_field", "do", {"what": "两\n行"}, "甲", OPERATOR),
        ("bad_field", "do", {"what": "阀", "size": 11}, "甲", OPERATOR),
        ("bad_field", "do", {"what": "阀", "leak": False, "gas": "a"}, "甲", OPERATOR),
    ],
)  # fmt: skip
def test_what_is_not_declared_is_refused(code: str, step: str, fields: dict[str, Any], by: str, role: Role | None) -> None:
    assert refused(code, move, SMALL, new(), step, fields, "", by, role, 2_000).message


def test_messages_name_the_field_and_what_is_expected() -> None:
    form = new()
    error = refused("missing_fields", move, SMALL, form, "do", {"leak": True}, "", "甲", OPERATOR, 2)
    assert error.message == "还没有填写：事项、气体" and error.fields == ("what", "gas")
    error = refused("bad_field", move, SMALL, form, "do", {"what": "x", "size": -1}, "", "甲", OPERATOR, 2)
    assert error.message == "“大小”为 -1 t，应为 0 到 10 t"
    error = refused("bad_field", move, SMALL, form, "do", {"what": "x", "gas": "a"}, "", "甲", OPERATOR, 2)
    assert error.message == "“气体”只在“泄漏”为 是 时填写，请清空"


def test_four_eyes_also_bar_who_edited_what_is_agreed_to() -> None:
    form = move(SMALL, new(), "do", {"what": "阀"}, "", "乙", SUPERVISOR, 2)
    for by in ("甲", "乙"):  # who began, who did
        refused("same_person", move, SMALL, form, "agree", {"said": "行"}, "", by, SUPERVISOR, 3)
        assert [s.code for s in steps_open(SMALL, form, by, SUPERVISOR)] == ["back"]
    opened = edit(SMALL, new(), {"what": "泵"}, "丁", SUPERVISOR, 2)
    done = move(SMALL, opened, "do", {}, "", "乙", OPERATOR, 3)
    refused("same_person", move, SMALL, done, "agree", {"said": "行"}, "", "丁", SUPERVISOR, 4)
    assert move(SMALL, done, "agree", {"said": "行"}, "", "戊", SUPERVISOR, 4).state == "end"


def test_editing_is_bound_to_state_and_role() -> None:
    form = new()
    assert editable(SMALL, form, OPERATOR) == ["what", "size", "leak", "gas"]
    assert edit(SMALL, form, {"what": None}, "甲", OPERATOR, 2) is form  # nothing changed: no entry
    changed = edit(SMALL, form, {"size": 3}, "甲", OPERATOR, 2)
    assert changed.moves[-1].step == "edit" and changed.moves[-1].fields == {"size": 3} and changed.due_at == form.due_at
    refused("forbidden", edit, SMALL, form, {"size": 3}, "丙", VIEWER, 2)
    refused("bad_field", edit, SMALL, form, {"said": "x"}, "甲", OPERATOR, 2)


def test_attachments_only_while_somebody_of_the_role_can_act() -> None:
    one = Attached("f.jpg", "照片.jpg", "jpg", 3, "f", "甲", 5)
    form = attach(SMALL, new(), one, OPERATOR)
    assert form.attachments == (one,) and form.moves[-1].note == "照片.jpg"
    assert attach(SMALL, form, one, OPERATOR) is form
    refused("forbidden", attach, SMALL, new(), one, VIEWER)


def test_time_limits_by_state_and_priority() -> None:
    assert due_at(SMALL, "open", "low", MINUTE) == MINUTE + 10 * MINUTE
    assert due_at(SMALL, "done", "low", 0) is None


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (FieldDef("t", "时间", FieldType.TIME), {"2026-11-21T10:40:00+08:00": T0240}, ["2026-11-21T02:40:00", "x", 5]),
        (FieldDef("d", "日期", FieldType.DATE), {"2026-11-21": "2026-11-21"}, ["20261121", "2026-13-01", 5]),
        (FieldDef("f", "是否", FieldType.FLAG), {True: True, False: False}, ["true", 1, 0]),
        (FieldDef("n", "数", FieldType.NUMBER), {3: 3, 2.5: 2.5}, ["3", True, float("nan"), float("inf")]),
        (FieldDef("l", "长文", FieldType.LONG), {" 一\n二\t ": "一\n二"}, ["\x00", "\ud800", 5]),
        (FieldDef("c", "多选", FieldType.CHOICES, {"a": "甲", "b": "乙"}), {("b", "a", "b"): ["a", "b"]}, [["c"], "a"]),
        (FieldDef("x", "附件", FieldType.FILES), {("f.jpg",): ["f.jpg"]}, [["g.jpg"], "f.jpg"]),
    ],
)  # fmt: skip
def test_values_are_kept_in_one_form(field: FieldDef, good: dict[Any, Any], bad: list[Any]) -> None:
    for value, kept in good.items():
        assert check(field, value, {"f.jpg"}) == kept
        assert check(field, check(field, value, {"f.jpg"}), {"f.jpg"}) == kept
    for value in bad:
        refused("bad_field", check, field, value, {"f.jpg"})
    for empty in (None, "", []):
        assert check(field, empty) is None


def test_tables_row_by_row() -> None:
    table = FieldDef(
        "rows", "人员", FieldType.TABLE,
        columns=(FieldDef("name", "姓名", required=True), FieldDef("age", "年龄", FieldType.NUMBER, low=0)),
    )  # fmt: skip
    assert check(table, [{"name": "甲", "age": 3}, {}, {"name": ""}]) == [{"name": "甲", "age": 3}]
    assert "第 2 行" in refused("bad_field", check, table, [{"name": "甲"}, {"name": "乙", "age": -1}]).message
    assert "“姓名”没有填写" in refused("missing_fields", check, table, [{"age": 3}]).message
    refused("bad_field", check, table, [{"name": "甲", "x": 1}])
    refused("bad_field", check, table, [{"name": "甲"}] * 501)


@pytest.mark.parametrize("definition", KINDS.values(), ids=KINDS)
def test_declarations_go_through_json(definition: FormDef) -> None:
    assert def_from_dict(def_to_dict(definition)) == definition


ROWS = st.lists(st.dictionaries(st.sampled_from(["item", "new", "q"]), st.text(max_size=3)), max_size=2)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 20),
    st.text(max_size=12),
    st.sampled_from(["a", "true", "critical", "2026-11-21T02:40:00Z"]),
    st.lists(st.sampled_from(["a", "x"]), max_size=2),
    ROWS,
)


class AnyForm(RuleBasedStateMachine):
    """People and the station try whatever they like on forms of every kind that comes with the program."""

    @initialize(kind=st.sampled_from(sorted(KINDS)), data=st.data())
    def born(self, kind: str, data: st.DataObject) -> None:
        self.definition = KINDS[kind]
        fields = self.good_fields(data, list(self.definition.needs))
        self.form = begin(self.definition, 1, "", "", "high", fields, "@station", None, 0)
        self.past = self.form.moves
        self.steps = [step.code for step in self.definition.steps]
        self.keys = [field.key for field in self.definition.fields]

    def given_fields(self, data: st.DataObject) -> dict[str, Any]:
        keys = st.sampled_from([*self.keys, "unknown"])
        return data.draw(st.dictionaries(keys, VALUES, max_size=3))

    def good_fields(self, data: st.DataObject, keys: list[str]) -> dict[str, Any]:
        return {key: data.draw(a_value(self.definition.field_named(key))) for key in keys}

    @rule(data=st.data(), role=st.sampled_from([*Role, None]), by=st.sampled_from(["甲", "乙", "丙"]), willing=st.booleans())
    def moved(self, data: st.DataObject, role: Role | None, by: str, willing: bool) -> None:
        step = data.draw(st.sampled_from([*self.steps, "nothing"]))
        fields = self.given_fields(data)
        before = self.form
        if willing and step != "nothing":
            declared = self.definition.step(step)
            fields = self.good_fields(data, missing(self.definition, self.form.fields, declared))
        try:
            self.form = move(self.definition, before, step, fields, "", by, role, before.updated_at + 1)
        except FormRefused:
            assert self.form is before
            return
        declared = self.definition.step(step)
        assert before.state in declared.states and self.form.state == declared.to
        assert role in declared.roles if role is not None else declared.source == "station"
        assert not missing(self.definition, self.form.fields, declared)
        for other in declared.other_than.split():
            assert all(m.by != by for m in before.moves if m.step == other)
        if role is not None:
            assert set(fields) <= set(declared.sets)

    @rule(data=st.data(), role=st.sampled_from([*Role, None]), by=st.sampled_from(["甲", "乙"]))
    def edited(self, data: st.DataObject, role: Role | None, by: str) -> None:
        before, fields = self.form, self.given_fields(data)
        try:
            self.form = edit(self.definition, before, fields, by, role, before.updated_at + 1)
        except FormRefused:
            return
        assert self.form.state == before.state and "unknown" not in fields
        if role is not None:
            assert set(fields) <= set(editable(self.definition, before, role))

    @invariant()
    def history_is_whole_and_only_grows(self) -> None:
        moves = self.form.moves
        assert moves[: len(self.past)] == self.past
        self.past = moves
        assert all(a.after == b.before and a.at <= b.at for a, b in pairwise(moves))
        assert moves[-1].after == self.form.state and moves[-1].at == self.form.updated_at
        told: dict[str, Any] = {}
        for one in moves:
            told |= one.fields
        assert {key: value for key, value in told.items() if value is not None} == self.form.fields
        assert set(self.form.fields) <= set(self.keys)

    @invariant()
    def it_comes_back_from_the_store(self) -> None:
        body = body_of(self.form)
        assert moves_from(body) == self.form.moves and attachments_from(body) == self.form.attachments

    @invariant()
    def steps_offered_are_steps_that_may_be_taken(self) -> None:
        for role in (OPERATOR, SUPERVISOR, Role.ENGINEER):
            for step in steps_open(self.definition, self.form, "甲", role):
                try:
                    move(self.definition, self.form, step.code, {}, "", "甲", role, self.form.updated_at)
                except FormRefused as error:
                    assert error.code == "missing_fields"


def a_value(field: FieldDef) -> st.SearchStrategy[Any]:
    match field.type:
        case FieldType.CHOICE:
            return st.sampled_from(sorted(field.choices))
        case FieldType.CHOICES:
            return st.lists(st.sampled_from(sorted(field.choices)), min_size=1)
        case FieldType.FLAG:
            return st.booleans()
        case FieldType.NUMBER:
            return st.integers(round(field.low or 0), round(min(field.high or 9, 1000)))
        case FieldType.TIME:
            return st.just("2026-11-21T02:40:00Z")
        case FieldType.DATE:
            return st.just("2026-11-21")
        case FieldType.TABLE:
            return st.just([{column.key: "1" if not column.choices else sorted(column.choices)[0] for column in field.columns}])
        case _:
            return st.just("好")


TestAnyForm = AnyForm.TestCase
TestAnyForm.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=4))
def test_no_field_is_taken_that_is_not_declared(fields: dict[str, Any]) -> None:
    try:
        form = begin(SMALL, 1, "", "", "", fields, "甲", OPERATOR, 0)
    except FormRefused as error:
        assert error.code == "bad_field"
    else:
        assert set(fields) <= {"what"} and set(form.fields) <= {"what"}


def test_a_form_in_a_state_of_an_older_declaration_is_still_told() -> None:
    form = replace(new(), state="gone")
    assert steps_open(SMALL, form, "甲", OPERATOR) == [] and SMALL.state("gone").title == "gone"
    assert "gone" in refused("wrong_state", move, SMALL, form, "do", {}, "", "甲", OPERATOR, 2).message
