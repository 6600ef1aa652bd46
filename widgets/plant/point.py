"""Single points on the plan: gas detectors and bare values."""

from math import cos, pi, sin

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.domain.tag import Kind
from widgets.plant import pixmaps
from widgets.plant.bodies import Look
from widgets.plant.item import PlantItem, Slot
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
        if any(s.sample is not None and not s.said.trusted for s in self.slots):
            look = look._replace(hatch=theme.bad, line=theme.bad)
        return self.in_alarm(look)

    @property
    def letter(self) -> str:
        tag = self.slots[0].tag if self.slots else None
        words = {Kind.COMBUSTIBLE_GAS: tr("可"), Kind.TOXIC_GAS: tr("毒"), Kind.OXYGEN: tr("氧")}
        return words.get(tag.kind, "") if tag is not None else ""

    def paint_body(self, painter: QPainter, x: float, y: float) -> None:
        super().paint_body(painter, x, y)
        scenery = self.scenery
        if scenery.value_px and (letter := self.letter):
            px = max(9, round(scenery.value_px * 0.85))
            made = pixmaps.text(letter, "", px, scenery.theme.text, "", scenery.dpr)
            painter.drawPixmap(round(x - made.width / 2), round(y - made.height / 2), made.pixmap)


class Value(PlantItem):
    """A number on the plan, on a plate; a wind direction also as an arrow. Binds `value`, and more for more rows."""

    z = 2.0
    own_size = (4.5, 1.4)
    minor = True

    def choose_rows(self) -> list[Slot]:
        return self.slots[1:]

    def paint_body(self, painter: QPainter, x: float, y: float) -> None:
        scenery = self.scenery
        theme = scenery.theme
        slot = self.slots[0] if self.slots else None
        if slot is None:
            return
        if slot.tag is not None and slot.tag.kind is Kind.WIND_DIRECTION:
            self._arrow(painter, x - self.w * scenery.scale * 0.62, y, slot)
        if scenery.value_px:
            made = self.slot_text(slot, scenery.value_px, plate=theme.surface, bold=True)
            painter.drawPixmap(round(x - made.width / 2), round(y - made.height / 2), made.pixmap)
        elif slot.alarm is not None:
            size = scenery.min_px
            painter.fillRect(round(x - size / 2), round(y - size / 2), size, size, QColor(theme.alarm(slot.alarm)))
        else:
            size = max(4, round(self.h * scenery.scale * 0.5))
            painter.fillRect(round(x - size / 2), round(y - size / 2), size, size, QColor(theme.equipment_line))

    def _arrow(self, painter: QPainter, x: float, y: float, slot: Slot) -> None:
        """Points where the wind blows to; only for a value that can be believed."""
        if not slot.said.trusted or slot.said.number is None:
            return
        length = self.h * self.scenery.scale * 0.85
        to = (slot.said.number + 180) * pi / 180

        def at(turn: float, reach: float) -> QPointF:
            return QPointF(x + reach * sin(to + turn), y - reach * cos(to + turn))

        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.scenery.theme.text), 1.5))
        painter.setBrush(QColor(self.scenery.theme.text))
        painter.drawPolygon(
            QPolygonF([at(0, length), at(pi - 0.5, length * 0.8), at(pi, length * 0.4), at(pi + 0.5, length * 0.8)])
        )
