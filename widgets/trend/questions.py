"""What the trend page has to ask the station for: history where it is not known finely enough, then what lies around it more
coarsely, limits and marks where they were not asked for. Console side; no Qt, asks nobody itself.

The coarse answers around the view are what a hand that pans or zooms finds there at once, before the exact one comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from widgets.trend.past import fine_enough, slack_s
from widgets.trend.pen import Pen

POINTS = 1500
"""Slots over the width of the chart."""
_ASKED = POINTS * 2
_MARGIN = 0.5  # of the span, asked for at both sides: a small pan needs no new answer
_MARKS_APART = 30.0  # seconds, or a twentieth of the span: marks of a live chart are asked for again after so much
_NEAR_KNOWN, _NEAR_ASKED, _NEAR_SLOTS = 1.5, 6.0, 100  # spans to each side; slots a span
_FAR_KNOWN_S, _FAR_ASKED_S = 92 * 86400.0, 370 * 86400.0


@dataclass(frozen=True, slots=True)
class Ask:
    """Times in seconds since the epoch. `points` 0 where there is none to choose."""

    tags: list[str]
    start: float
    end: float
    points: int = 0


class Questions:
    """Remembers only for which spans limits and marks were asked for."""

    def __init__(self) -> None:
        self._marked: tuple[float, float] | None = None
        self._limited: dict[str, float] = {}  # tag to the beginning of what its limits are known for

    def forget_marks(self) -> None:
        self._marked = None

    def forget_limits(self) -> None:
        self._limited.clear()

    def history(
        self, pens: Sequence[Pen], t0: float, end: float, now: float, shift: float = 0.0, ghost: bool = False
    ) -> Ask | None:
        """For the pens whose view [t0, end] is not known, or too coarsely; the `ghost` of `shift` seconds earlier."""
        t1, span = min(end, now), end - t0
        fine_s = fine_enough(span, POINTS)

        def known(pen: Pen) -> bool:
            if ghost:
                return pen.ghost.covered(t0 - shift, t1 - shift, fine_s, slack_s(span))
            return pen.covered(t0, t1, fine_s, slack_s(span))

        tags = [pen.tag.tag for pen in pens if not known(pen)]
        start, to = _around(t0, t1, (t1 - t0) * _MARGIN, now)
        return Ask(tags, start - shift, to - shift, _ASKED) if tags and start - shift >= 0 else None

    def context(self, pens: Sequence[Pen], t0: float, end: float, now: float) -> Ask | None:
        """What lies around the view: first what is near, then far and wide."""
        t1, span = min(end, now), end - t0
        far = max(_FAR_ASKED_S, _NEAR_ASKED * span)
        for reach, slot_s, asked in (
            (_NEAR_KNOWN * span, span / _NEAR_SLOTS, _NEAR_ASKED * span), (_FAR_KNOWN_S, inf, far),
        ):  # fmt: skip
            start, to = _around(t0, t1, reach, now)
            tags = [pen.tag.tag for pen in pens if not pen.covered(start, to, slot_s, (to - start) / 20)]
            if tags:
                return Ask(tags, *_around(t0, t1, asked, now), _ASKED)
        return None

    def limits(self, tags: Sequence[str], t0: float, end: float, now: float) -> Ask | None:
        start, _ = _around(t0, min(end, now), (min(end, now) - t0) * _MARGIN, now)
        wanted = [tag for tag in tags if self._limited.get(tag, now + 1) > t0]
        if not wanted:
            return None
        self._limited |= dict.fromkeys(wanted, start)
        return Ask(wanted, start, now + 1)

    def marks(self, tags: Sequence[str], t0: float, end: float, now: float) -> Ask | None:
        t1, old = min(end, now), self._marked
        if old is not None and old[0] <= t0 and t1 <= old[1] + max(_MARKS_APART, (t1 - t0) / 20):
            return None
        self._marked = _around(t0, t1, (t1 - t0) * _MARGIN, now)
        return Ask(list(tags), *self._marked)


def _around(t0: float, t1: float, margin: float, now: float) -> tuple[float, float]:
    return max(t0 - margin, 0.0), min(t1 + margin, now)
