"""A form as the store keeps it, and the journal's record of each step. Station side, pure.

The record holds a SHA-256 over the whole form, as `hazwatch verify` computes it: the chain of the journal also vouches for the
form's table.
"""

from collections.abc import Mapping
from typing import Any

from app.domain.form import Form, FormDef, Moved
from app.domain.form_json import attachments_from, body_of, moves_from
from app.domain.form_step import ATTACH, OWN_STEPS
from app.store.forms import digest_of
from app.store.rows import FormRow, Record


def row_of(definition: FormDef, form: Form) -> FormRow:
    return FormRow(
        id=form.id,
        kind=form.kind,
        state=form.state,
        subject=form.subject,
        title=form.title,
        priority=form.priority,
        open=not definition.state(form.state).final,
        created_at=form.created_at,
        updated_at=form.updated_at,
        due_at=form.due_at,
        body=body_of(form),
    )


def form_of(row: FormRow) -> Form:
    body = row.body
    return Form(
        id=row.id,
        kind=row.kind,
        version=body.get("version", 1),
        state=row.state,
        subject=row.subject,
        title=row.title,
        priority=row.priority,
        created_at=row.created_at,
        created_by=body.get("created_by", ""),
        updated_at=row.updated_at,
        due_at=row.due_at,
        fields=body.get("fields", {}),
        moves=moves_from(body),
        number=body.get("number", ""),
        attachments=attachments_from(body),
    )


def record_of(definition: FormDef, row: FormRow, form: Form, moved: Moved, address: str = "") -> Record:
    """Of the step `moved`, after which the form stands as `row` says; with the titles of that time, so that it can be read
    without the declaration."""
    data = {
        "address": address,
        "after": moved.after,
        "before": moved.before,
        "fields": dict(moved.fields),
        "form": form.id,
        "form_kind": form.kind,
        "note": moved.note,
        "number": form.number,
        "role": moved.role,
        "form_sha256": digest_of(row),
        "step": moved.step,
        "subject": form.subject,
        "title": form.title,
        **_titles(definition, moved),
        **_attached(form, moved),
    }
    return Record(moved.at, "form", moved.by, str(form.fields.get("tag", "")), occurrence_of(form.subject) or 0, data)


def _titles(definition: FormDef, moved: Moved) -> dict[str, str]:
    states = {state.code: state.title for state in definition.states}
    steps = {step.code: step.title for step in definition.steps} | OWN_STEPS
    titles = (
        ("step_title", steps.get(moved.step)),
        ("before_title", states.get(moved.before)),
        ("after_title", states.get(moved.after)),
    )
    return {key: title for key, title in titles if title}


def _attached(form: Form, moved: Moved) -> Mapping[str, Any]:
    """The file that was put to the form, by its hash."""
    if moved.step != ATTACH:
        return {}
    found = [one for one in form.attachments if one.at == moved.at and one.name == moved.note]
    told = [{"file": one.file, "name": one.name, "sha256": one.sha256, "size": one.size} for one in found]
    return {"attachments": told}


def occurrence_of(subject: str) -> int | None:
    """The number in a subject `occurrence:123`."""
    kind, _, number = subject.partition(":")
    return int(number) if kind == "occurrence" and number.isascii() and number.isdigit() and len(number) < 19 else None


def tag_of(subject: str) -> str | None:
    """The tag in a subject `tag:TK101.LT`."""
    return subject[4:] if subject.startswith("tag:") else None
