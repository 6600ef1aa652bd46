"""Chatter (报警抖动): one alarm that is annunciated again and again within a minute. Pure.

ISA-18.2 names three annunciations in a minute as a first measure. What follows is a longer off-delay for a while, never a
shelf: the alarm stays on the screen and is heard again when it comes back after it.
"""

from dataclasses import dataclass

from app.domain.instant import Instant
from app.domain.settings.alarm import ChatterSettings


@dataclass(frozen=True, slots=True)
class Chatter:
    """Of one alarm: its last annunciations, newest last, and since when it chatters."""

    recent: tuple[Instant, ...] = ()
    since: Instant | None = None


def annunciated(chatter: Chatter, settings: ChatterSettings, now: Instant) -> Chatter:
    """After one annunciation more."""
    recent = tuple(at for at in (*chatter.recent, now) if at > now - settings.within)[-max(1, settings.count) :]
    begins = chatter.since is None and 0 < settings.count <= len(recent)
    return Chatter(recent, now if begins else chatter.since)


def is_over(chatter: Chatter, settings: ChatterSettings, now: Instant) -> bool:
    """Quiet for so long that what it was is to be forgotten: the end of the chatter, or of the memory of an annunciation."""
    quiet = settings.within if chatter.since is None else settings.quiet
    return not chatter.recent or now - chatter.recent[-1] >= quiet
