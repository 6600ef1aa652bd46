"""What a person asks of the journal, as a search of the store. Station side, pure."""

from collections.abc import Mapping
from typing import Any

from app.domain.journal_words import codes_of
from app.store.rows import Search, Word

MOST_WORDS = 8


def search_of(filters: Mapping[str, Any], before: int | None, limit: int) -> Search:
    """`filters`: start, end (instants), kinds, actor, tag, occurrence, text, after; what is missing or empty does not count."""
    words = str(filters.get("text") or "").split()[:MOST_WORDS]
    return Search(
        before=before,
        after=filters.get("after") or 0,
        start=filters.get("start"),
        end=filters.get("end"),
        kinds=tuple(filters.get("kinds") or ()),
        actor=filters.get("actor") or None,
        tag=filters.get("tag") or None,
        occurrence=filters.get("occurrence") or None,
        words=tuple(Word(word, codes_of(word)) for word in words),
        limit=limit,
    )
