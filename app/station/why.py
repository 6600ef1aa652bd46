"""Why a tag is silent, why it alarmed, with its past (报警追溯): the facts of now and what the journal says of before.

Station side. The facts are `app.domain.trace`; here the journal adds the last transitions of each rule, how long each alarm
lasted, and since when, by whom and why the present limit holds.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from app.domain import journal_words
from app.domain.alarm import AlarmRule, RuleKind, What
from app.domain.instant import Instant, from_rfc3339, to_datetime, to_rfc3339
from app.domain.sample import Sample
from app.domain.tag import Tag
from app.domain.trace import Around, Fact, why
from app.station.encode import value_message
from app.station.errors import Unknown
from app.store.rows import ConfigVersion, Search, Written

if TYPE_CHECKING:
    from app.station.station import Station

LOOKED_AT = 400  # records of the tag
PAST = 12  # transitions told of each rule
_BEGINS = (What.RAISED.value, What.REANNOUNCED.value)
_COLUMNS = {
    RuleKind.HH: ("hh", "priority_hh"),
    RuleKind.H: ("h", "priority_h"),
    RuleKind.L: ("l", "priority_l"),
    RuleKind.LL: ("ll", "priority_ll"),
    RuleKind.STATE: ("alarm_on", "priority_h"),
    RuleKind.RATE: ("prealarm_min", "priority_prealarm"),
}


async def why_of(station: "Station", tag: str) -> dict[str, Any]:
    """Raises Unknown."""
    watch = station.engine.watches.get(tag)
    if watch is None:
        raise Unknown("not_found", f"没有位号 {tag}")
    slot = station.table.slots.get(tag)
    known = None if slot is None else slot.tag
    sample = None if slot is None else slot.sample
    now = station.clock.now()
    facts = {rule.key: _facts(station, rule, known, sample, now) for rule in watch.rules}
    states = {rule.key: state for rule, state in zip(watch.rules, watch.states, strict=True)}
    past, changed, versions = await station.call(_read, station, tag)
    equipment = station.wording.equipment_of(tag)
    return {
        "tag": tag,
        "name": station.wording.name_of(tag),
        "unit": "" if known is None else known.unit,
        "time": to_rfc3339(now),
        "sample": None if sample is None else value_message(sample),
        "equipment": None if equipment is None else {"equipment": equipment.equipment, "status": equipment.status.value},
        "masks": [key for key, above in station.masking.parents.items() if any(p.rpartition("/")[0] == tag for p in above)],
        "rules": [
            {
                "key": rule.key,
                "rule": rule.kind.value,
                "priority": rule.priority.word,
                "state": states[rule.key].shown.value,
                "process_state": states[rule.key].process_state.value,
                "occurrence": states[rule.key].occurrence,
                "limit": rule.limit,
                "masked_by": list(station.masking.parents.get(rule.key, ())),
                "facts": facts[rule.key],
                "since": _since(rule, changed, versions),
                "past": _past(station, rule, past, now),
            }
            for rule in watch.rules
        ],
    }


def _facts(station: "Station", rule: AlarmRule, tag: Tag | None, sample: Sample | None, now: Instant) -> tuple[Fact, ...]:
    zone = ZoneInfo(station.site.timezone)
    state = station.engine.state(rule.key)

    def clock(at: Instant) -> str:
        local, today = to_datetime(at).astimezone(zone), to_datetime(now).astimezone(zone)
        return f"{local:%H:%M:%S}" if local.date() == today.date() else f"{local:%m-%d %H:%M:%S}"

    around = Around(
        unit="" if tag is None else tag.unit,
        decimals=1 if tag is None else tag.decimals,
        clock=clock,
        mask=station.wording.mask_words(state.masked_by),
        detail=station.wording.details.get(rule.tag, "") if state.active else "",
        chattering_since=station.chatter.since(rule.key),
        plain_off_delay=station.chatter.plain_off_delay(rule.key),
    )
    return why(rule, state, sample, now, around)


def _read(station: "Station", tag: str) -> tuple[list[Written], list[Written], Sequence[ConfigVersion]]:
    """The tag's alarm records and changes of its row, newest first; all versions. Blocking."""
    journal = station.store.journal
    past = journal.search(Search(tag=tag, kinds=("alarm",), limit=LOOKED_AT)).records
    changed = journal.search(Search(tag=tag, kinds=("config",), limit=LOOKED_AT)).records
    return past, changed, station.store.config.versions()


def _since(rule: AlarmRule, changed: Sequence[Written], versions: Sequence[ConfigVersion]) -> dict[str, Any] | None:
    """Since when the limit of the rule is what it is. None: nobody kept a configuration."""
    limit_column = _COLUMNS.get(rule.kind, ("",))[0]
    by_time = {version.time: version for version in versions}
    for line in changed:
        data = line.record.data
        if data.get("what") == "changed" and data.get("column") == limit_column:
            version = by_time.get(line.record.time)
            if version is None:  # announced, and then not kept
                continue
            return {
                "version": version.version,
                "at": to_rfc3339(line.record.time),
                "by": line.record.actor,
                "approved_by": data.get("approved_by", ""),
                "why": data.get("why") or version.why,
                "old": data.get("old"),
                "new": data.get("new"),
            }
    if not versions:
        return None
    first = versions[0]
    whole = {"version": first.version, "at": to_rfc3339(first.time), "by": first.by, "why": first.why}
    return {**whole, "approved_by": "", "old": None, "new": rule.limit}


def _past(station: "Station", rule: AlarmRule, lines: Sequence[Written], now: Instant) -> list[dict[str, Any]]:
    """Newest first. A raise says how long the condition lasted; one whose end is not among them has no length."""
    told: list[dict[str, Any]] = []
    ended: dict[int, Instant] = {}
    for line in lines:
        record, data = line.record, line.record.data
        if data.get("rule") != rule.kind.value:
            continue
        what = str(data.get("what", ""))
        one: dict[str, Any] = {
            "id": line.id,
            "time": to_rfc3339(record.time),
            "what": what,
            "text": journal_words.sentence(
                record.kind, record.actor, record.tag, record.occurrence, data, station.wording.name_of
            ),
            "by": record.actor,
            "note": data.get("note", ""),
            "occurrence": record.occurrence,
            "value": data.get("value"),
            "limit": data.get("limit"),
            "source_time": data.get("source_time"),
            "annunciate": bool(data.get("annunciate")),
            "lasted_s": None,
        }
        if what == What.CLEARED.value:
            ended[record.occurrence] = record.time
        elif what in _BEGINS:
            state = station.engine.state(rule.key)
            standing = state.active and state.occurrence == record.occurrence
            end = now if standing else ended.get(record.occurrence)
            one["lasted_s"] = None if end is None else round((end - from_rfc3339(one["time"])) / 1e6, 3)
        told.append(one)
        if len(told) >= PAST:
            break
    return told
