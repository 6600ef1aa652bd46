"""The way of one form as a chain of steps: those taken with who and when, the one it waits for, and what lies ahead.

Pure. Console side. States are declared in the order in which a form goes through them, so the way on leads to the nearest later
state, and what leads back or ends the form early stands after it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from app.domain.form import FormDef, StepDef
from app.domain.form_step import BEGIN, OWN_STEPS, STATION_ROLE
from app.domain.roles import Role
from widgets.forms.parse import Entry, FormMsg


class Passed(Enum):
    DONE = "done"
    NOW = "now"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Link:
    """`at` RFC 3339; `by` "" with an `at` is the station."""

    step: str
    title: str
    passed: Passed
    by: str = ""
    at: str = ""


def way_on(definition: FormDef, state: str) -> StepDef | None:
    """The step that leads to the nearest later state; one the station takes itself, or one that is not dangerous, where several
    lead there."""
    order = {one.code: at for at, one in enumerate(definition.states)}
    later = [step for step in definition.steps if state in step.states and order.get(step.to, -1) > order.get(state, -1)]
    return min(later, key=lambda step: (order[step.to], step.danger, step.source == "person"), default=None)


def primary_step(definition: FormDef, state: str, may_take: Collection[str]) -> StepDef | None:
    """The step a person goes on with: of those that may be taken now the one on the way on, unless the station takes that."""
    on = way_on(definition, state)
    if on is None or on.source == "station":
        return None
    same = (step for step in definition.steps if state in step.states and step.to == on.to and step.code in may_take)
    return min(same, key=lambda step: step.danger, default=None)


def waits_for(
    definition: FormDef, entry: Entry, user: str, role: Role | None, known: dict[tuple[str, str], StepDef | None]
) -> bool:
    """Is it this person's turn, as far as a line of the list can tell? Who took the steps before is known to the form only.
    `known`: what was found out before for that role, by kind and state."""
    if not entry.open or role is None:
        return False
    key = (entry.kind, entry.state)
    if key not in known:
        open_to_role = [step.code for step in definition.steps if step.source != "station" and role in step.roles]
        known[key] = primary_step(definition, entry.state, open_to_role)
    step = known[key]
    return step is not None and not (entry.created_by == user and BEGIN in step.other_than.split())


def chain_of(definition: FormDef, form: FormMsg) -> list[Link]:
    """Of a form that was sent back only what still counts is shown; the history has all."""
    titles = {step.code: step.title for step in definition.steps}
    taken: list[tuple[str, Link]] = []  # state it led from
    for move in form.moves:
        if not move.before or move.before == move.after:
            continue
        back = next((at for at, (before, _) in enumerate(taken) if before == move.after), None)
        if back is not None:
            del taken[back:]
            continue
        by = "" if move.role == STATION_ROLE else move.by
        title = move.step_title or titles.get(move.step, move.step)
        taken.append((move.before, Link(move.step, title, Passed.DONE, by, move.at)))
    links = [*_beginning(form), *(link for _, link in taken)]
    if not form.open:
        return links
    state, seen, passed = form.state, {form.state}, Passed.NOW
    if form.id == 0:
        links, passed = [Link(BEGIN, OWN_STEPS[BEGIN], Passed.NOW)], Passed.AHEAD
    while (step := way_on(definition, state)) is not None and step.to not in seen:
        links.append(Link(step.code, step.title, passed))
        state, passed = step.to, Passed.AHEAD
        seen.add(state)
    if passed is Passed.NOW:
        links.append(Link("", form.state_title or form.state, Passed.NOW))
    return links


def _beginning(form: FormMsg) -> list[Link]:
    """A form about an alarm began with the alarm and whoever signed for it."""
    raised, acked = form.fields.get("raised_at"), form.fields.get("acked_at")
    links = []
    if raised:
        links.append(Link("raised", "触发", Passed.DONE, "", str(raised)))
    if acked:
        links.append(Link("acked", "签收", Passed.DONE, str(form.fields.get("acked_by") or ""), str(acked)))
    elif form.created_at:
        links.append(Link(BEGIN, OWN_STEPS[BEGIN], Passed.DONE, form.created_by, form.created_at))
    return links
