"""What a screen says of a sample: its text, whether it may be believed, its age, where it lies in its range. No Qt, no clock.

One place for the rule that matters most: a value that is not good never looks like one that is. It stands in brackets, and
a missing one is a dash, never a zero.
"""

from math import isfinite
from typing import NamedTuple

from app.domain.instant import SECOND, Instant
from app.domain.sample import Quality, Reason, Sample
from app.domain.tag import Kind, Tag
from widgets import vocabulary
from widgets.words import tr

NOTHING = "—"


class Said(NamedTuple):
    """`text` with its brackets where it is not to be believed; `trusted`: good and alive; `number`: where it is one."""

    text: str
    unit: str
    trusted: bool
    number: float | None


def say(tag: Tag | None, sample: Sample | None, silent: bool = False) -> Said:
    """`silent`: nothing has come from the station for too long, so whatever we hold is old."""
    unit = tag.unit if tag is not None else ""
    if sample is None:
        return Said(NOTHING, unit, False, None)
    value = sample.value
    trusted = sample.quality is Quality.GOOD and not silent
    number: float | None = None
    if value is None:
        text, trusted = NOTHING, False
    elif isinstance(value, str):
        text = value
    elif not isfinite(value):
        text, trusted = NOTHING, False
    elif tag is not None and tag.is_digital:
        number, unit = float(value), ""
        text = state_word(tag, bool(value))
    else:
        number = float(value)
        text = f"{number:.{tag.decimals if tag is not None else 1}f}"
        if text[0] == "-" and float(text) == 0:
            text = text[1:]
    return Said(text if trusted else f"〔{text}〕", unit, trusted, number)


def state_word(tag: Tag, on: bool) -> str:
    """The word for a switch. Which side is the bad one is the tag's `alarm_on`; without it 1 is "on"."""
    abnormal = tag.alarm_on is not None and bool(tag.alarm_on) == on
    if tag.kind is Kind.GROUNDING:
        grounded = not abnormal if tag.alarm_on is not None else on
        return tr("已接地") if grounded else tr("未接地")
    if tag.kind is Kind.OVERFILL:
        wet = abnormal if tag.alarm_on is not None else on
        return tr("溢流") if wet else tr("未溢流")
    if tag.kind is Kind.INTERLOCK:
        tripped = abnormal if tag.alarm_on is not None else on
        return tr("联锁动作") if tripped else tr("联锁正常")
    if tag.alarm_on is not None:
        return tr("动作") if abnormal else tr("正常")
    return tr("开") if on else tr("关")


def fraction(tag: Tag | None, number: float | None) -> float | None:
    """Where `number` lies between range_low (0) and range_high (1), kept within them; None when the tag has no range."""
    scale = span(tag)
    if scale is None or number is None:
        return None
    low, high = scale
    return min(1.0, max(0.0, (number - low) / (high - low)))


def span(tag: Tag | None) -> tuple[float, float] | None:
    """The tag's range; 0 to 100 where only the unit is known to be a percentage."""
    if tag is None:
        return None
    if tag.range_low is not None and tag.range_high is not None and tag.range_high > tag.range_low:
        return tag.range_low, tag.range_high
    return (0.0, 100.0) if tag.unit == "%" else None


def marks(tag: Tag | None) -> tuple[tuple[str, float], ...]:
    """The limits that are set, as (name, fraction of the range), lowest first; those outside the range are left out."""
    scale = span(tag)
    if tag is None or scale is None:
        return ()
    low, high = scale
    set_ = (("LL", tag.limits.ll), ("L", tag.limits.l), ("H", tag.limits.h), ("HH", tag.limits.hh))
    return tuple((name, (at - low) / (high - low)) for name, at in set_ if at is not None and low <= at <= high)


def age_text(age: Instant) -> str:
    """Short and coarse on purpose: it is read at a glance and must not flicker."""
    return vocabulary.span(age / SECOND)


def quality_text(sample: Sample | None, silent: bool = False) -> str:
    """`数据好`, or what is wrong in a word or two. Never "normal": a good value may stand over its limit."""
    if sample is None:
        return tr("尚无数据")
    if silent:
        return tr("与站点失联")
    if sample.quality is Quality.GOOD:
        return tr("数据好")
    if sample.reason is Reason.NONE or sample.reason is Reason.UNSPECIFIED:
        return tr("数据可疑") if sample.quality is Quality.UNCERTAIN else tr("坏值")
    return vocabulary.reason_word(sample.reason)


def level_word(level: int | None) -> str:
    """The level of a hazard source after GB 18218: one is the highest."""
    words = {1: tr("一级重大危险源"), 2: tr("二级重大危险源"), 3: tr("三级重大危险源"), 4: tr("四级重大危险源")}
    return words.get(level or 0, "")
