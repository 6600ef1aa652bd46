"""One bound role of an item: its tag, its newest sample, what is said of it, and how high a level stands in pixels. No Qt."""

from app.domain.sample import Sample
from app.domain.tag import Priority, Tag
from widgets.plant.reading import Said, fraction, say, span


class Slot:
    """`quick`: what is said is a plain number that is believed, so that the next good number needs no more than its digits.

    `text`: what is written of it, where texts are shown; `inside`: in the body and not in a row beside it.

    `depth`, `bottom`: of a level that is drawn, the height of its range and where it ends, in pixels from the body's top; 0
    for everything else. `surface`: the pixel row its content begins at, None while it is not known.
    """

    __slots__ = (
        "_said", "alarm", "bottom", "depth", "format", "inside", "low", "name", "quick", "role", "sample", "surface", "tag",
        "text", "unsaid", "width",
    )  # fmt: skip

    def __init__(self, role: str, name: str, tag: Tag | None) -> None:
        self.role = role
        self.name = name
        self.tag = tag
        self.sample: Sample | None = None
        self.unsaid = False  # there is a newer good number than `_said` has
        self.inside = True
        self.alarm: Priority | None = None  # the worst standing alarm of this tag
        self.format = "" if tag is None or tag.is_digital else f"%.{tag.decimals}f"
        scale = span(tag)
        self.low, self.width = (scale[0], scale[1] - scale[0]) if scale is not None else (0.0, 0.0)
        self.bottom, self.depth = 0.0, 0.0
        self.surface: int | None = None
        self.said = say(tag, None)

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
        self._said, self.text, self.unsaid = said, said.text, False
        self.quick = said.trusted and bool(self.format)

    @property
    def words(self) -> Said:
        """What was last put into words: the newest sample may be newer."""
        return self._said

    def always_in_words(self) -> None:
        """Its picture is more than a number that may be hidden: every sample goes the long way."""
        self.format, self.quick = "", False

    def stand(self, bottom: float, depth: float) -> None:
        """The picture has another size."""
        self.bottom, self.depth = bottom, depth if self.width else 0.0
        self.find_surface()

    def find_surface(self) -> None:
        value = self.sample.value if self.quick and self.sample is not None else self._said.number
        at = fraction(self.tag, value if isinstance(value, int | float) else None)
        self.surface = None if at is None or not self.depth else round(self.bottom - at * self.depth)
