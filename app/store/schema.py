"""Brings a database to the layout this program knows; refuses one from a newer program. Station side.

The whole way up is one transaction on both engines: a kill in the middle leaves the old layout.
"""

import logging
from pathlib import Path

logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of its plugins already when it is imported

# ruff: noqa: E402
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from app.store.database import Database
from app.store.ports import StoreUnavailable

_FOLDER = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 0x48617A56


def is_current(database: Database, part: str) -> bool:
    """`part` is "station" or "history". Raises StoreUnavailable when the database comes from a newer program."""
    with database.read() as connection:
        return _is_current(connection, part, database.place)


def upgrade(database: Database, part: str) -> None:
    """Raises StoreUnavailable as `is_current` does."""
    with database.write() as connection:
        if database.is_postgres:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        if _is_current(connection, part, database.place):
            return
        config = _config(part)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _is_current(connection: Connection, part: str, place: str) -> bool:
    context = MigrationContext.configure(connection, opts={"version_table": _version_table(part)})
    script = ScriptDirectory.from_config(_config(part))
    present = context.get_current_heads()
    ours = {revision.revision for revision in script.walk_revisions()}
    if unknown := sorted(set(present) - ours):
        raise StoreUnavailable(
            f"{place}: 数据库由更新版本的程序建立 (布局 {unknown[0]}), 本程序读不懂; 请安装新版程序, 数据没有被改动"
        )
    return set(present) == set(script.get_heads())


def _version_table(part: str) -> str:
    return f"layout_{part}"


def _config(part: str) -> Config:
    config = Config()
    # the ini parser behind it takes % as a variable
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("version_locations", str(_FOLDER / part).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["version_table"] = _version_table(part)
    return config
