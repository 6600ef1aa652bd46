"""New forms: what each kind may be about, and a blank one with what this desk knows of its subject. Console side, no Qt.

The station fills in the same and more when the form is begun; what is here is only for the eye until then.
"""

from collections.abc import Sequence
from typing import Any

from app.console.state import DeskState
from app.domain.form import FormDef
from app.domain.tag import Limits, Tag
from app.domain.wire import AlarmMsg
from widgets.forms.parse import FormMsg
from widgets.forms.values import number_words
from widgets.words import tr

_ABOUT_ALARMS = frozenset({"handling", "shelve_request"})


def subjects_of(kind: str, state: DeskState) -> tuple[str, Sequence[tuple[str, str]] | None, str]:
    """The question, subjects with their words, and what to say when there is none. Subjects None: about nothing."""
    if kind in _ABOUT_ALARMS:
        alarms = sorted((one for one in state.alarms.values() if one.occurrence > 0), key=lambda one: -one.occurrence)
        found = [(f"occurrence:{one.occurrence}", _alarm_words(one)) for one in alarms]
        return tr("为哪一条报警建立？"), found, tr("现在没有报警。过去的报警请在报警历史里建立处置单。")
    if kind == "limit_change":
        tags = [(f"tag:{one.tag}", f"{one.tag}　{one.name}　{one.equipment}") for one in state.site.tags.values()]
        return tr("修改哪个位号的限值？"), tags, tr("站点没有位号。")
    return "", None, ""


def blank_form(definition: FormDef, subject: str, state: DeskState) -> FormMsg:
    """Number 0: not at the station yet."""
    title = tr(definition.title)
    fields: dict[str, Any] = {}
    what, _, name = subject.partition(":")
    priority = ""
    if what == "tag" and (tag := state.site.tags.get(name)) is not None:
        title, fields = f"{title}　{tag.tag} {tag.name}".rstrip(), known_of_tag(tag)
    elif what == "occurrence":
        alarm = next((one for one in state.alarms.values() if str(one.occurrence) == name), None)
        if alarm is not None:
            title, priority = f"{title}　{alarm.message or alarm.name}", alarm.priority
            fields = {"tag": alarm.tag, "name": alarm.name, "message": alarm.message, "raised_at": alarm.raised_at}
    known = {field.key for field in definition.fields}
    kept = {key: value for key, value in fields.items() if key in known and value}
    return FormMsg(0, definition.kind, definition.start, subject=subject, title=title, priority=priority, fields=kept,
                   steps=("begin",))  # fmt: skip


def _alarm_words(alarm: AlarmMsg) -> str:
    tag = "" if alarm.tag.startswith("@") else alarm.tag  # of the station itself: the message names it
    return "　".join(part for part in (tag, alarm.message or alarm.name, alarm.equipment) if part)


def known_of_tag(tag: Tag) -> dict[str, Any]:
    """As the point table of this desk has it."""
    low, high = (None if bound is None else number_words(bound) for bound in (tag.range_low, tag.range_high))
    return {
        "tag": tag.tag,
        "name": tag.name,
        "equipment": tag.equipment,
        "unit": tag.unit,
        "range": f"{low} … {high} {tag.unit}".rstrip() if low is not None and high is not None else "",
        "old": [{"item": item, "value": value} for item, value in _old(tag) if value],
    }


def _old(tag: Tag) -> list[tuple[str, str]]:
    limits = tag.limits if not tag.is_digital else Limits()
    items = [(name, _text(getattr(limits, name))) for name in ("ll", "l", "h", "hh")]
    if tag.is_digital:
        items.append(("alarm_on", _text(tag.alarm_on)))
    else:
        items.append(("deadband", _text(tag.deadband)))
    items += [("on_delay_s", _text(tag.on_delay_s)), ("off_delay_s", _text(tag.off_delay_s))]
    items += [(f"priority_{name}", getattr(tag, f"priority_{name}").word) for name in ("hh", "h", "l", "ll")]
    items.append(("latching", "1" if tag.latching else "0"))
    if not tag.is_digital:
        items += [("prealarm_min", _text(tag.prealarm_min)), ("priority_prealarm", tag.priority_prealarm.word)]
    return items


def _text(value: float | int | None) -> str:
    return "" if value is None else number_words(value)
