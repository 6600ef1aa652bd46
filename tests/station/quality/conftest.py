from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.station.quality.rig import Day


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    made = Day(tmp_path / "data")
    yield made
    made.store.close()
