"""Settings of the shifts (`[shift]` of site.toml): shifts of a day, crews, who is behind a name, rotation. Both sides; pure.

```toml
[shift]
anchor = "2026-01-01"                      # first day of the rotation
rotation = ["甲班 丙班", "乙班 甲班"]        # a line a day: the crew of each shift, in the order of the shifts; "-" nobody
daily_report_at = "00:30"                  # local time at which yesterday's duty report is made; "" never
[[shift.shift]]
name = "白班"
start = "08:00"
hours = 12
[[shift.crew]]
name = "甲班"
leader = "张伟"
members = ["王强", "李敏"]
[[shift.person]]
name = "张伟"
user = "zhangwei"                          # the account; without such a line the name itself is the account
```
No standard gives these numbers: what is not set is a default of ours.
"""

import re
from dataclasses import dataclass
from datetime import date

from app.domain.settings.section import Section

DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class ShiftDef:
    """One shift of every day. `start`: minutes after local midnight; `length`: minutes on the wall clock."""

    name: str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Crew:
    name: str
    leader: str = ""
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    user: str = ""
    phone: str = ""


TWO_SHIFTS = (ShiftDef("白班", 8 * 60, 12 * 60), ShiftDef("夜班", 20 * 60, 12 * 60))


@dataclass(frozen=True)
class ShiftSettings:
    """Times in minutes. `rotation`: for each day of the cycle the crew of each shift, "" nobody. `early_min`: so long before
    the end a handover belongs to the next shift. `grace_min`: so long after the end an unsigned one is recorded as missed."""

    shifts: tuple[ShiftDef, ...] = TWO_SHIFTS
    crews: tuple[Crew, ...] = ()
    people: tuple[Person, ...] = ()
    anchor: date | None = None
    rotation: tuple[tuple[str, ...], ...] = ()
    remind_min: float = 15.0
    early_min: float = 60.0
    grace_min: float = 60.0
    daily_report_at: int | None = 30
    standing_h: float = 8.0
    own_shifts: bool = False  # the site named its shifts itself

    def crew(self, name: str) -> Crew | None:
        return next((one for one in self.crews if one.name == name), None)

    def user_of(self, name: str) -> str:
        """The account behind a name of the roster."""
        return next((one.user for one in self.people if one.name == name and one.user), name)

    def name_of(self, user: str) -> str:
        """The name people call somebody by; the account where nothing is known."""
        return next((one.name for one in self.people if one.user == user), user)


def read_shift(section: Section) -> ShiftSettings:
    shifts = _shifts(section)
    crews = _crews(section)
    people = _people(section)
    anchor = _anchor(section)
    rotation = _rotation(section, [one.name for one in crews], len(shifts or TWO_SHIFTS), anchor)
    report_at = section.text("daily_report_at", "00:30")
    at = None if report_at == "" else _clock(report_at)
    if report_at and at is None:
        section.fault("daily_report_at", f"= {report_at!r} 不是钟点", '应像 "00:30"，不自动生成时写 ""')
    made = ShiftSettings(
        shifts or TWO_SHIFTS,
        crews,
        people,
        anchor,
        rotation,
        section.number("remind_min", 15.0, 0.0, 240.0, "分钟"),
        section.number("early_min", 60.0, 0.0, 240.0, "分钟"),
        section.number("grace_min", 60.0, 1.0, 600.0, "分钟"),
        at,
        section.number("standing_h", 8.0, 0.5, 240.0, "小时"),
        bool(shifts),
    )
    section.done()
    return made


def clock_text(minutes: int) -> str:
    """`08:00`."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _clock(text: str) -> int | None:
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text, re.ASCII)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return int(found[1]) * 60 + int(found[2])


def _shifts(section: Section) -> tuple[ShiftDef, ...]:
    found: list[ShiftDef] = []
    for one in section.tables("shift"):
        name = one.text("name", required=True)
        text = one.text("start", required=True)
        start = _clock(text)
        if text and start is None:
            one.fault("start", f"= {text!r} 不是钟点", '应像 "08:00"')
        length = round(one.number("hours", 12.0, 0.25, 24.0, "小时") * 60)
        one.done()
        if name in (other.name for other in found):
            one.fault("name", f"班次“{name}”重复", "班次的名称不能重复")
        elif name and start is not None:
            found.append(ShiftDef(name, start, length))
    ordered = sorted(found, key=lambda shift: shift.start)
    for this, after in zip(ordered, [*ordered[1:], *ordered[:1]], strict=True):
        begins = after.start + (DAY_MIN if after.start <= this.start else 0)
        if this.start + this.length > begins:
            end = clock_text(this.start + this.length)
            section.fault("shift", f"班次“{this.name}”到 {end}，与“{after.name}”重叠", "班次之间不能重叠")
    return tuple(found)


def _crews(section: Section) -> tuple[Crew, ...]:
    found: list[Crew] = []
    for one in section.tables("crew"):
        crew = Crew(one.text("name", required=True), one.text("leader"), one.texts("members"))
        one.done()
        if " " in crew.name or crew.name == "-":
            one.fault("name", f"班组“{crew.name}”不能用作名称", "名称里不能有空格，也不能是 -")
        if crew.name in (other.name for other in found):
            one.fault("name", f"班组“{crew.name}”重复", "班组的名称不能重复")
        elif crew.name:
            found.append(crew)
    return tuple(found)


def _people(section: Section) -> tuple[Person, ...]:
    found: list[Person] = []
    for one in section.tables("person"):
        person = Person(one.text("name", required=True), one.text("user"), one.text("phone"))
        one.done()
        if person.name in (other.name for other in found):
            one.fault("name", f"人员“{person.name}”重复", "同名的人请加以区别，如 王强(甲)")
        elif person.user and person.user in (other.user for other in found):
            one.fault("user", f"账号 {person.user} 已属于另一个人", "一个账号只能属于一个人")
        elif person.name:
            found.append(person)
    return tuple(found)


def _anchor(section: Section) -> date | None:
    text = section.text("anchor")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        section.fault("anchor", f"= {text!r} 不是日期", '应像 "2026-01-01"')
        return None


def _rotation(section: Section, crews: list[str], shifts: int, anchor: date | None) -> tuple[tuple[str, ...], ...]:
    days: list[tuple[str, ...]] = []
    for number, line in enumerate(section.texts("rotation"), start=1):
        names = line.split()
        if len(names) != shifts:
            expected = f"每天有 {shifts} 个班次，应写 {shifts} 个班组，无人写 -"
            section.fault("rotation", f"第 {number} 天写了 {len(names)} 个班组", expected)
        unknown = [name for name in names if name not in crews and name != "-"]
        if unknown:
            section.fault("rotation", f"第 {number} 天有不认识的班组 {'、'.join(unknown)}", "班组应以 [[shift.crew]] 写明")
        days.append(tuple("" if name == "-" else name for name in names))
    if days and anchor is None and not section.text("anchor"):
        section.fault("anchor", "没有填写", '有轮班表时应写明第一天的日期，如 "2026-01-01"')
    return tuple(days)
