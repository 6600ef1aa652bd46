"""Streams without cameras for walls and pages."""

import pytest

from tests.widgets.video.synthetic import SyntheticFeeds


@pytest.fixture
def feeds() -> SyntheticFeeds:
    return SyntheticFeeds()
