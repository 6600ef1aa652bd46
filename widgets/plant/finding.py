"""Words about the items of a picture: which of them a search means, and what a tool tip says of one. No Qt."""

from collections.abc import Iterable

from app.domain.plant import LayoutItem
from widgets.plant.item import PlantItem
from widgets.plant.reading import quality_text


def find(items: Iterable[PlantItem], text: str) -> list[LayoutItem]:
    """Items whose label, id, equipment or tags contain `text`, whatever the case; those that begin with it first."""
    wanted = text.strip().casefold()
    if not wanted:
        return []
    found: list[tuple[bool, int, LayoutItem]] = []
    for item in items:
        words = [word.casefold() for word in _search_words(item)]
        if any(wanted in word for word in words):
            found.append((not any(word.startswith(wanted) for word in words), len(found), item.spec))
    return [spec for _, _, spec in sorted(found, key=lambda row: row[:2])]


def _search_words(item: PlantItem) -> list[str]:
    words = [item.spec.label, item.spec.id, item.spec.equipment, item.spec.camera, *item.spec.bind.values()]
    if item.equipment is not None:
        words += [item.equipment.name, item.equipment.chemical]
    words += [slot.tag.name for slot in item.slots if slot.tag is not None]
    return [word for word in words if word]


def tooltip(item: PlantItem, silent: bool) -> str:
    lines = [item.label or item.spec.id]
    if item.equipment is not None and item.equipment.name and item.equipment.name != item.label:
        lines.append(item.equipment.name)
    for slot in item.slots:
        name = slot.tag.name if slot.tag is not None and slot.tag.name else slot.name
        lines.append(f"{name}  {slot.said.text} {slot.said.unit}  {quality_text(slot.sample, silent)}")
    lines += [alarm.message or f"{alarm.tag} {alarm.rule}" for alarm in item.alarms]
    return "\n".join(lines)
