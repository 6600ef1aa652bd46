"""The emergency cards of chemicals (应急卡) that come with the program, by CAS number and by name. Station side.

Read once from `resources/chemicals/*.toml`, when first asked for. Which chemical belongs to an alarm is decided here too.
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from app.domain.chemical import Chemical, Figure, names_in
from app.domain.plant import Equipment, Site
from app.domain.tag import Tag


@cache
def chemicals() -> tuple[Chemical, ...]:
    """By name."""
    files = (one for one in resources.files("resources").joinpath("chemicals").iterdir() if one.name.endswith(".toml"))
    made = [chemical_from(tomllib.loads(file.read_text(encoding="utf-8"))) for file in files]
    return tuple(sorted(made, key=lambda one: one.name))


def chemical_from(table: dict[str, Any]) -> Chemical:
    """One file. Raises KeyError, TypeError for what is no card."""
    figures = [Figure(**one) for one in table.get("figure", ())]
    known = {name: value for name, value in table.items() if name != "figure"}
    return Chemical(**known, figures=figures)


@cache
def _index() -> dict[str, Chemical]:
    found: dict[str, Chemical] = {}
    for one in chemicals():
        for name in (one.cas, one.name, one.name_en, *one.aliases):
            if name:
                found.setdefault(name.casefold(), one)
    return found


def chemical(name: str) -> Chemical | None:
    """By CAS number, name or another name, exactly."""
    return _index().get(name.strip().casefold())


def chemicals_at(site: Site, equipment: Equipment, tag: Tag | None = None) -> tuple[list[Chemical], str]:
    """Those of the equipment ("equipment"); where it names none, as a detector's area does, those of the other equipment of its
    area, else of its hazard source ("area"). Each once; the one the tag itself is named after (氯气 …) first: a detector of
    chlorine must not open with the card of the benzene beside it."""
    found, where = _chemicals_at(site, equipment)
    if tag is not None:
        found.sort(key=lambda one: -_named(one, f"{tag.name} {equipment.name}"))
    return found, where


def _named(one: Chemical, text: str) -> int:
    """Length of the longest of its names that stands in the text; 0 for none."""
    return max((len(name) for name in (one.name, *one.aliases) if name and name in text), default=0)


def _chemicals_at(site: Site, equipment: Equipment) -> tuple[list[Chemical], str]:
    own = _of([equipment])
    if own or equipment.chemical or equipment.cas:
        return own, "equipment"
    for same in ("area", "hazard_source"):
        place = getattr(equipment, same)
        found = _of([one for one in site.equipment if place and getattr(one, same) == place])
        if found:
            return found, "area"
    return [], ""


def _of(equipment: list[Equipment]) -> list[Chemical]:
    names = (name for one in equipment for name in (*names_in(one.cas), *names_in(one.chemical), one.chemical))
    found = (chemical(name) for name in names if name)
    return list({id(one): one for one in found if one is not None}.values())
