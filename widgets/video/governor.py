"""When the desk or the decoding falls behind: who gives way, in what order, and how that is said. Pure.

Alarms, banner and hands come first; a wall of cameras must never slow them. Every two seconds the wall tells how late the
screen was, how many pictures were never seen and how much of a processor this program used; the governor goes down a step at
once and up again only after a quiet while. A few panes give up nothing where other programs take the time: it would not help.
"""

from dataclasses import dataclass
from enum import IntEnum

LATE_MS = 40.0
UNSEEN = 0.05
OWN_CORES = 0.2
"""Who uses less of one processor has nothing to give: others are in the way. Not more: also where others take most of the time
a large wall makes the screen wait, since its threads hold the interpreter while they wait for a processor."""
EVERY_S = 2.0
CALM_S = 20.0
PATIENCE = 2
"""Bad windows in a row before anything is given up: a page that is being built says nothing of the load."""


class Step(IntEnum):
    """What is given up, each with all before it; the chosen pane and those with an alarm never give up anything."""

    FULL = 0
    HALF = 1  # every second picture, in all panes alike
    KEYS = 2  # the less important half of the panes decodes key frames only
    ALL_KEYS = 3  # all panes do


@dataclass(frozen=True, slots=True)
class Share:
    """How one pane is to run."""

    every: int = 1
    keys_only: bool = False


class Governor:
    def __init__(self) -> None:
        self.step = Step.FULL
        self._calm_since: float | None = None
        self._bad = 0

    def judge(self, late_ms: float, unseen: float, own_cores: float, now: float) -> bool:
        """`late_ms`: the 99th percentile of how late the ticks were; `unseen`: share of pictures replaced before they were
        painted; `own_cores`: what this program used of a processor meanwhile. Call it every `EVERY_S`. True when the step
        changed."""
        if self._calm_since is None:
            self._calm_since = now
        bad = late_ms > LATE_MS or (late_ms > LATE_MS / 2 and unseen > UNSEEN)  # alone it may be a camera that sends in bursts
        self._bad = self._bad + 1 if bad and own_cores >= OWN_CORES else 0
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
        if keep or panes == 1 or self.step is Step.FULL:
            return Share()
        lower = rank >= (panes + 1) // 2
        keys_only = self.step is Step.ALL_KEYS or (self.step is Step.KEYS and lower)
        return Share(1 if keys_only else 2, keys_only)
