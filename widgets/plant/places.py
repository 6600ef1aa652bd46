"""Which tags speak in which layout, and where to go for a tag. Pure: no Qt."""

from collections.abc import Iterable, Mapping, Sequence

from app.domain.plant import Equipment, Layout, LayoutItem
from app.domain.tag import Tag


class Places:
    """Built once per configuration."""

    def __init__(self, layouts: Sequence[Layout], tags: Mapping[str, Tag]) -> None:
        self._layouts = {layout.id: layout for layout in layouts}
        of_equipment: dict[str, list[str]] = {}
        for tag in tags.values():
            if tag.equipment:
                of_equipment.setdefault(tag.equipment, []).append(tag.tag)
        self._bound: dict[str, list[tuple[str, str]]] = {}  # tag -> (layout, item) that draws it
        self._near: dict[str, list[tuple[str, str]]] = {}  # tag -> (layout, item) of its equipment
        # The deepest picture first: that is where one works.
        for layout in sorted(layouts, key=lambda layout: -layout.level):
            for item in layout.items:
                for name in item.bind.values():
                    self._bound.setdefault(name, []).append((layout.id, item.id))
                for name in of_equipment.get(item.equipment, ()):
                    self._near.setdefault(name, []).append((layout.id, item.id))

    def of_tag(self, tag: str, prefer: str = "") -> tuple[str, str] | None:
        """(layout id, item id) to show for `tag`; the layout `prefer` when the tag is drawn there."""
        places = self._bound.get(tag) or self._near.get(tag) or []
        return next((place for place in places if place[0] == prefer), places[0] if places else None)

    def layouts_of(self, tag: str) -> set[str]:
        return {layout for layout, _ in (*self._bound.get(tag, ()), *self._near.get(tag, ()))}

    def of_equipment(self, code: str, prefer: str = "") -> tuple[str, str] | None:
        found = [
            (layout.id, item.id)
            for layout in sorted(self._layouts.values(), key=lambda layout: -layout.level)
            for item in layout.items
            if item.equipment == code
        ]
        return next((place for place in found if place[0] == prefer), found[0] if found else None)

    def item(self, layout: str, item: str) -> LayoutItem | None:
        if layout not in self._layouts:
            return None
        return next((one for one in self._layouts[layout].items if one.id == item), None)

    def search_lines(self, tags: Mapping[str, Tag], equipment: Mapping[str, Equipment]) -> dict[str, tuple[str, str]]:
        """What the search box offers: a line a person can read and type a part of -> (layout id, item id)."""
        lines: dict[str, tuple[str, str]] = {}
        for layout in sorted(self._layouts.values(), key=lambda layout: -layout.level):
            for item in layout.items:
                unit = equipment.get(item.equipment)
                names = [tags[name].name for name in item.bind.values() if name in tags and tags[name].name]
                words = [
                    item.label,
                    unit.name if unit is not None else "",
                    unit.chemical if unit is not None else "",
                    *item.bind.values(),
                    *names,
                    item.camera,
                ]
                said = " ".join(_once(word for word in words if word))
                if said:
                    lines.setdefault(f"{said} — {layout.title}", (layout.id, item.id))
        return lines


def _once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
