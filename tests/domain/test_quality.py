"""Words, score, limits and strapping of the data quality: pure."""

import pytest

from app.domain.quality import Finding, QualityKind, Scores, Share, mean_scores, score
from app.domain.quality_limits import Gas, wrong_limits
from app.domain.quality_words import DEFINITIONS, TITLES
from app.domain.settings import settings, wrong_settings
from app.domain.settings.quality import NUMBERS, QualitySettings, read_quality
from app.domain.strapping import WrongTable, read_strapping, upright
from app.domain.tag import Kind, Limits, Tag

WANTED = QualitySettings()


def found(kind: QualityKind, grave: float) -> Finding:
    return Finding(kind, "x", "T", 0, 1, grave, "")


def scored(slots: Share, online: Share, *findings: Finding) -> Scores:
    return score(slots, online, findings, WANTED.weights, WANTED.deductions)


def test_the_score_is_forty_thirty_twenty_ten() -> None:
    assert scored(Share(10, 10), Share(5, 5)) == Scores(100, 100, 100, 100, 100)
    assert scored(Share(5, 10), Share(5, 5)).total == 80
    assert scored(Share(10, 10), Share(0, 5)).total == 80
    assert scored(Share(10, 10), Share(5, 5), found(QualityKind.LIMITS, 1.0)).total == 90
    missed = scored(Share(10, 10), Share(5, 5), found(QualityKind.MISSED, 1.0), found(QualityKind.MISSED, 0.5))
    assert missed.authenticity == 30, "of each kind the worst counts"


def test_what_sent_nothing_is_not_true_and_what_was_stopped_has_no_score() -> None:
    silent = scored(Share(0, 10), Share(0, 5))
    assert (silent.total, silent.authenticity) == (10, 0)
    assert scored(Share(0, 0), Share(0, 0)) == Scores()
    assert mean_scores([silent, Scores()]).total == 10 and mean_scores([Scores()]) == Scores()


@pytest.mark.parametrize(
    "limits, unit, range_high, whats",
    [
        (Limits(None, None, 0.3, 0.6), "ppm", 5.0, []),
        (Limits(None, None, 0.5, 1.0), "ppm", 5.0, ["gas", "gas"]),
        (Limits(None, None, 0.5, 1.0), "ppm", 20.0, []),  # too coarse for the OEL: 5 and 10 %IDLH
        (Limits(None, None, 0.9, 2.1), "mg/m³", 5.0, ["gas"]),
    ],
)
def test_limits_of_chlorine(limits: Limits, unit: str, range_high: float, whats: list[str]) -> None:
    tag = Tag("G", "氯气", kind=Kind.TOXIC_GAS, unit=unit, range_low=0.0, range_high=range_high, limits=limits)
    assert [one.what for one in wrong_limits(tag, Gas("氯", 1.0, 10.0, 2.45))] == whats


def test_limits_nobody_can_check_are_not_accused() -> None:
    tag = Tag("G", kind=Kind.TOXIC_GAS, unit="ppm", range_low=0.0, range_high=5.0, limits=Limits(h=4, hh=5))
    assert wrong_limits(tag, None) == [] and wrong_limits(tag, Gas("某")) == []


def test_every_kind_has_its_words() -> None:
    assert TITLES.keys() == DEFINITIONS.keys() == set(QualityKind)


def test_settings_and_those_of_one_point() -> None:
    given = {"quality": {"missed_s": 90, "tags": {"LT-1": {"flat_h": 48, "off": ["jump"]}}}}
    wanted = settings(given, "quality", read_quality)
    own = wanted.of(Tag("LT-1", kind=Kind.LEVEL))
    assert wanted["missed_s"] == 90 and own["missed_s"] == 90 and own.flat_s == 48 * 3600
    assert not own.wants(QualityKind.JUMP) and own.wants(QualityKind.FLAT)
    assert wanted.of(Tag("FI", kind=Kind.FLOW)).flat_s is None and wanted.of(Tag("L", kind=Kind.LEVEL)).flat_s == 24 * 3600


@pytest.mark.parametrize(
    "table, key",
    [
        ({"weight_completeness": 50}, "weight_completeness"),
        ({"missed_s": -1}, "missed_s"),
        ({"daily_at": "25:00"}, "daily_at"),
        ({"tags": {"A": {"clear_s": 1}}}, "clear_s"),
        ({"tags": {"A": {"off": ["nonsense"]}}}, "off"),
        ({"interlock": [{"bypass": "X"}]}, "tag"),
        ({"tank": [{"equipment": "V", "level": "L", "density": 0}]}, "density"),
    ],
)
def test_wrong_settings_are_told(table: dict, key: str) -> None:
    assert [one.key for one in wrong_settings({"quality": table})] == [key]


def test_defaults_lie_within_their_bounds() -> None:
    assert all(one.low <= one.default <= one.high for one in NUMBERS.values())


def test_strapping() -> None:
    table = read_strapping("高度,容积\n0,0\n1,10\n3,40\n")
    assert [table.volume(h) for h in (0, 0.5, 2, 3)] == [0, 5, 25, 40] and table.volume(3.1) is None
    assert upright(10.0).volume(2.5) == 25


@pytest.mark.parametrize(
    "text, row",
    [("", 1), ("height,level\n1,2\n", 1), ("height,volume\n1,2\n", 2), ("height,volume\n1,2\n1,3\n", 3),
     ("height,volume\n1,2\n2,2\n", 3), ("height,volume\n1,x\n2,3\n", 2)],
)  # fmt: skip
def test_a_wrong_table_is_refused_with_its_row(text: str, row: int) -> None:
    with pytest.raises(WrongTable) as wrong:
        read_strapping(text)
    assert wrong.value.row == row
