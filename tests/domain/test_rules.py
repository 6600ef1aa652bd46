"""From the point table to rules: which, how grave, how patient."""

import pytest

from app.domain.alarm import AlarmRule, RuleKind
from app.domain.instant import SECOND
from app.domain.plant import Source
from app.domain.rules import link_rule, rules_of, stale_after, system_rule
from app.domain.tag import DataType, Limits, Priority, Tag

OPCUA = Source("dcs", "opcua", "opc.tcp://127.0.0.1:4840", period_s=1.0)
MODBUS = Source("gds", "modbus_tcp", "tcp://127.0.0.1:502", period_s=1.0)
SLOW = Source("rtu", "modbus_rtu", "serial:///dev/ttyS0", period_s=20.0)


@pytest.mark.parametrize(
    ("source", "period_s", "stale_s", "after_s"),
    [
        (OPCUA, None, None, None),  # the subscription says when something changes
        (OPCUA, 2.0, None, None),
        (OPCUA, None, 7.5, 7.5),
        (MODBUS, None, None, 10),  # three periods, and never below ten seconds
        (MODBUS, 3.0, None, 10),
        (MODBUS, 4.0, None, 12),
        (SLOW, None, None, 60),
        (SLOW, 1.0, None, 10),  # the tag's own period goes before the source's
        (SLOW, None, 5.0, 5),
        (Source("c", "mqtt", "mqtt://127.0.0.1"), None, None, 10),
    ],
)
def test_how_long_a_tag_may_be_silent(
    source: Source, period_s: float | None, stale_s: float | None, after_s: float | None
) -> None:
    tag = Tag("T", period_s=period_s, stale_s=stale_s)
    assert stale_after(tag, source) == (None if after_s is None else after_s * SECOND)


ALL = Limits(ll=-5.0, l=0.0, h=80.0, hh=90.0)


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        (Tag("T"), "BAD/4"),
        (Tag("T", limits=ALL), "HH/1=90.0 LL/1=-5.0 H/2=80.0 L/2=0.0 BAD/3"),
        (Tag("T", limits=Limits(h=0.0)), "H/2=0.0 BAD/3"),
        (Tag("T", limits=Limits(h=80, l=10), priority_h=Priority.LOW, priority_l=Priority.MEDIUM), "H/4=80 L/3=10 BAD/3"),
        (Tag("T", limits=Limits(hh=90), priority_hh=Priority.HIGH), "HH/2=90 BAD/3"),
        (Tag("T", limits=Limits(ll=1), priority_ll=Priority.LOW), "LL/4=1 BAD/3"),
        (Tag("S", alarm_on=0, data_type=DataType.BOOL), "STATE/2=0.0 BAD/3"),
        (Tag("S", alarm_on=1, priority_h=Priority.CRITICAL), "STATE/1=1.0 BAD/3"),
        (Tag("S", alarm_on=1, limits=Limits(h=3.0)), "H/2=3.0 STATE/2=1.0 BAD/3"),
        (Tag("S", data_type=DataType.BOOL), "BAD/4"),
    ],
)
def test_which_rules(tag: Tag, found: str) -> None:
    def told(rule: AlarmRule) -> str:
        return f"{rule.kind}/{rule.priority:d}" + ("" if rule.limit is None else f"={rule.limit}")

    assert " ".join(map(told, rules_of(tag, MODBUS))) == found


def test_what_the_rules_of_a_tag_share() -> None:
    tag = Tag("T", limits=ALL, alarm_on=1, deadband=0.5, on_delay_s=1.5, off_delay_s=0.25, latching=True)
    *of_limits, state, bad = rules_of(tag, MODBUS)
    assert [one.kind for one in of_limits] == [RuleKind.HH, RuleKind.LL, RuleKind.H, RuleKind.L]
    for one in (*of_limits, state):
        assert (one.tag, one.on_delay, one.off_delay, one.latching, one.stale) == ("T", 1_500_000, 250_000, True, 10 * SECOND)
        assert one.deadband == (0.0 if one is state else 0.5)
        assert one.key == f"T/{one.kind}"
    assert bad == AlarmRule("T", RuleKind.BAD, Priority.MEDIUM), "bad data speaks at once, does not latch and never goes stale"


def test_rules_of_sources_and_of_the_station() -> None:
    assert link_rule(MODBUS) == AlarmRule("@gds", RuleKind.LINK, Priority.HIGH, limit=1.0)
    assert system_rule("journal") == AlarmRule("@station/journal", RuleKind.SYSTEM, Priority.HIGH, limit=1.0)
    assert system_rule("clock", Priority.LOW).priority is Priority.LOW
