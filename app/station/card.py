"""The alarm card (报警卡片): everything about one alarm, gathered in one go. Station side.

What is in memory (values, standing alarms, configuration) is taken on the event loop, what is in the store in one call of a
worker thread. Nothing here changes anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.alarm import RuleKind
from app.domain.card import AlarmCard, Detector, Earlier, FormNow, HowOften, LimitsThen
from app.domain.guidance import split_guidance
from app.domain.instant import DAY, SECOND, Instant, from_rfc3339, to_rfc3339
from app.domain.nearby import RADIUS_M, Near, detectors_near, place_of
from app.domain.plant import Camera, Equipment, LayoutItem
from app.domain.rows import row_of
from app.domain.tag import Limits, Priority, Tag
from app.domain.wire import AlarmMsg
from app.station.chemicals import chemicals_at
from app.station.configure import EDITED
from app.station.encode import value_message
from app.station.errors import Unknown
from app.station.inforce import InForce, Since
from app.station.station import Station
from app.station.words import optional_time
from app.store.ports import Store
from app.store.rows import ClipRow, FormRow, OccurrenceRow

HANDLING = "handling"
EARLIER = 10
OTHERS = 20
_STANDING = frozenset({"UNACK", "ACKED", "LUNAK", "LAKED"})


@dataclass(frozen=True)
class Kept:
    """What the store has to say."""

    row: OccurrenceRow | None
    earlier: Sequence[OccurrenceRow]
    counts: Sequence[int]
    since: Since | None
    then: Tag | None  # of an older version than the one that runs; None: not asked for, or it had no such tag
    old: bool
    form: FormRow | None
    clips: Sequence[ClipRow] = ()


async def alarm_card(station: Station, in_force: InForce, occurrence: int, radius_m: float = RADIUS_M) -> AlarmCard:
    """Raises Unknown when there never was such an occurrence, and StoreUnavailable."""
    now = station.clock.now()
    running = None if station.given.config is None else station.given.config.version
    kept = await station.call(_read, station.store, in_force, occurrence, station.board.alarm(occurrence), running, now)
    live = station.board.alarm(occurrence)  # it may have ended while the store was read
    if live is None and kept.row is None:
        raise Unknown("not_found", f"没有编号为 {occurrence} 的报警")
    alarm = live if live is not None else station.wording.past(kept.row)  # type: ignore[arg-type]
    slot = station.table.slots.get(alarm.tag)
    tag = None if slot is None else slot.tag
    site = station.site
    equipment = next((one for one in site.equipment if tag is not None and one.equipment == tag.equipment), None)
    place = place_of(site.layouts, alarm.tag, "" if tag is None else tag.equipment)
    others = _others(station.board.alarms(), alarm, equipment)
    card = AlarmCard(alarm, live is not None, to_rfc3339(now), radius_m=radius_m)
    card.limits = _limits(kept, tag, alarm)
    card.value = None if slot is None else value_message(slot.sample)
    card.tag = None if tag is None else row_of(tag)
    card.equipment = None if equipment is None else row_of(equipment)
    cameras = cameras_of(site.cameras, tag, equipment, None if place is None else place[1])
    lost = alarm.tag.removeprefix("@camera/") if alarm.tag.startswith("@camera/") else None
    card.cameras = [row_of(one) for one in cameras or (one for one in site.cameras if one.camera == lost)]
    card.guidance = split_guidance("" if tag is None else tag.guidance, {} if tag is None else tag.extra)
    card.earlier = [_earlier(row) for row in kept.earlier]
    card.how_often = HowOften(*kept.counts)
    card.others, card.others_total = others[:OTHERS], len(others)
    if place is not None:
        layout, item = place
        card.layout, card.item = layout.id, item.id
        card.detectors = [_detector(station, one) for one in detectors_near(layout, item, radius_m)]
    if equipment is not None:
        card.chemicals, card.chemicals_of = chemicals_at(site, equipment, tag)
    card.clips = [station.video.book.message(row) for row in station.video.book.of_alarm(occurrence, kept.clips)]
    card.form = None if kept.form is None else _form(kept.form, now)
    return card


def cameras_of(
    cameras: Iterable[Camera], tag: Tag | None, equipment: Equipment | None, item: LayoutItem | None
) -> list[Camera]:
    """Bound to the tag, the equipment or the drawn item, in this order, each once; one that is not configured is left out."""
    known = {one.camera: one for one in cameras}
    wanted = [*(() if tag is None else tag.camera)]
    if equipment is not None:
        wanted += [one.camera for one in known.values() if equipment.equipment in one.equipment]
    if item is not None:
        wanted += [item.camera, *item.cameras]
    return [known[code] for code in dict.fromkeys(wanted) if code in known]


def _read(store: Store, in_force: InForce, occurrence: int, live: AlarmMsg | None, running: int | None, now: Instant) -> Kept:
    """`running`: the version that counts now, whose tags are in memory."""
    journal = store.journal
    row = next((one for one in journal.occurrences(after=occurrence + 1, limit=1) if one.occurrence == occurrence), None)
    if row is None and live is None:
        return Kept(None, (), (), None, None, False, None)
    name, rule = (live.tag, live.rule) if live is not None else (row.tag, row.rule)  # type: ignore[union-attr]
    earlier, counts = journal.repeats(name, rule, occurrence, EARLIER, [now - days * DAY for days in (1, 7, 30)])
    raised_at = row.raised_at if row is not None else now
    if row is None and live is not None and live.raised_at is not None:
        raised_at = from_rfc3339(live.raised_at)  # shown, not written yet
    since = in_force.at(raised_at)
    old = since is not None and since.version.version != running
    then = in_force.tag(since.version.version, name) if since is not None and old else None
    forms = store.forms.find(kind=HANDLING, subject=f"occurrence:{occurrence}", limit=1)
    clips = store.clips.find(occurrence=occurrence)
    return Kept(row, earlier, counts, since, then, old, forms[0] if forms else None, clips)


def _limits(kept: Kept, today: Tag | None, alarm: AlarmMsg) -> LimitsThen | None:
    """Without a kept version (a station that never kept one) the limits it runs with, of no version."""
    tag = today if kept.then is None else kept.then
    if tag is None:
        return None
    made = LimitsThen(
        ll=tag.limits.ll, l=tag.limits.l, h=tag.limits.h, hh=tag.limits.hh, deadband=tag.deadband,
        on_delay_s=tag.on_delay_s, off_delay_s=tag.off_delay_s,
    )  # fmt: skip
    if kept.since is not None and (kept.then is not None or not kept.old):
        version = kept.since.version
        made.version, made.since = version.version, to_rfc3339(kept.since.at)
        made.by, made.why = version.by, version.why.removeprefix(EDITED)
    made.changed_since = today is not None and _alarming(today) != _alarming(tag)
    configured = _limit_of(tag.limits, alarm.rule)
    if alarm.rule in _LIMITED and alarm.limit is not None and configured != alarm.limit:
        said = "没有设这个限值" if configured is None else f"限值是 {configured:g}"
        made.doubt = f"报警记录的限值是 {alarm.limit:g}，而当时的配置{said}；以报警记录为准"
    return made


_LIMITED = {RuleKind.HH.value, RuleKind.H.value, RuleKind.L.value, RuleKind.LL.value}


def _limit_of(limits: Limits, rule: str) -> float | None:
    return getattr(limits, rule.lower()) if rule in _LIMITED else None


def _alarming(tag: Tag) -> tuple[object, ...]:
    return tag.limits, tag.deadband, tag.on_delay_s, tag.off_delay_s, tag.alarm_on


def _earlier(row: OccurrenceRow) -> Earlier:
    return Earlier(
        row.occurrence,
        to_rfc3339(row.raised_at),
        row.state,
        row.value,
        row.limit,
        optional_time(row.cleared_at),
        None if row.cleared_at is None else (row.cleared_at - row.raised_at) / SECOND,
        optional_time(row.acked_at),
        row.acked_by,
        None if row.acked_at is None else (row.acked_at - row.raised_at) / SECOND,
        row.note,
    )


def _others(alarms: Iterable[AlarmMsg], mine: AlarmMsg, equipment: Equipment | None) -> list[AlarmMsg]:
    """Standing alarms of the same equipment first, then those of the same hazard source; in each the worst, then the newest."""
    if equipment is None:
        return []
    source = equipment.hazard_source

    def concerns(one: AlarmMsg) -> bool:
        same = one.equipment == equipment.equipment or (bool(source) and one.hazard_source == source)
        return same and one.state in _STANDING and one.occurrence != mine.occurrence

    def order(one: AlarmMsg) -> tuple[bool, int, int]:
        return one.equipment != equipment.equipment, int(Priority.of(one.priority)), -one.occurrence

    return sorted(filter(concerns, alarms), key=order)


def _detector(station: Station, near: Near) -> Detector:
    item = near.item
    slots = [station.table.slots[name] for name in item.bind.values() if name in station.table.slots]
    first = slots[0].tag if slots else None
    return Detector(
        item.id,
        item.label or item.id,
        "" if first is None else first.tag,
        "" if first is None else first.name,
        "" if first is None else first.unit,
        round(near.distance_m, 1),
        [value_message(slot.sample) for slot in slots],
    )


def _form(row: FormRow, now: Instant) -> FormNow:
    return FormNow(
        row.id, row.state, row.title, row.open, to_rfc3339(row.created_at), to_rfc3339(row.updated_at),
        optional_time(row.due_at), row.open and row.due_at is not None and row.due_at < now,
    )  # fmt: skip
