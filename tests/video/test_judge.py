"""Frozen, black and covered: real pictures, drawn, encoded and decoded, one table; and the hysteresis on plain arrays."""

from collections.abc import Sequence
from functools import cache

import av
import numpy as np
import pytest

from app.video.judge import Judge, JudgeLimits, Luma, Verdict, changed, look, small
from app.video.ports import Picture
from tests.peers import video_media

LIVE, FROZEN, BLACK, COVERED = Picture.LIVE, Picture.FROZEN, Picture.BLACK, Picture.COVERED
SIZE = (352, 288)
RATE = 5
"""Pictures a second and a GOP of one second: as many key pictures as a camera sends in twice the time."""


def night(number: int) -> np.ndarray:
    """Nothing moves; the noise of a calm sensor, and nothing else, tells that it lives."""
    base = video_media.draw(3, *SIZE, kind="still").astype(int) // 2
    return np.clip(base + np.random.default_rng(number).normal(0, 1.0, base.shape[:2])[..., None], 0, 255).astype(np.uint8)


def clock(number: int) -> np.ndarray:
    """Not even noise: only a clock overlay of one camera moves."""
    picture = video_media.draw(3, *SIZE, kind="still")
    for digit in range(4):
        on = (number // RATE) >> digit & 1
        picture[260:280, 20 + 14 * digit : 30 + 14 * digit] = 235 if on else 16
    return picture


def lamp(number: int) -> np.ndarray:
    """A dark yard with one lamp: not black."""
    picture = video_media.draw(number, *SIZE, kind="black")
    picture[40:70, 100:130] = 220
    return picture


def fog(number: int) -> np.ndarray:
    """Contrast goes slowly, as weather does it; what is left can still be seen."""
    return (video_media.draw(number, *SIZE).astype(int) // 2 + 90).astype(np.uint8)


SCENES = {"night": night, "clock": clock, "lamp": lamp, "fog": fog}


@cache
def pictures(kind: str, codec: str = "h264") -> tuple[tuple[Luma, bool], ...]:
    """20 s, encoded at a small camera's rate and decoded again."""

    frames = 20 * RATE
    drawn = (SCENES[kind](n) for n in range(frames)) if kind in SCENES else video_media.drawn(frames, *SIZE, kind)
    decoder = av.CodecContext.create("h264" if codec == "h264" else "hevc", "r")
    found = []
    for data, key in video_media.encode(codec, drawn, gop=RATE, fps=RATE, kbit=300):
        for picture in decoder.decode(av.Packet(data)):
            plane = picture.planes[0]
            rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: picture.height, : picture.width]
            found.append((small(rows), key))
    return tuple(found)


def run(judge: Judge, acts: Sequence[tuple[str, float]], codec: str = "h264") -> list[tuple[float, Picture]]:
    """Changes of the verdict, with the second at which they came. Acts: (kind, seconds)."""
    changes: list[tuple[float, Picture]] = []
    now, last = 100.0, LIVE
    for kind, seconds in acts:
        scene = pictures(kind, codec)
        for number in range(round(seconds * RATE)):
            luma, key = scene[number % len(scene)]
            verdict = judge.take(luma, key, now)
            if verdict.picture is not last:
                last = verdict.picture
                changes.append((now - 100.0, last))
            now += 1 / RATE
    return changes


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        ([("moving", 20)], []),
        ([("night", 20)], []),
        ([("clock", 20)], []),
        ([("lamp", 20)], []),
        ([("moving", 8), ("fog", 10)], []),
        ([("moving", 8), ("black", 8), ("moving", 8)], [BLACK, LIVE]),
        ([("moving", 8), ("covered", 8), ("moving", 8)], [COVERED, LIVE]),
        ([("black", 8)], [BLACK]),
        ([("covered", 8)], [COVERED]),
        ([("moving", 8), ("still", 20), ("moving", 4)], [FROZEN, LIVE]),
        ([("moving", 8), ("black", 2), ("moving", 8)], []),
        ([("moving", 8), ("covered", 2), ("moving", 8)], []),
    ],
    ids=lambda value: " ".join(f"{kind}{seconds}" for kind, seconds in value) if value and isinstance(value[0], tuple) else "",
)
def test_scenes(acts: list[tuple[str, float]], expected: list[Picture]) -> None:
    assert [picture for _, picture in run(Judge(), acts)] == expected


def test_the_same_with_another_codec() -> None:
    acts = [("night", 8), ("black", 5), ("night", 4), ("still", 18), ("night", 3)]
    assert [picture for _, picture in run(Judge(), acts, "h265")] == [BLACK, LIVE, FROZEN, LIVE]


def test_when_it_is_told() -> None:
    limits = JudgeLimits()
    changes = run(Judge(limits), [("moving", 8), ("covered", 8), ("moving", 8)])
    assert [round(at, 1) for at, _ in changes] == pytest.approx([8 + limits.covered_s, 16 + limits.back_s], abs=0.5)
    (frozen, back) = run(Judge(limits), [("moving", 8), ("still", 20), ("moving", 4)])
    assert limits.frozen_s <= frozen[0] - 8 <= limits.frozen_s + 6  # after the encoder has settled
    assert back[0] - 28 <= 1.0


def flat(level: int, rows: int = 72, columns: int = 88) -> Luma:
    return np.full((rows, columns), level, np.uint8)


def textured(seed: int, spread: int = 60) -> Luma:
    coarse = np.random.default_rng(seed).integers(128 - spread, 128 + spread, (18, 22))
    return np.kron(coarse, np.ones((4, 4))).astype(np.uint8)


def test_what_flickers_is_not_told() -> None:
    judge, now = Judge(), 0.0
    for number in range(200):
        black = number % 4 < 2  # a second black, a second not
        verdict = judge.take(flat(16) if black else textured(number), True, now)
        assert verdict.picture is LIVE, number
        now += 0.5


def test_a_verdict_has_its_beginning() -> None:
    judge = Judge()
    for second in range(10):
        judge.take(textured(second), True, float(second))
    for second in range(10, 16):
        verdict = judge.take(flat(16), True, float(second))
    assert verdict == Verdict(BLACK, 10.0)


def test_half_the_usual_is_not_covered_and_a_fifth_is() -> None:
    for spread, expected in ((30, LIVE), (10, COVERED)):
        judge = Judge()
        for second in range(20):
            judge.take(textured(second), True, float(second))
        for second in range(20, 30):
            verdict = judge.take(textured(second, spread), True, float(second))
        assert verdict.picture is expected, (spread, look(textured(0, spread)))


def test_pictures_between_keys_end_a_freeze_only_by_what_moves() -> None:
    judge = Judge()
    still = textured(1)
    for second in range(15):
        verdict = judge.take(still, True, float(second))
    assert verdict.picture is FROZEN
    assert judge.take(still + np.uint8(1), False, 15.0).picture is FROZEN  # an encoder polishes
    walker = still.copy()
    walker[20:30, 20:30] = 250
    assert judge.take(walker, False, 15.5).picture is LIVE


def test_without_key_pictures_nothing_is_called_frozen() -> None:
    judge = Judge()
    assert {judge.take(textured(1), False, float(second)).picture for second in range(60)} == {LIVE}


def test_another_resolution_is_something_new() -> None:
    assert changed(flat(100), flat(100, 144, 176), JudgeLimits())[0]


def test_small_takes_full_range_to_video_range() -> None:
    plane = np.array([[0, 128, 255]] * 8, np.uint8)
    assert small(plane, full_range=True).tolist()[0] == [16, 125, 235]
    assert small(plane).tolist()[0] == [0, 128, 255]
