"""First-out (首出): which alarm of a group came first, while none of the group's alarms had been acknowledged.

Station side, pure. A group is a hazard source, else an area, else a piece of equipment. Order is by source time: the field
knows better than the wire which came first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.alarm import RuleKind
from app.domain.instant import MINUTE, Instant

REORDER = MINUTE  # an alarm that arrives later but happened earlier may still take the mark
_PROCESS = {RuleKind.HH, RuleKind.H, RuleKind.L, RuleKind.LL, RuleKind.STATE}


@dataclass(slots=True)
class _Burst:
    first: int
    happened: Instant
    began: Instant
    waiting: set[int] = field(default_factory=set)  # occurrences not acknowledged


class FirstOut:
    """`raised` and `settled` are told of occurrences; `marked` are those that were first of their group."""

    def __init__(self) -> None:
        self._bursts: dict[str, _Burst] = {}
        self._group_of: dict[int, str] = {}
        self.marked: set[int] = set()

    def knows(self, occurrence: int) -> bool:
        return occurrence in self._group_of

    def raised(self, kind: RuleKind, group: str, occurrence: int, happened: Instant, now: Instant) -> int | None:
        """Returns the occurrence that lost the mark to this one, if any."""
        if kind not in _PROCESS or not group:
            return None
        self._group_of[occurrence] = group
        burst = self._bursts.get(group)
        if burst is None:
            self._bursts[group] = _Burst(occurrence, happened, now, {occurrence})
            self.marked.add(occurrence)
            return None
        burst.waiting.add(occurrence)
        if happened < burst.happened and now - burst.began <= REORDER:
            loser, burst.first, burst.happened = burst.first, occurrence, happened
            self.marked.discard(loser)
            self.marked.add(occurrence)
            return loser
        return None

    def acknowledged(self, occurrence: int) -> None:
        """When nothing of the group waits any more the next alarm begins a new burst."""
        group = self._group_of.pop(occurrence, None)
        burst = None if group is None else self._bursts.get(group)
        if group is None or burst is None:
            return
        burst.waiting.discard(occurrence)
        if not burst.waiting:
            del self._bursts[group]

    def gone(self, occurrence: int) -> None:
        self.acknowledged(occurrence)
        self.marked.discard(occurrence)

    # kept and taken up again

    def kept(self) -> dict[str, Any]:
        """Everything remembered, JSON-able."""
        bursts = {group: [b.first, b.happened, b.began, sorted(b.waiting)] for group, b in self._bursts.items()}
        return {"bursts": bursts, "groups": list(self._group_of.items()), "marked": sorted(self.marked)}

    @classmethod
    def taken_up(cls, kept: Mapping[str, Any]) -> "FirstOut":
        one = cls()
        for group, (first, happened, began, waiting) in kept["bursts"].items():
            one._bursts[group] = _Burst(first, happened, began, set(waiting))
        one._group_of = {occurrence: group for occurrence, group in kept["groups"]}
        one.marked = set(kept["marked"])
        return one
