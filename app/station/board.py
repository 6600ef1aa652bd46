"""The alarm board (报警牌): what is shown, that is what has been written, or is marked as not durable.

Station side. The engine runs ahead; this is what consoles, the API and the feed see, and they see the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from app.domain.alarm import AlarmRule, AlarmState, RuleState
from app.domain.instant import MILLISECOND, Instant
from app.domain.wire import AlarmMsg, EventMsg
from app.station.firstout import FirstOut
from app.station.waiting import Published
from app.station.words import Wording

VIEWS: dict[str, Callable[[AlarmMsg], bool]] = {
    "active": lambda a: a.state in ("UNACK", "ACKED", "LUNAK", "LAKED"),
    "unacked": lambda a: a.state in ("UNACK", "RTNUN", "LUNAK"),
    "shelved": lambda a: a.state == "SHLVD",
    "suppressed": lambda a: a.state == "DSUPR",
    "out_of_service": lambda a: a.state == "OOSRV",
}


@dataclass(slots=True)
class Shown:
    """One alarm on the board."""

    rule: AlarmRule
    state: RuleState
    message: AlarmMsg


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed on the board: alarms in their newest form (NORM: take it away), events in order."""

    alarms: list[AlarmMsg] = field(default_factory=list)
    events: list[EventMsg] = field(default_factory=list)


class Board:
    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._first = FirstOut()
        self._live: dict[str, Shown] = {}  # by rule key
        self._by_occurrence: dict[int, str] = {}

    def restore(self, pairs: Iterable[tuple[AlarmRule, RuleState]]) -> None:
        """Begin with what an earlier run left. First-out is found again by going through the times at which the standing
        alarms were raised and acknowledged."""
        standing = [(rule, state) for rule, state in pairs if state.shown is not AlarmState.NORM]
        past: list[tuple[Instant, int, AlarmRule, RuleState]] = []
        for rule, state in standing:
            if state.raised_at is not None and state.announced:
                past.append((state.raised_at, state.occurrence, rule, replace(state, acked=False)))
                if state.acked and state.acked_at is not None:
                    past.append((state.acked_at, state.occurrence, rule, state))
        for _, _, rule, state in sorted(past, key=lambda one: one[:2]):
            self._mark(rule, state)
        for rule, state in standing:
            self._put(rule, state, True)

    def resume(self, pairs: Iterable[tuple[AlarmRule, RuleState]], first: FirstOut) -> None:
        """Go on exactly where `pairs` and `first_out` of another board were."""
        self._live.clear()
        self._by_occurrence.clear()
        self._first = first
        for rule, state in pairs:
            self._put(rule, state, True)

    # looking

    def pairs(self) -> list[tuple[AlarmRule, RuleState]]:
        """What is on the board."""
        return [(shown.rule, shown.state) for shown in self._live.values()]

    def state(self, key: str) -> RuleState | None:
        shown = self._live.get(key)
        return None if shown is None else shown.state

    @property
    def first_out(self) -> FirstOut:
        return self._first

    def alarms(self, view: str | None = None) -> list[AlarmMsg]:
        """Newest first. Raises KeyError for an unknown view."""
        wanted = None if view is None else VIEWS[view]
        found = [s.message for s in self._live.values() if wanted is None or wanted(s.message)]
        found.sort(key=lambda a: a.occurrence, reverse=True)
        return found

    def alarm(self, occurrence: int) -> AlarmMsg | None:
        key = self._by_occurrence.get(occurrence)
        return None if key is None else self._live[key].message

    def counts(self) -> dict[str, int]:
        """How many alarms are in each state."""
        counts: dict[str, int] = {}
        for shown in self._live.values():
            counts[shown.message.state] = counts.get(shown.message.state, 0) + 1
        return counts

    # changing

    def apply(self, published: Sequence[Published], durable: bool) -> Delta:
        changed: dict[int, AlarmMsg] = {}
        events: list[EventMsg] = []
        last: dict[str, Published] = {}
        for item in published:
            change = item.change
            if item.event:
                events.append(self._wording.event(change, item.record))
            if not item.newest:
                continue
            last[change.key] = item
            loser = self._mark(change.rule, change.state)
            if loser is not None:
                self._restate(loser, changed)
        for key, item in last.items():
            rule, state = item.change.rule, item.change.state
            before = self._live.get(key)
            if before is not None and before.state.occurrence != state.occurrence:
                self._drop(key, replace(before.message, state=AlarmState.NORM.value, durable=durable), changed)
            if state.shown is AlarmState.NORM:
                message = self._wording.alarm(rule, state, durable, state.occurrence in self._first.marked)
                self._drop(key, message, changed)
            else:
                changed[state.occurrence] = self._put(rule, state, durable)
        return Delta(list(changed.values()), events)

    def refresh(self, rules: Iterable[AlarmRule]) -> Delta:
        """Say the alarms of these rules again, because the rule or something they tell of changed (limit, chatter)."""
        changed: dict[int, AlarmMsg] = {}
        for rule in rules:
            shown = self._live.get(rule.key)
            if shown is not None:
                changed[shown.state.occurrence] = self._put(rule, shown.state, shown.message.durable)
        return Delta(list(changed.values()))

    # inside

    def _put(self, rule: AlarmRule, state: RuleState, durable: bool) -> AlarmMsg:
        message = self._wording.alarm(rule, state, durable, state.occurrence in self._first.marked)
        self._live[rule.key] = Shown(rule, state, message)
        self._by_occurrence[state.occurrence] = rule.key
        return message

    def _drop(self, key: str, message: AlarmMsg, changed: dict[int, AlarmMsg]) -> None:
        self._live.pop(key, None)
        self._by_occurrence.pop(message.occurrence, None)
        self._first.gone(message.occurrence)
        changed[message.occurrence] = message

    def _restate(self, occurrence: int, changed: dict[int, AlarmMsg]) -> None:
        key = self._by_occurrence.get(occurrence)
        if key is not None:
            shown = self._live[key]
            changed[occurrence] = self._put(shown.rule, shown.state, shown.message.durable)

    def _mark(self, rule: AlarmRule, state: RuleState) -> int | None:
        """Tell first-out of the state; returns the occurrence that lost the mark."""
        if state.acked or state.raised_at is None:
            self._first.acknowledged(state.occurrence)
            return None
        if not state.announced or self._first.knows(state.occurrence):
            return None
        equipment = self._wording.equipment_of(rule.tag)
        group = "" if equipment is None else equipment.hazard_source or equipment.area or equipment.equipment
        at = state.source_time or state.raised_at
        happened = at - at % MILLISECOND  # as the journal keeps it: a replay decides the same
        return self._first.raised(rule.kind, group, state.occurrence, happened, state.raised_at)
