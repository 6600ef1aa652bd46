"""The state of an alarm as its journal tells it (由日志重建报警状态): one line of the journal on top of the state before it.

Station side; pure, no clock. The reverse of `alarm_step`, which moves a state and says what happened: here only what happened
is known. A test drives both side by side. The delays of a rule that waits are not in the journal, and nobody sees them.
"""

from dataclasses import dataclass, replace

from app.domain.alarm import AlarmState, RuleState, What
from app.domain.instant import Instant
from app.domain.sample import Value


@dataclass(frozen=True, slots=True)
class Told:
    """What the journal says of one transition. `until` of a shelf; `latching` as configured then."""

    what: What
    at: Instant
    before: AlarmState
    after: AlarmState
    occurrence: int
    annunciate: bool = False
    value: Value | None = None
    limit: float | None = None
    source_time: Instant | None = None
    by: str = ""
    note: str = ""
    until: Instant | None = None
    latching: bool = False
    limit_at: Instant | None = None


def retold(state: RuleState, told: Told) -> RuleState:
    """The state after `told`. What the journal does not say (a line given up in a storm) is made good from the states it names
    before and after."""
    after = _moved(_agreeing(state, told.before), told)
    return _agreeing(after, told.after)


def _moved(state: RuleState, told: Told) -> RuleState:
    match told.what:
        case What.RAISED:
            return _raised(state, told)
        case What.ACTIVE_AGAIN:
            return replace(state, active=True, latched=False, cleared_at=None)
        case What.REANNOUNCED:
            return replace(state, announced=True)
        case What.CLEARED:
            latched = told.after in (AlarmState.LUNAK, AlarmState.LAKED) or (state.overlay is not None and told.latching)
            return replace(state, active=False, latched=latched, cleared_at=told.at)
        case What.ACKNOWLEDGED:
            return replace(state, acked=True, acked_at=told.at, acked_by=told.by, note=told.note)
        case What.RESET:
            return replace(state, latched=False)
        case What.SOURCE_LOST:
            return replace(state, source_lost_since=told.at)
        case What.SOURCE_BACK:
            return replace(state, source_lost_since=None)
        case What.REMOVED:
            return RuleState(
                occurrence=told.occurrence, raised_at=state.raised_at, cleared_at=state.cleared_at or told.at
            )  # as the engine leaves it
        case _:
            return _overlaid(state, told)


def _raised(state: RuleState, told: Told) -> RuleState:
    owed = not state.acked and state.announced
    return replace(
        state,
        active=True,
        latched=False,
        acked=False,
        announced=told.annunciate or owed,
        occurrence=told.occurrence,
        raised_at=told.at,
        source_time=told.source_time,
        cleared_at=None,
        acked_at=None,
        acked_by="",
        note="",
        value=told.value,
        limit=told.limit,
        limit_at=told.limit_at,
    )


def _overlaid(state: RuleState, told: Told) -> RuleState:
    match told.what:
        case What.SHELVED:
            after = replace(state, shelved_until=told.until or told.at, shelved_by=told.by, shelve_reason=told.note)
        case What.SHELF_MOVED:
            after = replace(state, shelved_until=told.until or state.shelved_until)
        case What.UNSHELVED:
            after = replace(state, shelved_until=None, shelved_by="", shelve_reason="")
        case What.SUPPRESSED:
            after = replace(state, suppressed=told.note or "-")
        case What.UNSUPPRESSED:
            after = replace(state, suppressed="")
        case What.MASKED:
            after = replace(state, masked_by=told.note or "-")
        case What.UNMASKED:
            after = replace(state, masked_by="")
        case What.OUT_OF_SERVICE:
            after = replace(state, out_of_service=told.note or "-")
        case What.RETURNED_TO_SERVICE:
            after = replace(state, out_of_service="")
        case _:
            after = state
    lifted = state.overlay is not None and after.overlay is None
    if lifted and not (after.active or after.latched or after.acked or after.announced):
        after = replace(after, acked=True)  # began and ended under the overlay, unheard
    if told.occurrence and not after.occurrence:
        after = replace(after, occurrence=told.occurrence)
    return after


_PROCESS = {
    AlarmState.NORM: (False, False, True),
    AlarmState.UNACK: (True, False, False),
    AlarmState.ACKED: (True, False, True),
    AlarmState.RTNUN: (False, False, False),
    AlarmState.LUNAK: (False, True, False),
    AlarmState.LAKED: (False, True, True),
}  # active, latched, acked


def _agreeing(state: RuleState, shown: AlarmState) -> RuleState:
    """The state, or the nearest to it that shows `shown`."""
    if state.shown is shown:
        return state
    if shown in _PROCESS:
        active, latched, acked = _PROCESS[shown]
        bare = replace(
            state, shelved_until=None, shelved_by="", shelve_reason="", suppressed="", masked_by="", out_of_service=""
        )
        return replace(bare, active=active, latched=latched, acked=acked)
    if shown is AlarmState.OOSRV:
        return replace(state, out_of_service=state.out_of_service or "-")
    if shown is AlarmState.DSUPR:
        return replace(state, out_of_service="", suppressed=state.suppressed or "-")
    return replace(state, out_of_service="", suppressed="", masked_by="", shelved_until=state.shelved_until or 0)
