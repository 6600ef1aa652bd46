"""The chatter guard (抖动报警): an alarm that is annunciated again and again gets a longer off-delay for a while, with a badge.

Station side; the counting is `app.domain.chatter`. Its beginning and end are journalled, and a new run goes on with what the
journal of the last hour says. Alarms of sources and of the station itself are left alone, their end must not be told late.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from app.domain.alarm import AlarmRule, RuleKind, What
from app.domain.chatter import Chatter, annunciated, is_over
from app.domain.instant import Instant
from app.domain.settings.alarm import ChatterSettings
from app.station.bydesign import STATION
from app.station.engine import Engine
from app.station.waiting import Published
from app.store.rows import Record

BEGAN, ENDED = "chatter_began", "chatter_ended"
_OWN = (RuleKind.LINK, RuleKind.SYSTEM)
_COUNTS = (What.RAISED, What.ACTIVE_AGAIN)  # what the process did; coming back from a shelf is no chatter


class ChatterGuard:
    """`badges`: keys of the rules that chatter now; `show(rules)` tells their alarms again."""

    def __init__(
        self,
        settings: ChatterSettings,
        engine: Engine,
        badges: set[str],
        note: Callable[[Record], None],
        show: Callable[[Iterable[AlarmRule]], None],
        now: Callable[[], Instant],
    ) -> None:
        self._settings, self._engine, self._badges = settings, engine, badges
        self._note, self._show, self._now = note, show, now
        self._seen: dict[str, Chatter] = {}
        self._plain: dict[str, Instant] = {}  # off-delays as configured, of those that chatter

    def hear(self, published: Iterable[Published], durable: bool) -> None:
        """A listener of the station."""
        now = self._now()
        for item in published:
            rule, told = item.change.rule, item.change.transition
            if item.event and told.annunciate and told.what in _COUNTS and rule.kind not in _OWN:
                before = self._seen.get(rule.key, Chatter())
                after = self._seen[rule.key] = annunciated(before, self._settings, now)
                if after.since is not None and before.since is None and rule.key in self._engine:
                    self._begin(rule.key, now)

    def restore(self, lately: Iterable[Record], now: Instant) -> None:
        """At the start, from records of an earlier run by time: who chattered goes on to."""
        for record in lately if self._settings.count else ():
            what, key = record.data.get("what"), f"{record.tag}/{record.data.get('rule')}"
            before = self._seen.get(key, Chatter())
            if what == BEGAN:
                self._seen[key] = replace(before, since=record.time)
            elif what == ENDED:
                self._seen.pop(key, None)
            elif what in _COUNTS and record.data.get("annunciate"):
                self._seen[key] = annunciated(before, self._settings, record.time)
        for key, one in list(self._seen.items()):
            if key not in self._engine or self._rule(key).kind in _OWN or is_over(one, self._settings, now):
                del self._seen[key]
            elif one.since is not None:
                self._lengthen(key)
                self._show([self._rule(key)])

    def look(self, now: Instant) -> None:
        """Once a second: whose chatter is over?"""
        for key in [key for key, one in self._seen.items() if is_over(one, self._settings, now)]:
            if self._seen.pop(key).since is not None and key in self._engine:
                self._end(key, now)

    def retuned(self, rules: Iterable[AlarmRule]) -> None:
        """These rules are as configured again: those that chatter get their longer delay back."""
        for rule in rules:
            if rule.key in self._badges:
                self._plain[rule.key] = rule.off_delay
                self._engine.adjust(rule.key, self._longer(rule))

    def forget(self, key: str) -> None:
        """The rule is no more."""
        self._seen.pop(key, None)
        self._plain.pop(key, None)
        self._badges.discard(key)

    def since(self, key: str) -> Instant | None:
        return self._seen.get(key, Chatter()).since

    def plain_off_delay(self, key: str) -> Instant | None:
        """The off-delay as configured, while a longer one holds."""
        return self._plain.get(key)

    def _longer(self, rule: AlarmRule) -> AlarmRule:
        return replace(rule, off_delay=max(rule.off_delay, self._settings.off_delay))

    def _rule(self, key: str) -> AlarmRule:
        watch, i = self._engine.place(key)
        return watch.rules[i]

    def _lengthen(self, key: str) -> None:
        rule = self._rule(key)
        self._plain[key] = rule.off_delay
        self._engine.adjust(key, self._longer(rule))
        self._badges.add(key)

    def _begin(self, key: str, now: Instant) -> None:
        self._lengthen(key)
        watch, i = self._engine.place(key)
        self._tell(BEGAN, watch.rules[i], watch.states[i].occurrence, now)

    def _end(self, key: str, now: Instant) -> None:
        watch, i = self._engine.place(key)
        plain = replace(watch.rules[i], off_delay=self._plain.pop(key))
        self._engine.adjust(key, plain)
        self._badges.discard(key)
        self._tell(ENDED, plain, watch.states[i].occurrence, now)

    def _tell(self, what: str, rule: AlarmRule, occurrence: int, now: Instant) -> None:
        data = {
            "count": self._settings.count,
            "off_delay_s": rule.off_delay / 1e6,
            "rule": rule.kind.value,
            "what": what,
            "within_s": self._settings.within_s,
        }
        self._note(Record(now, "system", STATION, rule.tag, occurrence, data))
        self._show([rule])
