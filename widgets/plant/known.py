"""What an item of a picture knows: its values, its alarms, and whether it looks different since it was last drawn. No Qt."""

from collections.abc import Sequence

from app.domain.alarm import AlarmState, RuleKind
from app.domain.plant import EquipmentStatus, LayoutItem
from app.domain.sample import Quality, Sample
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.plant.reading import age_text, quality_text, say
from widgets.plant.scenery import Scenery
from widgets.plant.slot import Slot
from widgets.symbols import symbol_of, to_show
from widgets.words import tr

_ORDER = ("level", "temperature", "pressure", "flow", "value")
_GOOD = Quality.GOOD  # the way to a member costs Python 3.11 more than the rest of what is asked of most samples
_STANDING = frozenset({AlarmState.UNACK, AlarmState.ACKED})


class Known:
    """`stale`: all of it has to be drawn anew; else `moved`: its body, for a level stands elsewhere or its number differs; and
    `counted`: numbers beside it."""

    def __init__(self, spec: LayoutItem, scenery: Scenery) -> None:
        self.spec = spec
        self.scenery = scenery
        self.equipment = scenery.equipment.get(spec.equipment)
        order = {role: i for i, role in enumerate(_ORDER)}
        roles = sorted(spec.bind, key=lambda role: order.get(role, len(_ORDER)))
        self.slots = [Slot(role, spec.bind[role], scenery.tags.get(spec.bind[role])) for role in roles]
        self.alarms: list[AlarmMsg] = []
        self.shown: list[tuple[Priority | None, AlarmState]] = []
        self.standing: Priority | None = None  # the worst alarm whose condition holds: colours the outline
        self.age = ""  # what is wrong and since when, where something is not to be believed
        self.stale, self.moved, self.counted = True, False, False

    @property
    def label(self) -> str:
        said = self.spec.label or (self.equipment.name if self.equipment is not None else "")
        status = self.equipment.status if self.equipment is not None else EquipmentStatus.IN_SERVICE
        if status is EquipmentStatus.STOPPED:
            return tr("{name}（停用）", name=said)
        if status is EquipmentStatus.MAINTENANCE:
            return tr("{name}（检修）", name=said)
        return said

    def put(self, slot: Slot, sample: Sample | None) -> bool:
        """A newer sample of one slot. True when its text, trust or level differ: then the caller asks for a repaint."""
        if sample is not None and slot.quick and sample.quality is _GOOD and not self.scenery.silent:
            value = sample.value
            if type(value) is float and value - value == 0:
                # The way of nearly every sample, a good number after a good number. `say` is the rule, this only its short cut.
                slot.sample = sample
                slot.unsaid = True
                changed = False
                if self.scenery.value_px:  # texts that are hidden need no words and no repaint
                    text = slot.format % value
                    if text[0] == "-":
                        text = say(slot.tag, sample).text  # there is no minus nought
                    if text != slot.text:
                        slot.text = text
                        changed = True
                        if slot.inside:
                            self.moved = True
                        else:
                            self.counted = True
                if slot.depth:
                    at = (value - slot.low) / slot.width
                    surface = round(slot.bottom - (0.0 if at < 0 else 1.0 if at > 1 else at) * slot.depth)
                    if surface != slot.surface:
                        slot.surface = surface
                        self.moved = changed = True
                return changed
        trusted, written, stood, age = slot.words.trusted, slot.text, slot.surface, self.age
        slot.sample = sample
        said = slot.said = say(slot.tag, sample, self.scenery.silent)
        slot.find_surface()
        if not (said.trusted and trusted):
            self.age = self.age_line()
        if stood != slot.surface or written != said.text or trusted != said.trusted or age != self.age:
            self.stale = True
            return True
        return False

    @property
    def ageing(self) -> bool:
        """Has something that is not to be believed, and says since when."""
        return bool(self.age)

    def grow_older(self) -> bool:
        """Once a second for items that show an age. True when it reads differently now."""
        before, self.age = self.age, self.age_line()
        self.stale |= before != self.age
        return before != self.age

    def age_line(self) -> str:
        """What is wrong with the oldest value that is not to be believed, and for how long.

        Empty when all is well, and while the feed is silent: then the whole picture says so once.
        """
        if self.scenery.silent:
            return ""
        old = [s.sample for s in self.slots if s.sample is not None and not s.trusted]
        if not old:
            return ""
        oldest = min(old, key=lambda sample: sample.source_time)
        return f"{quality_text(oldest)} {age_text(self.scenery.now() - oldest.source_time)}"

    def put_alarms(self, alarms: Sequence[AlarmMsg]) -> None:
        """All live alarms of this item; an empty list: none."""
        self.stale = True
        self.alarms = list(alarms)
        self.shown = [symbol_of(alarm) for alarm in to_show(alarms)]
        worst: dict[str, Priority] = {}
        for alarm in alarms:
            if AlarmState(alarm.state) in _STANDING and alarm.rule != RuleKind.BAD:
                priority = Priority.of(alarm.priority)
                worst[alarm.tag] = min(priority, worst.get(alarm.tag, priority))
        for slot in self.slots:
            slot.alarm = worst.get(slot.name)
        self.standing = min(worst.values(), default=None)
