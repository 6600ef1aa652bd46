"""`[alarm]` of `site.toml`: what an operator may do to an alarm, masks, the chatter guard. Both sides; pure.

No standard gives these numbers: they are defaults of ours, until the site's own alarm philosophy (ISA-18.2 clause 6) replaces
them. `own` holds the dotted keys the site wrote itself; every other number is told as "默认值，非官方规定".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.instant import MINUTE, SECOND, Instant
from app.domain.settings.section import Section
from app.domain.tag import Kind, Priority

PRIORITIES = tuple(priority.word for priority in Priority)
LONGEST_MIN = 24 * 60.0  # longer is not shelving but out of service, with a work order
NOT_OFFICIAL = "默认值，非官方规定"
OF_THE_SITE = "本站设定"


@dataclass(frozen=True, slots=True)
class ShelveRole:
    """What one role may shelve: alarms of these priorities, for so long, so many at once by one person."""

    priorities: tuple[str, ...]
    longest_min: float
    at_once: int


@dataclass(frozen=True, slots=True)
class ShelveSettings:
    """`second_person`: priorities that a second person must agree to. `other`: the reason that says nothing by itself."""

    times_min: tuple[float, ...] = (15.0, 30.0, 60.0, 120.0, 240.0, 480.0)
    reasons: tuple[str, ...] = ("检修", "误报待查", "重复抖动", "工艺操作中", "仪表故障", "其他")
    other: str = "其他"
    second_person: tuple[str, ...] = ("critical",)
    warn_min: float = 5.0
    at_once: int = 30  # in the whole station; EEMUA 191 speaks of fewer than 30 shelved
    roles: Mapping[str, ShelveRole] = field(
        default_factory=lambda: {
            "operator": ShelveRole(("high", "medium", "low"), 60.0, 5),
            "supervisor": ShelveRole(PRIORITIES, 480.0, 20),
        }
    )

    @property
    def warn(self) -> Instant:
        return round(self.warn_min * MINUTE)


@dataclass(frozen=True, slots=True)
class ChatterSettings:
    """An alarm annunciated `count` times within `within_s` gets an off-delay of at least `off_delay_s`, until it has been
    quiet for `quiet_s`. `count` 0: never."""

    count: int = 3
    within_s: float = 60.0
    off_delay_s: float = 30.0
    quiet_s: float = 600.0

    @property
    def within(self) -> Instant:
        return round(self.within_s * SECOND)

    @property
    def off_delay(self) -> Instant:
        return round(self.off_delay_s * SECOND)

    @property
    def quiet(self) -> Instant:
        return round(self.quiet_s * SECOND)


@dataclass(frozen=True, slots=True)
class MaskSettings:
    """`parent`: TAG or TAG/RULE. `children`: TAG, TAG/RULE or `equipment:CODE`."""

    parent: str
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    note_required: tuple[str, ...] = ("critical",)
    never_suppressed: tuple[str, ...] = (Kind.COMBUSTIBLE_GAS.value, Kind.TOXIC_GAS.value, Kind.OXYGEN.value)
    shelve: ShelveSettings = ShelveSettings()
    chatter: ChatterSettings = ChatterSettings()
    masks: tuple[MaskSettings, ...] = ()
    own: frozenset[str] = frozenset()

    def basis(self, key: str) -> str:
        """Where the number under a dotted key comes from."""
        return OF_THE_SITE if key in self.own else NOT_OFFICIAL


def read_alarm(section: Section) -> AlarmSettings:
    own: set[str] = set()

    def mark(part: Section, prefix: str, *keys: str) -> None:
        own.update(prefix + key for key in keys if key in part)

    default = AlarmSettings()
    note = section.texts("note_required", default.note_required, PRIORITIES)
    never = section.texts("never_suppressed", default.never_suppressed, [kind.value for kind in Kind])
    mark(section, "", "note_required", "never_suppressed")

    part = section.table("shelve")
    shelve = _shelve(part)
    mark(part, "shelve.", "times_min", "reasons", "second_person", "warn_min", "at_once", *shelve.roles)

    part = section.table("chatter")
    usual = default.chatter
    chatter = ChatterSettings(
        part.whole("count", usual.count, 0, 100),
        part.number("within_s", usual.within_s, 1, 3600, "秒数"),
        part.number("off_delay_s", usual.off_delay_s, 0, 3600, "秒数"),
        part.number("quiet_s", usual.quiet_s, 1, 86_400, "秒数"),
    )
    mark(part, "chatter.", "count", "within_s", "off_delay_s", "quiet_s")
    part.done()

    masks = []
    for part in section.tables("mask"):
        parent, children = part.text("parent", required=True), part.texts("children")
        if not children:
            part.fault("children", "没有写明屏蔽哪些报警", '应为一列，如 ["TK101.LT", "TK101.PT/H", "equipment:V-101"]')
        masks.append(MaskSettings(parent, children))
        part.done()
    section.done()
    return AlarmSettings(note, never, shelve, chatter, tuple(masks), frozenset(own))


def _shelve(part: Section) -> ShelveSettings:
    default = ShelveSettings()
    times = part.numbers("times_min", default.times_min, 1, LONGEST_MIN, "分钟数")
    if not times:
        part.fault("times_min", "是空的", "至少应有一个时间，单位分钟")
    reasons = part.texts("reasons", default.reasons)
    if not reasons or not all(reasons):
        part.fault("reasons", "是空的，或有空的一项", '至少应有一个原因，如 ["检修", "其他"]')
    roles = {}
    for name, usual in default.roles.items():
        inside = part.table(name)
        roles[name] = ShelveRole(
            inside.texts("priorities", usual.priorities, PRIORITIES),
            inside.number("longest_min", usual.longest_min, 0, LONGEST_MIN, "分钟数"),
            inside.whole("at_once", usual.at_once, 0, 1000),
        )
        inside.done()
    found = ShelveSettings(
        tuple(sorted(times)),
        reasons,
        part.text("other", default.other),
        part.texts("second_person", default.second_person, PRIORITIES),
        part.number("warn_min", default.warn_min, 0, 120, "分钟数"),
        part.whole("at_once", default.at_once, 0, 10_000),
        roles,
    )
    part.done()
    return found
