"""Calls for forms (表单): what kinds there are, lists, one form, its steps, its attachments, its paper. Station side.

Each is one call of the form service, which journals it. Files of a form are streamed; they are kept by their SHA-256.
"""

from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import ClientDisconnect

from app.domain.form import Attached, Form, FormDef
from app.domain.form_json import def_to_dict
from app.domain.form_step import editable, missing, step_title, steps_open
from app.domain.instant import Instant, to_rfc3339
from app.station.api_parts import API, LoggedInAs, TheStation, Time, instant, json
from app.station.attachments import TooLarge, clean_name
from app.station.commands import Who
from app.station.duty_sheet import DUTY, duty_sheet
from app.station.errors import Malformed, Unknown
from app.station.form_rows import occurrence_of, row_of
from app.station.form_sheet import sheet_of
from app.station.printing import render
from app.station.shift_facts import HANDOVER
from app.station.station import Station
from app.station.words import optional_time
from app.store.rows import FormRow

router = APIRouter(tags=["表单"])

MOST = 10_000
MOST_PAGE = 500
_BYTES = "application/octet-stream"
_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "pdf": "application/pdf",
    "mp4": "video/mp4",
    "txt": "text/plain",
    "zip": "application/zip",
}

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


@router.get("/forms/{kind}/{id}.pdf", summary="一张表单的打印件（PDF，A4）")
async def pdf(kind: str, id: Id, station: TheStation, who: LoggedInAs) -> Response:
    sheet = await _sheet(station, who, kind, id)
    made = await station.call(render, "duty" if kind in DUTY else "form", sheet)
    return _file(made, "application/pdf", f"{sheet['number']}.pdf")


@router.get("/forms/{kind}/{id}.xlsx", summary="一张表单的 Excel 表，内容与打印件相同")
async def xlsx(kind: str, id: Id, station: TheStation, who: LoggedInAs) -> Response:
    sheet = await _sheet(station, who, kind, id)

    def work() -> bytes:
        from app.station.duty_book import duty_book  # here, for they bring openpyxl: 10 MB that the watch does not need
        from app.station.sheets import form_sheet

        return duty_book(sheet) if kind in DUTY else form_sheet(sheet)

    made = await station.call(work)
    return _file(made, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", f"{sheet['number']}.xlsx")


@router.post("/forms/{kind}/{id}/attachments", summary="上传附件：请求体为文件内容")
async def attach(
    kind: str,
    id: Id,
    request: Request,
    station: TheStation,
    who: LoggedInAs,
    name: Annotated[str, Query(min_length=1, max_length=300, description="文件名")],
) -> Response:
    forms, files = station.forms, station.formwork.attachments
    await forms.may_attach(who, kind, id)
    length = request.headers.get("content-length", "")
    with forms.refusals(who, "form_attach", {"form": id, "kind": kind, "name": name}):
        stream = request.stream()
        try:
            files.refuse_announced(int(length) if length.isdigit() else None)
            stored = await files.take(stream)
        except TooLarge:
            await files.drain(stream)
            raise
        except ClientDisconnect as error:
            raise Malformed("malformed", "附件没有传完，请重新上传") from error
    attached = Attached(stored.file, clean_name(name), stored.type, stored.size, stored.sha256, who.user, station.clock.now())
    form = await forms.attach(who, kind, id, attached)
    return json(await whole(station, who, form), 201)


@router.get("/forms/{kind}/{id}/attachments/{file}", summary="一个附件的内容")
async def attachment(kind: str, id: Id, file: str, station: TheStation, who: LoggedInAs) -> Response:
    station.forms.readable(who, kind)
    form = await station.forms.get(kind, id)
    for one in form.attachments:
        if one.file == file:
            place = await station.formwork.attachments.path(file, one.sha256)
            return FileResponse(place, media_type=_TYPES.get(one.type, _BYTES), headers=_headers(one.name))
    raise Unknown("not_found", f"表单 {form.number} 没有附件 {file}")


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


def streams(method: str, path: str) -> bool:
    """Calls whose body may be larger than others'; they bound it themselves."""
    return method == "POST" and path.startswith(f"{API}/forms/") and path.endswith("/attachments")


# the shapes


async def _sheet(station: Station, who: Who, kind: str, id: int) -> dict[str, Any]:
    definition = station.forms.readable(who, kind)
    form = await station.forms.get(kind, id)
    zone, now = ZoneInfo(station.site.timezone), station.clock.now()
    if kind in DUTY:
        if kind == HANDOVER:
            form = await station.shifts.as_it_stands(form)
        name_of = station.shifts.settings.name_of
        return duty_sheet(definition, form, station.site.name, zone, now, name_of(who.user), name_of)
    return sheet_of(definition, form, station.site.name, zone, now, who.user)


def _headers(name: str) -> dict[str, str]:
    """Saved, never shown by a browser with the station's origin."""
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers=_headers(name))


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
