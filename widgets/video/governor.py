"""When the desk or the decoding falls behind: who gives way, in what order, and how that is said. Pure.

Alarms, banner and hands come first; a wall of cameras must never slow them. Every two seconds the wall tells how late the
screen was and how many pictures were never seen; the governor goes down a step at once and up again only after a quiet while.
"""

from dataclasses import dataclass
from enum import IntEnum

LATE_MS = 40.0
UNSEEN = 0.05
EVERY_S = 2.0
CALM_S = 20.0
PATIENCE = 2
"""Bad windows in a row before anything is given up: a page that is being built says nothing of the load."""


class Step(IntEnum):
    """What is given up, each with all before it."""

    FULL = 0
    PLAIN = 1  # scaled without smoothing
    HALF = 2  # the less important half of the panes shows every second picture
    KEYS = 3  # that half decodes key frames only, the others show every second picture
    ALL_KEYS = 4  # all but the chosen pane and those with an alarm


@dataclass(frozen=True, slots=True)
class Share:
    """How one pane is to run."""

    smooth: bool = True
    every: int = 1
    keys_only: bool = False


class Governor:
    def __init__(self) -> None:
        self.step = Step.FULL
        self._calm_since: float | None = None
        self._bad = 0

    def judge(self, late_ms: float, unseen: float, now: float) -> bool:
        """`late_ms`: the 99th percentile of how late the ticks were; `unseen`: share of pictures replaced before they were
        painted. Call it every `EVERY_S`. True when the step changed."""
        if self._calm_since is None:
            self._calm_since = now
        bad = late_ms > LATE_MS or unseen > UNSEEN
        self._bad = self._bad + 1 if bad else 0
        if bad:
            self._calm_since = now
            if self._bad >= PATIENCE and self.step < Step.ALL_KEYS:
                self._bad, self.step = 0, Step(self.step + 1)
                return True
        elif now - self._calm_since >= CALM_S and self.step > Step.FULL:
            self._calm_since = now
            self.step = Step(self.step - 1)
            return True
        return False

    def share(self, rank: int, panes: int, keep: bool) -> Share:
        """`rank` of a pane, 0 the most important of `panes`; `keep`: chosen, or with an alarm."""
        step = self.step
        lower = rank >= (panes + 1) // 2
        if keep or panes == 1:
            return Share(smooth=step < Step.PLAIN)
        if step >= Step.ALL_KEYS or (step >= Step.KEYS and lower):
            return Share(False, 1, True)
        half = step >= Step.KEYS or (step >= Step.HALF and lower)
        return Share(step < Step.PLAIN, 2 if half else 1, False)
