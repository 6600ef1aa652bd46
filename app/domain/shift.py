"""Whose watch it is (班次与排班): the shift of an instant, who has it, which comes next. Both sides; pure.

A shift begins and ends by the clock on the wall of the duty room, so the night in which the clock is changed is an hour longer
or shorter, and the end of one shift is the beginning of the next to the microsecond. The roster file goes before the rotation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from app.domain.instant import Instant, from_datetime, to_datetime
from app.domain.plant import Duty
from app.domain.settings.shift import ShiftDef, ShiftSettings

FAR_DAYS = 8  # days in which a next shift is looked for


@dataclass(frozen=True, slots=True)
class Turn:
    """One shift of one day: `date` is the local day it begins. `leader`, `members` are names of the roster; all "" and () where
    nobody is named."""

    date: str
    name: str
    start: Instant
    end: Instant
    crew: str = ""
    leader: str = ""
    members: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """`2026-11-21/夜班`: the subject of its handover sheet, after `shift:`."""
        return f"{self.date}/{self.name}"


class Rota:
    """The shifts of a site in its time zone."""

    def __init__(self, settings: ShiftSettings, duties: Iterable[Duty], zone: tzinfo) -> None:
        self.settings, self.zone = settings, zone
        self._duties = {(duty.date, duty.shift): duty for duty in duties}

    @property
    def is_empty(self) -> bool:
        """Nobody is named anywhere."""
        return not self._duties and not self.settings.rotation

    def at(self, now: Instant) -> Turn | None:
        """The shift that is on; None where the shifts leave a gap in the day."""
        return next((turn for turn in self._around(now, 1) if turn.start <= now < turn.end), None)

    def after(self, now: Instant) -> Turn | None:
        """The first shift that begins later than `now`."""
        return next((turn for turn in self._around(now, FAR_DAYS) if turn.start > now), None)

    def named(self, key: str) -> Turn | None:
        """The inverse of `Turn.key`; None for a day or shift that does not exist (any longer)."""
        day, _, name = key.partition("/")
        try:
            return next((turn for turn in self.of_day(date.fromisoformat(day)) if turn.name == name), None)
        except ValueError:
            return None

    def handed_to(self, now: Instant) -> Turn | None:
        """Whose watch begins when it is handed over at `now`: shortly before the end of a shift it is the next one's."""
        turn = self.at(now)
        if turn is None or now >= turn.end - round(self.settings.early_min * 60_000_000):
            return self.after(now) if turn is None else self.after(turn.end - 1) or turn
        return turn

    def days(self, first: date, count: int) -> list[Turn]:
        return [turn for n in range(count) for turn in self.of_day(first + timedelta(days=n))]

    def of_day(self, day: date) -> list[Turn]:
        """The shifts that begin on this day, in the order of their beginning."""
        turns = [self._turn(day, number, shift) for number, shift in enumerate(self.settings.shifts)]
        return sorted(turns, key=lambda turn: turn.start)

    def local(self, at: Instant) -> datetime:
        return to_datetime(at).astimezone(self.zone)

    def day_of(self, at: Instant) -> date:
        return self.local(at).date()

    def at_clock(self, day: date, minutes: int) -> Instant:
        """The instant at which the wall clock says so many minutes after midnight of that day; more than a day may be given. A
        time the clock shows twice is the first of the two; one it leaves out is as long after the last as if it did not."""
        wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001  a wall clock has no zone
        return from_datetime(wall.replace(tzinfo=self.zone))

    def _around(self, now: Instant, days: int) -> list[Turn]:
        return self.days(self.day_of(now) - timedelta(days=1), days + 2)

    def _turn(self, day: date, number: int, shift: ShiftDef) -> Turn:
        start, end = self.at_clock(day, shift.start), self.at_clock(day, shift.start + shift.length)
        duty = self._duties.get((day.isoformat(), shift.name))
        name = duty.crew if duty is not None else self._by_rotation(day, number)
        crew = self.settings.crew(name)
        leader = members = None
        if duty is not None:
            leader, members = duty.leader, duty.members
        if crew is not None:
            leader, members = leader or crew.leader, members or crew.members
        return Turn(day.isoformat(), shift.name, start, end, name, leader or "", tuple(members or ()))

    def _by_rotation(self, day: date, number: int) -> str:
        anchor, rotation = self.settings.anchor, self.settings.rotation
        if anchor is None or not rotation:
            return ""
        crews = rotation[(day - anchor).days % len(rotation)]
        return crews[number] if number < len(crews) else ""
