"""The emergency cards that come with the program: sound, no figure without a source, the right one for an equipment."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.chemical import FIGURES, TEXTS, Chemical, cas_is_valid, names_in
from app.domain.plant import Equipment, Site
from app.domain.tag import Tag
from app.station.chemicals import chemical, chemicals, chemicals_at
from tests.station.rig import a_site

BOUNDS = {
    "critical_t": (0.001, 10_000), "flash_c": (-120, 300), "boiling_c": (-273.15, 500), "lel_vol": (0.1, 100),
    "uel_vol": (0.1, 100), "oel_mg_m3": (0.001, 2000), "idlh_ppm": (0.1, 50_000), "vapour_density": (0.06, 12),
}  # fmt: skip
UNITS = {"critical_t": "t", "flash_c": "℃", "boiling_c": "℃", "lel_vol": "%", "uel_vol": "%", "oel_mg_m3": "mg/m³",
         "idlh_ppm": "ppm", "vapour_density": ""}  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]
ALL = {one.name: one for one in chemicals()}


def test_enough_of_them() -> None:
    assert len(ALL) >= 25
    assert BOUNDS.keys() == UNITS.keys() == FIGURES.keys()


@pytest.mark.parametrize("name", ALL)
def test_card_is_sound(name: str) -> None:
    card = ALL[name]
    assert cas_is_valid(card.cas), card.cas
    assert card.un == "" or (len(card.un) == 4 and 1000 <= int(card.un) <= 3600)
    assert card.density in ("", "heavier", "lighter", "even")
    assert card.texts.keys() == TEXTS.keys()
    assert all(10 <= len(text) <= 150 for text in card.texts.values()), {key: len(text) for key, text in card.texts.items()}
    for figure in card.figures:
        low, high = BOUNDS[figure.key]
        assert low <= figure.value <= high, figure
        assert figure.unit == UNITS[figure.key] and figure.source, figure


@pytest.mark.parametrize("name", ALL)
def test_figures_agree_with_each_other(name: str) -> None:
    card = ALL[name]
    upper = {(one.source, one.note): one.value for one in card.figure("uel_vol")}
    pairs = [(one.value, upper[key]) for one in card.figure("lel_vol") if (key := (one.source, one.note)) in upper]
    assert all(low < high for low, high in pairs), pairs
    assert upper.keys() <= {(one.source, one.note) for one in card.figure("lel_vol")}
    for density in card.figure("vapour_density"):
        assert card.density == ("heavier" if density.value > 1.1 else "lighter" if density.value < 0.9 else "even")
    for flash, boiling in zip(card.figure("flash_c"), card.figure("boiling_c"), strict=False):
        if flash.note == boiling.note:
            assert flash.value < boiling.value


@pytest.mark.parametrize("name", ALL)
def test_what_nobody_checked_says_so(name: str) -> None:
    """Only the mass and what was compared with a public copy of the standard may go without."""
    for figure in ALL[name].figures:
        if figure.key not in ("critical_t", "vapour_density"):
            assert "未核定" in figure.source, figure
    assert ALL[name].reviewed == "", "no card that comes with the program was reviewed for a plant"


def test_names_are_of_one_card_only() -> None:
    names = [name.casefold() for one in ALL.values() for name in {one.name, one.cas, one.name_en, *one.aliases}]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


def test_the_demo_plant_has_a_card_for_all_it_holds() -> None:
    with (ROOT / "resources/demo/site/equipment.csv").open(encoding="utf-8-sig") as file:
        held = {(row["chemical"], row["cas"]) for row in csv.DictReader(file) if row["chemical"] and row["chemical"] != "水"}
    assert held
    for name, cas in held:
        assert chemicals_at(a_site(), Equipment("X", chemical=name, cas=cas))[0], (name, cas)


@pytest.mark.parametrize(
    ("text", "valid"),
    [("7732-18-5", True), ("7664-41-7", True), ("7664-41-8", False), ("7664-4-17", False), ("", False), ("07664-41-7", False)],
)
def test_check_digit(text: str, valid: bool) -> None:
    assert cas_is_valid(text) is valid


def test_names_of_a_cell() -> None:
    assert names_in("苯、氯") == ["苯", "氯"] and names_in("71-43-2; 7782-50-5") == ["71-43-2", "7782-50-5"]


def found(cards: list[Chemical]) -> list[str]:
    return [card.name for card in cards]


def test_which_cards_belong_to_an_equipment() -> None:
    gas = Equipment("GA-1", area="罐区", hazard_source="H1")
    site = replace(
        a_site(),
        equipment=(
            gas,
            Equipment("V-1", area="罐区", hazard_source="H1", chemical="甲醇", cas="67-56-1"),
            Equipment("V-2", area="东罐区", hazard_source="H1", chemical="苯"),
            Equipment("V-3", area="泵房", chemical="水"),
        ),
    )
    assert (found(chemicals_at(site, site.equipment[1])[0]), chemicals_at(site, site.equipment[1])[1]) == (
        ["甲醇"],
        "equipment",
    )
    assert found(chemicals_at(site, Equipment("R", chemical="苯、氯", cas="71-43-2"))[0]) == ["苯", "氯"]
    assert (found(chemicals_at(site, gas)[0]), chemicals_at(site, gas)[1]) == (["甲醇"], "area"), "of the detectors' own area"
    assert found(chemicals_at(site, replace(gas, area="西区"))[0]) == ["甲醇", "苯"], "of the hazard source"
    assert chemicals_at(site, Equipment("V-3", area="罐区", chemical="水")) == ([], "equipment"), "water is not methanol"
    assert chemicals_at(site, Equipment("X")) == ([], "")
    assert chemical(" 液氯 ") is ALL["氯"] and chemical("LPG") is ALL["液化石油气"] and chemical("氯化物") is None


def test_the_chemical_a_detector_is_named_after_comes_first() -> None:
    area = Equipment("GA-600", "氯化装置气体检测", area="氯化装置")
    site = Site("1", "厂", equipment=(Equipment("R", area="氯化装置", chemical="苯、氯、氯苯"), area))
    names = {
        word: chemicals_at(site, area, Tag("G", name=word))[0][0].name for word in ("氯气缓冲罐旁氯气", "苯泵房可燃", "氯苯槽")
    }
    assert names == {"氯气缓冲罐旁氯气": "氯", "苯泵房可燃": "苯", "氯苯槽": "氯苯"}
