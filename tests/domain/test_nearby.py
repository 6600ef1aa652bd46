"""Where a tag is drawn, and which detectors are near."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.nearby import detectors_near, place_of
from app.domain.plant import Layout, LayoutItem


def item(name: str, kind: str, x: float, y: float, **more: object) -> LayoutItem:
    return LayoutItem(name, kind, x, y, **more)  # type: ignore[arg-type]


TANK = item("e1", "tank.vertical", 0, 0, equipment="V-1", bind={"level": "LT"})
GAS = tuple(
    item(f"g{n}", "gas_detector", x, y, bind={"value": f"GT{n}"}) for n, (x, y) in enumerate([(30, 40), (3, 4), (40, 31)])
)
LAYOUTS = (
    Layout("all", "", 1, (0, 0, 9, 9), (item("o", "tank.vertical", 5, 5, equipment="V-1", bind={"level": "LT"}),)),
    Layout("farm", "", 2, (0, 0, 9, 9), (item("t", "text", 1, 1, equipment="V-1"), TANK, *GAS, item("v", "value", 1, 1))),
)


def test_the_deepest_layout_counts() -> None:
    assert place_of(LAYOUTS, "LT") == (LAYOUTS[1], TANK)


def test_a_tag_drawn_nowhere_is_at_its_equipment() -> None:
    assert place_of(LAYOUTS, "PT", "V-1") == (LAYOUTS[1], TANK), "not the text beside it"
    assert place_of(LAYOUTS, "PT", "V-9") is None and place_of(LAYOUTS, "PT") is None


def test_nearest_first_and_none_beyond() -> None:
    found = detectors_near(LAYOUTS[1], TANK, 50)
    assert [(one.item.id, one.distance_m) for one in found] == [("g1", 5.0), ("g0", 50.0)]


def test_a_detector_is_not_its_own_neighbour() -> None:
    assert [one.item.id for one in detectors_near(LAYOUTS[1], GAS[1], 1e9)] == ["g0", "g2"]


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)), max_size=30), st.floats(0, 2e4))
def test_all_within_and_only_those(places: list[tuple[float, float]], radius: float) -> None:
    gas = tuple(item(f"g{n}", "gas_detector", x, y) for n, (x, y) in enumerate(places))
    found = detectors_near(Layout("l", "", 2, (0, 0, 1, 1), (TANK, *gas)), TANK, radius)
    distances = [one.distance_m for one in found]
    assert distances == sorted(distances)
    assert len(found) == sum((x * x + y * y) ** 0.5 <= radius for x, y in places) or any(
        abs((x * x + y * y) ** 0.5 - radius) < 1e-6 * max(radius, 1) for x, y in places
    )
