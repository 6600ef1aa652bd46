"""Reasons on a desk: in its language from key and figures, with every sentence of the station in English."""

import re
from collections.abc import Iterator
from string import Formatter

import pytest

from app.domain.quality import QualityKind
from app.domain.quality_reasons import REASONS, finding, reason
from app.station.quality.report import finding_dict
from app.station.quality.whole import TITLES
from widgets import words
from widgets.quality.words import note_text, reason_text
from widgets.words import set_language

WORDS = {"side": "上限", "upper": "高报", "lower": "低报", "limit": "高高报", "limit_word": "高报", "limits": "高报、高高报"}
WORDS |= {"figure": "扰动率（%）"}
NAMES = ("unit", "tank", "tag", "tags", "names", "other", "other_name", "order", "alarms", "gas")
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("zh_CN")


def figures(text: str) -> dict[str, object]:
    """One for each place of a sentence, of the kind it wants."""
    found: dict[str, object] = {}
    for _, name, how, _ in Formatter().parse(text):
        if name is not None:
            found[name] = WORDS[name] if how in ("word", "words") else "X-1" if name in NAMES or name.endswith("_said") else 750
    return found


@pytest.mark.parametrize("said", REASONS)
def test_every_sentence_is_whole_in_both_languages(said: str, english: None) -> None:
    text = REASONS[said]
    assert set(re.findall(r"\{(\w+)", words._english()[text])) == set(re.findall(r"\{(\w+)", text))
    given = {**figures(text), "said": said}
    assert not re.search(r"[?？{}]|None", reason(given))
    in_english = reason(given, words.tr)
    assert not CHINESE.search(in_english) and not re.search(r"[?{}]|None", in_english)


@pytest.mark.parametrize("title", TITLES.values())
def test_figures_of_the_alarm_system_have_english(title: str) -> None:
    assert words._english()[title]


def test_a_finding_over_the_api_is_said_again(english: None) -> None:
    made = finding(QualityKind.MISSED, "missed_H", "LT-1", (0, 1), 1.0, "missed", figures(REASONS["missed"]), None, 12)
    assert "漏报：12.5 分钟内 12 个采样越限" in made.reason
    assert "12 samples beyond the limit for 12.5 min" in reason_text(finding_dict(made))


def test_what_an_older_station_worked_out_keeps_its_words(english: None) -> None:
    assert reason_text({"reason": "超量程", "evidence": {"worst": 3.0}}) == "超量程"
    assert reason_text({"reason": "新的", "evidence": {"said": "of_a_later_version"}}) == "新的"
    assert (note_text("没有数据"), note_text({"text": "没有", "evidence": {}})) == ("没有数据", "没有")
    note = {"text": "", "evidence": {"said": "no_data", "tank": "V-1", "tags": "A、B"}}
    assert note_text(note).startswith("V-1: no data of A, B")
