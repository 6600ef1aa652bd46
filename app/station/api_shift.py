"""Calls about the watch: whose it is, the sheet being written, notes, roster, the daily report. Signing is a step of the form
`handover` (`POST /forms/handover/{id}/sign_out`, `…/sign_in`), each with the token of the person who signs. Station side."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.domain.form import Form
from app.domain.handover import Note
from app.domain.instant import to_rfc3339
from app.domain.settings.shift import ShiftSettings
from app.domain.shift import Turn
from app.station.api_forms import whole
from app.station.api_parts import LoggedInAs, TheStation, json
from app.station.errors import Denied, Malformed
from app.station.shift_facts import DAILY, HANDOVER

router = APIRouter(tags=["值班"])

MOST_DAYS = 62


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewNote(_Body):
    text: Annotated[str, Field(min_length=1, max_length=500)]


class HornTest(_Body):
    heard: bool
    text: Annotated[str, Field(max_length=300)] = ""


class Closed(_Body):
    item: Annotated[str, Field(min_length=1, max_length=2000)]
    text: Annotated[str, Field(min_length=1, max_length=500)]


class OneDay(_Body):
    date: date


@router.get("/shift", summary="现在是哪一班、谁在值班、本班记事")
async def shift(station: TheStation, who: LoggedInAs) -> Response:
    shifts, now = station.shifts, station.clock.now()
    rota, form = shifts.rota, await shifts.present()
    before = None if form is None else await shifts.before(form)
    notes = [] if form is None else await shifts.facts.notes(form.id)
    return json(
        {
            "now": to_rfc3339(now),
            "shift": _turn(rota.at(now)),
            "next": _turn(rota.after(now)),
            "since": None if form is None else form.fields.get("since"),
            "on_duty": _on_duty(shifts.settings, form),
            "sheet": None if form is None else _about(shifts.settings, form),
            "previous_sheet": None if before is None else _about(shifts.settings, before),
            "notes": [_note(note) for note in notes],
            "roster_empty": rota.is_empty,
            "default_shifts": not shifts.settings.own_shifts,
            "remind_min": shifts.settings.remind_min,
            "person": shifts.settings.name_of(who.user),
            "names": {one.user: one.name for one in shifts.settings.people if one.user},
            "daily_report_at": shifts.settings.daily_report_at,
        }
    )


@router.get("/shift/sheet", summary="正在编写的交接班记录；签字后另列此后的变化")
async def sheet(station: TheStation, who: LoggedInAs) -> Response:
    shifts = station.shifts
    form = await shifts.present()
    if form is None:
        return json({"form": None, "sheet": {}, "changed": [], "horn": None})
    live, horn = await shifts.sheet(form)
    signed = form.fields.get("frozen_at") is not None
    return json(
        {
            "form": await whole(station, who, form),
            "sheet": {key: form.fields.get(key, []) for key in live} if signed else live,
            "changed": await shifts.changed(form),
            "horn": None if horn is None else _note(horn),
        }
    )


@router.get("/shift/roster", summary="排班：从某日起若干天")
async def roster(
    station: TheStation, who: LoggedInAs, start: date | None = None, days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 7
) -> Response:
    rota = station.shifts.rota
    first = rota.day_of(station.clock.now()) if start is None else start
    try:
        turns = rota.days(first, days)
    except (OverflowError, ValueError) as error:
        raise Malformed("malformed", f"日期超出范围：{first}") from error
    return json([_turn(turn) for turn in turns])


@router.post("/shift/notes", summary="写一条值班记事")
async def note(body: NewNote, station: TheStation, who: LoggedInAs) -> Response:
    form = await station.shifts.note(who, body.text)
    return json(_noted(station.shifts.settings, form), 201)


@router.post("/shift/horn_test", summary="记下报警声试验的结果")
async def horn_test(body: HornTest, station: TheStation, who: LoggedInAs) -> Response:
    said = "声音正常" if body.heard else "没有声音"
    form = await station.shifts.note(who, "；".join(part for part in (said, body.text.strip()) if part), "horn_test")
    return json(_noted(station.shifts.settings, form), 201)


@router.post("/shift/left/close", summary="办结一件上一班遗留的事项")
async def close(body: Closed, station: TheStation, who: LoggedInAs) -> Response:
    form = await station.shifts.note(who, body.text, "closed", body.item)
    return json(_noted(station.shifts.settings, form), 201)


@router.post("/shift/daily", summary="生成某日的值班值守日报")
async def daily(body: OneDay, station: TheStation, who: LoggedInAs) -> Response:
    if who.role not in station.forms.kind(DAILY).step("submit").roles:
        raise Denied("forbidden", f"角色 {who.role} 不能生成值班值守日报")
    form = await station.daily.make(body.date)
    return json(await whole(station, who, form), 201)


def _turn(turn: Turn | None) -> dict[str, Any] | None:
    if turn is None:
        return None
    return {
        "key": turn.key,
        "date": turn.date,
        "name": turn.name,
        "start": to_rfc3339(turn.start),
        "end": to_rfc3339(turn.end),
        "crew": turn.crew,
        "leader": turn.leader,
        "members": list(turn.members),
    }


def _about(settings: ShiftSettings, form: Form) -> dict[str, Any]:
    signed = {moved.step: moved for moved in form.moves if moved.step in ("sign_out", "sign_in")}
    return {
        "id": form.id,
        "kind": HANDOVER,
        "number": form.number,
        "title": form.title,
        "state": form.state,
        "signed": {
            step: {"by": moved.by, "name": settings.name_of(moved.by), "at": to_rfc3339(moved.at)}
            for step, moved in signed.items()
        },
    }


def _on_duty(settings: ShiftSettings, form: Form | None) -> dict[str, Any] | None:
    name = "" if form is None else str(form.fields.get("taken_by", ""))
    if form is None or not name:
        return None
    return {"name": name, "user": settings.user_of(name), "at": form.fields.get("taken_at")}


def _note(note: Note) -> dict[str, Any]:
    return {"at": to_rfc3339(note.at), "by": note.by, "text": note.text, "about": note.about, "item": note.item}


def _noted(settings: ShiftSettings, form: Form) -> dict[str, Any]:
    fields = form.fields
    about, item = str(fields.get("about", "note")), str(fields.get("item", ""))
    return {"id": form.id, **_note(Note(form.created_at, settings.name_of(form.created_by), str(fields["text"]), about, item))}
