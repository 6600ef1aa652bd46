"""Chunks as blobs: nothing changes on the way, to the last bit, and nothing that was damaged is believed."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.sample import Sample, good
from app.store.history_codec import (
    QUICK,
    SMALL,
    Axis,
    Damaged,
    pack,
    pack_axis,
    unpack,
    unpack_axis,
)
from app.store.samples import Block, columns, extras_text, to_samples
from tests.store.test_samples import said, samples

ROWS = st.lists(samples, min_size=1, max_size=40)


@given(ROWS, st.sampled_from([QUICK, SMALL]))
def test_a_blob_with_its_own_times_is_lossless(given: list[Sample], level: int) -> None:
    block = columns(given)
    extras = extras_text(block.extras)
    found = unpack(pack(block, None, extras, level), extras, None)
    assert said(to_samples("T", found.block)) == said(given)
    assert found.places is None


@given(ROWS, st.randoms())
def test_a_blob_on_an_axis_is_lossless(given: list[Sample], chance: random.Random) -> None:
    block = columns(given)
    pairs = sorted({*zip(block.source.tolist(), block.receive.tolist(), strict=True), (5, 6), (7, 7)})
    axis = unpack_axis(pack_axis(Axis(*(np.array(one, np.int64) for one in zip(*pairs, strict=True)))))
    assert list(zip(axis.source.tolist(), axis.receive.tolist(), strict=True)) == pairs
    places = np.array([pairs.index((one.source_time, one.receive_time)) for one in given], np.int64)
    extras = extras_text(block.extras)
    found = unpack(pack(block, places, extras), extras, axis)
    assert said(to_samples("T", found.block)) == said(given)
    assert found.places is not None
    assert found.places.tolist() == places.tolist()


NUMBERS = {
    "constant": [7.25] * 50,
    "decimals": [round(20 + n * 0.1, 1) for n in range(50)],
    "cents": [n / 100 for n in (3, 1, 4, 1, 5, 9, 2, 6) * 6],
    "12 bits": [-10 + (n * 7919 % 40) * 60 / 4095 for n in range(400)],
    "float32": [float(np.float32(0.1) * (n % 9)) for n in range(400)],
    "any": [math.sin(n) * 10 ** (n % 30) for n in range(50)],
    "signs of zero": [0.0, -0.0, 1.0] * 20,
    "not numbers": [math.nan, math.inf, -math.inf, 5e-324, 1.7e308] * 5,
    "totals": [1e15 + n / 8 for n in range(50)],
}


@pytest.mark.parametrize("name", NUMBERS)
def test_every_bit_of_every_kind_of_signal(name: str) -> None:
    given = [good("T", value, 1000 * n, 1000 * n + 5) for n, value in enumerate(NUMBERS[name])]
    block = columns(given)
    back = unpack(pack(block, None, None), None, None).block
    assert back.number.view(np.int64).tolist() == block.number.view(np.int64).tolist()
    assert back.source.tolist() == block.source.tolist()


@pytest.mark.parametrize("bits", [0x7FF8000000000001, 0xFFF0000000000000, 0x8000000000000000, 0x0000000000000001])
def test_every_bit_of_a_float(bits: int) -> None:
    number = np.array([bits, bits, 0], np.uint64).view(np.float64)
    steps = np.arange(3, dtype=np.int64)
    block = Block(steps, steps, number, np.zeros(3, np.uint16))
    assert unpack(pack(block, None, None), None, None).block.number.view(np.uint64).tolist() == [bits, bits, 0]


def test_signals_of_a_plant_are_small() -> None:
    """Levels with the noise of a 12-bit card, times with a jitter of milliseconds that all tags share."""
    chance = random.Random(1)
    source = np.cumsum(np.array([1_000_000 + chance.randrange(-3000, 3000) for _ in range(7200)], np.int64))
    receive = source + np.array([chance.randrange(2000, 9000) for _ in range(7200)], np.int64)
    value = np.array([(2000 + n // 90 + round(chance.gauss(0, 2))) * 10 / 4095 for n in range(7200)])
    block = Block(source, receive, value, np.zeros(7200, np.uint16))
    shared = len(pack(block, np.arange(7200), None))
    assert shared < 0.8 * 7200
    assert len(pack(block, None, None)) > 2 * shared, "the times are what costs"


def test_damage_is_seen_wherever_it_is() -> None:
    block = columns([Sample(*good("T", n / 10, n * 1000, n * 1000 + 7)[:-1], "例外") for n in range(300)])
    extras = extras_text(block.extras)
    assert extras is not None
    body = pack(block, None, extras)
    for at in range(len(body)):
        wrong = bytearray(body)
        wrong[at] ^= 0x10
        with pytest.raises(Damaged):
            unpack(bytes(wrong), extras, None)
    for cut in (b"", body[:5], body[:-1], body + b"\0"):
        with pytest.raises(Damaged):
            unpack(cut, extras, None)
    with pytest.raises(Damaged):
        unpack(body, extras.replace("1", "2", 1), None)
    with pytest.raises(Damaged):
        unpack(pack(block, np.arange(300), extras), extras, None)
    with pytest.raises(Damaged):
        unpack(pack(block, np.arange(300), extras), extras, Axis(np.arange(9), np.arange(9)))
