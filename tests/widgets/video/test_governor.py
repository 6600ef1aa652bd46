"""Under load panes give way in order, and never the ones that matter."""

from widgets.video.governor import CALM_S, EVERY_S, OWN_CORES, PATIENCE, Governor, Share, Step


def run(
    governor: Governor, windows: list[tuple[float, float]], now: float = 0.0, own_cores: float = 0.9
) -> tuple[list[Step], float]:
    steps = []
    for late, unseen in windows:
        now += EVERY_S
        governor.judge(late, unseen, own_cores, now)
        steps.append(governor.step)
    return steps, now


def test_one_bad_moment_changes_nothing() -> None:
    governor = Governor()
    assert run(governor, [(300, 0.0), (5, 0.0), (300, 0.0), (5, 0.0), (5, 0.5)])[0] == [Step.FULL] * 5


def test_down_step_by_step_and_up_only_after_a_calm_while() -> None:
    governor = Governor()
    steps, now = run(governor, [(80, 0.0)] * (PATIENCE * 6))
    assert steps[-1] is Step.ALL_KEYS
    assert sorted(steps) == steps
    calm = int(CALM_S / EVERY_S)
    steps, now = run(governor, [(5, 0.0)] * calm, now)
    assert steps[:-1] == [Step.ALL_KEYS] * (calm - 1)
    assert steps[-1] is Step.KEYS
    steps, _ = run(governor, [(5, 0.0)] * calm * 4, now)
    assert steps[-1] is Step.FULL


def test_pictures_nobody_saw_count_when_the_screen_is_late() -> None:
    assert run(Governor(), [(25, 0.2)] * PATIENCE)[0][-1] is Step.HALF
    assert run(Governor(), [(25, 0.0)] * PATIENCE * 4)[0][-1] is Step.FULL
    assert run(Governor(), [(5, 0.2)] * PATIENCE * 4)[0][-1] is Step.FULL  # a camera that sends in bursts


def test_others_take_the_time() -> None:
    """A program that itself does little gives up nothing for them, nor takes back what it gave up while they do."""
    governor = Governor()
    steps, now = run(governor, [(300, 0.5)] * PATIENCE * 4, own_cores=OWN_CORES - 0.1)
    assert set(steps) == {Step.FULL}
    _, now = run(governor, [(300, 0.5)] * PATIENCE, now, own_cores=OWN_CORES)
    assert governor.step is Step.HALF
    steps, _ = run(governor, [(300, 0.5)] * int(2 * CALM_S / EVERY_S), now, own_cores=0.1)
    assert set(steps) == {Step.HALF}


def test_who_gives_way() -> None:
    governor = Governor()
    for step in Step:
        governor.step = step
        assert governor.share(0, 9, True) == Share()  # chosen or with an alarm: every picture
        assert not governor.share(0, 1, False).keys_only
    governor.step = Step.HALF
    assert {governor.share(rank, 4, False) for rank in range(4)} == {Share(every=2)}  # all alike
    governor.step = Step.KEYS
    assert [governor.share(rank, 4, False).every for rank in range(4)] == [2, 2, 1, 1]
    assert [governor.share(rank, 4, False).keys_only for rank in range(4)] == [False, False, True, True]
    governor.step = Step.ALL_KEYS
    assert all(governor.share(rank, 4, False).keys_only for rank in range(4))
