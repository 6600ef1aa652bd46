"""One drawn thing of a picture, and the way all kinds are drawn: body, label, rows of values.

An item is no Qt object. It keeps what is drawn of it, pixmaps and where they go, and makes that anew only when something of
it really looks different: a number that changed is replaced alone. The view copies the pixmaps. So a picture of a thousand
tanks costs what it copies, not what it lays out.
"""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPainter, QPixmap

from app.domain.plant import EquipmentStatus, LayoutItem
from widgets.plant import pixmaps
from widgets.plant.bodies import Body, Look, body
from widgets.plant.pixmaps import Text
from widgets.plant.placed import AGE_MAX, GAP, LABEL_MAX, Placed
from widgets.plant.placement import Side
from widgets.plant.scenery import Scenery
from widgets.plant.slot import Slot
from widgets.symbols import INK

Sprite = tuple[QPoint, QPixmap] | tuple[QPoint, QPixmap, QRect]
"""Where its left upper corner goes, the pixmap, and which part of it where not all, in the pixmap's own pixels."""


class Line:
    """A row as it stands in this frame. `text`: what is drawn; `numbers`: where it is a plain number that is believed; `at`:
    where its number ends if `to_end`, else its middle."""

    __slots__ = ("at", "numbers", "places", "slot", "text", "to_end", "y")

    def __init__(self, slot: Slot, numbers: pixmaps.Numbers | None, to_end: bool, at: float, y: float) -> None:
        self.slot, self.numbers, self.to_end, self.at, self.y = slot, numbers, to_end, at, y
        self.text = ""
        self.places: dict[float, QPoint] = {}  # by the distance from `at`

    def place(self, before: float) -> QPoint:
        made = self.places[before] = QPoint(round(self.at - before), round(self.y))
        return made


class PlantItem(Placed):
    """Base of all kinds."""

    centred = False  # rows under the middle instead of with their numbers in one column

    def __init__(self, spec: LayoutItem, scenery: Scenery) -> None:
        super().__init__(spec, scenery)
        self.selected = False
        self._bodies: list[tuple[tuple[Look, int, int, float], Body]] = []
        # of the frame, made when first drawn in it
        self._label_sprite: Sprite | None = None
        self._lines: list[Line] = []
        self.shapes: list[Callable[[QPainter], None]] = []  # lines and areas, beneath the sprites
        self.sprites: list[Sprite] = []  # body and label
        self.row_sprites: list[Sprite] = []

    def measure(self) -> None:
        super().measure()
        self._label_sprite = None

    # What kinds choose

    def shown_rows(self) -> list[Slot]:
        return self.rows

    def body_look(self) -> Look:
        theme = self.scenery.theme
        return self.in_alarm(Look(theme.equipment_fill, theme.equipment_line))

    def draw_body(self) -> None:
        self.draw_look(self.body_look())

    # Drawing

    def paint(self, painter: QPainter) -> None:
        """`painter`: in pixels of the plan."""
        if self.stale:
            self.draw()
        elif self.moved or self.counted:
            self._renew()
        for shape in self.shapes:
            shape(painter)
        copy = painter.drawPixmap
        for sprite in self.sprites:
            copy(*sprite)
        for sprite in self.row_sprites:
            copy(*sprite)

    def draw(self) -> None:
        """Makes `shapes` and all sprites anew."""
        self._draw_ground()
        self.row_sprites, self._lines = [], []
        if self.scenery.value_px and not self.static:
            self.draw_rows()
        self.stale = self.moved = self.counted = False

    def _renew(self) -> None:
        """The body, and the numbers that changed."""
        if self.moved:
            self.move()
        if self.counted:
            for place, line in enumerate(self._lines):
                if line.text is not line.slot.text:
                    self.row_sprites[place] = self._line_sprite(line)
        self.moved = self.counted = False

    def move(self) -> None:
        """A level stands elsewhere, or what is written in the body differs; all else of it is as it was drawn last."""
        self._draw_ground()

    def _draw_ground(self) -> None:
        self.shapes, self.sprites = [], []
        self.draw_body()
        if not self.static and self.label_shown:
            self.draw_label()

    def sprite(self, x: float, y: float, pixmap: QPixmap) -> None:
        self.sprites.append((QPoint(round(x), round(y)), pixmap))

    def centred_text(self, made: Text) -> None:
        """In the item's middle."""
        self.sprite(self.px - made.width / 2, self.py - made.height / 2, made.pixmap)

    def body_of(self, look: Look) -> Body:
        """The shared pixmap; the item keeps its last two, for it mostly draws the same ones again."""
        w, h = self.size
        key = (look, w, h, self.scenery.dpr)
        for known, made in self._bodies:
            if known == key:
                return made
        made = body(self.spec.type, w, h, look, self.rot, self.scenery.dpr)
        self._bodies = [(key, made), *self._bodies[:1]]
        return made

    def corner(self) -> tuple[int, int]:
        """The body's left and top."""
        w, h = self.size
        return round(self.px - w / 2), round(self.py - h / 2)

    def draw_look(self, look: Look) -> None:
        made, (left, top) = self.body_of(look), self.corner()
        self.sprite(left - made.left, top - made.top, made.pixmap)

    def in_alarm(self, look: Look) -> Look:
        """The same look with the outline of the worst standing alarm."""
        if self.standing is None:
            if self.equipment is not None and self.equipment.status is not EquipmentStatus.IN_SERVICE:
                return look._replace(dashed=True)
            return look
        return look._replace(line=self.scenery.theme.alarm(self.standing), line_width=3.0, side=look.line)

    def draw_label(self) -> None:
        scenery = self.scenery
        if self._label_sprite is None and (label := self.label):
            px = scenery.label_px
            made = pixmaps.text(label, "", px, scenery.theme.text_dim, "", scenery.dpr, widest=px * LABEL_MAX)
            at = self._beside(self.rect, self.label_side, (made.width, made.height), px)
            self._label_sprite = QPoint(round(at.x()), round(at.y())), made.pixmap
        if self._label_sprite is not None:
            self.sprites.append(self._label_sprite)

    def draw_rows(self) -> None:
        rows, px = self.shown_rows(), self.scenery.value_px
        end, middle, y, pitch = self.place_rows(px, len(rows))
        for slot in rows:
            to_end = bool(slot.said.unit) and not self.centred  # asked for, the newest is put into words
            line = Line(slot, self._numbers_of(slot), to_end, end if to_end else middle, y)
            self._lines.append(line)
            self.row_sprites.append(self._line_sprite(line))
            y += pitch
        if self.age:
            self._draw_age(middle, y)

    def _line_sprite(self, line: Line) -> Sprite:
        text = line.text = line.slot.text
        numbers = line.numbers
        made = numbers[text] if numbers is not None else self.slot_text(line.slot, self.scenery.value_px)
        before = made.split if line.to_end else made.width / 2
        at = line.places.get(before)
        return line.place(before) if at is None else at, made.pixmap

    def _numbers_of(self, slot: Slot) -> pixmaps.Numbers | None:
        """For what `slot_text` says of a plain number that is believed."""
        if not slot.quick or slot.alarm is not None:
            return None
        scenery = self.scenery
        theme = scenery.theme
        return pixmaps.numbers(slot.words.unit, scenery.value_px, theme.text, theme.text_dim, scenery.dpr)

    def _draw_age(self, middle: float, y: float) -> None:
        scenery, rect = self.scenery, self.rect
        small = max(scenery.min_px, round(scenery.value_px * 0.85))
        made = pixmaps.text(self.age, "", small, scenery.theme.bad, "", scenery.dpr, widest=AGE_MAX * scenery.value_px)
        gap = GAP * scenery.value_px
        start = {Side.RIGHT: rect.right() + gap, Side.LEFT: rect.x() - gap - made.width}.get(
            self.row_side, middle - made.width / 2
        )
        self.row_sprites.append((QPoint(round(start), round(y)), made.pixmap))

    def slot_text(self, slot: Slot, px: int, plate: str = "", bold: bool = False) -> Text:
        """A value with its unit. In alarm on a plate of the alarm's colour with black text; not to be believed: violet."""
        scenery, said = self.scenery, slot.said
        theme = scenery.theme
        if slot.alarm is not None and said.trusted:
            return pixmaps.text(said.text, said.unit, px, INK, INK, scenery.dpr, bold=bold, plate=theme.alarm(slot.alarm))
        colour = theme.text if said.trusted else theme.text_dim if slot.sample is None else theme.bad
        return pixmaps.text(said.text, said.unit, px, colour, theme.text_dim, scenery.dpr, bold=bold, plate=plate)
