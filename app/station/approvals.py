"""What two people decide: limits (限值变更) and shelving that one may not do alone (搁置申请). Station side.

Forms as declared; here is what the station knows of their subjects and what it does when the second person agrees. A shelf is
laid in the transaction of the approval. Limits come in force right behind it, with a transaction of their own; a restart in
between finds the approved form and does it then.
"""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.domain.form import Form
from app.domain.form_step import BEGIN
from app.domain.instant import to_rfc3339
from app.domain.tag import Priority, Tag
from app.station.commands import Who
from app.station.errors import Changed, KnownError, NotAllowed, Unknown
from app.station.form_rows import occurrence_of, tag_of
from app.station.forms import Deed, FormService, Known
from app.station.retune import FIELDS, LIMITS, retune, retuned_site
from app.station.shelf import ShelveRequest
from app.store.rows import ConfigVersion

if TYPE_CHECKING:
    from app.station.station import Station

log = logging.getLogger(__name__)

LIMIT_CHANGE, SHELVE_REQUEST = "limit_change", "shelve_request"
_WORDS = ("priority_hh", "priority_h", "priority_l", "priority_ll", "priority_prealarm")


class Approvals:
    """Hangs itself on both kinds of forms, and on the command bus for shelving that needs a second person."""

    def __init__(self, station: "Station", forms: FormService) -> None:
        self._station, self._forms = station, forms
        forms.prefill[LIMIT_CHANGE] = self.known_tag
        forms.prefill[SHELVE_REQUEST] = self.known_alarm
        forms.effects["apply_limits"] = self.apply_limits
        forms.check[LIMIT_CHANGE] = self.check_limits
        forms.deeds["shelve"] = self.shelve
        station.commands.second_person = self.ask

    # limits

    async def known_tag(self, who: Who | None, subject: str, fields: Mapping[str, Any]) -> Known:
        """Raises NotAllowed, Unknown."""
        name = tag_of(subject)
        if name is None:
            raise NotAllowed("bad_subject", "限值变更单的对象应为一个位号，如 tag:TK101.LT")
        tag = self._tag(name)
        span = f"{tag.range_low:g} 到 {tag.range_high:g} {tag.unit}" if None not in (tag.range_low, tag.range_high) else ""
        known = {
            "tag": tag.tag,
            "name": tag.name,
            "equipment": tag.equipment,
            "unit": tag.unit,
            "range": span,
            "old": present_values(tag),
        }
        return Known(f"{tag.name or tag.tag} 限值变更", gravest(tag), {key: value for key, value in known.items() if value})

    def check_limits(self, form: Form) -> None:
        """Limits that cannot be are refused when they are asked for, not when they are approved. Raises NotAllowed, Unknown."""
        if form.state in ("proposed", "approved"):
            retuned_site(self._station.site, {self._tag_of(form): wanted_values(form)})

    async def apply_limits(self, form: Form) -> None:
        """Approved: puts the limits in force, or sends the form back with the reason."""
        last = next(move for move in reversed(form.moves) if move.step == "approve")
        by = next(move.by for move in reversed(form.moves) if move.step in (BEGIN, "revise"))
        why = f"{form.number} {form.fields.get('reason', '')}"
        try:
            wanted = wanted_values(form)
            before = present_values(self._tag(self._tag_of(form)))
            version = await retune(self._station, {self._tag_of(form): wanted}, by, last.by, why)
        except KnownError as error:
            if error.code == "no_change" and await self._in_force_already(form):
                return
            await self._forms.take(form.kind, form.id, "not_applied", {"station_says": error.message})
            return
        told = {"in_force_since": to_rfc3339(self._station.clock.now()), "config_version": version.version, "old": before}
        await self._forms.take(form.kind, form.id, "in_force", {**told, "station_says": None})

    async def _in_force_already(self, form: Form) -> bool:
        """The station stopped between the new limits and the word of it on the form."""
        kept = await self._station.call(self._station.store.config.current)
        if kept is None or form.number not in kept[0].why:
            return False
        config: ConfigVersion = kept[0]
        told = {"in_force_since": to_rfc3339(config.time), "config_version": config.version, "station_says": None}
        await self._forms.take(form.kind, form.id, "in_force", told)
        return True

    def _tag_of(self, form: Form) -> str:
        return tag_of(form.subject) or ""

    def _tag(self, name: str) -> Tag:
        slot = self._station.table.slots.get(name)
        if slot is None:
            raise Unknown("not_found", f"没有位号 {name}")
        return slot.tag

    # shelving

    async def known_alarm(self, who: Who | None, subject: str, fields: Mapping[str, Any]) -> Known:
        """Raises NotAllowed, Changed, Refused."""
        occurrence = occurrence_of(subject)
        alarm = None if occurrence is None else self._station.board.alarm(occurrence)
        if alarm is None:
            raise NotAllowed("bad_subject", "搁置申请的对象应为一条现在的报警，如 occurrence:123")
        self._nobody_asks(subject)
        minutes = fields.get("minutes")
        if who is not None and isinstance(minutes, int | float):
            watch, i = self._station.engine.find(alarm.occurrence)
            self._station.shelf.check(who.user, who.role, watch.rules[i], watch.states[i], minutes)
        known = {
            "tag": alarm.tag,
            "name": alarm.name,
            "rule": alarm.rule,
            "message": alarm.message,
            "raised_at": alarm.raised_at,
        }
        return Known(alarm.message, alarm.priority, {key: value for key, value in known.items() if value})

    async def ask(self, who: Who, request: ShelveRequest) -> int:
        """The request of somebody who pressed “shelve”. The id of its form."""
        subject = f"occurrence:{request.occurrence}" if request.occurrence else f"tag:{request.tag}"
        self._nobody_asks(subject)
        alarm = self._station.board.alarm(request.occurrence)
        name = self._station.wording.name_of(request.tag)
        known = {
            "tag": request.tag,
            "name": name,
            "rule": request.rule,
            "message": None if alarm is None else alarm.message,
            "raised_at": None if alarm is None else alarm.raised_at,
        }
        title = f"{name} {request.rule}" if alarm is None else alarm.message
        given = {"minutes": request.minutes, "reason": request.reason}
        form = await self._forms.begun_for(who, SHELVE_REQUEST, subject, Known(title, request.priority, known), given)
        return form.id

    def shelve(self, form: Form, who: Who) -> Deed:
        """Agreed to. Raises KnownError, Refused."""
        request = request_of(form)
        deed = self._station.shelf.approved(request, who.user, who.role)
        until = self._station.clock.now()
        for change in deed.changes:
            if change.state.shelved_until is not None:
                until = change.state.shelved_until
        return Deed(deed.records, deed.changes, deed.undos, {"shelved_until": to_rfc3339(until)})

    def _nobody_asks(self, subject: str) -> None:
        for one in self._forms.index.about(subject, SHELVE_REQUEST):
            raise Changed("already_asked", f"已有待批准的搁置申请 {one.number}")

    async def expire(self, now: int) -> None:
        """Requests nobody answered in time end by themselves; so do those of an alarm that is over."""
        for one in list(self._forms.index.open.values()):
            if one.kind != SHELVE_REQUEST or one.state != "asked":
                continue
            occurrence = occurrence_of(one.subject)
            over = occurrence is not None and self._station.board.alarm(occurrence) is None
            if over or (one.due_at is not None and one.due_at <= now):
                note = "报警已结束" if over else "超过时限无人批准"
                try:
                    await self._forms.take(one.kind, one.id, "expire", note=note)
                except KnownError as error:
                    log.info("搁置申请 %s 没有失效：%s", one.number, error.message)


def request_of(form: Form) -> ShelveRequest:
    fields = form.fields
    return ShelveRequest(
        tag=str(fields.get("tag", "")),
        rule=str(fields.get("rule", "")),
        occurrence=occurrence_of(form.subject) or 0,
        priority=form.priority,
        minutes=float(fields["minutes"]),
        reason=str(fields["reason"]),
        by=form.created_by,
    )


def present_values(tag: Tag) -> list[dict[str, str]]:
    """What may be changed of a tag, as it is: rows of the table `old`."""
    found = []
    for item in FIELDS:
        value = getattr(tag.limits, item) if item in LIMITS else getattr(tag, item)
        if value is not None:
            found.append({"item": item, "value": _text(value)})
    return found


def wanted_values(form: Form) -> dict[str, Any]:
    """The rows of the table `changes` as `retune` takes them. Raises NotAllowed."""
    found: dict[str, Any] = {}
    for row in form.fields.get("changes", ()):
        item, text = str(row["item"]), str(row.get("new", ""))
        if item in found:
            raise NotAllowed("bad_limits", f"变更内容里 {item} 写了两次，每项只写一行")
        found[item] = _value(item, text)
    return found


def gravest(tag: Tag) -> str:
    """The priority of the gravest alarm the tag can raise: how urgent a decision about it is."""
    limits = tag.limits
    ranks = [
        priority
        for limit, priority in (
            (limits.hh, tag.priority_hh),
            (limits.h, tag.priority_h),
            (limits.l, tag.priority_l),
            (limits.ll, tag.priority_ll),
        )
        if limit is not None
    ]
    return min(ranks, default=Priority.LOW).word


def _value(item: str, text: str) -> Any:
    if item in _WORDS:
        return text.lower()
    if text == "":
        return None
    if item == "latching":
        return {"1": True, "true": True, "是": True, "0": False, "false": False, "否": False}.get(text.lower(), text)
    try:
        number = float(text)
    except ValueError:
        raise NotAllowed("bad_limits", f"{item} 的新值 {text!r} 不是数字，应为普通数字，不带单位") from None
    return int(number) if item == "alarm_on" and number.is_integer() else number


def _text(value: Any) -> str:
    if isinstance(value, Priority):
        return value.word
    if isinstance(value, bool):
        return "1" if value else "0"
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
