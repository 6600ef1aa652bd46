"""What is about the whole site: the alarm system's own figures (definition 12) and the cameras. Station side."""

from typing import Any

from app.domain.kpi import figures
from app.domain.kpi_grade import judge, system_grade
from app.domain.quality import WHOLE_SITE, Finding, QualityKind
from app.domain.quality_reasons import finding
from app.domain.settings import settings
from app.domain.settings.kpi import read_kpi
from app.domain.settings.video import read_video
from app.station.quality.plan import Plan
from app.station.quality.series import common, merged, without
from app.station.video.bound import bound_cameras

TITLES = {
    "per_slot": "每 10 分钟平均报警数",
    "peak_slot": "10 分钟内最多报警数",
    "disturbance_pct": "扰动率（%）",
    "top_share_pct": "前十位占比（%）",
    "long_standing_per_day": "每天超过 8 小时的报警数",
    "repeated_points": "重复报警的测点数",
    "high_share_pct": "高优先级占比（%）",
    "flood_pct": "泛滥时间占比（%）",
    "stamped_pct": "来不及看就确认的占比（%）",
    "returned_unacked_pct": "恢复后才确认的占比（%）",
}
ENOUGH = 10  # alarms, before shares mean anything
SHARES = ("top_share_pct", "high_share_pct", "stamped_pct", "returned_unacked_pct")
MOST_LOSSES = 1000


def alarm_figures(plan: Plan) -> tuple[list[Finding], dict[str, Any]]:
    """Findings where a figure is bad; a few alarms have no shares."""
    alarms = plan.store.journal.alarmed(plan.start, plan.end)
    wanted = settings(plan.site.options, "kpi", read_kpi)
    found = figures(alarms, plan.start, plan.end, plan.now, wanted.slot_limit)
    out = []
    for one in judge(found, wanted):
        if one.grade != "bad" or one.value is None or (one.name in SHARES and found.count < ENOUGH):
            continue
        figure = TITLES.get(one.name, one.name)
        evidence = {"value": one.value, "good_to": one.good_to, "bad_from": one.bad_from, "figure": figure}
        span = plan.start, plan.end
        out.append(finding(QualityKind.ALARMS, one.name, WHOLE_SITE, span, 0.5, "alarms", evidence, one.value))
    return out, {"count": found.count, "points": found.points, "grade": system_grade(found), "disturbance": found.disturbance}


def video_online(plan: Plan) -> dict[str, Any] | None:
    """视频在线率 of the cameras the station watches itself: those it keeps a ring of. None without any."""
    wanted = settings(plan.site.options, "video", read_video)
    watched = [one.camera.camera for one in bound_cameras(plan.site).watched.values() if one.hazard_sources]
    watched = watched[: wanted.most_cameras]
    ran = without([(plan.start, plan.end)], plan.gaps)
    length = sum(end - start for start, end in ran)
    if not watched or not wanted.on or not length:
        return None
    lost = 0
    for camera in watched:
        rows = plan.store.journal.occurrences(end=plan.end, tag=f"@camera/{camera}", limit=MOST_LOSSES)
        spans = [(row.raised_at, plan.end if row.cleared_at is None else row.cleared_at) for row in rows]
        lost += sum(end - start for start, end in common(merged(spans), ran))
    return {"cameras": len(watched), "online": 1 - lost / (length * len(watched))}
