"""Settings of the reports (`[reports]` of site.toml): which are made by themselves, how long they are kept, and how the open
risk model counts. Both sides; pure.

```toml
[reports]
automatic = ["shift", "day", "week", "month", "alarms/month", "quality/month", "risk/week"]   # [] none
delay_min = 5              # after the end of the period: late values have come by then
catch_up_days = 31         # so far back a report that was missed is made up for
keep_days = { shift = 92, day = 366, week = 1098, month = 1098 }
mail_to = ["张伟", "zhiban@example.com"]   # persons of [[dispatch.person]], or addresses; by every mail outlet
[reports.risk.weights]
longest_min = 0.2
[reports.risk.cuts]
longest_min = [10, 60, 480]
```
No standard gives these numbers: 默认值，非官方规定.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.settings.section import Section

SPANS = ("shift", "day", "week", "month")
ANALYSES = ("alarms", "quality", "risk")
AUTOMATIC = ("shift", "day", "week", "month", "alarms/month", "quality/month", "risk/week")
KEEP_DAYS: Mapping[str, float] = {"shift": 92.0, "day": 366.0, "week": 1098.0, "month": 1098.0}
MOST_CATCH_UP = 31.0
DEFAULTS = "默认值，非官方规定"

WEIGHTS: Mapping[str, float] = {
    "disturbance_pct": 0.15,
    "repeated": 0.10,
    "grave_per_day": 0.10,
    "mean_clear_min": 0.15,
    "longest_min": 0.20,
    "overdue_forms": 0.10,
    "incomplete_pct": 0.10,
    "interlocks_out": 0.10,
}
CUTS: Mapping[str, tuple[float, float, float]] = {
    "disturbance_pct": (5.0, 10.0, 25.0),
    "repeated": (0.0, 5.0, 20.0),
    "grave_per_day": (0.0, 5.0, 20.0),
    "mean_clear_min": (5.0, 30.0, 120.0),
    "longest_min": (10.0, 60.0, 480.0),
    "overdue_forms": (0.0, 2.0, 5.0),
    "incomplete_pct": (0.5, 5.0, 20.0),
    "interlocks_out": (0.0, 1.0, 3.0),
}


@dataclass(frozen=True)
class RiskSettings:
    """`weights` of the indicators; `cuts`: the value at which each scores 0, 60 and 100; `levels`: the score from which on it
    is yellow, orange, red; `standing_min`: a grave alarm that stands so long makes it at least yellow, at least orange."""

    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    cuts: Mapping[str, tuple[float, float, float]] = field(default_factory=lambda: dict(CUTS))
    levels: tuple[float, float, float] = (40.0, 60.0, 80.0)
    standing_min: tuple[float, float] = (10.0, 30.0)


@dataclass(frozen=True)
class ReportSettings:
    """`automatic`: `kind`, or `analysis/span`; `keep_days` by span; `trends`: curves drawn in one report; `paper_rows`: rows of
    one table on paper, the sheet has them all; `mail_to`: who gets each report made by itself."""

    automatic: tuple[str, ...] = AUTOMATIC
    delay_min: float = 5.0
    catch_up_days: float = MOST_CATCH_UP
    keep_days: Mapping[str, float] = field(default_factory=lambda: dict(KEEP_DAYS))
    trends: int = 6
    paper_rows: int = 1500
    mail_to: tuple[str, ...] = ()
    risk: RiskSettings = RiskSettings()


def read_reports(section: Section) -> ReportSettings:
    choices = [*SPANS, *(f"{kind}/{span}" for kind in ANALYSES for span in SPANS)]
    automatic = section.texts("automatic", AUTOMATIC, choices)
    delay = section.number("delay_min", 5.0, 0.0, 240.0, "分钟")
    catch_up = section.number("catch_up_days", MOST_CATCH_UP, 0.0, MOST_CATCH_UP, "天")
    inside = section.table("keep_days")
    # What was thrown away must not be made up for the next minute.
    keep = {span: inside.number(span, days, MOST_CATCH_UP, 36_600.0, "天") for span, days in KEEP_DAYS.items()}
    inside.done()
    made = ReportSettings(
        automatic,
        delay,
        catch_up,
        keep,
        section.whole("trends", 6, 0, 40),
        section.whole("paper_rows", 1500, 50, 20_000),
        section.texts("mail_to"),
        _risk(section.table("risk")),
    )
    section.done()
    return made


def _risk(section: Section) -> RiskSettings:
    inside = section.table("weights")
    weights = {name: inside.number(name, weight, 0.0, 100.0) for name, weight in WEIGHTS.items()}
    inside.done()
    if not any(weights.values()):
        section.fault("weights", "全部为 0", "至少一个指标的权重应大于 0")
        weights = dict(WEIGHTS)
    inside = section.table("cuts")
    cuts = {name: _rising(inside, name, default) for name, default in CUTS.items()}
    inside.done()
    levels = _rising(section, "levels", (40.0, 60.0, 80.0))
    standing = section.numbers("standing_min", (10.0, 30.0), 0.0, 1e6, "分钟")
    if len(standing) != 2 or standing[0] > standing[1]:
        section.fault("standing_min", f"= {list(standing)!r} 不对", "应为两个数：[至少黄色, 至少橙色]，前一个不大于后一个")
        standing = (10.0, 30.0)
    section.done()
    return RiskSettings(weights, cuts, levels, (standing[0], standing[1]))


def _rising(section: Section, name: str, default: tuple[float, float, float]) -> tuple[float, float, float]:
    three = section.numbers(name, default, 0.0, 1e9)
    if len(three) != 3 or not three[0] < three[1] < three[2]:
        section.fault(name, f"= {list(three)!r} 不对", "应为由小到大的三个数")
        return default
    return three[0], three[1], three[2]
