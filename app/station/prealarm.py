"""Pre-alarms (趋势预警): a tag that asks for it is warned of before its next limit, if it goes on as it does. Station side.

What a RATE rule does with a forecast (hold time, hysteresis, delays, freezing) is `app.domain.alarm_step`; here only which
forecast it gets. It is made by the task that reckons the time to limit and by nobody else: no alarm waits for it.

One thing is annunciated once: a limit whose alarm stands is not warned of, its warning ends when it is raised, and while an
alarm of that side waits for its acknowledgement the limit beyond it is not warned of either. Once acknowledged, it is: the
operator knows of the high alarm, but not that the value goes on to the next.
"""

from collections.abc import Sequence

from app.domain.alarm import Forecast, RuleKind, RuleState
from app.domain.alarm_step import FAR_AGAIN
from app.domain.instant import Instant, seconds
from app.domain.tag import Tag
from app.domain.time_to_limit import Ahead
from app.station.engine import Engine
from app.station.table import Slot

FARTHEST = FAR_AGAIN * 1.2
"""In units of the minutes asked for: so far ahead a warned limit is followed."""
BELIEVED = 2.0
"""A movement is believed to go on for so many times as long as it has been seen: a control loop that swings for a minute says
nothing of the next ten. A warning that stands needs no such proof."""
_SIDES = ((RuleKind.H, RuleKind.HH), (RuleKind.L, RuleKind.LL))


class PreAlarms:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def is_on(self, tag: Tag) -> bool:
        """Must its forecast be made even when it stands still?"""
        if tag.prealarm_min is None:
            return False
        state = self._state(tag, RuleKind.RATE)
        return state is not None and (state.active or state.pending)

    def hear(self, slot: Slot, ahead: Sequence[Ahead], seen_s: float, now: Instant) -> None:
        """`ahead`: what comes by a rate that was seen for `seen_s`, nearest first; empty: nothing does."""
        state = self._state(slot.tag, RuleKind.RATE)
        if state is None:
            return
        if not state.active:
            ahead = [one for one in ahead if one.seconds <= seen_s * BELIEVED]
        event = self._forecast(slot, ahead, state)
        if event.left is not None or state.active or state.pending:
            self._engine.forecast(f"{slot.tag.tag}/{RuleKind.RATE}", event, now)

    def _forecast(self, slot: Slot, ahead: Sequence[Ahead], warned: RuleState) -> Forecast:
        tag = slot.tag
        if warned.active and self._stands(tag, warned.limit):
            return Forecast(None, at_once=True)
        for one in ahead:
            if self._stands(tag, one.limit):
                continue
            if self._waits(tag, RuleKind(one.rule)):
                return Forecast(None, at_once=True)
            return Forecast(seconds(one.seconds), one.limit, slot.known, slot.known_at)
        return Forecast(None)

    def _stands(self, tag: Tag, limit: float | None) -> bool:
        """Is the alarm of this limit itself there?"""
        kinds = [kind for side in _SIDES for kind in side if getattr(tag.limits, kind.lower()) == limit]
        states = (self._state(tag, kind) for kind in kinds if limit is not None)
        return any(state is not None and state.active for state in states)

    def _waits(self, tag: Tag, next_limit: RuleKind) -> bool:
        """Does an alarm of the same side wait for its acknowledgement?"""
        side = next(side for side in _SIDES if next_limit in side)
        states = (self._state(tag, kind) for kind in side)
        return any(state is not None and state.active and not state.acked and state.overlay is None for state in states)

    def _state(self, tag: Tag, kind: RuleKind) -> RuleState | None:
        key = f"{tag.tag}/{kind}"
        return self._engine.state(key) if key in self._engine else None
