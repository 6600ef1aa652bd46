"""The results of a run as people see them: by point, by source, by hazard source, and the whole site. Station side, pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.instant import SECOND, to_rfc3339
from app.domain.plant import Equipment, Site
from app.domain.quality import PARTS, Finding, Scores, Share, mean_scores
from app.domain.quality_words import DEFINITIONS, TITLES
from app.domain.settings.quality import DEFAULT_BASIS, NUMBERS, QualitySettings
from app.domain.tag import Tag
from app.store.rows import FoundRow, QualityRow, QualityRun

NO_HAZARD = "未划入重大危险源"
GROUPS = ("tag", "source", "hazard_source")


def run_dict(run: QualityRun) -> dict[str, Any]:
    return {
        "day": run.day,
        "start": to_rfc3339(run.start),
        "end": to_rfc3339(run.end),
        "made_at": to_rfc3339(run.made_at),
        "by": run.by,
        "took_s": run.took_s,
        "partial": run.partial,
        "summary": dict(run.summary),
    }


def whole(rows: Sequence[QualityRow]) -> dict[str, Any]:
    """The site, or any group: mean scores of its points, and their slots and online time together."""
    counts: dict[str, int] = {}
    for row in rows:
        for kind, count in row.counts.items():
            counts[kind] = counts.get(kind, 0) + count
    judged = [row for row in rows if row.scores.total is not None]
    worst = min(judged, key=lambda row: (row.scores.total or 0.0, row.tag), default=None)
    return {
        **_scores(mean_scores(row.scores for row in rows)),
        **_rates(sum((row.slots for row in rows), Share()), sum((row.online for row in rows), Share())),
        "tags": len(rows),
        "judged": len(judged),
        "worst": None if worst is None else worst.tag,
        "counts": counts,
    }


def groups(site: Site, rows: Sequence[QualityRow], by: str) -> list[dict[str, Any]]:
    """`by` source or hazard_source, in the order of the configuration; points that are in none come last."""
    tags = {tag.tag: tag for tag in site.tags}
    equipment = {one.equipment: one for one in site.equipment}
    members: dict[str, list[QualityRow]] = {}
    if by == "source":
        names = {one.id: str(one.options.get("name", "")) for one in site.sources}
    else:
        names = {one.hazard_source: one.area for one in reversed(site.equipment) if one.hazard_source}
        names = dict(reversed(names.items()))
    members = {key: [] for key in names}
    for row in rows:
        tag = tags.get(row.tag)
        members.setdefault("" if tag is None else _key(tag, equipment, by), []).append(row)
    found = []
    for key, mine in members.items():
        if not mine:
            continue
        level = None
        if by == "hazard_source" and key:
            levels = [one.hazard_level for one in site.equipment if one.hazard_source == key and one.hazard_level]
            level = min(levels, default=None)
        name = names.get(key, "") if key else (NO_HAZARD if by == "hazard_source" else "")
        found.append({"key": key, "name": name, "level": level, **whole(mine)})
    return found


def points(site: Site, rows: Sequence[QualityRow]) -> list[dict[str, Any]]:
    """Worst first; those of which nothing was due last."""
    tags = {tag.tag: tag for tag in site.tags}
    equipment = {one.equipment: one for one in site.equipment}
    ordered = sorted(rows, key=lambda row: (row.scores.total is None, row.scores.total or 0.0, row.tag))
    return [point(row, tags.get(row.tag), equipment) for row in ordered]


def point(row: QualityRow, tag: Tag | None, equipment: Mapping[str, Equipment]) -> dict[str, Any]:
    place = None if tag is None else equipment.get(tag.equipment)
    return {
        "tag": row.tag,
        "name": "" if tag is None else tag.name,
        "kind": "" if tag is None else tag.kind.value,
        "unit": "" if tag is None else tag.unit,
        "source": "" if tag is None else tag.source,
        "equipment": "" if tag is None else tag.equipment,
        "hazard_source": "" if place is None else place.hazard_source,
        **_scores(row.scores),
        **_rates(row.slots, row.online),
        "expected": row.slots.due,
        "received": row.slots.got,
        "counts": dict(row.counts),
    }


def finding_dict(one: Finding, id: int = 0) -> dict[str, Any]:
    return {
        "id": id,
        "kind": one.kind.value,
        "title": TITLES[one.kind],
        "what": one.what,
        "tag": one.tag,
        "start": to_rfc3339(max(0, one.start)),
        "end": to_rfc3339(max(0, one.end)),
        "duration_s": (one.end - one.start) / SECOND,
        "score": round(one.score, 3),
        "value": one.value,
        "count": one.count,
        "reason": one.reason,
        "evidence": dict(one.evidence),
    }


def finding_rows(found: Sequence[FoundRow]) -> list[dict[str, Any]]:
    return [finding_dict(one.finding, one.id) for one in found]


def thresholds(settings: QualitySettings) -> dict[str, Any]:
    """What the results rest on: every number with its basis, and the definitions."""
    return {
        "definitions": [{"kind": kind.value, "title": TITLES[kind], "text": text} for kind, text in DEFINITIONS.items()],
        "numbers": [
            {
                "name": name,
                "title": one.title,
                "unit": one.unit,
                "value": settings[name],
                "default": one.default,
                "basis": DEFAULT_BASIS if settings[name] == one.default else "本企业设置",
            }
            for name, one in NUMBERS.items()
        ],
        "tags": {name: {**own.numbers, "off": sorted(own.off)} for name, own in settings.tags.items()},
        "basis": DEFAULT_BASIS,
    }


def _key(tag: Tag, equipment: Mapping[str, Equipment], by: str) -> str:
    if by == "source":
        return tag.source
    place = equipment.get(tag.equipment)
    return "" if place is None else place.hazard_source


def _scores(scores: Scores) -> dict[str, Any]:
    return {"score": scores.total, **{name: getattr(scores, name) for name in PARTS}}


def _rates(slots: Share, online: Share) -> dict[str, Any]:
    return {"complete_rate": slots.rate, "online_rate": online.rate}
