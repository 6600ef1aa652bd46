"""Samples as columns and blobs: nothing changes on the way, not even the type of a number or the sign of a zero."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.sample import Quality, Reason, Sample
from app.store.samples import QUALITIES, REASONS, columns, join, to_samples, unpack

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
def test_columns_are_lossless(given: list[Sample]) -> None:
    block = columns(given)
    assert said(to_samples("T", block)) == said(given)


@given(st.lists(st.lists(samples, min_size=1, max_size=5), max_size=4), st.randoms())
def test_joined_and_taken_apart(parts: list[list[Sample]], chance: object) -> None:
    whole = join([columns(part) for part in parts])
    flat = [one for part in parts for one in part]
    assert said(to_samples("T", whole)) == said(flat)
    order = list(range(len(flat)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    order = order[: len(order) // 2 + 1]
    assert said(to_samples("T", whole.take(np.array(order, np.int64)))) == said([flat[at] for at in order])


def test_every_quality_and_reason_has_a_code() -> None:
    assert set(QUALITIES) == set(Quality)
    assert set(REASONS) == set(Reason), "append new reasons to REASONS"


def test_codes_stand_in_files_and_never_move() -> None:
    assert [quality.value for quality in QUALITIES] == ["good", "uncertain", "bad"]
    assert [reason.value for reason in REASONS[:16]] == [
        "", "no_data_yet", "comm_lost", "timeout", "stale", "device_failure", "sensor_failure", "not_connected", "config_error",
        "wrong_type", "out_of_range", "out_of_service", "last_usable", "substituted", "clock", "unspecified",
    ]  # fmt: skip


def test_a_chunk_of_the_first_layout_is_still_read() -> None:
    planes = bytes([1] + [0] * 7) + bytes([2] + [0] * 7) + bytes.fromhex("000000000000f83f") + bytes.fromhex("4200")
    assert to_samples("T", unpack(b"z" + zlib.compress(planes), None)) == [
        Sample("T", 1.5, Quality.BAD, Reason.COMM_LOST, 1, 3),
    ]
    for wrong in (b"", b"q123", b"z123", b"z" + zlib.compress(planes[1:])):
        with pytest.raises(ValueError, match=r"."):
            unpack(wrong, None)
