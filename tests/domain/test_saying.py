"""Sentences with figures: each way of saying a figure, and what is missing or wrong."""

import pytest

from app.domain.saying import rate_words, span_words, worded

ENGLISH = {"{n} 分钟": "{n} min", "高报": "H", "、": ", ", "离线 {lost:span}": "offline for {lost:span}"}


@pytest.mark.parametrize(
    ("text", "figures", "said"),
    [
        ("离线 {lost:span}", {"lost": 750.0}, "离线 12.5 分钟"),
        ("完整率 {rate:rate}", {"rate": 0.99996}, "完整率 99.99 %"),
        ("{a:+.3g} t，{n} 个", {"a": 1.2345, "n": 3}, "+1.23 t，3 个"),
        ("{limit:word}、{limits:words}", {"limit": "高报", "limits": "低报、高报"}, "高报、低报、高报"),
        ("{gone} {gone:.1f} {wrong:.1f}", {"wrong": "x"}, "None ? ?"),
    ],
)
def test_worded(text: str, figures: dict[str, object], said: str) -> None:
    assert worded(text, figures) == said


def test_in_another_language() -> None:
    def tr(text: str) -> str:
        return ENGLISH.get(text, text)

    assert worded("离线 {lost:span}", {"lost": 750.0}, tr) == "offline for 12.5 min"
    assert worded("{limits:words}", {"limits": "低报、高报"}, tr) == "低报, H"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 秒"), (45.4, "45 秒"), (120, "2 分钟"), (750, "12.5 分钟"), (7200, "2 小时"), (100_000, "27.8 小时"),
        (400_000, "4.6 天"),
    ],
)  # fmt: skip
def test_spans(seconds: float, said: str) -> None:
    assert span_words(seconds) == said


def test_rates() -> None:
    assert (rate_words(None), rate_words(1.0), rate_words(0.99999)) == ("—", "100.00 %", "99.99 %")
