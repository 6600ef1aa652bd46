"""Single points on the plan: gas detectors and bare values."""

from functools import partial
from math import cos, pi, sin

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.domain.tag import Kind
from widgets.plant import pixmaps
from widgets.plant.bodies import Look
from widgets.plant.item import PlantItem
from widgets.plant.slot import Slot
from widgets.words import tr


class GasDetector(PlantItem):
    """A disc with the kind of gas in one character: 可 combustible, 毒 toxic, 氧 oxygen. Binds `value`."""

    z = 2.0
    own_size = (1.7, 1.7)
    centred = True
    minor = True

    def body_look(self) -> Look:
        theme = self.scenery.theme
        look = Look(theme.equipment_fill, theme.equipment_line)
        if any(s.sample is not None and not s.trusted for s in self.slots):
            look = look._replace(hatch=theme.bad, line=theme.bad)
        return self.in_alarm(look)

    @property
    def letter(self) -> str:
        tag = self.slots[0].tag if self.slots else None
        words = {Kind.COMBUSTIBLE_GAS: tr("可"), Kind.TOXIC_GAS: tr("毒"), Kind.OXYGEN: tr("氧")}
        return words.get(tag.kind, "") if tag is not None else ""

    def draw_body(self) -> None:
        super().draw_body()
        scenery = self.scenery
        if scenery.value_px and (letter := self.letter):
            px = max(9, round(scenery.value_px * 0.85))
            self.centred_text(pixmaps.text(letter, "", px, scenery.theme.text, "", scenery.dpr))


class Value(PlantItem):
    """A number on the plan, on a plate; a wind direction also as an arrow. Binds `value`, and more for more rows."""

    z = 2.0
    own_size = (4.5, 1.4)
    minor = True

    def choose_rows(self) -> list[Slot]:
        if self._is_wind():
            self.slots[0].always_in_words()  # the arrow turns though its number may be hidden
        return self.slots[1:]

    def _is_wind(self) -> bool:
        tag = self.slots[0].tag if self.slots else None
        return tag is not None and tag.kind is Kind.WIND_DIRECTION

    def reach(self) -> QRectF:
        """With the arrow at the left."""
        turning = 2 * self.h * self.scenery.scale if self._is_wind() else 0.0
        return super().reach().adjusted(-turning, -turning, 0, turning)

    def draw_body(self) -> None:
        scenery = self.scenery
        theme = scenery.theme
        slot = self.slots[0] if self.slots else None
        if slot is None:
            return
        if self._is_wind() and slot.said.trusted and slot.said.number is not None:
            self.shapes.append(partial(self._arrow, slot.said.number))
        if scenery.value_px:
            self.centred_text(self.slot_text(slot, scenery.value_px, plate=theme.surface, bold=True))
            return
        size, colour = max(4, round(self.h * scenery.scale * 0.5)), theme.equipment_line
        if slot.alarm is not None:
            size, colour = scenery.min_px, theme.alarm(slot.alarm)
        self.sprite(self.px - size / 2, self.py - size / 2, pixmaps.plain(size, size, colour, scenery.dpr))

    def _arrow(self, wind: float, painter: QPainter) -> None:
        """Points where the wind blows to; only for a value that can be believed."""
        x, y = self.px - self.w * self.scenery.scale * 0.62, self.py
        length = self.h * self.scenery.scale * 0.85
        to = (wind + 180) * pi / 180

        def at(turn: float, reach: float) -> QPointF:
            return QPointF(x + reach * sin(to + turn), y - reach * cos(to + turn))

        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.scenery.theme.text), 1.5))
        painter.setBrush(QColor(self.scenery.theme.text))
        painter.drawPolygon(
            QPolygonF([at(0, length), at(pi - 0.5, length * 0.8), at(pi, length * 0.4), at(pi + 0.5, length * 0.8)])
        )
