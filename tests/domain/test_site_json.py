"""A site survives the way to JSON text and back without any change."""

import json
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.plant import (
    Background,
    Camera,
    Equipment,
    EquipmentStatus,
    EquipmentType,
    Layout,
    LayoutItem,
    Site,
    Source,
)
from app.domain.site_json import site_from_dict, site_pieces, site_to_dict
from app.domain.tag import DataType, Kind, Limits, Priority, Tag, WordOrder

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
number = st.floats(allow_nan=False, width=64)
finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.dictionaries(text, text, max_size=2)
# `fold` is left out: no file format can say it
moment = st.datetimes(timezones=st.sampled_from([None, UTC]), allow_imaginary=False).map(lambda at: at.replace(fold=0))
loose = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        number,
        text,
        st.binary(max_size=8),
        moment,
        st.dates(),
        st.times().map(lambda at: at.replace(fold=0)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=2).map(tuple),
        st.dictionaries(st.one_of(text, st.just("$"), st.just("of")), inner, max_size=3),
    ),
    max_leaves=5,
)
options = st.dictionaries(text, loose, max_size=2)
limits = st.builds(Limits, *[st.one_of(st.none(), number)] * 4)
tags = st.builds(
    Tag,
    tag=text,
    name=text,
    equipment=text,
    kind=st.sampled_from(Kind),
    unit=text,
    range_low=st.one_of(st.none(), finite),
    range_high=st.one_of(st.none(), finite),
    decimals=st.integers(0, 9),
    source=text,
    address=text,
    data_type=st.sampled_from(DataType),
    word_order=st.sampled_from(WordOrder),
    scale=finite,
    offset=finite,
    period_s=st.one_of(st.none(), finite),
    stale_s=st.one_of(st.none(), finite),
    limits=limits,
    alarm_on=st.sampled_from([None, 0, 1]),
    priority_hh=st.sampled_from(Priority),
    priority_h=st.sampled_from(Priority),
    latching=st.booleans(),
    guidance=text,
    camera=st.lists(text, max_size=2).map(tuple),
    extra=texts,
)
equipment = st.builds(
    Equipment,
    equipment=text,
    type=st.sampled_from(EquipmentType),
    hazard_level=st.sampled_from([None, 1, 4]),
    capacity_t=st.one_of(st.none(), finite),
    status=st.sampled_from(EquipmentStatus),
    extra=texts,
)
items = st.builds(
    LayoutItem,
    id=text,
    type=text,
    x=finite,
    y=finite,
    bind=texts,
    cameras=st.lists(text, max_size=2).map(tuple),
    options=options,
)
layouts = st.builds(
    Layout,
    id=text,
    title=text,
    level=st.integers(1, 4),
    extent=st.tuples(finite, finite, finite, finite),
    items=st.lists(items, max_size=2).map(tuple),
    background=st.one_of(
        st.none(), st.builds(Background, file=text, affine=st.one_of(st.none(), st.tuples(*[finite] * 6)), dim=finite)
    ),
    raw=options,
)
sites = st.builds(
    Site,
    code=text,
    name=text,
    sources=st.lists(st.builds(Source, id=text, driver=text, url=text, unit=st.integers(), options=options), max_size=2).map(
        tuple
    ),
    tags=st.lists(tags, max_size=2).map(tuple),
    equipment=st.lists(equipment, max_size=2).map(tuple),
    cameras=st.lists(
        st.builds(Camera, camera=text, equipment=st.lists(text, max_size=2).map(tuple), extra=texts), max_size=2
    ).map(tuple),
    layouts=st.lists(layouts, max_size=1).map(tuple),
    pictures=st.dictionaries(text, st.binary(max_size=20), max_size=2),
    options=options,
)


def through_text(site: Site) -> Site:
    return site_from_dict(json.loads(json.dumps(site_to_dict(site), allow_nan=False)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sites)
def test_every_site_comes_back_exactly(site: Site) -> None:
    back = through_text(site)
    assert back == site
    # `==` does not tell 1 from 1.0 from True, nor -0.0 from 0.0; the written form does
    assert repr(back) == repr(site)
    assert "".join(site_pieces(site)) == json.dumps(site_to_dict(site), sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize(
    "value",
    [
        float("inf"),
        float("-inf"),
        -0.0,
        2**70,
        (1, (2, [3])),
        {"$": "tuple", "of": [1]},
        b"\x00\xff",
        datetime(2026, 11, 21, 2, 40, tzinfo=UTC),
        date(2026, 11, 21),
        time(2, 40, 0, 250000),
        [None, True, 1, "1"],
    ],
    ids=repr,
)
def test_option_values_keep_their_type(value: object) -> None:
    site = Site("1", "厂", options={"x": value})
    assert repr(through_text(site).options) == repr({"x": value})


def test_no_number_stays_no_number() -> None:
    back = through_text(Site("1", "厂", options={"x": float("nan")})).options["x"]
    assert isinstance(back, float) and back != back


def test_unknown_fields_are_ignored_and_missing_ones_defaulted() -> None:
    data = site_to_dict(Site("1", "厂", tags=(Tag("A", unit="m"),)))
    del data["timezone"], data["tags"][0]["decimals"]
    data["new_table"] = [1]
    data["tags"][0]["new_field"] = {"a": 1}
    assert site_from_dict(data) == Site("1", "厂", tags=(Tag("A", unit="m"),))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": 99}, "升级"),
        ({"tags": [{}]}, "损坏"),
        ({"tags": 5}, "损坏"),
        ({"tags": [{"tag": "A", "kind": "aura"}]}, "aura"),
        ({"options": {"x": {"$": "matrix", "of": []}}}, "matrix"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        site_from_dict({**site_to_dict(Site("1", "厂")), **change})


def test_what_json_cannot_hold_is_refused_when_written() -> None:
    with pytest.raises(ValueError, match="object"):
        site_to_dict(Site("1", "厂", options={"x": object()}))
