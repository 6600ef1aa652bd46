"""Alarm flood (ISA-18.2): begins at 10 or more annunciations within 10 minutes, ends when fewer than 5 are left in them.

Station side, pure. Only the last ten times are kept: they decide both questions, however hard it rains.
"""

from dataclasses import dataclass

from app.domain.instant import MINUTE, Instant

WINDOW = 10 * MINUTE
BEGINS_AT = 10
ENDS_BELOW = 5


@dataclass(frozen=True, slots=True)
class Flood:
    active: bool = False
    since: Instant | None = None
    recent: tuple[Instant, ...] = ()  # newest last, at most BEGINS_AT


def flood_step(flood: Flood, now: Instant, annunciations: int = 0) -> Flood:
    """After `annunciations` new ones at `now` (0: only time has passed)."""
    recent = (*flood.recent, *([now] * min(annunciations, BEGINS_AT)))[-BEGINS_AT:]
    recent = tuple(at for at in recent if at > now - WINDOW)
    if flood.active:
        return Flood(len(recent) >= ENDS_BELOW, flood.since if len(recent) >= ENDS_BELOW else None, recent)
    return Flood(True, now, recent) if len(recent) >= BEGINS_AT else Flood(False, None, recent)
