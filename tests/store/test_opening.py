"""Opening a store: who may, what layout, and what is left behind when it fails."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from app.store import open_store, schema, tables
from app.store.historian import StationHistorian
from app.store.journal import StationJournal
from app.store.opening import StationStore
from app.store.ports import StoreUnavailable
from app.store.rows import Record
from tests.store.conftest import Place

ROOT = Path(__file__).parents[2]


def test_a_new_folder_is_private(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        store = open_store(tmp_path / "a" / "data")
        store.historian.append([])
        store.journal.append([Record(1, "system")])
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "a" / "data").iterdir()}
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a" / "data").stat().st_mode) == 0o700
    assert {"station.db", "history.db", "station.lock"} <= modes.keys()
    assert set(modes.values()) == {0o600}, modes
    store.close()
    store.close()


def test_one_station_a_folder(sqlite_place: Place) -> None:
    first = sqlite_place.open()
    with pytest.raises(StoreUnavailable, match=f"进程 {os.getpid()}"):
        sqlite_place.open()
    sqlite_place.open(exclusive=False).journal.append([Record(1, "command")])
    first.journal.append([Record(2, "command")])
    first.close()
    assert sqlite_place.open().journal.verify().count == 2


def test_the_lock_goes_with_its_process(tmp_path: Path) -> None:
    code = "import sys, pathlib, app.store; app.store.open_store(pathlib.Path(sys.argv[1])); print(1, flush=True); input()"
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(StoreUnavailable, match=f"进程 {other.pid}"):
            open_store(tmp_path)
        other.kill()
    open_store(tmp_path).close()


def test_a_tool_may_make_the_store_and_leaves_the_lock(place: Place) -> None:
    tool = place.open(exclusive=False)
    tool.journal.append([Record(1, "command")])
    assert place.open().journal.last_id() == 1


@pytest.mark.parametrize(("part", "version"), [("station", "s9999"), ("history", "h9999")])
def test_a_database_from_a_newer_program_is_left_alone(place: Place, part: str, version: str) -> None:
    place.open().historian.last()
    place.close()
    place.meddle(f"UPDATE layout_{part} SET version_num = '{version}'", file=f"{part}.db")
    if part == "history":
        with pytest.raises(StoreUnavailable, match="更新版本的程序"):
            place.open().historian.append([])  # nothing asked, nothing done
            place.opened[-1].historian.last()
        return
    for exclusive in (True, False):
        with pytest.raises(StoreUnavailable, match=f"更新版本的程序.*{version}"):
            place.open(exclusive=exclusive)


def test_a_killed_upgrade_leaves_the_old_layout(sqlite_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(config: object, revision: str) -> None:
        upgrade(config, revision)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    upgrade = schema.command.upgrade
    monkeypatch.setattr(schema.command, "upgrade", broken)
    with pytest.raises(KeyboardInterrupt):
        sqlite_place.open()
    with pytest.raises(Exception, match="no such table"):
        sqlite_place.meddle("SELECT * FROM journal")
    monkeypatch.undo()
    assert sqlite_place.open().journal.append([Record(1, "system")])[0].id == 1


def test_the_migrations_lead_to_the_tables_the_program_knows(store: StationStore) -> None:
    store.historian.last()
    assert isinstance(store.journal, StationJournal)
    assert isinstance(store.historian, StationHistorian)
    for database, part, metadata, other in (
        (store.journal._database, "station", tables.station, tables.history),
        (store.historian._database, "history", tables.history, tables.station),
    ):
        foreign = {*other.tables, "layout_station", "layout_history"}

        def ours(thing: object, name: str | None, kind: str, *_: object, foreign: set[str] = foreign) -> bool:
            return not (kind == "table" and name in foreign)

        with database.read() as connection:
            context = MigrationContext.configure(
                connection, opts={"version_table": f"layout_{part}", "compare_type": True, "include_object": ours}
            )
            assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("kind", ["file", "below a file"])
def test_a_place_that_is_no_folder(tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnavailable, match="不是文件夹"):
        open_store(tmp_path / "file" if kind == "file" else tmp_path / "file" / "data")


def test_an_odd_folder_name(tmp_path: Path) -> None:
    folder = tmp_path / "数据 50%? #1;a=b"
    store = open_store(folder)
    assert store.journal.append([Record(1, "system")])[0].id == 1
    store.close()
    assert (folder / "station.db").exists()
