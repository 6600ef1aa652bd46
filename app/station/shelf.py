"""Shelving (搁置): limits by role, the second person, and the warning before an alarm comes back. Station side.

The limits are `app.domain.policy`, the shelf itself is part of the alarm's state and ends by the engine's clock, also after a
restart. A priority that needs four eyes is not shelved by one person: `second_person` begins the request (form
`shelve_request`), and `approved` makes what is to be written when another person has agreed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from app.domain import policy
from app.domain.alarm import AlarmRule, Refused, RuleState, Shelve
from app.domain.instant import MINUTE, Instant, to_rfc3339
from app.domain.roles import Action, Role, may
from app.domain.settings.alarm import AlarmSettings
from app.station.bydesign import STATION
from app.station.changes import Change, Undo
from app.station.engine import Engine
from app.station.errors import Denied, NotAllowed, Unknown
from app.station.table import Watch
from app.store.rows import Record


@dataclass(frozen=True, slots=True)
class ShelveRequest:
    """What somebody wants shelved and may not shelve alone. `occurrence` 0: the rule does not alarm now."""

    tag: str
    rule: str
    occurrence: int
    priority: str
    minutes: float
    reason: str
    by: str

    @property
    def key(self) -> str:
        return f"{self.tag}/{self.rule}"


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be written, in one transaction, for what was done in the engine; `undos` take it back."""

    records: list[Record]
    changes: list[Change]
    undos: list[Undo]


@dataclass(frozen=True, slots=True)
class Begun:
    """The request that was begun instead: the id of its form."""

    form: int


SecondPerson = Callable[[Any, ShelveRequest], Awaitable[int]]
"""Begins the request: `(Who, ShelveRequest)` to the id of the form."""


class Shelf:
    """What may be shelved, by whom, and what is about to come back."""

    def __init__(
        self,
        settings: AlarmSettings,
        engine: Engine,
        note: Callable[[Record], None],
        changed: Callable[[], None],
        now: Callable[[], Instant],
    ) -> None:
        self._settings, self._engine = settings, engine
        self._note, self._changed, self._now = note, changed, now
        self._warned: dict[str, Instant] = {}  # until when, by rule key

    # shelving

    def used(self, user: str) -> policy.Shelved:
        states = [watch.states[i] for watch, i in self._engine.shelved.values()]
        return policy.Shelved(sum(state.shelved_by == user for state in states), len(states))

    def check(self, user: str, role: Role, rule: AlarmRule, state: RuleState, minutes: float) -> bool:
        """May it be shelved? False: only with a second person. Raises Refused."""
        if state.shelved_until is not None:
            raise Refused("already_shelved", f"该报警已由 {state.shelved_by} 搁置")
        asks = policy.needs_second(self._settings.shelve, rule)
        policy.may_shelve(self._settings.shelve, role, rule, minutes, self.used(user), asks)
        return not asks

    def place(self, tag: str, rule: str) -> tuple[Watch, int]:
        """Raises Unknown."""
        try:
            return self._engine.place(f"{tag}/{rule}")
        except KeyError:
            raise Unknown("not_found", f"位号 {tag} 没有规则 {rule}") from None

    def approved(self, request: ShelveRequest, approved_by: str, role: Role) -> Deed:
        """The request is agreed to: shelves in the engine and gives what is to be written together with the form. Raises
        NotAllowed, Denied, Unknown, Refused."""
        if approved_by == request.by:
            raise NotAllowed("second_person_required", "搁置须由申请人以外的另一人批准")
        allowed = self._settings.shelve.roles.get(role.value)
        if not may(role, Action.SHELVE) or allowed is None or request.priority not in allowed.priorities:
            raise Denied("forbidden", f"角色 {role} 不能批准搁置{policy.PRIORITY_WORDS[request.priority]}级报警")
        watch, i = self.place(request.tag, request.rule)
        if request.occurrence and watch.states[i].occurrence != request.occurrence:
            raise Refused("stale_occurrence", "申请搁置的那次报警已经结束或已被新的一次取代，请重新申请")
        used = self.used(request.by).all
        if used >= self._settings.shelve.at_once:
            raise NotAllowed("too_many_shelved", f"全站已搁置 {used} 条，最多同时 {self._settings.shelve.at_once} 条")
        now = self._now()
        until = now + round(request.minutes * MINUTE)
        event = Shelve(until, request.by, f"{request.reason}（批准：{approved_by}）")
        changes, undo = self._engine.act(watch, i, event, now)
        data = {
            "approved_by": approved_by,
            "args": {"minutes": request.minutes, "reason": request.reason, "rule": request.rule},
            "by": request.by,
            "code": "",
            "command": "shelve",
            "outcome": "done",
            "role": role.value,
        }
        record = Record(now, "command", approved_by, request.tag, watch.states[i].occurrence, data)
        return Deed([record], changes, [undo])

    # coming back

    def look(self, now: Instant) -> None:
        """Once a second: which shelves end soon?"""
        soon: dict[str, Instant] = {}
        for key, (watch, i) in self._engine.shelved.items():
            until = watch.states[i].shelved_until
            if until is None or until - now > self._settings.shelve.warn:
                continue
            soon[key] = until
            if self._warned.get(key) != until:
                data = {"rule": watch.rules[i].kind.value, "until": to_rfc3339(until), "what": "shelf_returning"}
                self._note(Record(now, "system", STATION, watch.tag, watch.states[i].occurrence, data))
        if soon != self._warned:
            self._warned = soon
            self._changed()

    def returning(self) -> list[dict[str, Any]]:
        """For the feed: the alarms that come back soon, the next one first."""
        found = []
        for key, until in sorted(self._warned.items(), key=lambda one: one[1]):
            if key in self._engine:
                watch, i = self._engine.place(key)
                rule = watch.rules[i].kind.value
                occurrence = watch.states[i].occurrence
                found.append({"occurrence": occurrence, "tag": watch.tag, "rule": rule, "at": to_rfc3339(until)})
        return found
