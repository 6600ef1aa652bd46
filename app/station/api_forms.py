"""Calls for forms (表单): what kinds there are, lists, one form, its steps, its attachments, its paper. Station side.

Each is one call of the form service, which journals it. Files of a form are streamed; they are kept by their SHA-256.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.domain.form import Form, FormDef
from app.domain.form_json import def_to_dict
from app.domain.form_step import editable, missing, step_title, steps_open
from app.domain.instant import Instant, to_rfc3339
from app.station.api_parts import LoggedInAs, TheStation, Time, instant, json
from app.station.commands import Who
from app.station.form_rows import occurrence_of, row_of
from app.station.station import Station
from app.station.words import optional_time
from app.store.ports import FormRow

router = APIRouter(tags=["表单"])

MOST = 10_000
MOST_PAGE = 500

Id = Annotated[int, Path(ge=1, le=2**62)]
Note = Annotated[str, Field(max_length=1000)]
Fields = dict[str, Any]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Begin(_Body):
    subject: Annotated[str, Field(max_length=200)] = ""
    fields: Fields = {}


class Edit(_Body):
    """`expect_updated_at`: the form as it was seen; 409 when somebody was faster."""

    fields: Fields
    expect_updated_at: str | None = None


class Take(_Body):
    fields: Fields = {}
    note: Note = ""
    expect_updated_at: str | None = None


class TakeMany(_Body):
    ids: Annotated[list[int], Field(min_length=1, max_length=MOST)]
    step: str
    fields: Fields = {}
    note: Note = ""


@router.get("/forms", summary="表单种类：字段、状态、步骤，和未办结的张数")
async def kinds(station: TheStation, who: LoggedInAs) -> Response:
    forms = station.forms
    counts = forms.index.counts(station.clock.now())
    seen = [one for one in forms.kinds.values() if who.role in one.views]
    return json([{**def_to_dict(one), "open": counts.get(one.kind, (0, 0))[0]} for one in seen])


@router.get("/forms/{kind}", summary="一种表单的清单，新的在前；after 为上一页最小的编号")
async def listed(
    kind: str,
    station: TheStation,
    who: LoggedInAs,
    open: bool | None = None,
    state: str | None = None,
    subject: str | None = None,
    text: Annotated[str | None, Query(max_length=200)] = None,
    start: Time = None,
    end: Time = None,
    after: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_PAGE)] = 100,
) -> Response:
    definition = station.forms.readable(who, kind)
    rows = await station.forms.find(
        kind=kind, subject=subject, open=open, state=state, start=instant(start), end=instant(end), text=text, after=after,
        limit=limit,
    )  # fmt: skip
    now = station.clock.now()
    return json([line_of(definition, row, now) for row in rows])


@router.post("/forms/{kind}", summary="建立一张表单")
async def begin(kind: str, body: Begin, station: TheStation, who: LoggedInAs) -> Response:
    form = await station.forms.create(who, kind, body.subject, body.fields)
    return json(await whole(station, who, form), 201)


@router.post("/forms/{kind}/step", summary="多张表单同走一步；每张各自成功或被拒绝")
async def step_many(kind: str, body: TakeMany, station: TheStation, who: LoggedInAs) -> Response:
    return json(await station.forms.step_many(who, kind, body.ids, body.step, body.fields, body.note))


@router.get("/forms/{kind}/{id}", summary="一张表单：字段、经过、现在可走的步骤")
async def one(kind: str, id: Id, station: TheStation, who: LoggedInAs) -> Response:
    station.forms.readable(who, kind)
    return json(await whole(station, who, await station.forms.get(kind, id)))


@router.patch("/forms/{kind}/{id}", summary="修改现在可改的字段")
async def edit(kind: str, id: Id, body: Edit, station: TheStation, who: LoggedInAs) -> Response:
    form = await station.forms.edit(who, kind, id, body.fields, body.expect_updated_at)
    return json(await whole(station, who, form))


@router.post("/forms/{kind}/{id}/{step}", summary="走一步")
async def take(kind: str, id: Id, step: str, station: TheStation, who: LoggedInAs, body: Take | None = None) -> Response:
    given = body or Take()
    form = await station.forms.step(who, kind, id, step, given.fields, given.note, given.expect_updated_at)
    return json(await whole(station, who, form))


# the shapes


def line_of(definition: FormDef, row: FormRow, now: Instant) -> dict[str, Any]:
    """One line of a list."""
    titles = {state.code: state.title for state in definition.states}
    return {
        "id": row.id,
        "number": row.body.get("number", ""),
        "kind": row.kind,
        "state": row.state,
        "state_title": titles.get(row.state, row.state),
        "subject": row.subject,
        "title": row.title,
        "priority": row.priority,
        "open": row.open,
        "created_at": to_rfc3339(row.created_at),
        "created_by": row.body.get("created_by", ""),
        "updated_at": to_rfc3339(row.updated_at),
        "due_at": optional_time(row.due_at),
        "overdue": row.open and row.due_at is not None and row.due_at < now,
    }


async def whole(station: Station, who: Who, form: Form) -> dict[str, Any]:
    definition = station.forms.kind(form.kind)
    taken = steps_open(definition, form, who.user, who.role)
    told = {
        **line_of(definition, row_of(definition, form), station.clock.now()),
        "version": form.version,
        "fields": form.fields,
        "moves": [
            {
                "step": moved.step,
                "step_title": step_title(definition, moved.step),
                "at": to_rfc3339(moved.at),
                "by": moved.by,
                "role": moved.role,
                "before": moved.before,
                "after": moved.after,
                "fields": moved.fields,
                "note": moved.note,
            }
            for moved in form.moves
        ],
        "steps": [step.code for step in taken],
        "missing": {step.code: missing(definition, form.fields, step) for step in taken},
        "editable": editable(definition, form, who.role),
        "attachments": [
            {
                "name": one.name, "file": one.file, "size": one.size, "sha256": one.sha256, "by": one.by,
                "at": to_rfc3339(one.at), "type": one.type,
            }
            for one in form.attachments
        ],
    }  # fmt: skip
    occurrence = occurrence_of(form.subject)
    if occurrence:
        alarm = station.board.alarm(occurrence)
        if alarm is None:
            rows = await station.call(station.store.journal.occurrences, after=occurrence + 1, limit=1)
            if rows and rows[0].occurrence == occurrence:
                alarm = station.wording.past(rows[0])
        if alarm is not None:
            told["occurrence"] = alarm
    return told
