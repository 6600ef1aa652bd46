"""Which item of a picture speaks for which tag's alarms, and the live alarms by tag. No Qt."""

from collections.abc import Iterable, Mapping, Sequence

from app.domain.tag import Tag
from app.domain.wire import AlarmMsg
from widgets.plant.item import PlantItem


class Speakers:
    """A tag that is drawn speaks where it is drawn; one that is not speaks at its equipment, so that no alarm is lost."""

    def __init__(self) -> None:
        self._items_of: dict[str, list[PlantItem]] = {}
        self._tags_of: dict[PlantItem, list[str]] = {}
        self._alarms: dict[str, list[AlarmMsg]] = {}

    def bind(self, items: Sequence[PlantItem], tags: Mapping[str, Tag]) -> None:
        """Another picture; the alarms stay."""
        self._items_of, self._tags_of = {}, {}
        for item in items:
            for name in dict.fromkeys(slot.name for slot in item.slots):
                self._items_of.setdefault(name, []).append(item)
        first: dict[str, PlantItem] = {}
        for item in sorted(items, key=lambda item: not item.slots):
            if item.spec.equipment and item.spec.type not in ("text", "camera"):
                first.setdefault(item.spec.equipment, item)
        for tag in tags.values():
            if tag.tag not in self._items_of and tag.equipment in first:
                self._items_of[tag.tag] = [first[tag.equipment]]
        for name, speaking in self._items_of.items():
            for item in speaking:
                self._tags_of.setdefault(item, []).append(name)

    def put(self, alarms: Mapping[str, Sequence[AlarmMsg]], whole: bool) -> Iterable[PlantItem]:
        """For each tag named, all its live alarms; `whole`: tags not named have none. The items that may say something else
        now."""
        changed: Iterable[str] = alarms
        if whole:
            changed = {*self._alarms, *alarms}
            self._alarms.clear()
        for name in alarms:
            if alarms[name]:
                self._alarms[name] = list(alarms[name])
            else:
                self._alarms.pop(name, None)
        return dict.fromkeys(item for name in changed for item in self._items_of.get(name, ()))

    def speaking(self) -> list[PlantItem]:
        """Items that have an alarm to tell."""
        return [item for item, names in self._tags_of.items() if any(name in self._alarms for name in names)]

    def alarms_of(self, item: PlantItem) -> list[AlarmMsg]:
        return [alarm for name in self._tags_of.get(item, ()) for alarm in self._alarms.get(name, ())]

    def of_tag(self, tag: str) -> PlantItem | None:
        items = self._items_of.get(tag)
        return items[0] if items else None
