"""What all items of one picture share: theme, tag table, clock, and the measures of the frame being painted."""

from collections.abc import Callable, Mapping

from app.domain.instant import Instant
from app.domain.plant import Equipment, Layout
from app.domain.tag import Tag
from widgets.theme import Theme, ThemeHolder

MIN_PX = 11  # no text is smaller
MAX_PX = 30
HIDE_VALUES_BELOW = 8.5  # nominal pixels; beneath it values would overlap at MIN_PX
HIDE_LABELS_BELOW = 5.5
SYMBOL_MIN_PX, SYMBOL_MAX_PX = 20, 34
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
        self.hide_values_below = HIDE_VALUES_BELOW
        self.min_px = MIN_PX
        # of the frame
        self.scale = 1.0
        self.dpr = 1.0
        self.value_px = 0  # 0: values are hidden
        self.label_px = 0

    @property
    def theme(self) -> Theme:
        return self._holder.theme

    def begin_frame(self, scale: float, dpr: float) -> None:
        """`scale`: logical pixels a metre."""
        nominal = self.em * scale
        size = round(min(MAX_PX, max(self.min_px, nominal)))
        self.scale, self.dpr = scale, dpr
        self.value_px = size if nominal >= self.hide_values_below else 0
        self.label_px = size if nominal >= min(HIDE_LABELS_BELOW, self.hide_values_below) else 0

    @property
    def symbol_px(self) -> int:
        return round(min(SYMBOL_MAX_PX, max(SYMBOL_MIN_PX, self.em * self.scale * 1.25)))


def text_height(layout: Layout) -> float:
    """Metres. The layout's own `text_m`, or a sixth of its usual tank, so that three lines fit between the tanks of a farm;
    in a picture without tanks about 1/110 of its width, 14 pixels on a full-HD screen."""
    own = layout.raw.get("text_m")
    if isinstance(own, int | float) and own > 0:
        return float(own)
    x0, y0, x1, y1 = layout.extent
    width = max(x1 - x0, (y1 - y0) * 16 / 9)
    sizes = sorted(min(i.w, i.h) for i in layout.items if i.type.startswith(_TANKS) and i.w > 0 and i.h > 0)
    if not sizes:
        return width / 110
    return min(sizes[len(sizes) // 2] * 0.17, width / 85)
