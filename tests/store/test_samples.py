"""Samples as columns and blobs: nothing changes on the way, not even the type of a number or the sign of a zero."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.sample import Quality, Reason, Sample, bad, good
from app.store.samples import QUALITIES, REASONS, columns, extras_text, join, pack_plain, pack_small, to_samples, unpack

values = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(-(2**63), 2**64 - 1), st.integers(-5, 5), st.text(max_size=6)
)
times = st.one_of(st.integers(1_700_000_000_000_000, 1_700_000_100_000_000), st.integers(-(2**62), 2**62))
samples = st.builds(
    Sample,
    tag=st.just("T"),
    value=values,
    quality=st.sampled_from(Quality),
    reason=st.sampled_from(Reason),
    source_time=times,
    receive_time=times,
    detail=st.one_of(st.just(""), st.text(max_size=6)),
)


def said(all_samples: list[Sample]) -> list[str]:
    """repr tells 1 from 1.0 from True, and NaN from NaN nothing."""
    return [repr(one) for one in all_samples]


@given(st.lists(samples, min_size=1, max_size=30))
def test_both_forms_are_lossless(given: list[Sample]) -> None:
    block = columns(given)
    assert said(to_samples("T", block)) == said(given)
    for pack in (pack_plain, pack_small):
        assert said(to_samples("T", unpack(pack(block), extras_text(block.extras)))) == said(given)


@given(st.lists(st.lists(samples, min_size=1, max_size=5), max_size=4), st.randoms())
def test_joined_and_taken_apart(parts: list[list[Sample]], chance: object) -> None:
    whole = join([columns(part) for part in parts])
    flat = [one for part in parts for one in part]
    assert said(to_samples("T", whole)) == said(flat)
    order = list(range(len(flat)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    order = order[: len(order) // 2 + 1]
    assert said(to_samples("T", whole.take(np.array(order, np.int64)))) == said([flat[at] for at in order])


@pytest.mark.parametrize("bits", [0x7FF8000000000001, 0xFFF0000000000000, 0x8000000000000000, 0x0000000000000001])
def test_every_bit_of_a_float(bits: int) -> None:
    value = float(np.array([bits], np.uint64).view(np.float64)[0])
    block = columns([good("T", value, 1, 2)])
    (back,) = to_samples("T", unpack(pack_small(block), None))
    assert isinstance(back.value, float)
    assert math.copysign(1, back.value) == math.copysign(1, value)
    assert np.array([back.value]).view(np.uint64)[0] == bits


def test_every_quality_and_reason_has_a_code() -> None:
    assert set(QUALITIES) == set(Quality)
    assert set(REASONS) == set(Reason), "append new reasons to REASONS"


def test_codes_stand_in_files_and_never_move() -> None:
    assert [quality.value for quality in QUALITIES] == ["good", "uncertain", "bad"]
    assert [reason.value for reason in REASONS[:16]] == [
        "", "no_data_yet", "comm_lost", "timeout", "stale", "device_failure", "sensor_failure", "not_connected", "config_error",
        "wrong_type", "out_of_range", "out_of_service", "last_usable", "substituted", "clock", "unspecified",
    ]  # fmt: skip


def test_a_blob_of_an_earlier_program_is_still_read() -> None:
    body = bytes.fromhex("72" + "0100000000000000" + "0300000000000000" + "000000000000f83f" + "4200")
    assert to_samples("T", unpack(body, None)) == [
        Sample("T", 1.5, Quality.BAD, Reason.COMM_LOST, 1, 3),
    ]


@pytest.mark.parametrize("body", [b"", b"x", b"r123", b"q" + bytes(26)])
def test_a_blob_of_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="unknown form"):
        unpack(body, None)


def test_what_is_no_value_is_refused() -> None:
    with pytest.raises(TypeError, match="list"):
        columns([bad("T", Reason.NONE, 1, value=[1])])  # type: ignore[arg-type]


def test_a_regular_chunk_is_small() -> None:
    """Ten minutes of a tank level at 1 Hz, 12-bit converter: an order of magnitude below 26 bytes a sample."""
    level = [round(2048 + 100 * math.sin(n / 90) + (n * 7919 % 5)) * 10 / 4096 for n in range(600)]
    block = columns([good("T", v, n * 1_000_000, n * 1_000_000 + 20_000 + n * 31 % 7) for n, v in enumerate(level)])
    assert len(pack_small(block)) / 600 < 4
