"""Both engines under one suite: a test that takes `place` runs on SQLite and on PostgreSQL."""

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


@pytest.fixture
def sqlite_place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "data", None)
    yield made
    made.close()


@pytest.fixture
def postgres_place(tmp_path: Path, postgres: PostgresServer) -> Iterator[Place]:
    made = Place(tmp_path / "data", postgres.new_database())
    yield made
    made.close()
    assert made.url is not None
    postgres.drop(made.url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(f"{request.param}_place")
    return found


@pytest.fixture
def store(place: Place) -> StationStore:
    return place.open()
