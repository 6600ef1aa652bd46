"""The committed site package is the one the table makes, faultless, and true to the standards it cites."""

from pathlib import Path

import pytest

from app.domain.plant import EquipmentType, Site
from app.domain.tag import Kind
from app.plant.main import bundled_site
from app.plant.package import demo_site, files
from app.site.load import load_site


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(bundled_site())


def test_making_it_again_gives_the_same_bytes() -> None:
    made = files()
    kept = {str(file.relative_to(bundled_site())): file.read_bytes() for file in bundled_site().rglob("*") if file.is_file()}
    assert kept.keys() == {str(Path(name)) for name in made}
    assert [name for name, data in made.items() if kept[str(Path(name))] != data] == [], "run python -m app.plant.package"


def test_it_loads_without_a_fault_as_what_was_meant(site: Site) -> None:
    meant = demo_site()
    assert (site.tags, site.equipment, site.cameras, site.sources) == (
        meant.tags, meant.equipment, meant.cameras, meant.sources,
    )  # fmt: skip
    assert site.layouts[0].id == "overview"
    assert {layout.level for layout in site.layouts} == {1, 2}


CRITICAL_T = {"68476-85-7": (50, 1.5), "67-56-1": (500, 1.0), "71-43-2": (50, 1.0), "7782-50-5": (5, 4.0)}
"""GB 18218-2018 tables 1, 3 and 4: critical quantity in t and beta."""
ALPHA = 1.2
"""Table 5: 30 to 49 people within 500 m."""


def test_hazard_levels_are_those_of_gb_18218(site: Site) -> None:
    sources: dict[str, list[tuple[float, float]]] = {}
    levels: dict[str, int | None] = {}
    for one in site.equipment:
        if one.hazard_source:
            levels[one.hazard_source] = one.hazard_level
            if one.capacity_t and one.cas in CRITICAL_T:
                critical, beta = CRITICAL_T[one.cas]
                sources.setdefault(one.hazard_source, []).append((one.capacity_t / critical, beta))
    assert sorted(levels.values()) == [1, 2, 3, 4]  # type: ignore[type-var]
    for code, parts in sources.items():
        r = ALPHA * sum(beta * share for share, beta in parts)
        assert sum(share for share, _ in parts) >= 1
        assert levels[code] == (1 if r >= 100 else 2 if r >= 50 else 3 if r >= 10 else 4), (code, r)


def test_every_tank_has_its_twelve_limits_in_order_and_inside_the_range(site: Site) -> None:
    tanks = {one.equipment for one in site.equipment if one.equipment.startswith("V-")}
    assert len(tanks) == 14
    for code in tanks:
        own = [tag for tag in site.tags if tag.equipment == code and tag.kind in (Kind.LEVEL, Kind.TEMPERATURE, Kind.PRESSURE)]
        assert len(own) == 3
        for tag in own:
            row = [tag.range_low, tag.limits.ll, tag.limits.l, tag.limits.h, tag.limits.hh, tag.range_high]
            assert None not in row and row == sorted(set(row)), tag.tag  # type: ignore[type-var]


MOST = {"combustible": (25, 50), "chlorine": (0.339, 0.678), "benzene": (1.847, 3.693)}
"""GB/T 50493-2019: 25/50 %LEL; 100/200 % of the OEL (chlorine MAC 1 mg/m3, benzene STEL 6 mg/m3) in ppm at 20 C."""


def test_gas_limits_do_not_exceed_gbt_50493(site: Site) -> None:
    seen = {"combustible": 0, "chlorine": 0, "benzene": 0}
    for tag in site.tags:
        if tag.kind in (Kind.COMBUSTIBLE_GAS, Kind.TOXIC_GAS):
            what = "combustible" if tag.kind is Kind.COMBUSTIBLE_GAS else "chlorine" if "氯" in tag.name[-2:] else "benzene"
            seen[what] += 1
            assert tag.limits.h is not None and tag.limits.hh is not None
            assert (tag.limits.h <= MOST[what][0], tag.limits.hh <= MOST[what][1]) == (True, True), tag.tag
    assert seen == {"combustible": 29, "chlorine": 10, "benzene": 4}


def test_there_is_one_of_everything_a_desk_must_show(site: Site) -> None:
    kinds = {one.type for one in site.equipment}
    assert {EquipmentType.TANK, EquipmentType.PRESSURE_VESSEL, EquipmentType.LOADING_BAY, EquipmentType.WAREHOUSE} <= kinds
    assert {tag.kind for tag in site.tags} >= set(Kind) - {Kind.OXYGEN}
    assert {tag.source for tag in site.tags} == {"dcs", "gds"}
    assert any(tag.latching for tag in site.tags) and any(tag.guidance for tag in site.tags)
