"""Masking while the station runs (父报警屏蔽): lays the mask on the children when a parent stands, lifts it when it ends.

Station side. Which alarm masks which is `app.domain.masks`. A parent masks while it can be seen: one that is itself shelved,
suppressed or out of service, or whose source is lost, hides nothing. Masks are part of the alarm states, so they survive a
restart; at the start, and when the configuration changes, all are looked at anew.
"""

from collections.abc import Callable, Mapping

from app.domain.alarm import Mask, RuleState, Unmask
from app.domain.instant import Instant
from app.station.changes import Change
from app.station.engine import Engine


def speaks(state: RuleState) -> bool:
    """May this alarm stand for its children? A parent that is masked itself may: what masks it is seen."""
    hidden = state.out_of_service or state.suppressed or state.shelved_until is not None
    return state.active and not hidden and state.source_lost_since is None


class Masking:
    def __init__(self, engine: Engine, put: Callable[[Change], None], now: Callable[[], Instant]) -> None:
        self._engine, self._put, self._now = engine, put, now
        self.parents: Mapping[str, tuple[str, ...]] = {}
        self._children: dict[str, list[str]] = {}

    def plan(self, parents: Mapping[str, tuple[str, ...]]) -> None:
        """Masked rule to the rules that mask it, from now on."""
        before = self.parents
        self.parents = parents
        self._children = {}
        for child, above in parents.items():
            for parent in above:
                self._children.setdefault(parent, []).append(child)
        for child in dict.fromkeys((*parents, *before)):
            self._look(child)

    def restore(self) -> None:
        """Masks that an earlier run laid and nobody configures any more come off."""
        left = [rule.key for rule, state in self._engine.pairs() if state.masked_by and rule.key not in self.parents]
        for child in left:
            self._look(child)

    def moved(self, key: str) -> None:
        """The alarm of this rule changed; cheap for a rule that masks nothing."""
        for child in self._children.get(key, ()):
            self._look(child)

    def _look(self, child: str) -> None:
        if child not in self._engine:
            return
        watch, i = self._engine.place(child)
        now_by = watch.states[i].masked_by
        standing = [parent for parent in self.parents.get(child, ()) if self._speaks(parent)]
        if now_by in standing or (not now_by and not standing):
            return
        event = Mask(standing[0]) if standing else Unmask()
        changes, _ = self._engine.act(watch, i, event, self._now())
        for change in changes:
            self._put(change)
        self.moved(child)

    def _speaks(self, key: str) -> bool:
        return key in self._engine and speaks(self._engine.state(key))
