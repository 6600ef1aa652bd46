"""The pens of the trend page: which tags, and what is known of them: live, of the past, of their limits. Console side."""

from collections.abc import Iterable, Mapping, Sequence

from app.domain.sample import Sample
from app.domain.tag import Tag
from widgets.trend.past import past_of
from widgets.trend.pen import LimitSpan, Pen

MOST_PENS = 16


class PenSet:
    def __init__(self) -> None:
        self.known: Mapping[str, Tag] = {}
        self.pens: list[Pen] = []
        self._latest: dict[str, Sample] = {}

    @property
    def tags(self) -> list[str]:
        return [pen.tag.tag for pen in self.pens]

    def show_site(self, tags: Mapping[str, Tag]) -> list[str]:
        """Another point table; those that are gone with it."""
        gone = [tag for tag in self.tags if tag not in tags]
        self.known = tags
        self.pens = [self._pen(tag) for tag in self.tags if tag in tags]
        return gone

    def set(self, tags: Iterable[str]) -> tuple[list[str], int]:
        """These and no others; which of them nobody knows, and how many found no room."""
        wanted = list(dict.fromkeys(tags))
        there = [tag for tag in wanted if tag in self.known]
        self.pens = [self._pen(tag) for tag in there[:MOST_PENS]]
        return [tag for tag in wanted if tag not in self.known], len(there[MOST_PENS:])

    def add(self, tags: Iterable[str]) -> tuple[list[str], int]:
        """As `set`, after those that are there."""
        return self.set([*self.tags, *tags])

    def remove(self, tag: str) -> None:
        self.pens = [pen for pen in self.pens if pen.tag.tag != tag]

    def put_values(self, values: Mapping[str, Sample]) -> None:
        """The newest samples; cheap while no pen is concerned."""
        for pen in self.pens:
            sample = values.get(pen.tag.tag)
            if sample is not None:
                pen.put(sample)

    def put_latest(self, values: Mapping[str, Sample]) -> None:
        """All values known now, so that a pen added later begins with one."""
        self._latest.update(values)

    def put_history(
        self,
        tag: str,
        start: float,
        end: float,
        t: Sequence[float],
        low: Sequence[float | None],
        high: Sequence[float | None],
        quality: Sequence[str | None] = (),
        ghost: bool = False,
        asked: int = 0,
    ) -> None:
        """The answer for one tag. None is a gap; `asked`: how many slots."""
        for pen in self.pens:
            if pen.tag.tag == tag:
                (pen.ghost if ghost else pen.history).put(past_of(start, end, t, low, high, quality, asked))

    def put_limits(self, tag: str, spans: Sequence[LimitSpan]) -> None:
        """Those that counted in the span asked for, oldest first; the newest are those of the configuration."""
        for pen in self.pens:
            if pen.tag.tag == tag and spans:
                pen.limits = tuple(spans)

    def clear_ghosts(self) -> None:
        for pen in self.pens:
            pen.ghost.clear()

    def feed_lost(self) -> None:
        """The feed is silent: no curve goes on as if it were live."""
        for pen in self.pens:
            pen.feed_lost()

    def _pen(self, tag: str) -> Pen:
        old = next((pen for pen in self.pens if pen.tag.tag == tag), None)
        if old is not None and old.tag == self.known[tag]:
            return old
        made = Pen(self.known[tag])
        if old is not None:  # only the row of the tag is another one: what was measured stays
            made.live, made.history, made.ghost = old.live, old.history, old.ghost
        made.sample = self._latest.get(tag)
        return made
