"""One drawn thing of a picture: its bound values, its alarms, and the way all kinds are painted (body, label, rows of values).

One QGraphicsItem a piece of equipment, without children and without a signal per value: the view hands over values in one
flush, and an item asks to be repainted only when something of it really looks different. `boundingRect` never changes.
"""

from collections.abc import Sequence
from unicodedata import east_asian_width

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.domain.alarm import AlarmState, RuleKind
from app.domain.plant import EquipmentStatus, LayoutItem
from app.domain.sample import Quality, Sample
from app.domain.tag import Priority, Tag
from app.domain.wire import AlarmMsg
from widgets.plant import pixmaps
from widgets.plant.bodies import Body, Look, body
from widgets.plant.pixmaps import Text
from widgets.plant.placement import LABEL_SIDES, ROW_SIDES, Ground, Side, beside
from widgets.plant.reading import Said, age_text, fraction, quality_text, say, span
from widgets.plant.scenery import HIDE_LABELS_BELOW, HIDE_VALUES_BELOW, MIN_PX, Scenery
from widgets.symbols import INK, symbol_of, to_show
from widgets.words import tr

ROW = 1.3  # line pitch in em
_GAP = 0.2  # between a body and its texts, in em
_SMALL = 2.2  # em: bodies up to this size have their symbol beside them
_AGE_MAX = 12.0  # em; enough for every reason in both languages
_LABEL_MAX = 9.0  # em; longer labels are elided, the tool tip has them whole
SPLIT = 0.5  # where numbers end, in em right of the middle
_ORDER = ("level", "temperature", "pressure", "flow", "value")
_STANDING = frozenset({AlarmState.UNACK, AlarmState.ACKED})
_LEVEL_STEP_PX = 0.5  # a level that moved less looks the same


class Slot:
    """One bound role of an item: its tag, newest sample, and what is said of it."""

    __slots__ = (
        "_said", "alarm", "drawn", "format", "fraction", "low", "name", "role", "sample", "tag", "unsaid", "width",
    )  # fmt: skip

    def __init__(self, role: str, name: str, tag: Tag | None) -> None:
        self.role = role
        self.name = name
        self.tag = tag
        self.sample: Sample | None = None
        self._said: Said = say(tag, None)
        self.unsaid = False  # a newer good number than `_said` has, not put into words because no text is drawn
        self.fraction: float | None = None
        self.drawn: float | None = None  # the fraction of the last repaint that was asked for
        self.alarm: Priority | None = None  # the worst standing alarm of this tag
        # for the quick way of `PlantItem.put`
        self.format = "" if tag is None or tag.is_digital else f"%.{tag.decimals}f"
        scale = span(tag)
        self.low, self.width = (scale[0], scale[1] - scale[0]) if scale is not None else (0.0, 0.0)

    @property
    def trusted(self) -> bool:
        """Is the newest sample to be believed? What is not yet in words is a good number after a good number."""
        return self._said.trusted

    @property
    def said(self) -> Said:
        if self.unsaid:
            self.said = say(self.tag, self.sample)
        return self._said

    @said.setter
    def said(self, said: Said) -> None:
        self._said, self.unsaid = said, False


class PlantItem(QGraphicsItem):
    """Base of all kinds. Local coordinates: metres, origin in the item's middle, y down."""

    z = 0.0
    own_size = (0.0, 0.0)  # in em, where the layout names none
    static = False  # no label and rows
    label_sides = LABEL_SIDES  # in order of liking
    left_share = 0.0  # of the width: what is drawn beside the body at the left
    minor = False  # small things that give way: no label where values are hidden
    centred = False  # rows under the middle instead of with their numbers in one column

    def __init__(self, spec: LayoutItem, scenery: Scenery) -> None:
        super().__init__()
        self.spec = spec
        self.scenery = scenery
        self.equipment = scenery.equipment.get(spec.equipment)
        em = scenery.em
        self.w = spec.w or self.own_size[0] * em
        self.h = spec.h or self.own_size[1] * em
        self.rot = spec.rot
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
        self.alarms: list[AlarmMsg] = []
        self.shown: list[tuple[Priority | None, AlarmState]] = []
        self.standing: Priority | None = None  # the worst alarm whose condition holds: colours the outline
        self._age = ""
        self._rows_for: tuple[float, float, int, int] | None = None
        self._rows_at = (0.0, 0.0, 0.0, 0.0)
        self.label_side = Side.ABOVE
        self.row_side = Side.BELOW
        self._bounds = self.bounds()
        self.setPos(spec.x, -spec.y)
        self.setZValue(self.z)

    # What kinds choose

    def shown_rows(self) -> list[Slot]:
        return self.rows

    def choose_rows(self) -> list[Slot]:
        """The slots written under the body."""
        return list(self.slots)

    def body_look(self) -> Look:
        theme = self.scenery.theme
        return self.in_alarm(Look(theme.equipment_fill, theme.equipment_line))

    def paint_body(self, painter: QPainter, x: float, y: float) -> None:
        """Device pixels; `x`, `y` the item's middle."""
        self.draw_body(painter, x, y, self.body_look())

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
        old = slot._said
        slot.sample = sample
        value = sample.value if sample is not None else None
        if (
            type(value) is float
            and slot.format
            and old.trusted
            and not self.scenery.silent
            and sample is not None
            and sample.quality is Quality.GOOD
            and value - value == 0
        ):
            # The way of nearly every sample, a good number after a good number. `say` is the rule, this only its short cut.
            if self.scenery.value_px:
                text = slot.format % value
                changed = text != old.text
                if changed:
                    slot.said = Said(text, old.unit, True, value) if text[0] != "-" else say(slot.tag, sample)
            else:
                changed, slot.unsaid = False, True  # texts that are hidden need no words and no repaint
            if slot.width:
                at = (value - slot.low) / slot.width
                slot.fraction = at = 0.0 if at < 0 else 1.0 if at > 1 else at
                drawn = slot.drawn
                if drawn is None or abs(at - drawn) * self.h * self.scenery.scale >= _LEVEL_STEP_PX:
                    slot.drawn = at
                    return True
            return changed
        said = slot.said = say(slot.tag, sample, self.scenery.silent)  # `old` may be older than that: then it differs
        before = slot.fraction
        slot.fraction = slot.drawn = fraction(slot.tag, said.number)
        aged = self._age
        if not (said.trusted and old.trusted):
            self._age = self.age_line()
        return before != slot.fraction or old.text != said.text or old.trusted != said.trusted or aged != self._age

    @property
    def ageing(self) -> bool:
        return any(s.sample is not None and not s.said.trusted for s in self.slots)

    def grow_older(self) -> None:
        """Once a second for items that show an age."""
        line = self.age_line()
        if line != self._age:
            self._age = line
            self.update()

    def age_line(self) -> str:
        """What is wrong with the oldest value that is not to be believed, and for how long.

        Empty when all is well, and while the feed is silent: then the whole picture says so once.
        """
        if self.scenery.silent:
            return ""
        old = [s.sample for s in self.slots if s.sample is not None and not s.said.trusted]
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
        self.update()

    # Geometry

    def place(self, ground: Ground) -> None:
        """Finds room for the texts, then fixes the bounding rectangle. Once, before the item is shown."""
        if not self.static:
            body, em = self.body_rect(), self.scenery.em
            if self.label:
                sides = self.label_sides
                self.label_side = ground.choose([(s, self._beside(body, s, self._label_size(em), em)) for s in sides], self)
            if self.rows:
                # The name's side is taken by now, so values at the same side would count as lying on it.
                self.row_side = ground.choose([(s, self._beside(body, s, self._row_size(em), em)) for s in ROW_SIDES], self)
        self.prepareGeometryChange()
        self._bounds = self.bounds()

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

    def bounds(self) -> QRectF:
        """Body, label and rows at the worst zoom, where texts are held at MIN_PX; metres."""
        em = self.scenery.em
        body = QRectF(-self.w / 2, -self.h / 2, self.w, self.h)
        scale = max(em, self.w * 0.2)  # the limit scale of a vessel
        all_ = body.adjusted(-scale, -em, em, em)
        if self.static:
            return all_
        label, values = em * MIN_PX / HIDE_LABELS_BELOW, em * MIN_PX / HIDE_VALUES_BELOW
        wide, high = self._label_size(label)
        all_ |= self._beside(body, self.label_side, (wide + label, high), label)
        left, right = self._reach
        # Twice the farther reach, for rows beneath stand by their numbers and not by their middle; a line for the age.
        wide, high = max(2 * max(left, right), _AGE_MAX) * values, (ROW * (len(self.rows) + 1) + 0.5) * values
        all_ |= self._beside(body, self.row_side, (wide, high if self.row_side is Side.BELOW else 2 * high), values)
        return all_

    def boundingRect(self) -> QRectF:
        return self._bounds

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
        shown = px and self.label and not self.static and (self.scenery.value_px or not self.minor)
        if not shown or self.label_side is not Side.ABOVE or min(self.w, self.h) <= _SMALL * self.scenery.em:
            return 0.0
        return min(text_width(self.label), _LABEL_MAX) * px / 2 + 2

    def hit(self, at: QPointF, slack: float) -> bool:
        """Is the scene point `at` on this item? `slack` in metres."""
        return self.body_rect().adjusted(-slack, -slack, slack, slack).contains(at)

    # Painting

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        at = painter.worldTransform()
        x, y = at.dx(), at.dy()
        painter.resetTransform()  # texts and bodies are pixmaps in device pixels
        self.paint_body(painter, x, y)
        if self.static:
            return
        scenery = self.scenery
        w, h = self.w * scenery.scale, self.h * scenery.scale
        rect = QRectF(x - w / 2, y - h / 2, w, h)
        if scenery.label_px and (scenery.value_px or not self.minor):
            self.paint_label(painter, rect)
        if scenery.value_px:
            self.paint_rows(painter, rect)

    def body_size(self) -> tuple[int, int]:
        """Logical pixels."""
        scale = self.scenery.scale
        return max(4, round(self.w * scale)), max(4, round(self.h * scale))

    def body_of(self, look: Look, w: int, h: int) -> Body:
        """The shared pixmap; the item keeps its last two, for it mostly draws the same ones again."""
        key = (look, w, h, self.scenery.dpr)
        for known, made in self._bodies:
            if known == key:
                return made
        made = body(self.spec.type, w, h, look, self.rot, self.scenery.dpr)
        self._bodies = [(key, made), *self._bodies[:1]]
        return made

    def draw_body(self, painter: QPainter, x: float, y: float, look: Look) -> tuple[int, int]:
        """Returns the body's left and top in device pixels."""
        w, h = self.body_size()
        made = self.body_of(look, w, h)
        left, top = round(x - w / 2), round(y - h / 2)
        painter.drawPixmap(left - made.left, top - made.top, made.pixmap)
        return left, top

    def in_alarm(self, look: Look) -> Look:
        """The same look with the outline of the worst standing alarm."""
        if self.standing is None:
            if self.equipment is not None and self.equipment.status is not EquipmentStatus.IN_SERVICE:
                return look._replace(dashed=True)
            return look
        return look._replace(line=self.scenery.theme.alarm(self.standing), line_width=3.0, side=look.line)

    def paint_label(self, painter: QPainter, rect: QRectF) -> None:
        """`rect`: the body in device pixels."""
        scenery = self.scenery
        if label := self.label:
            px = scenery.label_px
            made = pixmaps.text(label, "", px, scenery.theme.text_dim, "", scenery.dpr, widest=px * _LABEL_MAX)
            at = self._beside(rect, self.label_side, (made.width, made.height), px)
            painter.drawPixmap(round(at.x()), round(at.y()), made.pixmap)

    def paint_rows(self, painter: QPainter, rect: QRectF) -> None:
        """`rect`: the body in device pixels."""
        rows, px = self.shown_rows(), self.scenery.value_px
        x, y = rect.x(), rect.y()
        key = (rect.width(), rect.height(), px, len(rows))
        if key != self._rows_for:
            self._rows_for, self._rows_at = key, self._place_rows(rect.width(), rect.height(), px, len(rows))
        end, middle, first, pitch = self._rows_at
        y += first
        for slot in rows:
            made = self.slot_text(slot, px)
            start = x + end - made.split if slot.said.unit and not self.centred else x + middle - made.width / 2
            painter.drawPixmap(int(start + 0.5), int(y + 0.5), made.pixmap)
            y += pitch
        if self._age:
            self._paint_age(painter, rect, y)

    def _place_rows(self, w: float, h: float, px: int, rows: int) -> tuple[float, float, float, float]:
        """Where numbers end, the middle, the first line's top, all from the body's corner; and the line pitch."""
        left, right = self._reach
        block = self._beside(QRectF(0, 0, w, h), self.row_side, ((left + right) * px, ROW * px * rows), px)
        # Beneath, numbers end a little right of the middle in every item, so that a column of tanks reads as a table.
        if self.row_side is Side.BELOW:
            return w / 2 + SPLIT * px, w / 2, block.y(), ROW * px
        return block.x() + left * px, block.center().x(), block.y(), ROW * px

    def _paint_age(self, painter: QPainter, rect: QRectF, y: float) -> None:
        scenery = self.scenery
        small = max(scenery.min_px, round(scenery.value_px * 0.85))
        made = pixmaps.text(self._age, "", small, scenery.theme.bad, "", scenery.dpr, widest=_AGE_MAX * scenery.value_px)
        middle = rect.x() + self._rows_at[1]
        gap = _GAP * scenery.value_px
        start = {Side.RIGHT: rect.right() + gap, Side.LEFT: rect.x() - gap - made.width}.get(
            self.row_side, middle - made.width / 2
        )
        painter.drawPixmap(round(start), round(y), made.pixmap)

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
