"""Sentences as a text with places and the figures that stand in them, so that a desk can say them in its own language. Both
sides, pure.

A place is `{name}` or `{name:how}`. Beyond Python's own formats: `span` a duration in seconds, `rate` a share cut to two
decimals, `word` a Chinese word that has a translation, `words` several of them joined by "、".
"""

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

Translate = Callable[[str], str]


def worded(text: str, figures: Mapping[str, Any], tr: Translate = str) -> str:
    """`tr` turns a Chinese text into that of the desk. A figure that is missing or of a wrong kind is a "?"."""
    return _Words(tr).vformat(tr(text), (), figures)


def span_words(seconds: float, tr: Translate = str) -> str:
    """`45 秒`, `12.5 分钟`, `3.2 小时`, `2.1 天`."""
    if seconds < 120:
        return tr("{n} 秒").format(n=f"{seconds:.0f}")
    for unit, text, until in ((60, "{n} 分钟", 7200), (3600, "{n} 小时", 172_800), (86_400, "{n} 天", float("inf"))):
        if seconds < until:
            return tr(text).format(n=f"{seconds / unit:.1f}".removesuffix(".0"))
    return "?"


def rate_words(rate: float | None) -> str:
    """Cut, not rounded: 99.996 % is not 100 %."""
    return "—" if rate is None else f"{int(rate * 10_000) / 100:.2f} %"


class _Words(Formatter):
    def __init__(self, tr: Translate) -> None:
        self._tr = tr

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(key) if isinstance(key, str) else None

    def format_field(self, value: Any, how: str) -> str:
        try:
            match how:
                case "span":
                    return span_words(float(value), self._tr)
                case "rate":
                    return rate_words(float(value))
                case "word":
                    return self._tr(str(value))
                case "words":
                    return self._tr("、").join(self._tr(one) for one in str(value).split("、"))
            return str(format(value, how))
        except (TypeError, ValueError):
            return "?"
