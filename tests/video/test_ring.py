"""The ring: reaches back as far as promised, begins at a key packet, never grows."""

import random
import threading
from dataclasses import replace

import pytest

from app.domain.instant import SECOND
from app.video.ring import Ring, reaches_back
from tests.video.making import EPOCH, FPS, GOP, packets


def filled(ring: Ring, seconds: float) -> Ring:
    for packet in packets(seconds):
        ring.add(packet)
    return ring


def test_reaches_back_and_no_more_than_a_gop_further() -> None:
    ring = Ring(seconds=5.0)
    for packet in packets(20):
        ring.add(packet)
        span = ring.span
        assert span is not None
        held = (span[1] - span[0]) / SECOND
        assert held <= 5.0 + GOP / FPS
        if packet.wall - EPOCH > 6 * SECOND:
            assert held >= 5.0


@pytest.mark.parametrize("back_s", [0.0, 0.3, 1.0, 2.5, 4.99])
def test_a_clip_begins_at_a_key_packet_at_or_before_its_start(back_s: float) -> None:
    ring = filled(Ring(seconds=5.0), 20)
    assert ring.span is not None
    start = ring.span[1] - round(back_s * SECOND)
    first = ring.since(start)[0]
    assert first.key and start - GOP / FPS * SECOND < first.wall <= start
    assert reaches_back(ring, start)


def test_too_early_a_start_gives_the_oldest() -> None:
    ring = filled(Ring(seconds=5.0), 20)
    assert ring.span is not None and ring.since(EPOCH)[0].wall == ring.span[0]
    assert not reaches_back(ring, EPOCH)


def test_nothing_before_the_first_key_packet() -> None:
    ring = Ring()
    for packet in packets(2)[5:]:
        ring.add(packet)
    assert ring.since(EPOCH)[0].key and len(ring.since(EPOCH)) == GOP
    assert Ring().span is None and Ring().since(EPOCH) == []


def test_nothing_of_another_connection_before_its_key_packet() -> None:
    """A camera that comes back in the middle of a group: it leans on what was missed."""
    ring, made = Ring(seconds=60.0), packets(4)
    again = replace(made[0].info)
    for packet in [*made[: GOP + 5], *(replace(one, info=again) for one in made[GOP + 9 :])]:
        ring.add(packet)
    assert list(ring.since(EPOCH)) == [*made[: GOP + 5], *(replace(one, info=again) for one in made[2 * GOP :])]


def test_bytes_are_bounded_whatever_comes() -> None:
    sizes = [len(packet.data) for packet in packets(4)]
    cap = sum(sizes) // 2
    ring = Ring(seconds=60.0, max_bytes=cap)
    for packet in packets(20):
        ring.add(packet)
        assert ring.size <= cap
        kept = ring.since(0)
        assert ring.size == sum(len(one.data) for one in kept)
        assert not kept or kept[0].key
    assert ring.overflows > 0


def test_a_gop_larger_than_the_ring_is_not_kept_in_half() -> None:
    made = packets(4)
    ring = Ring(max_bytes=sum(len(packet.data) for packet in made[:10]))
    for packet in made:
        ring.add(packet)
        assert ring.size <= ring.max_bytes
        assert not ring.since(0) or ring.since(0)[0].key


def test_a_cursor_sees_each_packet_once_while_the_ring_turns() -> None:
    made = packets(12)
    ring = Ring(seconds=3.0)
    seen: list[float] = []
    done = threading.Event()

    def follow() -> None:
        cursor = 0
        while True:
            last = done.is_set()
            found, cursor = ring.read(cursor)
            seen.extend(packet.arrived for packet in found)
            if last:
                return

    reader = threading.Thread(target=follow)
    reader.start()
    chance = random.Random(1)
    for packet in made:
        ring.add(packet)
        if chance.random() < 0.3:
            done.wait(0.001)
    done.set()
    reader.join()
    assert seen == [packet.arrived for packet in made]


def test_who_reads_too_late_goes_on_at_a_key_packet() -> None:
    ring = Ring(seconds=2.0)
    made = packets(12)
    for packet in made[:30]:
        ring.add(packet)
    _, cursor = ring.read(0)
    for packet in made[30:]:
        ring.add(packet)
    late, _ = ring.read(cursor)
    assert late[0].key and late[-1] is made[-1]
