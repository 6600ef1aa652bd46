"""Time limits that pass (超时提醒与升级): what is due to whom, from times and ladders alone. Both sides, pure.

A `Duty` happens at one exact moment, `at`, computed from when its subject began to wait. Whoever keeps the moment up to which
everything was told needs no list of what was told: the next round takes what falls after it. So a restart in the middle of an
escalation neither repeats nor skips a rung.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.instant import MINUTE, Instant
from app.domain.plant import Equipment
from app.domain.settings.handling import PERSONS, HandlingSettings, Rung

UNSIGNED, UNCLEARED, OVERDUE = "unsigned", "uncleared", "overdue"
KIND_TITLES = {UNSIGNED: "超时未签收", UNCLEARED: "未消警提醒", OVERDUE: "表单超时"}
ALONE = 5  # more of one kind for one person at once become one duty


@dataclass(frozen=True, slots=True)
class Duty:
    """Something a person must be told of now. `kind`: unsigned | uncleared | overdue; `level` 0 is the desk and the person
    responsible for the equipment, 1 and up the rungs of the ladder; `subject`: occurrence:N or form:N; `more`: other subjects
    it stands for. It may be offered a second time after a crash: `key` is then the same."""

    kind: str
    at: Instant
    level: int
    person: str
    contact: str
    subject: str
    title: str
    text: str
    priority: str
    hazard_source: str = ""
    more: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.subject}/{self.level}/{self.at}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for people: an alarm, a form. `since`: when its clock began; `limit`: how long it may wait."""

    kind: str
    subject: str
    title: str
    priority: str
    since: Instant
    limit: Instant
    hazard_source: str = ""
    responsible: str = ""

    @property
    def late_at(self) -> Instant:
        return self.since + self.limit


def rungs_of(settings: HandlingSettings, equipment: Iterable[Equipment]) -> dict[str, tuple[Rung, ...]]:
    """The ladder of each hazard source: as `[[handling.ladder]]` says, else from the columns of the three responsible persons
    in equipment.csv (with `…电话` beside them); "" for everything else."""
    found = dict(settings.ladders)
    for one in equipment:
        if one.hazard_source and one.hazard_source not in found:
            rungs = [
                Rung(after, one.extra[title].strip(), one.extra.get(f"{title}电话", "").strip())
                for title, after in PERSONS
                if one.extra.get(title, "").strip()
            ]
            if rungs:
                found[one.hazard_source] = tuple(rungs)
    return found


def escalation(waiting: Waiting, rungs: Sequence[Rung]) -> list[Duty]:
    """Everything that becomes due while it waits beyond its limit, in order."""
    minutes = f"{waiting.limit / MINUTE:g}"
    duties = [_duty(waiting, waiting.late_at, 0, waiting.responsible, "", f"已超过时限 {minutes} 分钟")]
    for level, rung in enumerate(rungs, start=1):
        at = waiting.late_at + round(rung.after_min * MINUTE)
        text = f"已超过时限 {minutes} 分钟" + (f"，又过 {rung.after_min:g} 分钟" if rung.after_min else "")
        duties.append(_duty(waiting, at, level, rung.person, rung.contact, text))
    return sorted(duties, key=lambda duty: duty.at)


def reminders(waiting: Waiting, minutes: Sequence[float]) -> list[Duty]:
    """Of an alarm that does not clear."""
    return [
        _duty(waiting, waiting.since + round(after * MINUTE), level, waiting.responsible, "", f"触发 {after:g} 分钟仍未消警")
        for level, after in enumerate(minutes)
    ]


def _duty(waiting: Waiting, at: Instant, level: int, person: str, contact: str, text: str) -> Duty:
    title = f"{KIND_TITLES[waiting.kind]}：{waiting.title}"
    return Duty(waiting.kind, at, level, person, contact, waiting.subject, title, text, waiting.priority, waiting.hazard_source)


def between(duties: Iterable[Duty], after: Instant, now: Instant) -> list[Duty]:
    """Those with `after` < at <= now."""
    return [duty for duty in duties if after < duty.at <= now]


def bundled(duties: Iterable[Duty]) -> list[Duty]:
    """In order; where a person would be told of many at once, of all of them in one duty, under the gravest."""
    groups: dict[tuple[str, int, str, str], list[Duty]] = {}
    for duty in sorted(duties, key=lambda duty: (duty.at, duty.subject)):
        groups.setdefault((duty.kind, duty.level, duty.person, duty.hazard_source), []).append(duty)
    found: list[Duty] = []
    for (kind, *_), group in groups.items():
        if len(group) <= ALONE:
            found += group
            continue
        first = min(group, key=lambda duty: _RANK.get(duty.priority, len(_RANK)))
        subjects = tuple(duty.subject for duty in group if duty is not first)
        title = f"{KIND_TITLES[kind]}：共 {len(group)} 项，其中 {first.title.partition('：')[2]}"
        found.append(replace(first, title=title, more=subjects))
    return sorted(found, key=lambda duty: duty.at)


_RANK: Mapping[str, int] = {"critical": 0, "high": 1, "medium": 2, "low": 3}
