"""Plain rules for a change of limits: numbers, their order, their range. Pure; the station checks the whole point table again.

Console side. Items are those of the form `limit_change`; values are text, as they stand in the form.
"""

from collections.abc import Mapping
from itertools import pairwise

from app.domain.tag import Priority, Tag
from widgets.forms.values import number_words, read_number
from widgets.vocabulary import priority_word
from widgets.words import tr

LIMITS = ("ll", "l", "h", "hh")
OPTIONAL = (*LIMITS, "prealarm_min")
"""What a tag may have or not have."""
PRIORITIES = frozenset(f"priority_{limit}" for limit in (*LIMITS, "prealarm"))
SWITCHES = frozenset({"latching", "alarm_on"})
_NAMES = {"ll": "低低报", "l": "低报", "h": "高报", "hh": "高高报"}
_NOT_NEGATIVE = frozenset({"deadband", "on_delay_s", "off_delay_s", "prealarm_min"})


def number_of(text: str | None) -> float | None:
    """None for what is no number."""
    try:
        return read_number(text) if text else None
    except ValueError:
        return None


def value_words(code: str, text: str) -> str:
    if code in PRIORITIES:
        try:
            return priority_word(Priority.of(text))
        except KeyError:
            return text
    if code == "latching":
        return {"1": tr("锁存"), "0": tr("不锁存"), "true": tr("锁存"), "false": tr("不锁存")}.get(text, text)
    return text


def fault_of_item(code: str, text: str) -> str:
    """What is wrong with one new value by itself."""
    if code in PRIORITIES or code in SWITCHES:
        return ""
    value = number_of(text)
    if value is None:
        return tr("请填写数字。")
    return tr("不能小于 0。") if code in _NOT_NEGATIVE and value < 0 else ""


def faults_together(items: Mapping[str, str], tag: Tag | None) -> list[str]:
    """What is wrong with all of them as they would be: out of range, out of order, a deadband too wide to ever leave."""
    found = []
    values = [(code, value) for code in LIMITS if (value := number_of(items.get(code))) is not None]
    if tag is not None:
        for code, value in values:
            if (tag.range_low is not None and value < tag.range_low) or (tag.range_high is not None and value > tag.range_high):
                bounds = " … ".join("" if b is None else number_words(b) for b in (tag.range_low, tag.range_high))
                found.append(
                    tr("{item} {value} 不在量程 {range} 内。", item=tr(_NAMES[code]), value=number_words(value), range=bounds)
                )
    for (below, low), (above, high) in pairwise(values):
        if low >= high:
            found.append(
                tr(
                    "{low} {a} 应小于 {high} {b}。",
                    low=tr(_NAMES[below]),
                    a=number_words(low),
                    high=tr(_NAMES[above]),
                    b=number_words(high),
                )
            )
    deadband = number_of(items.get("deadband"))
    alone = {code: value for code, value in values}
    if deadband and "l" in alone and "h" in alone and alone["l"] + deadband >= alone["h"] - deadband:
        found.append(tr("死区 {n} 太宽：低报与高报之间没有能恢复正常的位置。", n=number_words(deadband)))
    return found
