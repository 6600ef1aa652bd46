"""Escalations: what is due when, over any sequence of rounds; bundling in a storm."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.duty import OVERDUE, UNSIGNED, Duty, Waiting, between, bundled, escalation, reminders, rungs_of
from app.domain.instant import MINUTE
from app.domain.plant import Equipment
from app.domain.settings.handling import HandlingSettings, Rung

RUNGS = (Rung(0, "操作", "1"), Rung(10, "技术", "2"), Rung(30, "主要", "3"))


def waiting(**more: object) -> Waiting:
    return Waiting(UNSIGNED, "occurrence:1", "液位高高报", "critical", 100 * MINUTE, 5 * MINUTE, **more)  # type: ignore[arg-type]


def test_the_ladder_from_the_desk_upwards() -> None:
    duties = escalation(waiting(responsible="赵六"), RUNGS)
    assert [(d.level, d.person, d.at // MINUTE) for d in duties] == [
        (0, "赵六", 105),
        (1, "操作", 105),
        (2, "技术", 115),
        (3, "主要", 135),
    ]
    assert "5 分钟" in duties[0].text and "又过 30 分钟" in duties[3].text and duties[3].contact == "3"
    assert len({d.key for d in duties}) == 4


def test_reminders_while_not_cleared() -> None:
    assert [d.at // MINUTE for d in reminders(waiting(), (5, 10, 30))] == [105, 110, 130]


@given(st.lists(st.integers(0, 60 * MINUTE), min_size=1, max_size=20))
def test_any_rounds_tell_everything_once(moments: list[int]) -> None:
    """Whatever the moments of the rounds, and of restarts between them: nothing twice, nothing left out."""
    duties = escalation(waiting(), RUNGS)
    until, told = 0, []
    for now in sorted(100 * MINUTE + moment for moment in moments):
        told += between(duties, until, now)
        until = now
    assert told == [duty for duty in duties if duty.at <= until]


def test_a_storm_is_told_in_one_word() -> None:
    many = [
        Duty(OVERDUE, at, 1, "操作", "", f"form:{at}", f"表单超时：{at}号", "", "critical" if at == 7 else "low", "H1")
        for at in range(20)
    ]
    one = Duty(OVERDUE, 3, 2, "主要", "", "form:3", "表单超时：3号", "", "low", "H1")
    told = bundled([*many, one])
    assert [(d.person, len(d.more)) for d in told] == [("主要", 0), ("操作", 19)]
    assert told[1].subject == "form:7" and "共 20 项" in told[1].title and "7号" in told[1].title


def test_the_three_persons_come_from_the_equipment_table() -> None:
    extra = {"操作负责人": "甲", "操作负责人电话": "138", "主要负责人": "丙"}
    equipment = (
        Equipment("V-1", hazard_source="H1", extra=extra),
        Equipment("V-2", hazard_source="H2", extra={"主要负责人": " "}),
    )
    settings = HandlingSettings(ladders={"H3": RUNGS})
    assert rungs_of(settings, equipment) == {"H1": (Rung(0.0, "甲", "138"), Rung(30.0, "丙", "")), "H3": RUNGS}
