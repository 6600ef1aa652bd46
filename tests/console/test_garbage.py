"""The collector in turns of the event loop: what has settled is not gone through again, and what came later still goes."""

import gc
import weakref

import pytest
from PySide6.QtWidgets import QApplication

from app.console import garbage
from app.console.garbage import GarbageOnThisThread


class Ring:
    def __init__(self) -> None:
        self.me = self


def due(collector: GarbageOnThisThread) -> None:
    """As many turns as bring the oldest generation up."""
    for _ in range(400):
        keep = [Ring() for _ in range(800)]
        collector.collect_due()
        keep.clear()


@pytest.fixture
def moving() -> list[bool]:
    return [False]


def test_what_has_settled_is_set_aside_and_a_ring_made_later_goes(qapp: QApplication, moving: list[bool]) -> None:
    collector = GarbageOnThisThread(lambda: moving[0])
    try:
        old, young = Ring(), Ring()
        collector.settle()
        assert not any(one is old for one in gc.get_objects())
        later = Ring()
        gone = weakref.ref(later)
        del later, young
        due(collector)
        assert gone() is None
    finally:
        collector.stop()
    gc.collect()


def test_a_look_at_everything_waits_while_something_moves(
    qapp: QApplication, moving: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(garbage, "WHOLE_EVERY_S", 0.0)
    collector = GarbageOnThisThread(lambda: moving[0])
    try:
        one = Ring()
        gone = weakref.ref(one)
        collector.settle()
        del one
        moving[0] = True
        due(collector)
        assert gone() is not None  # set aside: nobody looked at it
        moving[0] = False
        due(collector)
        assert gone() is None
    finally:
        collector.stop()
    gc.collect()
