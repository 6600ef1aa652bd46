"""The patrol record (在线巡查): what the station can say of itself is filled in, what it cannot know stays empty. Station side.

The rates are those of the latest results of the data quality; alarms and warnings those of the moment. Ranks and notices
(警示通报) are the platform's and never made up.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.domain.alarm import RuleKind
from app.domain.form import Form
from app.domain.instant import DAY, HOUR, Instant, from_rfc3339, to_rfc3339
from app.station.commands import Who
from app.station.form_rows import form_of
from app.station.forms import FormService, Known
from app.station.quality.report import whole
from app.store.rows import FormRow

if TYPE_CHECKING:
    from app.station.station import Station

KIND, ORDER, DAILY = "patrol", "disposal_order", "daily_report"
UNANSWERED = ("unsigned", "unanswered")  # states of a warning that nobody has answered
MOST = 1000
DAYS = 30
PROCESS = {kind.value for kind in (RuleKind.HH, RuleKind.H, RuleKind.L, RuleKind.LL, RuleKind.STATE)}


class Patrols:
    """Hangs itself on the forms."""

    def __init__(self, station: "Station", forms: FormService) -> None:
        self._station, self._forms = station, forms
        forms.prefill[KIND] = self.known
        forms.fillers[KIND, "answer"] = self.answered

    async def known(self, who: Who | None, subject: str, fields: Mapping[str, Any]) -> Known:
        station = self._station
        now = station.clock.now()
        today = station.quality.day_of(now).isoformat()
        found: dict[str, Any] = {"inspect_date": today, "to_area": station.site.name}
        found |= await self._rates()
        found |= self._alarms(now)
        found |= await self._warnings()
        found |= await self._promises(now)
        return Known(f"{fields.get('inspect_date') or today} 在线巡查", "", {k: v for k, v in found.items() if v is not None})

    async def answered(self, who: Who, form: Form) -> Mapping[str, Any]:
        return {"feedback_time": to_rfc3339(self._station.clock.now())}

    async def _rates(self) -> dict[str, Any]:
        """Of the latest results; nothing while there are none."""
        store, call = self._station.store.quality, self._station.call
        runs = await call(store.runs, 1)
        if not runs:
            return {}
        rows = await call(store.rows, runs[0].day)
        online, video = whole(rows)["online_rate"], runs[0].summary.get("video")
        return {"online_rate": _percent(online), "video_rate": None if not video else _percent(video["online"])}

    def _alarms(self, now: Instant) -> dict[str, Any]:
        """Of the last 24 hours, still standing: how many points, and the longest of them in hours."""
        since = {
            (one.tag, one.rule): from_rfc3339(one.raised_at)
            for one in self._station.board.alarms()
            if one.rule in PROCESS and one.cleared_at is None and one.raised_at
        }
        ages = {key: now - at for key, at in since.items() if now - at <= DAY}
        longest = max(ages.values(), default=0)
        return {"uncleared_count": len({tag for tag, _ in ages}), "uncleared_hours": round(longest / HOUR, 1)}

    async def _warnings(self) -> dict[str, Any]:
        rows: list[FormRow] = await self._forms.find(kind=ORDER, open=True, limit=MOST)
        open = [row for row in rows if form_of(row).fields.get("dispelled") is not True]
        return {"warnings_open": len(open), "warnings_unanswered": sum(row.state in UNANSWERED for row in rows)}

    async def _promises(self, now: Instant) -> dict[str, Any]:
        """Of the daily reports that were signed; nothing where none was."""
        since = self._station.quality.span_of(self._station.quality.day_of(now) - timedelta(days=DAYS))[0]
        rows: list[FormRow] = await self._forms.find(kind=DAILY, state="signed", start=since, limit=MOST)
        made = [form_of(row).fields.get("promise_made") for row in rows]
        return {"promise_rate": _percent(sum(one is True for one in made) / len(made)) if made else None}


def _percent(rate: float | None) -> float | None:
    """Cut, not rounded: 99.996 is not 100."""
    return None if rate is None else int(rate * 10_000) / 100
