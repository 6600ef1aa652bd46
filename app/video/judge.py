"""Does the camera still see? Frozen, black and covered pictures, judged on a small luma plane. Both sides; reads no clock.

A frozen picture is the dangerous one: it looks like an ordinary calm night. Verdicts come and go with hysteresis, and each is
judged against the stream's own past where it can be. An aid, no certified detector: the words say "possibly".

frozen   for `frozen_s` no key picture differs from the one before by more than re-encoding the same image does (measured: below
         0.45 grey levels once it has settled). A living camera differs by its sensor noise (0.85 and more), its clock overlay,
         its light. Between key pictures encoders repeat what they think is the same: that says nothing.
black    nearly no light anywhere.
covered  edges and contrast are a small part of what this camera usually shows, or practically none at all.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.video.ports import Picture

Luma = npt.NDArray[np.uint8]
COLUMNS = 176
"""About how many samples a row are taken. Enough for the digits of a clock overlay to leave a trace."""
_GREYS = np.arange(256)


@dataclass(frozen=True, slots=True)
class JudgeLimits:
    """Defaults of ours, no standard gives numbers. Seconds, grey levels (0 to 255), shares."""

    frozen_s: float = 10.0
    noise: float = 0.45
    """Mean difference of two key pictures of one and the same image."""
    spot: int = 12
    spots: float = 0.00012
    """A sample that differs by more than `spot` is a change; more than this share of them (two or three) is content."""
    black_s: float = 3.0
    black_mean: float = 32.0
    black_bright: float = 48.0
    """Of the brightest hundredth. Video black is 16."""
    covered_s: float = 3.0
    covered_share: float = 0.35
    """Edges left, as a share of the usual."""
    plain_edges: float = 0.8
    plain_contrast: float = 12.0
    back_s: float = 1.0
    """A verdict ends when it has been untrue for that long."""
    learn_s: float = 300.0
    """How slowly the usual look of a camera follows day and night."""
    known_s: float = 5.0
    """Before that much good picture the past is no measure."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`since`: monotonic seconds when what is told began to be so. LIVE means nothing is wrong."""

    picture: Picture = Picture.LIVE
    since: float = 0.0


def small(plane: "npt.NDArray[np.uint8]", full_range: bool = False) -> Luma:
    """Samples of a luma plane [rows, columns], on the scale of video range (black 16)."""
    step = max(1, plane.shape[1] // COLUMNS)
    luma = plane[::step, ::step]
    if full_range:
        return (16 + luma.astype(np.uint16) * 219 // 255).astype(np.uint8)
    return luma.copy()


def look(luma: Luma) -> tuple[float, float, float, float]:
    """(mean, brightness of the brightest hundredth, contrast as standard deviation, mean step between neighbours)."""
    rows, columns = luma.shape[0] // 2 * 2, luma.shape[1] // 2 * 2
    # Means of 2 by 2 first: sensor noise must not count as edges.
    above = luma[0:rows:2, :columns].astype(np.uint16) + luma[1:rows:2, :columns]
    calm = ((above[:, ::2] + above[:, 1::2]) >> 2).astype(np.uint8)
    edges = (_apart(calm[1:], calm[:-1]).mean() + _apart(calm[:, 1:], calm[:, :-1]).mean()) / 2
    counts = np.bincount(calm.ravel(), minlength=256)  # 256 grey levels say as much as all samples, and are fewer
    mean = float(counts @ _GREYS) / calm.size
    contrast = (float(counts @ (_GREYS - mean) ** 2) / calm.size) ** 0.5
    darker = calm.size - max(1, calm.size // 100)
    return mean, float(np.searchsorted(np.cumsum(counts), darker, "right")), contrast, float(edges)


def _apart(one: Luma, other: Luma) -> Luma:
    return np.maximum(one, other) - np.minimum(one, other)


def changed(before: Luma, after: Luma, limits: JudgeLimits) -> tuple[bool, float]:
    """Whether some spot of `after` shows something else than `before` (a person, a lamp, the digits of a clock overlay);
    the mean difference."""
    if before.shape != after.shape:
        return True, 255.0
    apart = _apart(before, after)
    spots = np.count_nonzero(apart > limits.spot)
    return bool(spots > max(1.0, limits.spots * after.size)), float(apart.mean())


class _Held:
    """True after it was seen for `on_s`, false again after it was not for `off_s`."""

    def __init__(self) -> None:
        self.since: float | None = None
        self.held = False
        self._off: float | None = None

    def see(self, seen: bool, now: float, on_s: float, off_s: float) -> bool:
        if seen:
            self._off = None
            self.since = now if self.since is None else self.since
            self.held = self.held or now - self.since >= on_s
        elif self.held:
            self._off = now if self._off is None else self._off
            if now - self._off >= off_s:
                self.held, self.since, self._off = False, None, None
        else:
            self.since = None
        return self.held


class Judge:
    """One stream's. Feed it a luma plane (see `small`) now and then: key pictures always, others as often as is cheap."""

    def __init__(self, limits: JudgeLimits | None = None) -> None:
        self._limits = limits or JudgeLimits()
        self._black, self._covered = _Held(), _Held()
        self._key: Luma | None = None
        self._same = 0
        self._last_new = 0.0
        self._frozen = False
        self._usual_edges = self._usual_contrast = 0.0
        self._good_s = 0.0
        self._looked: float | None = None
        self.verdict = Verdict()

    def take(self, luma: Luma, key: bool, now: float) -> Verdict:
        limits = self._limits
        mean, bright, contrast, edges = look(luma)
        black = mean < limits.black_mean and bright < limits.black_bright
        known = self._good_s >= limits.known_s
        covered = not black and (
            (edges < limits.plain_edges and contrast < limits.plain_contrast)
            or (known and edges < self._usual_edges * limits.covered_share and contrast < self._usual_contrast * 0.6)
        )
        black_now = self._black.see(black, now, limits.black_s, limits.back_s)
        covered_now = self._covered.see(covered, now, limits.covered_s, limits.back_s)
        frozen_now = self._freeze(luma, key, now)
        if not (black or covered or black_now or covered_now or frozen_now):
            self._learn(edges, contrast, now)
        self._looked = now
        if frozen_now:
            found, since = Picture.FROZEN, self._last_new
        elif black_now:
            found, since = Picture.BLACK, self._black.since or now
        elif covered_now:
            found, since = Picture.COVERED, self._covered.since or now
        else:
            found, since = Picture.LIVE, self.verdict.since if self.verdict.picture is Picture.LIVE else now
        self.verdict = Verdict(found, since)
        return self.verdict

    def _freeze(self, luma: Luma, key: bool, now: float) -> bool:
        """Each key picture against the one before: re-encoding one and the same image settles, a living camera never does."""
        limits, before = self._limits, self._key
        if not key:  # what moves ends it at once; how encoders polish a still picture does not
            if self._frozen and before is not None and changed(before, luma, limits)[0]:
                self._last_new, self._frozen, self._same = now, False, 0
            return self._frozen
        self._key = luma
        new, gap = (True, 0.0) if before is None else changed(before, luma, limits)
        if new or gap > limits.noise:
            self._last_new, self._frozen, self._same = now, False, 0
        else:
            self._same += 1
            self._frozen = self._frozen or (self._same >= 2 and now - self._last_new >= limits.frozen_s)
        return self._frozen

    def _learn(self, edges: float, contrast: float, now: float) -> None:
        if self._looked is None or not self._usual_edges:
            self._usual_edges, self._usual_contrast = edges, contrast
            return
        step = min(max(now - self._looked, 0.0), 5.0)
        self._good_s += step
        pace = 1.0 - 0.5 ** (step / self._limits.learn_s)
        if self._good_s < self._limits.known_s:
            pace = max(pace, 0.3)
        self._usual_edges += (edges - self._usual_edges) * pace
        self._usual_contrast += (contrast - self._usual_contrast) * pace
