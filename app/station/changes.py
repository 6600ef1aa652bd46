"""What the alarm engine says happened, on its way to the journal and then to the feed. Station side; frozen."""

from dataclasses import dataclass, fields, replace

from app.domain.alarm import AlarmRule, RuleState, Transition


@dataclass(frozen=True, slots=True)
class Change:
    """One transition of one rule, and the whole state before and after the step it belongs to."""

    rule: AlarmRule
    before: RuleState
    state: RuleState
    transition: Transition

    @property
    def key(self) -> str:
        return self.rule.key


@dataclass(frozen=True, slots=True)
class Undo:
    """What one command did to one rule, so that it can be taken back when it could not be written."""

    key: str
    before: RuleState
    after: RuleState

    def applied_to(self, state: RuleState) -> RuleState:
        """`state` as if the command had not been: only fields the command set and nothing has set since go back, and when a
        new occurrence has begun since only the overlays do. A new alarm is never acknowledged by taking something back."""
        back = {}
        for name in _FIELDS if state.occurrence == self.after.occurrence else _OVERLAYS:
            old, new = getattr(self.before, name), getattr(self.after, name)
            if old != new and getattr(state, name) == new:
                back[name] = old
        return replace(state, **back) if back else state


_OVERLAYS = ("shelved_until", "shelved_by", "shelve_reason", "suppressed", "masked_by", "out_of_service")
_FIELDS = tuple(field.name for field in fields(RuleState))
