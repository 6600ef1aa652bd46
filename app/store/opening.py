"""Opens the store of a station: one data folder, SQLite in it or PostgreSQL by URL. Station side. The one place that puts the
parts together.

In the folder: `station.db` (journal, states, accounts, configuration), `journal.mark` (how far the journal came), `history.db`
(samples), `secrets` with `secrets.key`, and `station.lock`, held by the one station that runs on it. With PostgreSQL the two
databases live there, the rest stays here.
"""

import os
from pathlib import Path

from app.store.accounts import StationAccounts
from app.store.backup import write_backup
from app.store.clips import StationClips
from app.store.config import StationConfig
from app.store.database import Database, postgres_database, sqlite_database
from app.store.errors import known
from app.store.forms import StationForms
from app.store.historian import StationHistorian
from app.store.journal import StationJournal
from app.store.lock import StationLock
from app.store.mark import JournalMark, Marked, read_mark
from app.store.moments import StationMoments
from app.store.outbox import StationOutbox
from app.store.ports import (
    Accounts,
    Clips,
    ConfigStore,
    Forms,
    Historian,
    Journal,
    Moments,
    Outbox,
    QualityResults,
    Seals,
    Secrets,
    StoreUnavailable,
)
from app.store.quality import StationQuality
from app.store.repair import repair
from app.store.schema import is_current, upgrade
from app.store.seals import StationSeals
from app.store.secrets import StationSecrets


class StationStore:
    """Fills `ports.Store`."""

    def __init__(
        self, data: Path, url: str | None, station: Database, history: Database, lock: StationLock | None, repaired: str = ""
    ) -> None:
        self.data, self.url, self.repaired = data, url, repaired
        self._station = station
        self._history = history
        self._lock = lock
        self._mark = None if lock is None else JournalMark(data)
        journal = StationJournal(station, self._mark)
        self.journal: Journal = journal
        self.seals: Seals = StationSeals(station, journal)
        self.forms: Forms = StationForms(station)
        self.clips: Clips = StationClips(station)
        self.moments: Moments = StationMoments(station)
        self.outbox: Outbox = StationOutbox(station)
        self.quality: QualityResults = StationQuality(station)
        self.historian: Historian = StationHistorian(history)
        self.accounts: Accounts = StationAccounts(station)
        self.config: ConfigStore = StationConfig(station)
        self.secrets: Secrets = StationSecrets(data)

    def backup(self, file: str) -> None:
        if self._station.is_postgres:
            raise StoreUnavailable(
                "数据在 PostgreSQL 里, 请用 PostgreSQL 自己的 pg_dump 备份; 数据目录里的 secrets 和 secrets.key 请另外复制保存"
            )
        write_backup(self.data, Path(file))

    def close(self) -> None:
        self._station.close()
        self._history.close()
        if self._mark is not None:
            self._mark.close()
        if self._lock is not None:
            self._lock.release()


def open_store(data: Path, url: str | None = None, *, exclusive: bool = True) -> StationStore:
    """Makes the folder (0700) and brings the database to this program's layout.

    `exclusive`: for the station, of which there is one; False for tools that may run beside it (verify, backup, accounts).
    Raises StoreUnavailable with a Chinese sentence: folder not writable, another station there, database from a newer program,
    damaged, or server away.
    """
    with known(str(data)):
        if data.exists() and not data.is_dir():
            raise StoreUnavailable(f"{data} 不是文件夹; 请另选数据目录")
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = StationLock(data) if exclusive else None
    opened: list[Database] = []
    repaired = ""
    try:
        mark = read_mark(data)
        if url is None:
            _refuse_emptied(data, mark)
            for name in ("station.db", "history.db"):
                _make_private(data / name)
            opened.append(station := sqlite_database(data / "station.db"))
            opened.append(history := sqlite_database(data / "history.db"))
        else:
            opened.append(station := postgres_database(url, exclusive=exclusive))
            opened.append(history := postgres_database(url, exclusive=False))
        if exclusive:
            upgrade(station, "station")
            repaired = repair(station, mark)
        elif not is_current(station, "station"):
            # a tool newer than a running station must not change the ground under it
            open_store(data, url, exclusive=True).close()
    except BaseException:
        for database in opened:
            database.close()
        if lock is not None:
            lock.release()
        raise
    return StationStore(data, url, station, history, lock, repaired)


def _refuse_emptied(data: Path, mark: Marked | None) -> None:
    """A station that lost its database must not begin a new one as if nothing had been."""
    journal, history = data / "station.db", data / "history.db"
    if journal.exists() and journal.stat().st_size:
        return
    known_of = f"这里曾有 {mark.id} 条日志" if mark is not None and mark.id else ""
    if not known_of and history.exists() and history.stat().st_size:
        known_of = "这里已有历史数据"
    if known_of:
        raise StoreUnavailable(
            f"{journal}: 数据库文件{'是空的' if journal.exists() else '不见了'}, 而{known_of}; 没有启动, 以免从空白开始。"
            "请用 hazwatch restore 把备份恢复到一个新的数据目录; 确实要从头开始, 也请换一个新的数据目录"
        )


def _make_private(file: Path) -> None:
    # SQLite gives its side files the mode of the main file
    with known(str(file)):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
