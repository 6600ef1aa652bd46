"""What all items of one picture share: theme, tag table, clock, and the measures of the frame being painted."""

from collections.abc import Callable, Mapping, Sequence

from app.domain.instant import Instant
from app.domain.plant import Equipment, Layout, LayoutItem
from app.domain.tag import Tag
from widgets.theme import Theme, ThemeHolder

MIN_PX = 12  # no text is smaller
MAX_PX = 30
HIDE_VALUES_BELOW = 8.5  # nominal pixels; beneath it values would overlap at MIN_PX
OVERVIEW_VALUES_FROM = 13.0
HIDE_LABELS_BELOW = 5.5
SYMBOL_MIN_PX, SYMBOL_MAX_PX = 20, 34
_ROW_WIDTH = 8.5  # em from tank to tank that a column of values needs
_PITCH_OF = 200  # tanks that are measured: enough for the usual distance
_TANKS = ("tank.", "reactor", "column")


class Scenery:
    """Mutable, GUI thread only. `em`: height of a text in metres; the view sets the frame before it paints."""

    def __init__(self, holder: ThemeHolder, now: Callable[[], Instant]) -> None:
        self._holder = holder
        self.now = now
        self.tags: Mapping[str, Tag] = {}
        self.equipment: Mapping[str, Equipment] = {}
        self.silent = False
        self.em = 1.0
        self.overview = False  # level 1 of ISA-101: no numbers unless there is plenty of room
        self.hide_values_below = HIDE_VALUES_BELOW
        self.min_px = MIN_PX
        # of the frame
        self._frame: tuple[object, ...] = ()
        self.scale = 1.0
        self.dpr = 1.0
        self.value_px = 0  # 0: values are hidden
        self.label_px = 0

    @property
    def theme(self) -> Theme:
        return self._holder.theme

    def begin_layout(self, layout: Layout, tags: Mapping[str, Tag], equipment: Mapping[str, Equipment]) -> None:
        self.tags, self.equipment, self.em = tags, equipment, text_height(layout)
        self.overview = layout.level <= 1
        self._frame = ()

    def begin_frame(self, scale: float, dpr: float) -> bool:
        """`scale`: logical pixels a metre. True when items have to be measured and drawn anew."""
        nominal = self.em * scale
        size = round(min(MAX_PX, max(self.min_px, nominal)))
        self.scale, self.dpr = scale, dpr
        self.value_px = size if nominal >= (OVERVIEW_VALUES_FROM if self.overview else self.hide_values_below) else 0
        self.label_px = size if nominal >= min(HIDE_LABELS_BELOW, self.hide_values_below) else 0
        before, self._frame = self._frame, (scale, dpr, self.em, self.value_px, self.label_px, self.theme.name)
        return before != self._frame

    @property
    def symbol_px(self) -> int:
        return round(min(SYMBOL_MAX_PX, max(SYMBOL_MIN_PX, self.em * self.scale * 1.25)))


def text_height(layout: Layout) -> float:
    """Metres. The layout's own `text_m`; else 1/85 of its width (about 17 pixels beside a faceplate on full HD, what 16 minutes
    of arc need at 0.7 m), or less where the tanks stand so close that their values would touch. An overview (level 1) keeps
    its texts smaller than its tanks."""
    own = layout.raw.get("text_m")
    if isinstance(own, int | float) and own > 0:
        return float(own)
    x0, y0, x1, y1 = layout.extent
    size = max(x1 - x0, (y1 - y0) * 16 / 9) / 85
    tanks = [item for item in layout.items if item.type.startswith(_TANKS) and item.w > 0 and item.h > 0]
    if len(tanks) > 1:
        size = min(size, _pitch(tanks) / _ROW_WIDTH)
    if tanks and layout.level <= 1:
        size = min(size, 0.17 * sorted(min(item.w, item.h) for item in tanks)[len(tanks) // 2])
    return size


def _pitch(tanks: Sequence[LayoutItem]) -> float:
    """Usual distance from one tank to the next in metres."""
    around = sorted(tanks, key=lambda item: (item.x, item.y))
    nearest = []
    for i, one in enumerate(around[:_PITCH_OF]):
        best = float("inf")
        for direction in (1, -1):
            at = i + direction
            while 0 <= at < len(around) and abs(around[at].x - one.x) < best:
                best = min(best, max(abs(around[at].x - one.x), abs(around[at].y - one.y)))
                at += direction
        nearest.append(best)
    return sorted(nearest)[len(nearest) // 2]
