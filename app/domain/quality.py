"""Words of data quality (数据质量): what can be found in the data of a point, and how it is scored. Both sides, pure.

The names are official, the algorithms are not published: all thresholds and weights are our own ("产品定义") and settings of
the site (`settings.quality`). A finding accuses nobody: where something may be innocent (a tank at rest) it is a suspicion, and
`score` says how strong.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.instant import Instant


class QualityKind(StrEnum):
    """The definitions of the product, in their order; the thirteenth is the score itself."""

    COMPLETENESS = "completeness"  # 1 完整率
    ONLINE = "online"  # 2 在线率
    RANGE = "range"  # 3 超量程
    LIMITS = "limits"  # 4 阈值填写有误
    FLAT = "flat"  # 5 死值
    JUMP = "jump"  # 6 跳变
    FORGED = "forged"  # 7 规律伪造
    TIME = "time"  # 8 时间异常
    MISSED = "missed"  # 9 漏报
    CLEARED = "cleared"  # 9 销警异常
    BALANCE = "balance"  # 10 物料平衡
    INTERLOCK = "interlock"  # 11 联锁状态
    ALARMS = "alarms"  # 12 异常报警


AUTHENTICITY = (
    QualityKind.MISSED,
    QualityKind.FORGED,
    QualityKind.CLEARED,
    QualityKind.BALANCE,
    QualityKind.INTERLOCK,
    QualityKind.FLAT,
    QualityKind.RANGE,
    QualityKind.JUMP,
)
"""What takes points from 真实性, gravest first."""
WHOLE_SITE = ""
"""Tag of a finding that is about the site and not about one point; `@` and its id for a source, as in alarms."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found in [start, end). `what`: which of the things its kind can be, e.g. "repeat". `score` 0 to 1: how certain
    or how grave; `value` in the tag's unit where one stands for it; `count`: how many times. `evidence`: the figures it
    rests on; `reason`: a Chinese sentence for a person, worded from them (`quality_reasons`)."""

    kind: QualityKind
    what: str
    tag: str
    start: Instant
    end: Instant
    score: float
    reason: str
    value: float | None = None
    count: int = 1
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Share:
    """How much of what should have been was: slots, or microseconds."""

    got: float = 0.0
    due: float = 0.0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.got + other.got, self.due + other.due)

    @property
    def rate(self) -> float | None:
        """0 to 1; None when nothing was due."""
        return min(1.0, self.got / self.due) if self.due > 0 else None


@dataclass(frozen=True, slots=True)
class Scores:
    """Of one point, 0 to 100 each; all None when nothing was due of it (停用, 检修)."""

    total: float | None = None
    completeness: float | None = None
    authenticity: float | None = None
    timeliness: float | None = None
    configuration: float | None = None


PARTS = ("completeness", "authenticity", "timeliness", "configuration")


def score(
    slots: Share, online: Share, findings: Iterable[Finding], weights: Mapping[str, float], deductions: Mapping[str, float]
) -> Scores:
    """Definition 13: the weighted sum of the four parts. `weights` by part, together 100; `deductions`: points a finding of a
    kind takes at score 1. Of each kind the worst finding counts. What sent nothing cannot be true: authenticity 0."""
    received, live = slots.rate, online.rate
    if received is None:
        return Scores()
    worst: dict[QualityKind, float] = {}
    for one in findings:
        worst[one.kind] = max(worst.get(one.kind, 0.0), min(1.0, max(0.0, one.score)))

    def lost(*kinds: QualityKind) -> float:
        return sum(deductions.get(kind.value, 0.0) * worst.get(kind, 0.0) for kind in kinds)

    parts = {
        "completeness": 100 * received,
        "authenticity": 100 - lost(*AUTHENTICITY) if slots.got > 0 else 0.0,
        "timeliness": 100 * (1.0 if live is None else live) - lost(QualityKind.TIME),
        "configuration": 100 - lost(QualityKind.LIMITS),
    }
    kept = {name: min(100.0, max(0.0, value)) for name, value in parts.items()}
    total = sum(weights[name] * kept[name] for name in PARTS) / 100
    return Scores(round(total, 2), *(round(kept[name], 2) for name in PARTS))


def mean_scores(scores: Iterable[Scores]) -> Scores:
    """Of a source, a hazard source, the site: the mean of its points; those of which nothing was due do not count."""
    counted = [one for one in scores if one.total is not None]
    if not counted:
        return Scores()

    def mean(name: str) -> float:
        return round(sum(float(getattr(one, name)) for one in counted) / len(counted), 2)

    return Scores(*(mean(name) for name in ("total", *PARTS)))
