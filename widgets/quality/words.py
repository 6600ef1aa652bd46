"""Numbers and names of the data quality as the page says them. Console side."""

from typing import Any

from app.domain.quality import QualityKind
from app.domain.quality_reasons import reason
from app.domain.quality_words import TITLES
from app.domain.saying import rate_words
from app.domain.tag import Priority
from widgets.theme import Theme
from widgets.words import tr

GOOD, POOR = 90.0, 60.0
"""Scores from which on nothing needs a look, and below which something must be done; ours, not official."""
PARTS = {"completeness": "完整性", "authenticity": "真实性", "timeliness": "及时性", "configuration": "配置"}
KINDS = tuple(kind.value for kind in QualityKind)


def kind_title(kind: str) -> str:
    return tr(TITLES[QualityKind(kind)]) if kind in KINDS else kind


def reason_text(finding: dict[str, Any]) -> str:
    """In the language of the desk; of a finding that names no sentence of this version, as the station worded it."""
    return reason(finding.get("evidence") or {}, tr) or str(finding.get("reason") or "")


def note_text(note: dict[str, Any] | str) -> str:
    """Why something could not be worked out; results of an older version have it as a text."""
    return note if isinstance(note, str) else reason(note.get("evidence") or {}, tr) or str(note.get("text") or "")


def score_text(score: float | None) -> str:
    """Cut, not rounded: 99.96 is not 100."""
    return "—" if score is None else f"{int(score * 10) / 10:.1f}"


def mark(score: float | None, theme: Theme) -> str | None:
    """The colour that says it is not good; None while it is, or nobody knows."""
    if score is None or score >= GOOD:
        return None
    return theme.alarm(Priority.MEDIUM if score >= POOR else Priority.HIGH)


def counts_text(counts: dict[str, int]) -> str:
    """Gravest kinds first: `漏报 1、死值 2`."""
    order = ("missed", "forged", "interlock", "balance", "cleared", "limits", "time", "flat", "range", "jump", "completeness")
    known = [*order, *(kind for kind in KINDS if kind not in order)]
    return "、".join(f"{kind_title(kind)} {counts[kind]}" for kind in known if counts.get(kind))


def about(row: dict[str, Any]) -> str:
    parts = "　".join(f"{tr(title)} {score_text(row[name])}" for name, title in PARTS.items())
    return f"{parts}　{tr('完整率')} {rate_words(row['complete_rate'])}　{tr('在线率')} {rate_words(row['online_rate'])}"
