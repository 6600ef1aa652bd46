"""What report is wanted: kind, period, part of the plant, by whom; and how its order reaches the worker. Station side, pure.

The order lies as `order.json` in the folder of the report being made, beside the configuration that counts: a worker opens the
store and knows no running station.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.domain.handover import LimitChange
from app.domain.instant import Instant
from app.domain.plant import Equipment, Site
from app.domain.report_period import Period
from app.domain.settings.reports import ANALYSES, SPANS
from app.domain.tag import Tag

KINDS = (*SPANS, *ANALYSES)
KIND_WORDS = {
    "shift": "班报",
    "day": "日报",
    "week": "周报",
    "month": "月报",
    "alarms": "报警分析报告",
    "quality": "数据质量报告",
    "risk": "运行风险分析报告",
}
FORMATS = ("pdf", "xlsx")
ORDER = "order.json"


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the plant. `kind`: site | area | hazard; `code`: name of the area, code of the hazard source."""

    kind: str = "site"
    code: str = ""

    @property
    def title(self) -> str:
        return {"area": f"区域 {self.code}", "hazard": f"重大危险源 {self.code}"}.get(self.kind, "全厂")

    def equipment(self, site: Site) -> list[Equipment]:
        """Raises ValueError with a sentence when there is none."""
        if self.kind == "site":
            return list(site.equipment)
        field = "area" if self.kind == "area" else "hazard_source"
        found = [one for one in site.equipment if getattr(one, field) == self.code]
        if not found or not self.code:
            there = sorted({str(getattr(one, field)) for one in site.equipment} - {""})
            word = "区域" if self.kind == "area" else "重大危险源"
            raise ValueError(f"没有{word} {self.code!r}，可选：{'、'.join(there) or '（没有）'}")
        return found

    def tags(self, site: Site) -> list[Tag]:
        if self.kind == "site":
            return list(site.tags)
        codes = {one.equipment for one in self.equipment(site)}
        return [tag for tag in site.tags if tag.equipment in codes]


@dataclass(frozen=True)
class Order:
    """`now`: the moment it is made; `by`: who asked, in words; `late`: it was made up for; `people`: account to name."""

    id: str
    kind: str
    period: Period
    scope: Scope
    formats: tuple[str, ...]
    now: Instant
    by: str
    late: bool
    zone: str
    limit_changes: tuple[LimitChange, ...] = ()
    people: Mapping[str, str] | None = None

    @property
    def title(self) -> str:
        return KIND_WORDS[self.kind] if self.kind in SPANS else f"{KIND_WORDS[self.kind]}"

    @property
    def end(self) -> Instant:
        """Of what is reported: a period that still runs is reported up to now."""
        return min(self.period.end, self.now)

    @property
    def whole(self) -> bool:
        return self.now >= self.period.end

    def name_of(self, user: str) -> str:
        return (self.people or {}).get(user, user)


def order_json(order: Order) -> dict[str, Any]:
    return asdict(order)


def order_from(data: Mapping[str, Any]) -> Order:
    changes: Sequence[Mapping[str, Any]] = data["limit_changes"]
    return Order(
        **{
            **data,
            "period": Period(**data["period"]),
            "scope": Scope(**data["scope"]),
            "formats": tuple(data["formats"]),
            "limit_changes": tuple(LimitChange(**one) for one in changes),
        }
    )
