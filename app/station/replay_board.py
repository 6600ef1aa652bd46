"""The alarm board at a record of the journal (报警牌回放): the real board, moved by the journal instead of the engine.

Station side; blocking where it looks something up, so only in worker threads. The messages come from the same `Board` and
`Wording` as the live ones, so they are the same. What the journal does not know (the station's words for a trouble of its
own) is taken from the history of alarms. How a board is kept, to be taken up again, is in `replay_moment`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakMethod

from app.domain.alarm import AlarmRule, AlarmState, RuleKind, RuleState, Transition, What
from app.domain.alarm_past import Told, retold
from app.domain.instant import Instant, from_rfc3339
from app.domain.sample import Reason, Value
from app.domain.tag import Priority
from app.station.board import Board, Delta
from app.station.changes import Change
from app.station.past import CLEAN_STOP, START
from app.station.replay_site import Library
from app.station.waiting import Published
from app.station.words import Wording
from app.store.rows import Written

Why = Callable[[str, Instant, Instant | None], tuple[Reason, str]]
"""Why the data of a tag was bad at a moment; the station had been started at the second one."""


@dataclass(frozen=True, slots=True)
class LinkThen:
    """A source as the journal knows it."""

    state: str
    since: Instant
    error: str = ""


@dataclass(slots=True)
class Facts:
    """What else is true after a record. `last`: its number; `time`: its time; `running`: the station had not said goodbye."""

    last: int = 0
    hash: str = ""
    time: Instant = 0
    config: int | None = None
    running: bool = False
    started_at: Instant | None = None
    flood_since: Instant | None = None
    links: dict[str, LinkThen] = field(default_factory=dict)


class PastBoard:
    def __init__(self, library: Library) -> None:
        self._library = library
        self.facts = Facts()
        self.then = library.site(None)
        self._why: Why = lambda tag, at, since: (Reason.NONE, "")
        self.told: dict[str, Instant] = {}  # when the bad-data alarm of a tag was told last: its sentence is of that moment
        # no ring of references: a board of thousands of alarms goes when nobody has it any more, not at some collection
        mine = WeakMethod(self._reason)
        self.wording = Wording(self.then.site, lambda tag: (Reason.NONE, "") if (told := mine()) is None else told(tag))
        self.board = Board(self.wording)

    # going on

    def apply(self, line: Written) -> Delta:
        """One record, in the order of the journal. What it changed on the board."""
        record, facts = line.record, self.facts
        facts.last, facts.hash, facts.time = line.id, line.hash, record.time
        match record.kind:
            case "alarm":
                return self._alarm(line)
            case "system":
                return self._system(line)
            case "config":
                return self._config(line)
            case "link":
                error = str(record.data.get("error") or "")
                facts.links[record.tag.removeprefix("@")] = LinkThen(str(record.data.get("state")), record.time, error)
                if error:
                    self.wording.details[record.tag] = error
        return Delta()

    def say_why(self, why: Why) -> None:
        """Whom to ask from now on why the data of a tag was bad; those on the board are told again."""
        self._why = why
        self.board.refresh([rule for rule, _ in self.board.pairs() if rule.kind is RuleKind.BAD])

    def _reason(self, tag: str) -> tuple[Reason, str]:
        return self._why(tag, self.told.get(tag, self.facts.time), self.facts.started_at)

    def _tell(self, rules: Iterable[AlarmRule]) -> Delta:
        """Told again by the station, for a reason of its own."""
        some = list(rules)
        self.told.update({rule.tag: self.facts.time for rule in some if rule.kind is RuleKind.BAD})
        return self.board.refresh(some)

    def _alarm(self, line: Written) -> Delta:
        record, data = line.record, line.record.data
        try:
            what, kind = What(data["what"]), RuleKind(data["rule"])
            before, after = AlarmState(data["before"]), AlarmState(data["after"])
        except (KeyError, ValueError):
            return Delta()  # of another program: nothing this one could show
        key = f"{record.tag}/{kind.value}"
        rule = self._rule(key, record.tag, kind, data)
        source_time, until = _instant(data.get("source_time")), _instant(data.get("until"))
        told = Told(
            what=what,
            at=record.time,
            before=before,
            after=after,
            occurrence=record.occurrence,
            annunciate=bool(data.get("annunciate")),
            value=data.get("value"),
            limit=data.get("limit"),
            source_time=source_time,
            by=record.actor,
            note=str(data.get("note") or ""),
            until=until,
            latching=rule.latching,
            limit_at=_instant(data.get("limit_at")),
        )
        state = self.board.state(key)
        if state is None:
            state = self._at_rest(told, record.tag, kind)
        new = retold(state, told)
        if kind is RuleKind.BAD:
            self.told[record.tag] = record.time
        if kind is RuleKind.SYSTEM and what is What.RAISED:
            self._detail(record.tag, kind, record.occurrence)
        moved = Transition(what, record.time, before, after, record.occurrence, told.annunciate, told.value, told.by, told.note)
        return self.board.apply([Published(Change(rule, state, new, moved), line.id, True)], True)

    def _system(self, line: Written) -> Delta:
        record, facts = line.record, self.facts
        data = record.data
        match data.get("what"):
            case word if word == START:
                return self._started(record.time, data.get("config"))
            case word if word == CLEAN_STOP:
                facts.running = False
            case "flood_began":
                facts.flood_since = record.time
            case "flood_ended":
                facts.flood_since = None
            case "chatter_began":
                return self._chatter(f"{record.tag}/{data.get('rule')}", True)
            case "chatter_ended":
                return self._chatter(f"{record.tag}/{data.get('rule')}", False)
        return Delta()

    def _config(self, line: Written) -> Delta:
        record, data = line.record, line.record.data
        match data.get("what"):
            case "in_force" if isinstance(data.get("config"), int):
                self.adopt(data["config"])
                keys = {str(key) for key in data.get("keys") or ()}
                live = [self.then.rule(rule.key) or rule for rule, _ in self.board.pairs() if rule.tag in keys]
                return self._tell(live)
            case "rule_removed":
                key = f"{record.tag}/{data.get('rule')}"
                gone = [(rule, state) for rule, state in self.board.pairs() if rule.key == key]
                return self._without({key}) if gone else Delta()
        return Delta()

    def _started(self, at: Instant, config: Any) -> Delta:
        """Another run of the station: it knows what the last one wrote, and nothing else."""
        facts = self.facts
        facts.running, facts.started_at, facts.flood_since = True, at, None
        self.adopt(config if isinstance(config, int) else None)
        facts.links = {source.id: LinkThen("connecting", at) for source in self.then.site.sources}
        self.wording.details.clear()
        self.wording.chattering.clear()
        before = self.board.alarms()
        pairs = [(self.then.rule(rule.key), state) for rule, state in self.board.pairs()]
        for rule, state in pairs:
            if rule is not None and rule.kind is RuleKind.SYSTEM:
                self._detail(rule.tag, rule.kind, state.occurrence)
        self.told = {rule.tag: at for rule, _ in pairs if rule is not None and rule.kind is RuleKind.BAD}
        self.board = Board(self.wording)
        self.board.restore((rule, state) for rule, state in pairs if rule is not None)
        left = {(alarm.tag, alarm.rule) for alarm in self.board.alarms()}
        gone = [replace(alarm, state="NORM") for alarm in before if (alarm.tag, alarm.rule) not in left]
        return Delta([*gone, *self.board.alarms()])

    def _without(self, keys: set[str]) -> Delta:
        gone = [alarm for alarm in self.board.alarms() if f"{alarm.tag}/{alarm.rule}" in keys]
        first = self.board.first_out
        for alarm in gone:
            first.gone(alarm.occurrence)
        self.board.resume([(rule, state) for rule, state in self.board.pairs() if rule.key not in keys], first)
        return Delta([replace(alarm, state="NORM") for alarm in gone])

    def _chatter(self, key: str, on: bool) -> Delta:
        (self.wording.chattering.add if on else self.wording.chattering.discard)(key)
        return self._tell([rule for rule, _ in self.board.pairs() if rule.key == key])

    def adopt(self, config: int | None) -> None:
        self.facts.config = config
        self.then = self._library.site(config)
        self.wording.adopt(self.then.site)

    def _rule(self, key: str, tag: str, kind: RuleKind, data: Mapping[str, Any]) -> AlarmRule:
        """As configured then; one that is in no version is made from what the record says."""
        rule = self.then.rule(key)
        if rule is not None:
            return rule
        try:
            priority = Priority.of(str(data.get("priority")))
        except KeyError:
            priority = Priority.HIGH
        return AlarmRule(tag, kind, priority, limit=data.get("limit"))

    def _at_rest(self, told: Told, tag: str, kind: RuleKind) -> RuleState:
        """The state of a rule that was not on the board: only its last occurrence is remembered, and it is asked for only when
        it will be seen (an overlay over a rule at rest)."""
        if told.what is What.RAISED or not told.occurrence:
            return RuleState()
        row = self._library.occurrence(told.occurrence, tag, kind.value)
        if row is None:
            return RuleState(occurrence=told.occurrence)
        return RuleState(
            occurrence=row.occurrence,
            raised_at=row.raised_at,
            cleared_at=row.cleared_at,
            acked_at=row.acked_at,
            acked_by=row.acked_by,
            note=row.note,
            value=row.value,
            limit=row.limit,
            announced=row.announced,
        )

    def _detail(self, tag: str, kind: RuleKind, occurrence: int) -> None:
        row = self._library.occurrence(occurrence, tag, kind.value)
        if row is not None and "：" in row.message:
            self.wording.details[tag] = row.message.partition("：")[2]


def _instant(text: Value | None) -> Instant | None:
    try:
        return from_rfc3339(text) if isinstance(text, str) else None
    except ValueError:
        return None
