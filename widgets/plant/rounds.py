"""Who gets which value when: a picture in parts, each with the values that came since its last turn. No Qt.

Parts are bands of the picture, so that what looks different after a turn lies together and is painted in one go.
"""

from collections.abc import Iterable, Mapping, Sequence

from app.domain.sample import Sample
from widgets.plant.item import PlantItem
from widgets.plant.slot import Slot

TURNS = 2  # the upper and the lower half; four bands paint more than they spare
_FEW = 64  # items; fewer go together


class Rounds:
    def __init__(self) -> None:
        self._parts: list[dict[str, list[tuple[PlantItem, Slot]]]] = []  # tag -> where it is shown in this part
        self._news: list[dict[str, Sample]] = []

    def bind(self, items: Sequence[PlantItem]) -> None:
        """Another picture; what is still waiting is for nobody."""
        self._parts, self._news = [], []
        down = sorted((item for item in items if item.slots), key=lambda item: -item.spec.y)
        size = -(-len(down) // TURNS) if len(down) > _FEW else max(1, len(down))
        for start in range(0, len(down), size):
            part: dict[str, list[tuple[PlantItem, Slot]]] = {}
            for item in down[start : start + size]:
                for slot in item.slots:
                    part.setdefault(slot.name, []).append((item, slot))
            self._parts.append(part)
            self._news.append({})

    def put(self, values: Mapping[str, Sample]) -> None:
        """Newest wins."""
        for news in self._news:
            news.update(values)

    def all(self) -> range:
        return range(len(self._parts))

    def hand_over(self, parts: Iterable[int]) -> tuple[int, dict[PlantItem, None]]:
        """What waits for these parts goes to their items: how many values, and which items look different now. A part that
        the picture does not have is nobody's."""
        handed, different = 0, dict[PlantItem, None]()
        for number in parts:
            if number >= len(self._parts):
                continue
            news, self._news[number] = self._news[number], {}
            shown_at = self._parts[number].get
            for name, sample in news.items():
                for item, slot in shown_at(name, ()):
                    if sample is not slot.sample:
                        handed += 1
                        if item.put(slot, sample):
                            different[item] = None
        return handed, different
