"""Moments of the alarms over both engines (报警快照): rows that spare a replay the way from the first record of the journal.

Station side. What stands in them, and how it is made from the journal, is the station's affair (`app.station.replay_index`).
"""

from sqlalchemy import delete, func, select

from app.domain.instant import Instant
from app.store.database import Database
from app.store.rows import MomentRow
from app.store.tables import moment


class StationMoments:
    """Fills `ports.Moments`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keep = database.upsert(moment)

    def keep(self, row: MomentRow) -> None:
        values = {"id": row.id, "time": row.time, "low": row.low, "hash": row.hash, "body": row.body}
        with self._database.write() as connection:
            connection.execute(self._keep, [values])

    def newest(self, before: int | None = None) -> MomentRow | None:
        query = select(moment).order_by(moment.c.id.desc()).limit(1)
        if before is not None:
            query = query.where(moment.c.id < before)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else MomentRow(row.id, row.time, row.low, row.hash, bytes(row.body))

    def reaching(self, at: Instant) -> int | None:
        with self._database.read() as connection:
            found: int | None = connection.scalar(select(func.max(moment.c.id)).where(moment.c.low <= at))
        return found

    def after(self, id: int) -> int | None:
        with self._database.read() as connection:
            found: int | None = connection.scalar(select(func.min(moment.c.id)).where(moment.c.id > id))
        return found

    def drop(self, since: int) -> None:
        with self._database.write() as connection:
            connection.execute(delete(moment).where(moment.c.id >= since))
