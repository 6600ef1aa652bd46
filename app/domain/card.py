"""The alarm card (报警卡片) as station and console say it to each other: all about one alarm in one answer. Both sides.

Times are RFC 3339 UTC text; rows of tags, equipment and cameras have the columns of the site package (`app.domain.rows`). New
fields may be added with a default; none is renamed.
"""

from dataclasses import dataclass, field
from typing import Any

from app.domain.chemical import Chemical
from app.domain.clip import ClipMsg
from app.domain.guidance import Guidance
from app.domain.sample import Value
from app.domain.wire import AlarmMsg, ValueMsg


@dataclass(slots=True)
class LimitsThen:
    """The limits in force when the alarm was raised: of configuration `version`, in force since `since`, saved by `by`.
    `doubt`: a sentence when this does not agree with the limit recorded in the alarm itself, which counts."""

    version: int | None = None
    since: str | None = None
    by: str = ""
    why: str = ""
    ll: float | None = None
    l: float | None = None  # noqa: E741  the field's own name
    h: float | None = None
    hh: float | None = None
    deadband: float = 0.0
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    changed_since: bool = False  # the limits of today are others
    doubt: str = ""


@dataclass(slots=True)
class Earlier:
    """An earlier occurrence of the same alarm. `duration_s` None: it is still standing, or nobody knows when it ended."""

    occurrence: int
    raised_at: str
    state: str
    value: Value | None = None
    limit: float | None = None
    cleared_at: str | None = None
    duration_s: float | None = None
    acked_at: str | None = None
    acked_by: str = ""
    ack_after_s: float | None = None
    note: str = ""


@dataclass(slots=True)
class HowOften:
    """How often this alarm was raised in the last 24 hours, 7 days and 30 days, counted back from now, this one included."""

    day: int = 0
    week: int = 0
    month: int = 0


@dataclass(slots=True)
class Detector:
    """A gas detector near the alarm. `values` of all tags bound to it, the first is what it shows."""

    item: str
    label: str
    tag: str
    name: str
    unit: str
    distance_m: float
    values: list[ValueMsg] = field(default_factory=list)


@dataclass(slots=True)
class FormNow:
    """The handling form of this alarm as it stands; `GET /forms/handling/{id}` has all of it."""

    id: int
    state: str
    title: str
    open: bool
    created_at: str
    updated_at: str
    due_at: str | None = None
    overdue: bool = False


@dataclass(slots=True)
class AlarmCard:
    """`live` False: a past occurrence. `others`: standing alarms of the same equipment or hazard source, worst first, the
    first few of `others_total`. `chemicals_of`: "equipment", or "area" where the equipment names none and its surroundings do.
    `layout`, `item`: where the tag is drawn, "" nowhere. `clips`: pieces of video of this alarm, newest first."""

    alarm: AlarmMsg
    live: bool
    at: str
    limits: LimitsThen | None = None
    value: ValueMsg | None = None
    tag: dict[str, Any] | None = None
    equipment: dict[str, Any] | None = None
    cameras: list[dict[str, Any]] = field(default_factory=list)
    guidance: Guidance = field(default_factory=Guidance)
    earlier: list[Earlier] = field(default_factory=list)
    how_often: HowOften = field(default_factory=HowOften)
    others: list[AlarmMsg] = field(default_factory=list)
    others_total: int = 0
    layout: str = ""
    item: str = ""
    radius_m: float = 0.0
    detectors: list[Detector] = field(default_factory=list)
    chemicals: list[Chemical] = field(default_factory=list)
    chemicals_of: str = ""
    form: FormNow | None = None
    clips: list[ClipMsg] = field(default_factory=list)
