"""`[handling]`: which alarms need a handling form (报警处置单), the time limits of every step, and who is told when they pass.

Both sides; pure. The minutes are defaults of ours (默认值，非官方规定): no readable standard gives them. Whoever writes others
down says where they come from: `basis`, `effective_from`, `owner`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from app.domain.settings.section import Section
from app.domain.tag import Priority

DEFAULT_BASIS = "默认值，非官方规定"
PRIORITIES = tuple(priority.word for priority in Priority)
DAY_MIN = 24 * 60.0
LONGEST_MIN = 366 * DAY_MIN

SIGN = {"critical": 5.0, "high": 10.0, "medium": 30.0, "low": 60.0}
SITE_CHECK = {"critical": 15.0, "high": 30.0, "medium": 60.0, "low": 240.0}
FEEDBACK = {"critical": 30.0, "high": 60.0, "medium": 240.0, "low": DAY_MIN}
REPORT = {"critical": 240.0, "high": 480.0, "medium": DAY_MIN, "low": 3 * DAY_MIN}
VERIFY = {"critical": DAY_MIN, "high": DAY_MIN, "medium": 3 * DAY_MIN, "low": 7 * DAY_MIN}

PERSONS = (("操作负责人", 0.0), ("技术负责人", 10.0), ("主要负责人", 30.0))
"""The three responsible persons (包保责任人) of a hazard source from the lowest up, and how many minutes after a limit has
passed each is told, where the ladder of the source is not written down; columns of equipment.csv have these names."""


@dataclass(frozen=True, slots=True)
class Rung:
    """Who is told so many minutes after a time limit has passed."""

    after_min: float
    person: str
    contact: str = ""


@dataclass(frozen=True, slots=True)
class HandlingSettings:
    """Minutes by priority word. `sign`: until an alarm or an order is signed; `site_check`, `feedback` (处置/反馈), `report`,
    `verify`: how long a form may stand before that step; `remind_min`: after a raise, while the alarm is not cleared;
    `ladders`: by hazard source, "" for all others."""

    priorities: frozenset[str] = frozenset({"critical", "high"})
    sign: Mapping[str, float] = field(default_factory=lambda: dict(SIGN))
    site_check: Mapping[str, float] = field(default_factory=lambda: dict(SITE_CHECK))
    feedback: Mapping[str, float] = field(default_factory=lambda: dict(FEEDBACK))
    report: Mapping[str, float] = field(default_factory=lambda: dict(REPORT))
    verify: Mapping[str, float] = field(default_factory=lambda: dict(VERIFY))
    remind_min: tuple[float, ...] = (5.0, 10.0, 30.0)
    shelve_request_min: float = 30.0
    attachment_mb: float = 20.0
    ladders: Mapping[str, tuple[Rung, ...]] = field(default_factory=dict)
    basis: str = DEFAULT_BASIS
    effective_from: str = ""
    owner: str = ""

    def limits(self) -> dict[str, dict[str, Mapping[str, float]]]:
        """Seconds by kind of form, state and priority."""
        seconds = {
            name: {word: minutes * 60 for word, minutes in table.items()}
            for name, table in (
                ("sign", self.sign),
                ("site_check", self.site_check),
                ("feedback", self.feedback),
                ("report", self.report),
                ("verify", self.verify),
            )
        }
        return {
            "handling": {
                "signed": seconds["site_check"],
                "checked": seconds["feedback"],
                "cleared": seconds["report"],
                "reported": seconds["verify"],
                "verified": {"": 7 * DAY_MIN * 60},
            },
            "disposal_order": {
                "unsigned": seconds["sign"],
                "unanswered": seconds["feedback"],
                "unreviewed": seconds["verify"],
            },
            "shelve_request": {"asked": {"": self.shelve_request_min * 60}},
        }


def read_handling(section: Section) -> HandlingSettings:
    default = HandlingSettings()

    def limits(key: str, values: Mapping[str, float]) -> dict[str, float]:
        return section.by_priority(key, values, 0.1, LONGEST_MIN, "分钟数")

    found = HandlingSettings(
        priorities=frozenset(section.texts("priorities", ("critical", "high"), PRIORITIES)),
        sign=limits("sign_min", SIGN),
        site_check=limits("site_check_min", SITE_CHECK),
        feedback=limits("feedback_min", FEEDBACK),
        report=limits("report_min", REPORT),
        verify=limits("verify_min", VERIFY),
        remind_min=tuple(sorted(section.numbers("remind_min", default.remind_min, 0.1, LONGEST_MIN, "分钟数"))),
        shelve_request_min=section.number("shelve_request_min", default.shelve_request_min, 1, DAY_MIN, "分钟数"),
        attachment_mb=section.number("attachment_mb", default.attachment_mb, 0.1, 500, "MB 数"),
        ladders=_ladders(section),
        basis=section.text("basis", DEFAULT_BASIS),
        effective_from=_day(section, "effective_from"),
        owner=section.text("owner"),
    )
    section.done()
    return found


def _day(section: Section, key: str) -> str:
    text = section.text(key)
    try:
        return text and date.fromisoformat(text).isoformat()
    except ValueError:
        section.fault(key, f"= {text!r} 不是日期", "应像 2026-11-21，放在双引号内")
        return ""


def _ladders(section: Section) -> dict[str, tuple[Rung, ...]]:
    """`[[handling.ladder]]` with `hazard_source` ("" or left out: every other one) and `steps`."""
    ladders: dict[str, tuple[Rung, ...]] = {}
    for table in section.tables("ladder"):
        source = table.text("hazard_source")
        rungs = []
        for step in table.tables("steps"):
            after = step.number("after_min", 0.0, 0, LONGEST_MIN, "分钟数")
            rungs.append(Rung(after, step.text("person", required=True), step.text("contact")))
            step.done()
        if not rungs:
            table.fault("steps", "没有写明通知谁", '应像 steps = [{ after_min = 5, person = "张三", contact = "138…" }]')
        if source in ladders:
            table.fault("hazard_source", f"{source or '（其他）'} 重复", "每个重大危险源只写一段 [[handling.ladder]]")
        ladders[source] = tuple(sorted(rungs, key=lambda rung: rung.after_min))
        table.done()
    return ladders
