"""Vessels: tanks of every shape, reactors, columns. Level fill cut to the shape, limits on a scale, level written inside."""

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QPixmap

from app.domain.tag import Priority
from widgets.plant import pixmaps
from widgets.plant.bodies import SCALE_FROM, Body, Filled, Look, body, filled, outline
from widgets.plant.item import PlantItem
from widgets.plant.reading import marks
from widgets.plant.slot import Slot
from widgets.plant.widths import number_width, unit_width

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
        self._small = False  # too small for a limit scale: body and content are one pixmap, shared with all of the same look
        self._looks_for: tuple[str, bool, bool, bool, Priority | None] | None = None
        self._kept_looks = (Look("", ""), Look("", ""))
        self._filled: Filled | None = None
        return [slot for slot in self.slots if not (self.inside and slot is self.level)]

    def _fits_inside(self, level: Slot) -> bool:
        em = self.scenery.em * _INSIDE
        return (number_width(level.tag) - 1.2 + unit_width(level.tag)) * em < self.w * 0.9 and self.h > 2 * em

    def measure(self) -> None:
        super().measure()
        height = self.size[1]
        self._small, self._filled = height < SCALE_FROM, None
        if self.level is not None:
            self.level.stand(self.empty * height, (self.empty - self.full) * height)

    def draw_body(self) -> None:
        level = self.level
        surface = level.surface if level is not None else None
        doubted = level is not None and level.sample is not None and not level.trusted
        look, content = self._looks(doubted, surface is not None)
        if surface is None:
            self.draw_look(look)
        elif self._small:
            self._draw_small(look, content, surface)
        else:
            self.draw_look(look)
            self._draw_content(content, surface)
        if level is not None and self._written():
            self._write_level(level)

    def move(self) -> None:
        if self._filled is None or self._written():
            super().move()
        elif self.level is not None and self.level.surface is not None:
            self.sprites[0] = (self.sprites[0][0], self._small_body(self._filled, self.level.surface).pixmap)

    def _written(self) -> bool:
        """Does its level stand in the body?"""
        return self.inside and bool(self.scenery.value_px)

    def _looks(self, doubted: bool, known: bool) -> tuple[Look, Look]:
        """Of the body and of what is in it; kept, for they are asked for with every change and seldom differ."""
        theme = self.scenery.theme
        key = (theme.name, doubted, known, self._small, self.standing)
        if self._looks_for != key:
            shown = () if self._small else self.marks
            look = Look(theme.equipment_fill, theme.equipment_line, marks=shown, mark=theme.text_dim)
            if doubted:
                look = look._replace(line=theme.bad)
            look = self.in_alarm(look)
            if doubted and not known:
                look = look._replace(hatch=theme.bad)
            # An old level is never a solid fill: the hatch ends where the level was last seen.
            content = look._replace(hatch=theme.bad) if doubted else look._replace(fill=theme.level_fill)
            self._looks_for, self._kept_looks, self._filled = key, (look, content), None
        return self._kept_looks

    def _draw_small(self, look: Look, content: Look, surface: int) -> None:
        if self._filled is None:
            w, h = self.size
            self._filled = filled(self.spec.type, w, h, look, content, self.rot, self.scenery.dpr)
        made = self._small_body(self._filled, surface)
        left, top = self.corner()
        self.sprites.append((QPoint(left - made.left, top - made.top), made.pixmap))

    def _small_body(self, kept: Filled, surface: int) -> Body:
        made = kept.get(surface)
        if made is None:
            made = kept[surface] = self._one_piece(*self._kept_looks, surface)
        return made

    def _one_piece(self, look: Look, content: Look, surface: int) -> Body:
        """Body and content in one pixmap: what a picture of a thousand tanks copies a thousand times."""
        w, h = self.size
        ground = body(self.spec.type, w, h, look, self.rot, self.scenery.dpr)
        return ground.under(self._content(content, surface, ground.left, ground.top))

    def _draw_content(self, look: Look, surface: int) -> None:
        self.sprites += self._content(look, surface, *self.corner())

    def _content(self, look: Look, surface: int, left: int, top: int) -> list[tuple[QPoint, QPixmap, QRect]]:
        """The lower part of the same body in another look: cut to the shape without a clip path. `left`, `top`: the body's."""
        w, h = self.size
        dpr = self.scenery.dpr
        found = []
        if (depth := round(self.empty * h) - surface) > 0:
            made = self.body_of(look)
            cut = QRect(0, round((made.top + surface) * dpr), made.pixmap.width(), round(depth * dpr))
            found.append((QPoint(left - made.left, top + surface), made.pixmap, cut))
        if self.spec.type == "tank.floating_roof":
            edge = max(2, round(w * 0.04)) + 1
            roof = pixmaps.plain(max(1, w - 2 * edge), 4, self.scenery.theme.text_dim, dpr)
            found.append((QPoint(left + edge, top + surface - 2), roof, roof.rect()))
        return found

    def _write_level(self, level: Slot) -> None:
        ground = QColor(self.scenery.theme.background)
        ground.setAlpha(215)  # a plate: letters keep their contrast wherever the surface stands
        made = self.slot_text(
            level, round(self.scenery.value_px * _INSIDE), plate=ground.name(QColor.NameFormat.HexArgb), bold=True
        )
        middle = self.corner()[1] + self.size[1] * (self.full + self.empty) / 2
        self.sprite(self.px - made.width / 2, middle - made.height / 2, made.pixmap)
