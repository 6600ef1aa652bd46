"""What every desk under test has: a client that waits with the patience of the tests."""

import pytest

from tests.pace import ENOUGH_S


@pytest.fixture(autouse=True)
def patient_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """A login that is not answered in time is told to the person, who tries again; nobody does in a test."""
    monkeypatch.setattr("app.console.client.CONNECT_S", ENOUGH_S)
    monkeypatch.setattr("app.console.client.ANSWER_S", ENOUGH_S)
