"""One drawn thing of a picture: its bound values, its alarms, and the way all kinds are drawn (body, label, rows of values).

An item is no Qt object. It keeps what is drawn of it, pixmaps and where they go, and makes that anew only when something of
it really looks different; the view copies the pixmaps. So a picture of a thousand tanks costs what it copies, not what it
lays out. All places are in pixels of the plan: scene times scale, before the view has scrolled.
"""

from collections.abc import Callable, Sequence
from unicodedata import east_asian_width

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QPainter, QPixmap, QTransform

from app.domain.alarm import AlarmState, RuleKind
from app.domain.plant import EquipmentStatus, LayoutItem
from app.domain.sample import Quality, Sample
from app.domain.tag import Priority, Tag
from app.domain.wire import AlarmMsg
from widgets.plant import pixmaps
from widgets.plant.bodies import PAD, Body, Look, body, scale_width
from widgets.plant.pixmaps import Text
from widgets.plant.placement import LABEL_SIDES, ROW_SIDES, Ground, Side, beside
from widgets.plant.reading import Said, age_text, quality_text, say
from widgets.plant.scenery import Scenery
from widgets.plant.slot import Slot
from widgets.symbols import INK, symbol_of, to_show
from widgets.words import tr

ROW = 1.3  # line pitch in em
_GAP = 0.2  # between a body and its texts, in em
_SMALL = 2.2  # em: bodies up to this size have their symbol beside them
_AGE_MAX = 12.0  # em; enough for every reason in both languages
_LABEL_MAX = 9.0  # em; longer labels are elided, the tool tip has them whole
_INSIDE = 1.3  # size of a text in a body against the rows, at most
SPLIT = 0.5  # where numbers end, in em right of the middle
_ORDER = ("level", "temperature", "pressure", "flow", "value")
_STANDING = frozenset({AlarmState.UNACK, AlarmState.ACKED})

Sprite = tuple[QPoint, QPixmap] | tuple[QPoint, QPixmap, QRect]
"""Where its left upper corner goes, the pixmap, and which part of it where not all, in the pixmap's own pixels."""


class PlantItem:
    """Base of all kinds. `px`, `py`: its middle; `size`: of the body; `rect`: the body before rounding; `extent`: all that can
    be drawn of it. All of the frame that is being painted."""

    z = 0.0
    own_size = (0.0, 0.0)  # in em, where the layout names none
    static = False  # no label and rows
    label_sides = LABEL_SIDES  # in order of liking
    left_share = 0.0  # of the width: what is drawn beside the body at the left
    minor = False  # small things that give way: no label where values are hidden
    centred = False  # rows under the middle instead of with their numbers in one column

    def __init__(self, spec: LayoutItem, scenery: Scenery) -> None:
        self.spec = spec
        self.scenery = scenery
        self.equipment = scenery.equipment.get(spec.equipment)
        em = scenery.em
        self.w = spec.w or self.own_size[0] * em
        self.h = spec.h or self.own_size[1] * em
        self.rot = spec.rot
        self.middle = QPointF(spec.x, -spec.y)  # scene
        self.selected = False
        self._bodies: list[tuple[tuple[Look, int, int, float], Body]] = []
        order = {role: i for i, role in enumerate(_ORDER)}
        roles = sorted(spec.bind, key=lambda role: order.get(role, len(_ORDER)))
        self.slots = [Slot(role, spec.bind[role], scenery.tags.get(spec.bind[role])) for role in roles]
        self.rows = self.choose_rows()
        # How far the rows reach to the left and right of where their numbers end, in em.
        self._reach = (
            max((number_width(slot.tag) for slot in self.rows), default=0.0),
            max((unit_width(slot.tag) for slot in self.rows), default=0.0),
        )
        self._widest = max((number_width(slot.tag) + unit_width(slot.tag) for slot in self.slots), default=0.0)
        self.alarms: list[AlarmMsg] = []
        self.shown: list[tuple[Priority | None, AlarmState]] = []
        self.standing: Priority | None = None  # the worst alarm whose condition holds: colours the outline
        self._age = ""
        # of the frame, made when first drawn in it
        self._rows_for = -1  # how many rows `_rows_at` is for
        self._rows_at = (0.0, 0.0, 0.0, 0.0)
        self._numbers: dict[Slot, pixmaps.Numbers] = {}
        self._label_sprite: Sprite | None = None
        self.label_side = Side.ABOVE
        self.row_side = Side.BELOW
        self.sprites: list[Sprite] = []
        self.shapes: list[Callable[[QPainter], None]] = []  # lines and areas, beneath the sprites
        self.stale = True
        self.px, self.py = 0.0, 0.0
        self.size = (4, 4)
        self.rect = QRectF()
        self.extent: QRect | None = None  # None: not yet in a frame

    # What kinds choose

    def shown_rows(self) -> list[Slot]:
        return self.rows

    def choose_rows(self) -> list[Slot]:
        """The slots written under the body."""
        return list(self.slots)

    def body_look(self) -> Look:
        theme = self.scenery.theme
        return self.in_alarm(Look(theme.equipment_fill, theme.equipment_line))

    def draw_body(self) -> None:
        self.draw_look(self.body_look())

    @property
    def label(self) -> str:
        said = self.spec.label or (self.equipment.name if self.equipment is not None else "")
        status = self.equipment.status if self.equipment is not None else EquipmentStatus.IN_SERVICE
        if status is EquipmentStatus.STOPPED:
            return tr("{name}（停用）", name=said)
        if status is EquipmentStatus.MAINTENANCE:
            return tr("{name}（检修）", name=said)
        return said

    # Values and alarms

    def put(self, slot: Slot, sample: Sample | None) -> bool:
        """A newer sample of one slot. True when its text, trust or level differ: then the caller asks for a repaint."""
        if sample is not None and slot.quick and sample.quality is Quality.GOOD and not self.scenery.silent:
            value = sample.value
            if type(value) is float and value - value == 0:
                # The way of nearly every sample, a good number after a good number. `say` is the rule, this only its short cut.
                slot.sample = sample
                changed = False
                if self.scenery.value_px:
                    text, old = slot.format % value, slot.words
                    changed = text != old.text
                    if changed:
                        slot.said = Said(text, old.unit, True, value) if text[0] != "-" else say(slot.tag, sample)
                else:
                    slot.unsaid = True  # texts that are hidden need no words and no repaint
                if slot.depth:
                    at = (value - slot.low) / slot.width
                    surface = round(slot.bottom - (0.0 if at < 0 else 1.0 if at > 1 else at) * slot.depth)
                    if surface != slot.surface:
                        slot.surface = surface
                        return True
                return changed
        old, before, aged = slot.words, slot.surface, self._age  # words may be older than the sample: then they differ
        slot.sample = sample
        said = slot.said = say(slot.tag, sample, self.scenery.silent)
        slot.find_surface()
        if not (said.trusted and old.trusted):
            self._age = self.age_line()
        return before != slot.surface or old.text != said.text or old.trusted != said.trusted or aged != self._age

    @property
    def ageing(self) -> bool:
        """Has something that is not to be believed, and says since when."""
        return bool(self._age)

    def grow_older(self) -> bool:
        """Once a second for items that show an age. True when it reads differently now."""
        before, self._age = self._age, self.age_line()
        return before != self._age

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

    # Geometry

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
        return beside(body, side, *size, _GAP * em)

    def _label_size(self, em: float) -> tuple[float, float]:
        return min(text_width(self.label), _LABEL_MAX) * em, 1.3 * em

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
        self._rows_for, self._label_sprite = -1, None
        self._numbers.clear()
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
            wide, high = max(2 * max(left, right), _AGE_MAX + 1) * px, (ROW * (len(self.rows) + 1) + 0.5) * px
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
        return min(text_width(self.label), _LABEL_MAX) * px / 2 + 2

    def hit(self, at: QPointF, slack: float) -> bool:
        """Is the scene point `at` on this item? `slack` in metres."""
        return self.body_rect().adjusted(-slack, -slack, slack, slack).contains(at)

    # Drawing

    def paint(self, painter: QPainter) -> None:
        """`painter`: in pixels of the plan."""
        if self.stale:
            self.draw()
        for shape in self.shapes:
            shape(painter)
        copy = painter.drawPixmap
        for sprite in self.sprites:
            copy(*sprite)

    def draw(self) -> None:
        """Makes `shapes` and `sprites` anew."""
        self.shapes, self.sprites = [], []
        self.draw_body()
        if not self.static:
            if self.label_shown:
                self.draw_label()
            if self.scenery.value_px:
                self.draw_rows()
        self.stale = False

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
            made = pixmaps.text(label, "", px, scenery.theme.text_dim, "", scenery.dpr, widest=px * _LABEL_MAX)
            at = self._beside(self.rect, self.label_side, (made.width, made.height), px)
            self._label_sprite = QPoint(round(at.x()), round(at.y())), made.pixmap
        if self._label_sprite is not None:
            self.sprites.append(self._label_sprite)

    def draw_rows(self) -> None:
        rows, px, add = self.shown_rows(), self.scenery.value_px, self.sprites.append
        if len(rows) != self._rows_for:
            self._rows_for, self._rows_at = len(rows), self._place_rows(px, len(rows))
        end, middle, y, pitch = self._rows_at
        for slot in rows:
            if slot.quick and slot.alarm is None:
                numbers = self._numbers.get(slot) or self._numbers_of(slot, px)
                made = numbers.of(slot.said.text)
            else:
                made = self.slot_text(slot, px)
            start = end - made.split if slot.words.unit and not self.centred else middle - made.width / 2
            add((QPoint(round(start), round(y)), made.pixmap))
            y += pitch
        if self._age:
            self._draw_age(y)

    def _numbers_of(self, slot: Slot, px: int) -> pixmaps.Numbers:
        """For what `slot_text` says of a plain number that is believed."""
        theme = self.scenery.theme
        made = pixmaps.Numbers(slot.words.unit, px, theme.text, theme.text_dim, self.scenery.dpr)
        self._numbers[slot] = made
        return made

    def _place_rows(self, px: int, rows: int) -> tuple[float, float, float, float]:
        """Where numbers end, the middle, the first line's top; and the line pitch."""
        left, right = self._reach
        block = self._beside(self.rect, self.row_side, ((left + right) * px, ROW * px * rows), px)
        # Beneath, numbers end a little right of the middle in every item, so that a column of tanks reads as a table.
        if self.row_side is Side.BELOW:
            return self.rect.center().x() + SPLIT * px, self.rect.center().x(), block.y(), ROW * px
        return block.x() + left * px, block.center().x(), block.y(), ROW * px

    def _draw_age(self, y: float) -> None:
        scenery, rect = self.scenery, self.rect
        small = max(scenery.min_px, round(scenery.value_px * 0.85))
        made = pixmaps.text(self._age, "", small, scenery.theme.bad, "", scenery.dpr, widest=_AGE_MAX * scenery.value_px)
        middle = self._rows_at[1]
        gap = _GAP * scenery.value_px
        start = {Side.RIGHT: rect.right() + gap, Side.LEFT: rect.x() - gap - made.width}.get(
            self.row_side, middle - made.width / 2
        )
        self.sprite(start, y, made.pixmap)

    def slot_text(self, slot: Slot, px: int, plate: str = "", bold: bool = False) -> Text:
        """A value with its unit. In alarm on a plate of the alarm's colour with black text; not to be believed: violet."""
        scenery, said = self.scenery, slot.said
        theme = scenery.theme
        if slot.alarm is not None and said.trusted:
            return pixmaps.text(said.text, said.unit, px, INK, INK, scenery.dpr, bold=bold, plate=theme.alarm(slot.alarm))
        colour = theme.text if said.trusted else theme.text_dim if slot.sample is None else theme.bad
        return pixmaps.text(said.text, said.unit, px, colour, theme.text_dim, scenery.dpr, bold=bold, plate=plate)


def text_width(text: str) -> float:
    """Rough width in em; Han characters are one, others a bit over a half."""
    return sum(1.0 if east_asian_width(c) in "WF" else 0.6 for c in text)


def number_width(tag: Tag | None) -> float:
    """Widest number this tag should show, in em, with its brackets."""
    if tag is None:
        return 1.2 + 6 * 0.58
    if tag.is_digital:
        return 4.0
    ends = (tag.range_low or 0.0, tag.range_high if tag.range_high is not None else 1000.0)
    return 1.2 + 0.58 * max(len(f"{end:.{tag.decimals}f}") for end in ends)


def unit_width(tag: Tag | None) -> float:
    return 0.3 + 0.82 * text_width(tag.unit) if tag is not None and not tag.is_digital else 3.0
