"""From the point table to alarm rules: which alarms a tag can raise, how long it may be silent. Station side, pure."""

from app.domain.alarm import AlarmRule, RuleKind
from app.domain.instant import Instant, seconds
from app.domain.plant import Source
from app.domain.tag import Priority, Tag

POLLED_STALE_PERIODS = 3
POLLED_STALE_FLOOR_S = 10.0
FORECAST_STALE_S = 15.0  # a forecast is made every 4 s; what nobody forecast for so long is not going on
PREALARM_HOLD_S = 20.0
PREALARM_CLEAR_S = 60.0
"""How long a limit must have been near, or far again. No standard gives these: 默认值，非官方规定."""
SUBSCRIBED = {"opcua"}  # drivers whose source says by itself that silence means "unchanged"


def stale_after(tag: Tag, source: Source) -> Instant | None:
    """How long a tag may be silent before it is stale; None where only the link can tell (subscription)."""
    if tag.stale_s is not None:
        return seconds(tag.stale_s)
    if source.driver in SUBSCRIBED:
        return None
    period = tag.period_s if tag.period_s is not None else source.period_s
    return seconds(max(POLLED_STALE_PERIODS * period, POLLED_STALE_FLOOR_S))


def rules_of(tag: Tag, source: Source) -> tuple[AlarmRule, ...]:
    """The rules that the values of one tag move, gravest first; its bad-data alarm last."""
    stale = stale_after(tag, source)
    found = []
    for kind, limit, priority in (
        (RuleKind.HH, tag.limits.hh, tag.priority_hh),
        (RuleKind.LL, tag.limits.ll, tag.priority_ll),
        (RuleKind.H, tag.limits.h, tag.priority_h),
        (RuleKind.L, tag.limits.l, tag.priority_l),
        (RuleKind.STATE, None if tag.alarm_on is None else float(tag.alarm_on), tag.priority_h),
    ):
        if limit is not None:
            found.append(
                AlarmRule(
                    tag=tag.tag,
                    kind=kind,
                    priority=priority,
                    limit=limit,
                    deadband=0.0 if kind is RuleKind.STATE else tag.deadband,
                    on_delay=seconds(tag.on_delay_s),
                    off_delay=seconds(tag.off_delay_s),
                    latching=tag.latching,
                    stale=stale,
                )
            )
    # A blind point that guards a limit matters more than one that only informs.
    blind = Priority.MEDIUM if found else Priority.LOW
    return (*found, AlarmRule(tag.tag, RuleKind.BAD, blind))


def prealarm_of(tag: Tag) -> AlarmRule | None:
    """The pre-alarm (趋势预警) of a tag that asks for it; moved by forecasts, not by values."""
    if tag.prealarm_min is None or tag.is_digital:
        return None
    return AlarmRule(
        tag=tag.tag,
        kind=RuleKind.RATE,
        priority=tag.priority_prealarm,
        on_delay=seconds(PREALARM_HOLD_S),
        off_delay=seconds(PREALARM_CLEAR_S),
        stale=seconds(FORECAST_STALE_S),
        within=seconds(tag.prealarm_min * 60.0),
    )


def all_rules_of(tag: Tag, source: Source) -> tuple[AlarmRule, ...]:
    """Everything that can alarm of one tag; the pre-alarm last, after all that matters more."""
    ahead = prealarm_of(tag)
    return rules_of(tag, source) if ahead is None else (*rules_of(tag, source), ahead)


def link_rule(source: Source) -> AlarmRule:
    """The loss of a source is an alarm of its own; its tag is `@` and the source's id. Driven by readings of 0 and 1."""
    return AlarmRule(f"@{source.id}", RuleKind.LINK, Priority.HIGH, limit=1.0)


def system_rule(part: str, priority: Priority = Priority.HIGH) -> AlarmRule:
    """An alarm of the station about itself (`journal`, `history`, `clock`), driven by readings of 0 and 1."""
    return AlarmRule(f"@station/{part}", RuleKind.SYSTEM, priority, limit=1.0)


def camera_rule(camera: str, priority: Priority = Priority.MEDIUM) -> AlarmRule:
    """The loss of a camera that watches a hazard source is an alarm of its own. Driven by readings of 0 and 1."""
    return AlarmRule(f"@camera/{camera}", RuleKind.LINK, priority, limit=1.0)
