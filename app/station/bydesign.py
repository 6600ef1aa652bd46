"""What follows for the alarms from the configuration, when a station starts and when it is changed. Station side.

* Equipment that is stopped or in maintenance: its alarms are suppressed by design, with the reason; in service again: they are
  not. Gas detectors are exempt (`[alarm] never_suppressed`): they watch over the people who work there.
* A rule that is no longer configured but was standing: the journal says that it ended with the configuration.
"""

from collections.abc import Collection, Iterable, Mapping

from app.domain.alarm import AlarmState, RuleState, Suppress, Unsuppress
from app.domain.instant import Instant
from app.domain.plant import Equipment, EquipmentStatus, Site
from app.domain.settings import settings
from app.domain.settings.alarm import read_alarm
from app.domain.tag import Tag
from app.station.changes import Change
from app.station.engine import Engine
from app.store.rows import Record

STATION = "@station"
MARK = "按设计抑制："
WHY = "status_reason"  # column of equipment.csv: why it is stopped or in maintenance
STATUS_WORDS = {EquipmentStatus.STOPPED: "停用", EquipmentStatus.MAINTENANCE: "检修"}


def _reason(tag: Tag, equipment: Mapping[str, Equipment], never: Collection[str]) -> str:
    """Why the tag's alarms are suppressed by design; "" when they are not."""
    owner = equipment.get(tag.equipment)
    word = None if owner is None else STATUS_WORDS.get(owner.status)
    if owner is None or word is None or tag.kind.value in never:
        return ""
    why = owner.extra.get(WHY, "").strip()
    return f"{MARK}{owner.name or owner.equipment} {word}" + (f"（{why}）" if why else "")


def suppress_by_design(
    engine: Engine, site: Site, now: Instant, by: str = STATION, tags: Iterable[Tag] | None = None
) -> Iterable[Change]:
    """Brings the overlays of `tags`, or of all, in line with the equipment's status; a person's own suppression is left
    alone."""
    equipment = {e.equipment: e for e in site.equipment}
    never = settings(site.options, "alarm", read_alarm).never_suppressed
    for tag in site.tags if tags is None else tags:
        watch = engine.watches.get(tag.tag)
        if watch is None:
            continue
        wanted = _reason(tag, equipment, never)
        for i, state in enumerate(watch.states):
            ours = state.suppressed.startswith(MARK)
            if wanted and (not state.suppressed or (ours and state.suppressed != wanted)):
                yield from engine.act(watch, i, Suppress(by, wanted), now)[0]
            elif ours and not wanted:
                yield from engine.act(watch, i, Unsuppress(by), now)[0]


def orphans(engine: Engine, saved: Mapping[str, RuleState], now: Instant) -> tuple[list[Record], dict[str, RuleState]]:
    """Records and states to be written for rules that stood and are configured no more."""
    records: list[Record] = []
    states: dict[str, RuleState] = {}
    for key, state in saved.items():
        if key in engine or state.shown is AlarmState.NORM:
            continue
        tag, _, rule = key.rpartition("/")
        data = {"before": state.shown.value, "rule": rule, "what": "rule_removed"}
        records.append(Record(now, "config", STATION, tag, state.occurrence, data))
        states[key] = RuleState(occurrence=state.occurrence, raised_at=state.raised_at, cleared_at=state.cleared_at or now)
    return records, states
