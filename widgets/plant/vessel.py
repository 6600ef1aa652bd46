"""Vessels: tanks of every shape, reactors, columns. Level fill cut to the shape, limits on a scale, level written inside."""

from PySide6.QtGui import QColor, QPainter

from app.domain.tag import Priority
from widgets.plant.bodies import Look, outline
from widgets.plant.item import PlantItem, Slot, number_width, unit_width
from widgets.plant.reading import marks

_INSIDE = 1.15  # size of the level's text against the rows


class Vessel(PlantItem):
    """Binds `level` and any other roles."""

    own_size = (5.0, 5.0)

    def choose_rows(self) -> list[Slot]:
        self.level = next((slot for slot in self.slots if slot.role == "level"), None)
        self.marks = marks(self.level.tag) if self.level is not None else ()
        self.left_share = 0.2 if self.marks else 0.0
        shape = outline(self.spec.type, 1.0, 1.0)
        self.full, self.empty = shape.full, shape.empty
        self.inside = self.level is not None and self._fits_inside(self.level)
        self._looks_for: tuple[str, bool, bool, Priority | None] | None = None
        self._kept_looks = (Look("", ""), Look("", ""))
        return [slot for slot in self.slots if not (self.inside and slot is self.level)]

    def _fits_inside(self, level: Slot) -> bool:
        em = self.scenery.em * _INSIDE
        return (number_width(level.tag) - 1.2 + unit_width(level.tag)) * em < self.w * 0.9 and self.h > 2 * em

    def paint_body(self, painter: QPainter, x: float, y: float) -> None:
        level = self.level
        doubted = level is not None and level.sample is not None and not level.trusted
        at = level.fraction if level is not None else None
        look, content = self._looks(doubted, at is not None)
        left, top = self.draw_body(painter, x, y, look)
        if at is not None:
            self._draw_content(painter, left, top, at, content)
        if level is not None and self.inside and self.scenery.value_px:
            height = self.body_size()[1]
            self._write_level(painter, x, top + height * (self.full + self.empty) / 2, level)

    def _looks(self, doubted: bool, filled: bool) -> tuple[Look, Look]:
        """Of the body and of what is in it; kept, for they are asked for with every picture and seldom change."""
        theme = self.scenery.theme
        key = (theme.name, doubted, filled, self.standing)
        if self._looks_for != key:
            look = Look(theme.equipment_fill, theme.equipment_line, marks=self.marks, mark=theme.text_dim)
            if doubted:
                look = look._replace(line=theme.bad)
            look = self.in_alarm(look)
            if doubted and not filled:
                look = look._replace(hatch=theme.bad)
            # An old level is never a solid fill: the hatch ends where the level was last seen.
            content = look._replace(hatch=theme.bad) if doubted else look._replace(fill=theme.level_fill)
            self._looks_for, self._kept_looks = key, (look, content)
        return self._kept_looks

    def _draw_content(self, painter: QPainter, left: int, top: int, at: float, look: Look) -> None:
        """The lower part of the same body in another look: cut to the shape without a clip path."""
        w, h = self.body_size()
        surface = round((self.empty - at * (self.empty - self.full)) * h)
        depth = round(self.empty * h) - surface
        if depth > 0:
            dpr = self.scenery.dpr
            made = self.body_of(look, w, h)
            wide = made.pixmap.width()
            cut = round((made.top + surface) * dpr), wide, round(depth * dpr)
            painter.drawPixmap(left - made.left, top + surface, round(wide / dpr), depth, made.pixmap, 0, *cut)
        if self.spec.type == "tank.floating_roof":
            edge = max(2, round(w * 0.04)) + 1
            painter.fillRect(left + edge, top + surface - 2, w - 2 * edge, 4, QColor(self.scenery.theme.text_dim))

    def _write_level(self, painter: QPainter, x: float, middle: float, level: Slot) -> None:
        ground = QColor(self.scenery.theme.background)
        ground.setAlpha(215)  # a plate: letters keep their contrast wherever the surface stands
        made = self.slot_text(
            level, round(self.scenery.value_px * _INSIDE), plate=ground.name(QColor.NameFormat.HexArgb), bold=True
        )
        painter.drawPixmap(round(x - made.width / 2), round(middle - made.height / 2), made.pixmap)
