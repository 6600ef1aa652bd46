"""Machines and valves: running and open are a light fill, stopped and shut a dark one. Never red and green."""

from widgets.plant.bodies import Look
from widgets.plant.item import PlantItem
from widgets.plant.placement import SMALL_LABEL_SIDES
from widgets.plant.slot import Slot

_STATE_ROLES = ("running", "open", "state", "value", "status")


class Machine(PlantItem):
    """Pump, compressor, valve. Binds one of `running`, `open`, `state`, `status`, `value` and any other roles."""

    own_size = (2.4, 2.4)

    def choose_rows(self) -> list[Slot]:
        digital = [s for s in self.slots if s.role in _STATE_ROLES and (s.tag is None or s.tag.is_digital or s.tag.unit == "")]
        self.state = digital[0] if digital else None
        if self.state is not None:
            self.state.always_in_words()  # it is the body's fill
        if self.spec.type == "valve":
            self.minor, self.label_sides = True, SMALL_LABEL_SIDES
        return [slot for slot in self.slots if slot is not self.state]

    def body_look(self) -> Look:
        theme, state = self.scenery.theme, self.state
        look = Look(theme.equipment_fill, theme.equipment_line)
        if state is not None and state.sample is not None:
            if not state.said.trusted:
                look = look._replace(hatch=theme.bad, line=theme.bad)
            else:
                look = look._replace(fill=theme.running if state.said.number else theme.stopped)
        return self.in_alarm(look)


class Switch(PlantItem):
    """A contact: filled when it is made, hollow when not, with its word beneath."""

    own_size = (1.1, 1.1)
    label_sides = SMALL_LABEL_SIDES
    centred = True
    minor = True

    def choose_rows(self) -> list[Slot]:
        for slot in self.slots:
            slot.always_in_words()  # the first is the body's fill, and a word may come or go
        return super().choose_rows()

    def shown_rows(self) -> list[Slot]:
        """A contact in its normal place says nothing: the picture stays calm, and what is written is worth reading."""
        return [slot for slot in self.rows if self.spec.label or not self._is_normal(slot)]

    def _is_normal(self, slot: Slot) -> bool:
        if slot.tag is None or slot.tag.alarm_on is None or not slot.said.trusted:
            return False
        return bool(slot.said.number) != bool(slot.tag.alarm_on)

    def body_look(self) -> Look:
        theme = self.scenery.theme
        look = Look(theme.background, theme.equipment_line)
        slot = self.slots[0] if self.slots else None
        if slot is not None and slot.sample is not None:
            if not slot.said.trusted:
                look = look._replace(hatch=theme.bad, line=theme.bad)
            elif slot.said.number:
                look = look._replace(fill=theme.running)
        return self.in_alarm(look)


class Place(PlantItem):
    """Loading bay, warehouse, and every type this program does not know: a shape with its values as rows."""

    own_size = (6.0, 4.0)

    def body_look(self) -> Look:
        theme = self.scenery.theme
        doubted = any(s.sample is not None and not s.trusted for s in self.slots)
        return self.in_alarm(Look(theme.equipment_fill, theme.bad if doubted else theme.equipment_line))


class Unknown(Place):
    """A type from a newer or foreign layout: a dashed box that says its label, or else its type."""

    def body_look(self) -> Look:
        return super().body_look()._replace(dashed=True)

    @property
    def label(self) -> str:
        return super().label or self.spec.type
