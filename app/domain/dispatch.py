"""Who is to be told of which alarms now (报警通知): the quiet rules, without a clock, sending nothing. Station side.

`Dispatcher` holds the alarms nobody has acknowledged, and what each person was told of them. `due(now)` gives the messages
to be sent; only `told` marks them, when they are safe in the outbox, so that nothing is lost between the two.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from app.domain.instant import MINUTE, Instant, seconds, to_datetime
from app.domain.settings.dispatch import DispatchSettings, Person, Rule
from app.domain.tag import Priority

GRAVEST = 10  # told one by one in a bundle
_RANK = {priority.word: priority.value for priority in Priority}
_WORDS = {"critical": "紧急", "high": "高", "medium": "中", "low": "低"}


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm that asks for acknowledgement, in the words of the board."""

    occurrence: int
    priority: str
    kind: str
    area: str
    hazard_source: str
    message: str
    raised_at: Instant
    guidance: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person by one outlet. `key`: the same reason, person and outlet have the same."""

    key: str
    kind: str  # alarm | duty | test
    priority: str
    outlet: str
    person: str
    address: str
    title: str
    text: str
    reasons: tuple[tuple[int, str], ...] = ()  # occurrence and rule


class Dispatcher:
    def __init__(self, settings: DispatchSettings, zone: tzinfo) -> None:
        self.settings, self._zone = settings, zone
        self._standing: dict[int, Standing] = {}
        self._queue: list[tuple[Instant, int, int]] = []  # due, occurrence, index of the rule
        self._held: dict[str, dict[tuple[int, str], Rule]] = {}  # by person: due, not told yet
        self._told: dict[int, set[tuple[str, str]]] = {}  # by occurrence: rule and person
        self._last: dict[str, Instant] = {}  # by person, of the last message about alarms

    # what stands

    def put(self, alarm: Standing) -> None:
        """It asks for acknowledgement, for the first time or again."""
        known = alarm.occurrence in self._standing
        self._standing[alarm.occurrence] = alarm
        if known:
            return
        for index, rule in enumerate(self.settings.rules):
            if rule.is_for(alarm.priority, alarm.kind, alarm.area, alarm.hazard_source):
                heapq.heappush(self._queue, (alarm.raised_at + seconds(rule.after_s), alarm.occurrence, index))

    def over(self, occurrence: int) -> None:
        """Acknowledged, gone, or put aside: nobody is told any more."""
        if self._standing.pop(occurrence, None) is not None:
            self._told.pop(occurrence, None)

    @property
    def earliest(self) -> Instant | None:
        """When the oldest of what stands was raised."""
        return min((alarm.raised_at for alarm in self._standing.values()), default=None)

    def told(self, person: str, reasons: Iterable[tuple[int, str]], at: Instant) -> None:
        """The message is safe. Also at a start, for what an earlier run told."""
        self._last[person] = max(at, self._last.get(person, 0))
        held = self._held.get(person, {})
        for occurrence, rule in reasons:
            held.pop((occurrence, rule), None)
            if occurrence in self._standing:
                self._told.setdefault(occurrence, set()).add((rule, person))

    # what is due

    def due(self, now: Instant, flood: bool = False) -> list[Letter]:
        """Messages to be sent now; they come again until they are `told`."""
        self._collect(now)
        letters: list[Letter] = []
        for name in list(self._held):
            person = self.settings.person(name)
            held = self._held[name]
            for reason in [one for one in held if one[0] not in self._standing]:
                del held[reason]
            if not held or person is None:
                del self._held[name]
                continue
            letters += self._letters(person, self._ready(person, held, now, flood), flood)
        return letters

    def _collect(self, now: Instant) -> None:
        while self._queue and self._queue[0][0] <= now:
            _, occurrence, index = heapq.heappop(self._queue)
            alarm, rule = self._standing.get(occurrence), self.settings.rules[index]
            if alarm is None:
                continue
            for person in self.settings.persons_of(rule, alarm.hazard_source, alarm.area):
                if (rule.name, person.name) not in self._told.get(occurrence, ()):
                    self._held.setdefault(person.name, {})[occurrence, rule.name] = rule

    def _ready(
        self, person: Person, held: dict[tuple[int, str], Rule], now: Instant, flood: bool
    ) -> dict[tuple[int, str], Rule]:
        """Of what waits for this person, what may go now."""
        since = now - self._last.get(person.name, -(10**18))
        if flood and since < seconds(self.settings.flood_s):
            return {}
        local = to_datetime(now).astimezone(self._zone)
        quiet = person.is_quiet(local.hour * 60 + local.minute)
        if quiet or (not flood and since < self.settings.per_person_min * MINUTE):
            critical = Priority.CRITICAL.word
            return {reason: rule for reason, rule in held.items() if self._standing[reason[0]].priority == critical}
        return dict(held)

    def _letters(self, person: Person, ready: dict[tuple[int, str], Rule], flood: bool) -> list[Letter]:
        by_outlet: dict[str, list[tuple[int, str]]] = {}
        for reason, rule in ready.items():
            for name in rule.outlets:
                by_outlet.setdefault(name, []).append(reason)
        letters = []
        for name, reasons in by_outlet.items():
            outlet = self.settings.outlet(name)
            address = None if outlet is None else person.address(outlet)
            if address is None:
                continue
            alarms = {occurrence: self._standing[occurrence] for occurrence, _ in reasons}
            many = flood or len(alarms) >= self.settings.bundle_from
            groups = [reasons] if many else [[r for r in reasons if r[0] == occurrence] for occurrence in alarms]
            for group in groups:
                told = [alarms[occurrence] for occurrence in dict(group)]
                letters.append(self._letter(person, name, address, told, tuple(sorted(group))))
        return letters

    def _letter(
        self, person: Person, outlet: str, address: str, alarms: Sequence[Standing], reasons: tuple[tuple[int, str], ...]
    ) -> Letter:
        alarms = sorted(alarms, key=lambda a: (_RANK[a.priority], a.occurrence))
        title, text = self._one(alarms[0]) if len(alarms) == 1 else self._many(alarms)
        rules = "+".join(sorted({rule for _, rule in reasons}))
        last = max(occurrence for occurrence, _ in reasons)
        key = f"alarm/{rules}/{person.name}/{outlet}/{reasons[0][0]}-{last}/{len(reasons)}"
        return Letter(key, "alarm", alarms[0].priority, outlet, person.name, address, title, text, reasons)

    def _one(self, alarm: Standing) -> tuple[str, str]:
        place = f"{alarm.area} " if alarm.area and alarm.area not in alarm.message else ""
        title = f"【{_WORDS[alarm.priority]}】{place}{alarm.message}"
        lines = [f"{title}", f"发生时间：{self._time(alarm.raised_at)}，尚未确认。"]
        if alarm.guidance:
            lines.append(f"处置提示：{alarm.guidance}")
        return title, "\n".join(lines)

    def _many(self, alarms: Sequence[Standing]) -> tuple[str, str]:
        counts = Counter(alarm.priority for alarm in alarms)
        parts = "，".join(f"{_WORDS[word]} {counts[word]}" for word in _WORDS if counts[word])
        title = f"【{_WORDS[alarms[0].priority]}】未确认报警 {len(alarms)} 条（{parts}）"
        lines = [title]
        for number, alarm in enumerate(alarms[:GRAVEST], 1):
            place = f"{alarm.area} " if alarm.area and alarm.area not in alarm.message else ""
            lines.append(f"{number}. 【{_WORDS[alarm.priority]}】{place}{alarm.message} {self._time(alarm.raised_at)}")
        if len(alarms) > GRAVEST:
            lines.append(f"另有 {len(alarms) - GRAVEST} 条，见值守席。")
        return title, "\n".join(lines)

    def _time(self, at: Instant) -> str:
        return f"{to_datetime(at).astimezone(self._zone):%m-%d %H:%M:%S}"
