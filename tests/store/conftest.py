"""Both engines under one suite: a test that takes `place` runs on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, make_url

from app.store import open_store
from app.store.opening import StationStore
from tests.store.postgres import PostgresServer, postgres

__all__ = ["postgres"]


@dataclass
class Place:
    """Where a store lives. `open` may be called again after `close`: a restart of the station."""

    data: Path
    url: str | None
    opened: list[StationStore] = field(default_factory=list)

    def open(self, exclusive: bool = True) -> StationStore:
        store = open_store(self.data, self.url, exclusive=exclusive)
        self.opened.append(store)
        return store

    def close(self) -> None:
        for store in self.opened:
            store.close()
        self.opened.clear()

    def meddle(self, *statements: str, file: str = "station.db") -> None:
        """Behind the store's back, as a person with a database tool."""
        url = f"sqlite:///{self.data / file}" if self.url is None else make_url(self.url).set(drivername="postgresql+psycopg")
        engine = create_engine(url)
        with engine.begin() as connection:
            for statement in statements:
                self._run(connection, statement)
        engine.dispose()

    @staticmethod
    def _run(connection: Connection, statement: str) -> None:
        connection.exec_driver_sql(statement)


def _wants_it_ready(request: pytest.FixtureRequest) -> bool:
    """Who asks for the open `store` does not ask how its layout came about."""
    return "store" in request.fixturenames


@pytest.fixture(autouse=True)
def upkeep_at_leisure(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due is done with the call that makes it due, however busy the machine is."""
    monkeypatch.setattr("app.store.historian.UPKEEP_S", 60.0)


@pytest.fixture
def sqlite_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "data", None)
    if _wants_it_ready(request):
        shutil.copytree(request.getfixturevalue("laid_out"), made.data)
    yield made
    made.close()


@pytest.fixture
def postgres_place(request: pytest.FixtureRequest, tmp_path: Path, postgres: PostgresServer) -> Iterator[Place]:
    like = request.getfixturevalue("laid_out_database") if _wants_it_ready(request) else ""
    url = postgres.new_database(like)
    made = Place(tmp_path / "data", url)
    yield made
    made.close()
    postgres.drop(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(f"{request.param}_place")
    return found


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with both layouts and nothing in them. Those who test how a layout comes about open a `place`."""
    folder = tmp_path_factory.mktemp("laid_out") / "data"
    _lay_out(folder, None)
    return folder


@pytest.fixture(scope="session")
def laid_out_database(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = postgres.new_database()
    _lay_out(tmp_path_factory.mktemp("laid_out") / "data", url)
    yield url
    postgres.drop(url)


def _lay_out(folder: Path, url: str | None) -> None:
    store = open_store(folder, url)
    store.historian.last()
    store.close()


@pytest.fixture
def store(place: Place) -> StationStore:
    return place.open()
