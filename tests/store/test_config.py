"""Versions of the configuration."""

import pytest

from app.domain.plant import Site
from app.domain.tag import Limits, Tag
from app.store.opening import StationStore
from app.store.rows import ConfigVersion
from tests.store.conftest import Place

ONE = Site(
    "1", "示范化工", tags=(Tag("TK1", limits=Limits(h=5.0)),), pictures={"a.png": b"\x89PNG\0"}, options={"x": [1, "\ud800"]}
)
TWO = Site("1", "示范化工", tags=(Tag("TK1", limits=Limits(h=6.0)),))


def test_every_version_is_kept(place: Place, store: StationStore) -> None:
    assert store.config.current() is None
    assert store.config.versions() == []
    first = store.config.save(ONE, "张工", "投用", 10)
    second = store.config.save(TWO, "李工", "提高高报", 20)
    assert (first.version, first.time, first.by, first.why) == (1, 10, "张工", "投用")
    assert second == ConfigVersion(2, 20, "李工", "提高高报", second.digest)
    place.close()
    again = place.open().config
    assert again.current() == (second, TWO)
    assert again.versions() == [first, second]
    assert again.get(1) == ONE
    with pytest.raises(KeyError):
        again.get(3)


def test_the_same_again_is_no_new_version(place: Place, store: StationStore) -> None:
    first = store.config.save(ONE, "张工", "投用", 10)
    assert store.config.save(ONE, "李工", "再导入", 20) == first
    store.config.save(TWO, "李工", "改", 30)
    back = store.config.save(ONE, "李工", "退回", 40)
    assert (back.version, back.digest) == (3, first.digest)


def test_a_digest_tells_even_1_from_true(store: StationStore) -> None:
    digests = {
        store.config.save(Site("1", "", options={"x": value}), "", "", 1).digest for value in (1, 1.0, True, "1", -0.0, 0.0)
    }
    assert len(digests) == 6
