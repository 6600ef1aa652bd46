"""Runs every behaviour of `conformance.py` over every rig of every driver."""

import importlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.drivers.conformance import BEHAVIOURS
from tests.drivers.rigs import Rig, RigEntry

PROTOCOLS = ("opcua", "modbus")
ENTRIES: tuple[RigEntry, ...] = tuple(
    entry
    for protocol in PROTOCOLS
    if (Path(__file__).parent / f"{protocol}_rigs.py").exists()
    for entry in importlib.import_module(f"tests.drivers.{protocol}_rigs").RIGS
)


@pytest.fixture(scope="session", params=[pytest.param(entry, id=entry.name, marks=entry.marks) for entry in ENTRIES])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RigEntry, Rig]]:
    entry: RigEntry = request.param
    rig = entry.make()
    rig.open(tmp_path_factory.mktemp(entry.name))
    try:
        yield entry, rig
    finally:
        rig.close()


@pytest.fixture
async def rig(opened: tuple[RigEntry, Rig], behaviour: str) -> AsyncIterator[Rig]:
    entry, rig = opened
    if behaviour in entry.not_applicable:
        pytest.skip(f"{entry.name}: {entry.not_applicable[behaviour]}")
    await rig.start()
    try:
        yield rig
    finally:
        await rig.stop()


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
async def test_behaviour(behaviour: str, rig: Rig) -> None:
    await BEHAVIOURS[behaviour](rig)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_only_real_behaviours_are_declared_not_applicable(entry: RigEntry) -> None:
    assert set(entry.not_applicable) <= set(BEHAVIOURS)
    assert all(len(reason) > 10 for reason in entry.not_applicable.values())
