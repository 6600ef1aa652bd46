"""Decoded pictures to BGRA, at their own size or smaller, in memory that is used again. Both sides.

Through a filter graph and not `VideoFrame.reformat`: the graph keeps a pool of pictures, while a fresh one each time can cost
more in page faults than the conversion itself (measured, 704x576: 0.1 ms against 0.1 to 0.7; 1080p: 0.8 against 1.0 to 3.7).
"""

from fractions import Fraction
from typing import Any

from av.filter import Graph

_UNSPECIFIED = 2
_HD = 720
_ANY_CLOCK = Fraction(1, 90_000)


class Converter:
    """One stream's; makes itself anew when size, format or colours change. A picture it gave stays while it is held."""

    def __init__(self) -> None:
        self._made_for: tuple[object, ...] | None = None
        self._graph: Any = None
        self._entry: Any = None
        self._exit: Any = None

    def bgra(self, picture: Any, wide: int = 0, high: int = 0) -> Any:
        """Scaled down to be painted `wide` by `high`, never up; 0: as it is. Even sizes: odd ones take seven times as long."""
        size = _even(wide, picture.width), _even(high, picture.height)
        small = 0 < size[0] < picture.width and 0 < size[1] < picture.height
        wanted = (picture.width, picture.height, picture.format.name, picture.colorspace, picture.color_range, small and size)
        if wanted != self._made_for:
            self._make(picture, size if small else None)
            self._made_for = wanted
        self._entry.push(picture)
        return self._exit.pull()

    def _make(self, picture: Any, size: tuple[int, int] | None) -> None:
        graph = Graph()
        graph.threads = 1
        # Cameras seldom say which colours they send; by habit HD is BT.709 and the rest BT.601.
        colours = ":in_color_matrix=bt709" if picture.colorspace == _UNSPECIFIED and picture.height >= _HD else ""
        entry = graph.add_buffer(
            width=picture.width, height=picture.height, format=picture.format.name, time_base=picture.time_base or _ANY_CLOCK
        )
        leave = graph.add("buffersink")
        # Every second row goes by stride arithmetic, which costs nothing and leaves a third less to scale.
        thinned = [graph.add("field", "type=top") for _ in range(0 if size is None else _halves(picture.height, size[1]))]
        # Scaled as planes and only then coloured: both have fast ways in swscale, the two at once have not (a third slower).
        smaller = (
            [] if size is None else [graph.add("scale", f"{size[0]}:{size[1]}:flags=area"), graph.add("format", "yuv420p")]
        )
        coloured = [graph.add("scale", "flags=bicubic" + colours), graph.add("format", "bgra")]
        graph.link_nodes(entry, *thinned, *smaller, *coloured, leave)
        graph.configure()
        self._graph, self._entry, self._exit = graph, entry, leave


def _even(wanted: int, most: int) -> int:
    return min(wanted + wanted % 2, most)


def _halves(rows: int, high: int) -> int:
    """How often every second row can be left out without leaving less than are painted."""
    if rows >= 4 * high and rows % 8 == 0:
        return 2
    return 1 if 10 * rows >= 19 * high and rows % 4 == 0 else 0
