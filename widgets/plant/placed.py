"""Where an item of a picture lies, and where its texts find room. All places of a frame are in pixels of the plan: scene times
scale, before the view has scrolled.
"""

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QTransform

from app.domain.plant import LayoutItem
from widgets.plant.bodies import PAD, scale_width
from widgets.plant.known import Known
from widgets.plant.placement import LABEL_SIDES, ROW_SIDES, Ground, Side, beside
from widgets.plant.scenery import Scenery
from widgets.plant.slot import Slot
from widgets.plant.widths import number_width, text_width, unit_width

ROW = 1.3  # line pitch in em
GAP = 0.2  # between a body and its texts, in em
AGE_MAX = 12.0  # em; enough for every reason in both languages
LABEL_MAX = 9.0  # em; longer labels are elided, the tool tip has them whole
SPLIT = 0.5  # where numbers end, in em right of the middle
_SMALL = 2.2  # em: bodies up to this size have their symbol beside them
_INSIDE = 1.3  # size of a text in a body against the rows, at most


class Placed(Known):
    """`px`, `py`: its middle; `size`: of the body; `rect`: the body before rounding; `extent`: all that can be drawn of it. All
    of the frame that is being painted."""

    z = 0.0
    own_size = (0.0, 0.0)  # in em, where the layout names none
    static = False  # no label and rows
    label_sides = LABEL_SIDES  # in order of liking
    left_share = 0.0  # of the width: what is drawn beside the body at the left
    minor = False  # small things that give way: no label where values are hidden

    def __init__(self, spec: LayoutItem, scenery: Scenery) -> None:
        super().__init__(spec, scenery)
        em = scenery.em
        self.w = spec.w or self.own_size[0] * em
        self.h = spec.h or self.own_size[1] * em
        self.rot = spec.rot
        self.middle = QPointF(spec.x, -spec.y)  # scene
        self.label_side = Side.ABOVE
        self.row_side = Side.BELOW
        self.rows = self.choose_rows()
        for slot in self.rows:
            slot.inside = False
        # How far the rows reach to the left and right of where their numbers end, in em.
        self._reach = (
            max((number_width(slot.tag) for slot in self.rows), default=0.0),
            max((unit_width(slot.tag) for slot in self.rows), default=0.0),
        )
        self._widest = max((number_width(slot.tag) + unit_width(slot.tag) for slot in self.slots), default=0.0)
        # of the frame
        self.px, self.py = 0.0, 0.0
        self.size = (4, 4)
        self.rect = QRectF()
        self.extent: QRect | None = None  # None: not yet in a frame

    def choose_rows(self) -> list[Slot]:
        """The slots written under the body."""
        return list(self.slots)

    def place(self, ground: Ground) -> None:
        """Finds room for the texts. Once, before the item is shown."""
        if not self.static:
            body, em = self.body_rect(), self.scenery.em
            if self.label:
                sides = self.label_sides
                self.label_side = ground.choose([(s, self._beside(body, s, self._label_size(em), em)) for s in sides], self)
            if self.rows:
                # The name's side is taken by now, so values at the same side would count as lying on it.
                self.row_side = ground.choose([(s, self._beside(body, s, self._row_size(em), em)) for s in ROW_SIDES], self)

    def _beside(self, body: QRectF, side: Side, size: tuple[float, float], em: float) -> QRectF:
        """A block of text at one side; at the left it keeps off what the kind draws there."""
        if side is Side.LEFT:
            body = body.adjusted(-self.left_share * body.width(), 0, 0, 0)
        return beside(body, side, *size, GAP * em)

    def _label_size(self, em: float) -> tuple[float, float]:
        return min(text_width(self.label), LABEL_MAX) * em, 1.3 * em

    def _row_size(self, em: float) -> tuple[float, float]:
        left, right = self._reach
        return (left + right) * em, ROW * len(self.rows) * em

    def measure(self) -> None:
        """A new frame: other scale, theme or text sizes."""
        scale = self.scenery.scale
        self.px, self.py = self.spec.x * scale, -self.spec.y * scale
        w, h = self.w * scale, self.h * scale
        self.size = max(4, round(w)), max(4, round(h))
        self.rect = QRectF(self.px - w / 2, self.py - h / 2, w, h)
        self.extent = self.reach().adjusted(-2, -2, 2, 2).toAlignedRect()
        self.stale = True

    def reach(self) -> QRectF:
        """All that can be drawn in this frame, whatever the values: only there the picture is painted anew."""
        scenery, (w, h) = self.scenery, self.size
        x, y = self.px, self.py
        body_ = QTransform().rotate(-self.rot).mapRect(QRectF(-w / 2, -h / 2, w, h)).translated(x, y)
        all_ = body_.adjusted(-PAD - scale_width(w), -PAD, PAD, PAD)
        if self.static:
            return all_
        if self.label_shown:
            px = scenery.label_px
            wide, high = self._label_size(px)
            all_ |= self._beside(self.rect, self.label_side, (wide * 1.1 + px, high), px)
        if px := scenery.value_px:
            half = max(self._widest * px * _INSIDE, w) / 2 + PAD
            all_ |= QRectF(x - half, y - px, 2 * half, 2 * px)
            # Twice the farther reach, for rows beneath stand by their numbers and not by their middle; a line for the age.
            left, right = self._reach
            wide, high = max(2 * max(left, right), AGE_MAX + 1) * px, (ROW * (len(self.rows) + 1) + 0.5) * px
            all_ |= self._beside(self.rect, self.row_side, (wide, high if self.row_side is Side.BELOW else 2 * high), px)
        return all_

    @property
    def label_shown(self) -> bool:
        scenery = self.scenery
        return bool(scenery.label_px and (scenery.value_px or not self.minor))

    def body_rect(self) -> QRectF:
        """Scene coordinates."""
        return QRectF(self.spec.x - self.w / 2, -self.spec.y - self.h / 2, self.w, self.h)

    def symbol_anchor(self) -> QPointF:
        """Where the alarm symbol has its middle, scene coordinates: the body's upper right corner, or beside a small body,
        which it would hide, at the side without text."""
        em = self.scenery.em
        if self.static or min(self.w, self.h) > _SMALL * em:
            return QPointF(self.spec.x + self.w / 2, -self.spec.y - self.h / 2)
        taken = {self.label_side if self.label else None, self.row_side if self.rows else None}
        left = Side.RIGHT in taken and Side.LEFT not in taken
        away = self.w / 2 + 0.75 * em
        return QPointF(self.spec.x + (-away if left else away), -self.spec.y)

    def label_reach(self) -> float:
        """How far a label above the body reaches from the middle, device pixels: the symbol at the corner keeps off it."""
        px = self.scenery.label_px
        if self.static or not self.label_shown or not self.label or self.label_side is not Side.ABOVE:
            return 0.0
        if min(self.w, self.h) <= _SMALL * self.scenery.em:
            return 0.0
        return min(text_width(self.label), LABEL_MAX) * px / 2 + 2

    def hit(self, at: QPointF, slack: float) -> bool:
        """Is the scene point `at` on this item? `slack` in metres."""
        return self.body_rect().adjusted(-slack, -slack, slack, slack).contains(at)

    def place_rows(self, px: int, rows: int) -> tuple[float, float, float, float]:
        """Where numbers end, the middle, the first line's top; and the line pitch."""
        left, right = self._reach
        block = self._beside(self.rect, self.row_side, ((left + right) * px, ROW * px * rows), px)
        # Beneath, numbers end a little right of the middle in every item, so that a column of tanks reads as a table.
        if self.row_side is Side.BELOW:
            return self.rect.center().x() + SPLIT * px, self.rect.center().x(), block.y(), ROW * px
        return block.x() + left * px, block.center().x(), block.y(), ROW * px
