"""Forms without a station: the declarations of the program, moved on by the form engine itself, told as the API tells them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from app.domain import form_step
from app.domain.form import Attached, Form, FormDef
from app.domain.form_json import def_to_dict
from app.domain.instant import Instant, from_rfc3339, to_rfc3339
from app.domain.roles import Role
from app.domain.wire import AlarmMsg
from app.site.forms import own_kinds
from widgets.forms.parse import FormMsg, declarations, form_of

START = from_rfc3339("2026-11-21T02:40:00.000Z")
MINUTE = 60_000_000
PEOPLE = {"wang": Role.OPERATOR, "li": Role.OPERATOR, "zhao": Role.SUPERVISOR, "chen": Role.ENGINEER, "sun": Role.VIEWER}
LIMITS = {"critical": 300.0, "": 1800.0}
ALARM_FIELDS = {
    "tag": "TK101.LT", "name": "甲醇罐液位", "rule": "HH", "level": "critical", "equipment": "V-101", "area": "一号罐区",
    "hazard_source": "HS-1", "chemical": "甲醇", "value": "92.1 %", "limit": "90 %",
    "message": "三号罐区 V-101 甲醇罐液位 高高报 92.1 % 上限 90 %",
    "guidance": "停止进料，关闭 XV-1011；核对现场液位计；必要时倒罐至 V-102。",
    "raised_at": "2026-11-21T02:38:10.000Z", "acked_at": "2026-11-21T02:40:00.000Z", "acked_by": "wang", "responsible": "王工",
}  # fmt: skip


def alarm() -> AlarmMsg:
    return AlarmMsg(
        7, "TK101.LT", "甲醇罐液位", "V-101", "HH", "ACKED", "critical", 92.1, 90.0, "%", "2026-11-21T02:38:10.000Z"
    )


class Paper:
    """One form and what happens to it, a minute apart."""

    def __init__(self, kind: str, id: int = 1, **changes: Any) -> None:
        made = next(one for one in own_kinds() if one.kind == kind)
        states = tuple(replace(state, limit_s={} if state.final else state.limit_s or LIMITS) for state in made.states)
        self.definition: FormDef = replace(made, states=states, **changes)
        self.now: Instant = START
        self.form: Form | None = None
        self._id = id

    def begin(
        self,
        by: str = "wang",
        fields: Mapping[str, Any] | None = None,
        filled: Mapping[str, Any] | None = None,
        subject: str = "occurrence:7",
        title: str = "甲醇罐液位 高高报 92.1 % 上限 90 %",
        priority: str = "critical",
    ) -> "Paper":
        role = PEOPLE[by] if by in PEOPLE and PEOPLE[by] in self.definition.creates else None
        self.form = form_step.begin(
            self.definition, self._id, subject, title, priority, fields or {}, by, role, self.now, filled or {},
            f"{self.definition.number}-20261121-{self._id:04d}",
        )  # fmt: skip
        return self

    def move(self, step: str, by: str = "wang", note: str = "", **fields: Any) -> "Paper":
        assert self.form is not None
        self.now += MINUTE
        self.form = form_step.move(self.definition, self.form, step, fields, note, by, PEOPLE.get(by), self.now)
        return self

    def edit(self, by: str = "wang", **fields: Any) -> "Paper":
        assert self.form is not None
        self.now += MINUTE
        self.form = form_step.edit(self.definition, self.form, fields, by, PEOPLE.get(by), self.now)
        return self

    def attach(self, name: str, by: str = "wang", size: int = 812_345) -> "Paper":
        assert self.form is not None
        file = f"{abs(hash(name)):064x}"[:64] + ".jpg"
        one = Attached(file, name, "image/jpeg", size, file[:64], by, self.now)
        self.form = form_step.attach(self.definition, self.form, one, PEOPLE.get(by))
        return self

    def json(self, user: str = "wang", occurrence: AlarmMsg | None = None) -> dict[str, Any]:
        """What `GET /forms/{kind}/{id}` says to that person."""
        assert self.form is not None
        form, definition, role = self.form, self.definition, PEOPLE[user]
        steps = form_step.steps_open(definition, form, user, role)
        return {
            **entry_json(definition, form),
            "version": form.version,
            "fields": dict(form.fields),
            "moves": [
                {**asdict(m), "at": to_rfc3339(m.at), "step_title": form_step.step_title(definition, m.step)}
                for m in form.moves
            ],
            "steps": [step.code for step in steps],
            "missing": {step.code: form_step.missing(definition, form.fields, step) for step in steps},
            "editable": form_step.editable(definition, form, role),
            "attachments": [{**asdict(a), "at": to_rfc3339(a.at)} for a in form.attachments],
            "occurrence": None if occurrence is None else asdict(occurrence),
        }

    def msg(self, user: str = "wang", occurrence: AlarmMsg | None = None) -> FormMsg:
        return form_of(self.json(user, occurrence))

    def told(self) -> FormDef:
        """The declaration as the console gets it."""
        return declarations([def_to_dict(self.definition)])[self.definition.kind]


def entry_json(definition: FormDef, form: Form, now: Instant | None = None) -> dict[str, Any]:
    state = definition.state(form.state)
    return {
        "id": form.id,
        "number": form.number,
        "kind": form.kind,
        "state": form.state,
        "state_title": state.title,
        "subject": form.subject,
        "title": form.title,
        "priority": form.priority,
        "open": not state.final,
        "created_at": to_rfc3339(form.created_at),
        "created_by": form.created_by,
        "updated_at": to_rfc3339(form.updated_at),
        "due_at": None if form.due_at is None else to_rfc3339(form.due_at),
        "overdue": form.due_at is not None and now is not None and now > form.due_at,
    }


def handling(upto: str = "signed", user: str = "wang") -> Paper:
    """A handling form in that state; `user` did the field work."""
    paper = Paper("handling").begin("wang", filled=ALARM_FIELDS)
    steps: Sequence[tuple[str, str, str, dict[str, Any]]] = (
        ("checked", "site_check", user, {"site_result": "true", "site_at": "2026-11-21T02:44:00Z", "site_person": "李明",
         "site_text": "V-101 顶部无泄漏，现场液位计 91 %，进料阀开度 40 %。", "people_on_site": 2}),
        ("handled", "handle", user, {"cause_class": "operation", "advice": ["adjust_process", "training"], "handled_by": "李明",
         "measures": "关闭 XV-1011，停 P-101A；向 V-102 倒罐 12 t。", "started_at": "2026-11-21T02:46:00Z"}),
        ("cleared", "clear", "", {}),
        ("reported", "report", user, {"ended_at": "2026-11-21T03:10:00Z", "result": "restored",
         "prevention": "卸车前核对液位余量。", "report_text": "装卸作业未核对余量导致高高报，已停止进料并倒罐。"}),
        ("verified", "verify", "zhao", {"verify_text": "情况属实，同意核销。"}),
        ("archived", "archive", "zhao", {}),
    )  # fmt: skip
    for state, step, by, fields in steps:
        assert paper.form is not None
        if paper.form.state == upto:
            break
        paper.move(step, by, **fields)
        assert paper.form.state == state
    return paper
