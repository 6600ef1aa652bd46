"""Where the texts of an item go: label above and values beneath, unless something stands there. Decided once per picture.

Layouts come from drawings, where pumps and valves stand close to tanks; texts that lie on each other are worse than texts
on another side. Greedy, largest item first, over a grid, so that a picture of thousands of items is placed in no time.
"""

from collections.abc import Iterable, Sequence
from enum import Enum

from PySide6.QtCore import QRectF


class Side(Enum):
    ABOVE = "above"
    BELOW = "below"
    RIGHT = "right"
    LEFT = "left"


LABEL_SIDES = (Side.ABOVE, Side.RIGHT, Side.LEFT, Side.BELOW)
SMALL_LABEL_SIDES = (Side.RIGHT, Side.LEFT, Side.ABOVE, Side.BELOW)
ROW_SIDES = (Side.BELOW, Side.RIGHT, Side.LEFT)


_TOUCH = 0.08  # of a text's block may lie on something else


def beside(body: QRectF, side: Side, width: float, height: float, gap: float) -> QRectF:
    """A block of `width` x `height` at one side of `body`; y grows downward."""
    x, y = body.center().x() - width / 2, body.center().y() - height / 2
    if side is Side.ABOVE:
        y = body.top() - gap - height
    elif side is Side.BELOW:
        y = body.bottom() + gap
    elif side is Side.RIGHT:
        x = body.right() + gap
    else:
        x = body.left() - gap - width
    return QRectF(x, y, width, height)


class Ground:
    """Rectangles that are taken, in cells, each with its owner."""

    def __init__(self, cell: float) -> None:
        self._cell = cell
        self._taken: dict[tuple[int, int], list[tuple[QRectF, object]]] = {}

    def take(self, rect: QRectF, owner: object) -> None:
        for key in self._cells(rect):
            self._taken.setdefault(key, []).append((rect, owner))

    def overlap(self, rect: QRectF, owner: object) -> float:
        """The area of `rect` that lies on others' rectangles; a rectangle in several cells may count more than once."""
        total = 0.0
        for key in self._cells(rect):
            for other, whose in self._taken.get(key, ()):
                if whose is not owner and other.intersects(rect):
                    both = other.intersected(rect)
                    total += both.width() * both.height()
        return total

    def choose(self, options: Sequence[tuple[Side, QRectF]], owner: object) -> Side:
        """The first option that is as good as free, or the one that hides least; it is taken."""
        best, least = options[0], float("inf")
        for option in options:
            hidden = self.overlap(option[1], owner)
            if hidden < least:
                best, least = option, hidden
            if hidden <= _TOUCH * option[1].width() * option[1].height():
                break
        self.take(best[1], (owner, "text"))
        return best[0]

    def _cells(self, rect: QRectF) -> Iterable[tuple[int, int]]:
        x0, x1 = int(rect.left() // self._cell), int(rect.right() // self._cell)
        y0, y1 = int(rect.top() // self._cell), int(rect.bottom() // self._cell)
        return ((x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1))
