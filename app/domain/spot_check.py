"""Spot checks (视频抽查): which running work, duty room or hazard source is looked at next. Station side, pure.

Drawn by lot, so that nobody knows when; the weight grows with the level and with the time since the last check, so that none is
forgotten. The seed is an argument and kept with the form: anybody can draw again and see that it was no choice. The weights are
ours (默认值，非官方规定).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import accumulate

from app.domain.instant import DAY, Instant

NEVER_DAYS = 30.0  # one that never was checked counts as one so long ago, and none counts more
LEAST_DAYS = 0.02  # half an hour: what was just looked at may come again, but hardly
LEVELS = {1: 4.0, 2: 3.0, 3: 2.0, 4: 1.5}
NO_LEVEL = 1.0
_LOTS = 1 << 256


class Subject(StrEnum):
    WORK = "work"  # a unit under maintenance, special work (检维修、特殊作业)
    DUTY_ROOM = "duty_room"
    HAZARD_SOURCE = "hazard_source"


IMPORTANCE = {Subject.WORK: 4.0, Subject.DUTY_ROOM: 2.0, Subject.HAZARD_SOURCE: 1.0}
"""Work that is going on is where people get hurt; the duty room is one room against many tanks."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """`level` 1 (highest) to 4 of its hazard source, None without; `cameras` that show it; `checked`: when last."""

    subject: Subject
    id: str
    name: str
    cameras: tuple[str, ...]
    level: int | None = None
    checked: Instant | None = None

    @property
    def key(self) -> str:
        """Subject of its form: `spot:work:V-101`."""
        return f"spot:{self.subject}:{self.id}"


@dataclass(frozen=True, slots=True)
class Drawn:
    """`share`: the chance it had, 0 to 1; `of`: how many were in the draw."""

    candidate: Candidate
    camera: str
    share: float
    of: int


def weight(one: Candidate, now: Instant) -> float:
    days = NEVER_DAYS if one.checked is None else (now - one.checked) / DAY
    days = min(NEVER_DAYS, max(LEAST_DAYS, days))
    level = NO_LEVEL if one.level is None else LEVELS.get(one.level, NO_LEVEL)
    return IMPORTANCE[one.subject] * level * days


def draw(candidates: Sequence[Candidate], now: Instant, seed: str) -> Drawn | None:
    """None: nothing has a camera. The order of `candidates` does not matter."""
    able = sorted((one for one in candidates if one.cameras), key=lambda one: one.key)
    if not able:
        return None
    weights = [weight(one, now) for one in able]
    total = sum(weights)
    lot = int.from_bytes(sha256(seed.encode()).digest()) / _LOTS * total
    place = min(bisect_right(list(accumulate(weights)), lot), len(able) - 1)
    one = able[place]
    which = int.from_bytes(sha256(f"{seed}/camera".encode()).digest()) % len(one.cameras)
    return Drawn(one, one.cameras[which], weights[place] / total, len(able))
