"""How long a form may still take, in words: a pure sum over the station's time. Console side, no Qt."""

from datetime import datetime
from enum import IntEnum

from widgets.words import tr

SOON_S = 300.0


class Urgency(IntEnum):
    NONE = 0  # nothing is due
    CALM = 1
    SOON = 2
    OVERDUE = 3


def seconds_left(due_at: str | None, now: float) -> float | None:
    """`now`: seconds since the epoch by the station's clock; None when nothing is due."""
    return datetime.fromisoformat(due_at).timestamp() - now if due_at else None


def urgency(due_at: str | None, open: bool, now: float) -> Urgency:
    left = seconds_left(due_at, now)
    if left is None or not open:
        return Urgency.NONE
    return Urgency.OVERDUE if left <= 0 else Urgency.SOON if left <= SOON_S else Urgency.CALM


def due_words(due_at: str | None, open: bool, now: float) -> str:
    """`剩余 12:05`, `超时 03:10`, `剩余 2 天 03:10`; "" when nothing is due."""
    left = seconds_left(due_at, now)
    if left is None or not open:
        return ""
    return tr("超时 {span}", span=clock(-left)) if left <= 0 else tr("剩余 {span}", span=clock(left))


def clock(seconds: float) -> str:
    """`04:59`, `3:04:59`, `2 天 03:04`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return tr("{n} 天 {clock}", n=days, clock=f"{hour:02d}:{minute:02d}")
    return f"{hour}:{minute:02d}:{second:02d}" if hour else f"{minute:02d}:{second:02d}"
