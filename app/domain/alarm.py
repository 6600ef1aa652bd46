"""Words of the alarm state machine: rules, states, events, transitions. The rules of motion are in `alarm_step`.

States after ISA-18.2-2016 / IEC 62682. Both sides; plain frozen data.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.instant import Instant
from app.domain.sample import Quality, Reason, Value
from app.domain.tag import Priority


class RuleKind(StrEnum):
    HH = "HH"
    H = "H"
    L = "L"
    LL = "LL"
    STATE = "STATE"  # a switch stands where it must not
    BAD = "BAD"  # the tag's own bad-data alarm
    RATE = "RATE"  # 趋势预警: at this rate a limit comes soon; moved by `Forecast`, never by a value
    LINK = "LINK"  # a source is lost; tag is "@" + source id
    SYSTEM = "SYSTEM"  # the station about itself; tag is "@station" or "@station/part"


class AlarmState(StrEnum):
    NORM = "NORM"
    UNACK = "UNACK"
    ACKED = "ACKED"
    RTNUN = "RTNUN"  # returned, not acknowledged
    LUNAK = "LUNAK"  # latched, condition gone, not acknowledged
    LAKED = "LAKED"  # latched, condition gone, acknowledged, reset still due
    SHLVD = "SHLVD"
    DSUPR = "DSUPR"  # suppressed by design, or masked by its parent
    OOSRV = "OOSRV"


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """One alarm that can be raised. `limit`, `deadband` in the tag's unit; delays in microseconds.

    `stale`: a gap between good samples longer than this restarts the delays; None where the source itself guarantees
    that silence means "unchanged" (OPC UA subscription). `within`: of a RATE rule, raised when a limit is nearer than this.
    """

    tag: str
    kind: RuleKind
    priority: Priority
    limit: float | None = None
    deadband: float = 0.0
    on_delay: Instant = 0
    off_delay: Instant = 0
    latching: bool = False
    stale: Instant | None = None
    within: Instant = 0

    @property
    def key(self) -> str:
        return f"{self.tag}/{self.kind}"


@dataclass(frozen=True, slots=True)
class RuleState:
    """All that is remembered of one rule. The process side (`active`, `latched`, `acked`) runs on under every overlay."""

    active: bool = False  # condition, after the delays
    latched: bool = False  # condition went away, reset still due
    acked: bool = True
    announced: bool = True  # the present occurrence has been annunciated (False: it began under an overlay)
    occurrence: int = 0
    raised_at: Instant | None = None
    source_time: Instant | None = None  # of the sample that raised it; orders first-out
    cleared_at: Instant | None = None
    acked_at: Instant | None = None
    acked_by: str = ""
    note: str = ""
    value: Value | None = None  # at the raise
    limit: float | None = None  # at the raise; a limit that was changed since does not change what happened
    limit_at: Instant | None = None  # RATE: when the limit is reached, as it was reckoned at the raise
    source_lost_since: Instant | None = None
    # a change of `active` waiting for its delay
    pending: bool = False
    elapsed: Instant = 0  # counted so far, while not running
    running_from: Instant | None = None
    seen: Instant | None = None  # last good sample while pending
    pending_value: Value | None = None
    pending_source_time: Instant | None = None
    pending_ahead: tuple[float, Instant] | None = None  # RATE: limit and when it is reached, by the newest forecast
    # overlays
    shelved_until: Instant | None = None
    shelved_by: str = ""
    shelve_reason: str = ""
    suppressed: str = ""  # reason
    masked_by: str = ""  # key of the parent rule
    out_of_service: str = ""  # reason and work order

    @property
    def process_state(self) -> AlarmState:
        """The state without overlays."""
        if self.active:
            return AlarmState.ACKED if self.acked else AlarmState.UNACK
        if self.latched:
            return AlarmState.LAKED if self.acked else AlarmState.LUNAK
        return AlarmState.NORM if self.acked else AlarmState.RTNUN

    @property
    def overlay(self) -> AlarmState | None:
        """The overlay that counts: out of service > suppressed by design > masked by parent > shelved."""
        if self.out_of_service:
            return AlarmState.OOSRV
        if self.suppressed or self.masked_by:
            return AlarmState.DSUPR
        return AlarmState.SHLVD if self.shelved_until is not None else None

    @property
    def shown(self) -> AlarmState:
        return self.overlay or self.process_state


# Events. Persons are user names.


@dataclass(frozen=True, slots=True)
class Reading:
    """A sample of the rule's tag; `late`: its source time is older than one already seen."""

    value: Value | None
    quality: Quality
    reason: Reason
    source_time: Instant
    late: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """Time to the next limit, for a RATE rule, by good values only. `left` None: none comes; `at_once`: the alarm of the limit
    itself speaks now, so the warning ends without its delay. Where nothing can be reckoned there is no forecast."""

    left: Instant | None
    limit: float = 0.0
    value: Value | None = None
    source_time: Instant = 0
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: delays and shelves may end."""


@dataclass(frozen=True, slots=True)
class Acknowledge:
    occurrence: int
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reset:
    occurrence: int
    by: str


@dataclass(frozen=True, slots=True)
class Shelve:
    until: Instant
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unshelve:
    by: str


@dataclass(frozen=True, slots=True)
class Suppress:
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unsuppress:
    by: str


@dataclass(frozen=True, slots=True)
class Mask:
    parent: str


@dataclass(frozen=True, slots=True)
class Unmask:
    pass


@dataclass(frozen=True, slots=True)
class TakeOutOfService:
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReturnToService:
    by: str


@dataclass(frozen=True, slots=True)
class ClockMoved:
    """The station's clock was set forward by so much at once: what runs, runs on for as long as it would have."""

    by: Instant


Event = (
    Reading | Forecast | Tick | Acknowledge | Reset | Shelve | Unshelve | Suppress | Unsuppress | Mask | Unmask
    | TakeOutOfService | ReturnToService | ClockMoved
)  # fmt: skip


class What(StrEnum):
    RAISED = "raised"  # new occurrence
    ACTIVE_AGAIN = "active_again"  # latched, and the condition is true again; same occurrence
    REANNOUNCED = "reannounced"  # back from an overlay, never acknowledged; same occurrence
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"
    RESET = "reset"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    MASKED = "masked"
    UNMASKED = "unmasked"
    OUT_OF_SERVICE = "out_of_service"
    RETURNED_TO_SERVICE = "returned_to_service"
    SOURCE_LOST = "source_lost"  # a standing alarm lost its source
    SOURCE_BACK = "source_back"
    SHELF_MOVED = "shelf_moved"  # the clock was set, the shelf lasts as long as it would have
    REMOVED = "rule_removed"  # the rule was taken out of the configuration while its alarm stood


@dataclass(frozen=True, slots=True)
class Transition:
    """One thing that happened to one rule. `annunciate`: sound and flash are due now."""

    what: What
    at: Instant
    before: AlarmState
    after: AlarmState
    occurrence: int
    annunciate: bool = False
    value: Value | None = None
    by: str = ""
    note: str = ""


class Refused(Exception):
    """An action the state does not allow. `code`: stale_occurrence, already_acknowledged, not_acknowledged, still_active,
    not_latched, not_shelved, already_shelved, bad_shelve_time, not_suppressed, not_out_of_service."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
