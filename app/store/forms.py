"""Forms over both engines: how a row is kept, and the search. Station side.

They are written by `journal.py`, in the transaction of the record that tells who moved them.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row, Select, func, select

from app.domain.instant import Instant
from app.store.chain import data_text
from app.store.database import Database
from app.store.rows import FormRow
from app.store.tables import form, form_text
from app.store.texts import clean

_DIGESTED = tuple(column.name for column in form.c)


class StationForms:
    """Fills `ports.Forms`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, id: int) -> FormRow | None:
        with self._database.read() as connection:
            row = connection.execute(select(form).where(form.c.id == id)).one_or_none()
        return None if row is None else _form(row)

    def find(
        self,
        kind: str | None = None,
        subject: str | None = None,
        open: bool | None = None,
        state: str | None = None,
        start: Instant | None = None,
        end: Instant | None = None,
        text: str | None = None,
        after: int | None = None,
        limit: int = 200,
    ) -> list[FormRow]:
        query: Select[Any] = select(form)
        for column, wanted in ((form.c.kind, kind), (form.c.subject, subject), (form.c.open, open), (form.c.state, state)):
            if wanted is not None:
                query = query.where(column == wanted)
        if start is not None:
            query = query.where(form.c.created_at >= start)
        if end is not None:
            query = query.where(form.c.created_at < end)
        words = (text or "").casefold().split()
        if words:
            query = query.join(form_text, form_text.c.id == form.c.id)
        for word in words:
            query = query.where(form_text.c.text.contains(clean(word), autoescape=True))
        if after is not None:
            query = query.where(form.c.id < after)
        with self._database.read() as connection:
            return [_form(row) for row in connection.execute(query.order_by(form.c.id.desc()).limit(limit))]

    def last_id(self) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(func.max(form.c.id))) or 0

    def counts(self) -> dict[str, int]:
        with self._database.read() as connection:
            rows = connection.execute(select(form.c.kind, func.count()).where(form.c.open).group_by(form.c.kind)).all()
        return {kind: count for kind, count in rows}


def text_row(one: FormRow) -> dict[str, Any]:
    """What is looked through in a search: every text once."""
    texts = dict.fromkeys((one.title, one.subject, *_texts(one.body)))
    return {"id": one.id, "text": clean("\n".join(text for text in texts if text)).casefold()}


def form_row(one: FormRow) -> dict[str, Any]:
    body = clean(json.dumps(one.body, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    return {
        "id": one.id,
        "kind": clean(one.kind),
        "state": clean(one.state),
        "subject": clean(one.subject),
        "title": clean(one.title),
        "priority": clean(one.priority),
        "open": one.open,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "due_at": one.due_at,
        "body": body,
    }


def form_digest(row: Mapping[Any, Any]) -> str:
    """SHA-256 of a form as it stands in the table; the journal's record of each move carries it, so that a form changed behind
    the journal's back is found."""
    kept = {name: row[name] for name in _DIGESTED}
    return hashlib.sha256(data_text(kept).encode()).hexdigest()


def digest_of(one: FormRow) -> str:
    return form_digest(form_row(one))


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _form(row: Row[*tuple[Any, ...]]) -> FormRow:
    return FormRow(
        row.id, row.kind, row.state, row.subject, row.title, row.priority, row.open, row.created_at, row.updated_at, row.due_at,
        json.loads(row.body),
    )  # fmt: skip
