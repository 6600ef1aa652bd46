"""Any package's tags move quietly, and their transmitters say only what their type can say."""

from random import Random

import pytest

from app.domain.plant import Site
from app.domain.tag import DataType, Kind, Limits, Tag
from app.plant.field import field_of
from app.plant.generic import GenericModel, band
from app.plant.scale import scaled_package, scaled_site
from app.plant.sensor import measured
from app.site.load import load_site
from drivers.modbus.formats import encode


@pytest.mark.parametrize(
    ("tag", "low", "high"),
    [
        (Tag("a", range_low=0, range_high=10), 2, 8),
        (Tag("a", range_low=0, range_high=10, limits=Limits(1, 2, 8, 9)), 3.2, 6.8),
        (Tag("a", range_low=0, range_high=100, limits=Limits(h=25, hh=50)), 1.25, 12.5),
        (Tag("a", range_low=-50, range_high=50, limits=Limits(ll=-40, l=-30)), -14, 34),
        (Tag("a"), 20, 80),
        (Tag("a", data_type=DataType.UINT16, scale=0.001, range_high=100), 6.5532, 26.2128),
    ],
)
def test_band(tag: Tag, low: float, high: float) -> None:
    assert band(tag) == pytest.approx((low, high))


@pytest.mark.parametrize("data_type", DataType)
@pytest.mark.parametrize(("scale", "offset"), [(1.0, 0.0), (0.1, 0.0), (0.01, -50.0)])
def test_every_type_can_say_every_reading(data_type: DataType, scale: float, offset: float) -> None:
    tag = Tag("a", data_type=data_type, scale=scale, offset=offset, range_low=max(0.0, offset), range_high=90.0)
    model = GenericModel([tag], Random(1))
    for _ in range(200):
        model.step(1.0)
        reading = model.truth()["a"] if tag.is_digital else measured(tag, float(model.truth()["a"]), Random(2))
        encode(reading, data_type, scale=scale, offset=offset)


@pytest.mark.parametrize(("alarm_on", "rests"), [(1, False), (0, True), (None, False)])
def test_contacts_stand_where_they_do_not_alarm(alarm_on: int | None, rests: bool) -> None:
    field, _ = field_of(Site("x", "", tags=(Tag("s", kind=Kind.SWITCH, data_type=DataType.BOOL, alarm_on=alarm_on),)), 1)
    field.step(100.0)
    assert field.readings() == {"s": rests}


@pytest.mark.parametrize("true", [-5.0, 0.0, 3.3333, 9.9, 50.0])
def test_a_transmitter_shows_its_range_in_twelve_bits(true: float) -> None:
    tag = Tag("a", range_low=0, range_high=10)
    steps = {measured(tag, true, Random(seed)) / (10 / 4095) for seed in range(50)}
    assert all(0 <= step <= 4095 and step == pytest.approx(round(step), abs=1e-6) for step in steps)
    assert all(abs(step * 10 / 4095 - min(max(true, 0), 10)) < 0.05 for step in steps)


@pytest.mark.parametrize("tags", [1, 79, 400])
def test_a_plant_of_any_size_is_a_faultless_package(tags: int, tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path)) / "site"
    scaled_package(folder, tags)
    site = load_site(folder)
    assert len(site.tags) == tags == len({tag.address for tag in site.tags})
    assert site.tags == scaled_site(tags).tags
    assert len(site.layouts) == -(-tags // 80)


def test_in_a_scaled_plant_nearly_every_value_moves_every_second() -> None:
    field, _ = field_of(scaled_site(1000), 1)
    field.step(1.0)
    before = field.readings()
    field.step(1.0)
    after = field.readings()
    assert sum(before[name] != after[name] for name in before) > 900
