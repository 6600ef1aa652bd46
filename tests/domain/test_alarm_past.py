"""States told again from what the journal says, beside the machine that made them."""

from dataclasses import replace

from hypothesis import HealthCheck, settings

from app.domain.alarm import AlarmState, Event, RuleState, What
from app.domain.alarm_past import Told, retold
from tests.domain.test_alarm_machine import START, AlarmMachine

_SEEN = (
    "active", "latched", "acked", "announced", "occurrence", "raised_at", "cleared_at", "acked_at", "acked_by", "note", "value",
    "limit", "source_lost_since", "shelved_until", "shelved_by", "shelve_reason", "suppressed", "masked_by", "out_of_service",
)  # fmt: skip


class ToldAgain(AlarmMachine):
    """Every transition as the journal keeps it; the state retold is the state, in all that can be seen."""

    def send(self, event: Event) -> None:
        before = self.state
        if not hasattr(self, "again"):
            self.again = RuleState()
        super().send(event)
        if self.state is before:
            return
        for one in self.transitions:
            told = Told(
                what=one.what,
                at=one.at,
                before=one.before,
                after=one.after,
                occurrence=one.occurrence,
                annunciate=one.annunciate,
                value=one.value,
                limit=self.rule.limit,
                source_time=self.state.source_time,
                by=one.by,
                note=one.note,
                until=self.state.shelved_until if one.what is What.SHELVED else None,
                latching=self.rule.latching,
            )
            self.again = retold(self.again, told)
        for name in _SEEN:
            assert getattr(self.again, name) == getattr(self.state, name), name

    def agrees(self, transitions: tuple) -> None:
        self.transitions = transitions
        super().agrees(transitions)


ToldAgain.TestCase.settings = settings(
    max_examples=50,
    stateful_step_count=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestToldAgain = ToldAgain.TestCase


def test_a_line_that_is_missing_is_made_good_from_the_next() -> None:
    """In a storm that the journal could not take, lines were given up: the next one says where it began and where it ended."""
    standing = RuleState(active=True, acked=False, occurrence=7, raised_at=START)
    over = Told(What.CLEARED, START + 9, AlarmState.ACKED, AlarmState.NORM, 7)
    assert retold(standing, over).shown is AlarmState.NORM
    raised = Told(What.RAISED, START, AlarmState.NORM, AlarmState.UNACK, 8, annunciate=True, value=1.0, limit=0.5)
    again = retold(replace(standing, out_of_service="W-1"), raised)
    assert (again.shown, again.occurrence, again.out_of_service) == (AlarmState.UNACK, 8, "")
