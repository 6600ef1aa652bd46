"""What a check of the journal looks at beside the chain: seals, the end mark, forms, repairs. Station side.

Fed with every record of the pass; keeps little: a digest under way per seal, sixteen bytes a form, the seals themselves.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Integer, func, select, type_coerce

from app.domain.seal import GivenSeal
from app.store import tables
from app.store.forms import form_digest
from app.store.lines import Raw
from app.store.spans import SpanDigest

REPAIRED = "journal_repaired"
SEAL = "seal"
_COLUMNS = tuple(column.name for column in tables.seal.c)
Fault = tuple[int, str]
"""Number of the record, and what is wrong with it."""


@dataclass(frozen=True)
class Ground:
    """What the end of the pass is held against, of the same moment as its last page. `forms`: id and SHA-256 of the text of
    each form the journal knows by its hash."""

    head: tuple[int, bytes, int] | None
    highest_occurrence: int
    seals: Sequence[Mapping[str, Any]]
    forms: Mapping[int, bytes]


def read_seals(connection: Connection) -> list[dict[str, Any]]:
    query = select(tables.seal).order_by(tables.seal.c.number)
    return [dict(row) for row in connection.execute(query).mappings()]


def ground_of(connection: Connection, witness: "Witness") -> Ground:
    head = connection.execute(select(tables.head.c.last_id, tables.head.c.hash, tables.head.c.last_occurrence)).one_or_none()
    rows = connection.scalar(select(func.max(tables.occurrence.c.occurrence))) or 0
    states = [_occurrence_in(text) for text in connection.scalars(select(tables.rule_state.c.state))]
    forms: dict[int, bytes] = {}
    if witness.forms:
        # a flag as it lies there: to SQLite any number would do for True
        columns = [type_coerce(column, Integer).label("open") if column.name == "open" else column for column in tables.form.c]
        for row in connection.execute(select(*columns)).mappings():
            if row["id"] in witness.forms:
                flag = bool(row["open"]) if row["open"] in (0, 1) else row["open"]
                forms[row["id"]] = _short(bytes.fromhex(form_digest({**row, "open": flag})))
    return Ground(
        None if head is None else (head.last_id, bytes(head.hash).hex().encode(), head.last_occurrence),
        max([rows, *states]),
        read_seals(connection),
        forms,
    )


def _occurrence_in(state: str) -> int:
    try:
        found = json.loads(state)["occurrence"]
    except (ValueError, KeyError, TypeError):
        return 0  # a state is derived data; what the station cannot read it takes by default
    return found if isinstance(found, int) else 0


class Witness:
    def __init__(self, seals: Sequence[Mapping[str, Any]], given: GivenSeal | None) -> None:
        self.notes: list[str] = []
        self.highest_occurrence = 0
        self.forms: dict[int, tuple[int, bytes]] = {}  # form to the record that told of it last, and its hash
        self.sealed_to = 0
        self._told: dict[int, dict[str, Any]] = {}  # seals by number, as the journal tells them
        self._spans: list[tuple[SpanDigest, Mapping[str, Any]]] = []
        self._wanted: dict[int, bytes | None] = {}  # chain hash of these records
        for row in seals:
            first, last = row["first"], row["last"]
            if isinstance(first, int) and isinstance(last, int):  # else the row itself is wrong, and told of at the end
                self._spans.append((SpanDigest(first, last), row))
                self._wanted[last] = None
        self._given = given
        self._given_span: SpanDigest | None = None
        if given is not None:
            self._wanted[given.last] = None
            if given.first:
                self._given_span = SpanDigest(given.first, given.last)
        self._open = 0  # the first span that is not over

    def look(self, row: Raw, hash: bytes) -> None:
        id, _time, kind, _actor, _tag, occurrence, data, _hash, _sound = row
        if occurrence > self.highest_occurrence:
            self.highest_occurrence = occurrence
        if id in self._wanted:
            self._wanted[id] = hash
        if kind == b"alarm":
            return
        if kind == b"seal":
            told = json.loads(data)
            number = told.get("number")
            if isinstance(number, int):
                self._told[number] = {**told, "record": id}
                self.sealed_to = told.get("last", 0)
        elif b'"form_sha256":' in data:
            told = json.loads(data)
            form, digest = told.get("form"), told.get("form_sha256")
            if told.get("outcome") == "not_written":
                return  # tells that an earlier one does not count
            if isinstance(form, int) and isinstance(digest, str):
                self.forms[form] = (id, _short(_bytes(digest)))
        elif kind == b"system" and REPAIRED.encode() in data:
            told = json.loads(data)
            if told.get("what") == REPAIRED:
                self.notes.append(f"第 {id} 条：日志曾在异常断电后修复，{told.get('said', '')}")

    def add_lines(self, low: int, lines: Sequence[bytes]) -> None:
        high = low + len(lines) - 1
        while self._open < len(self._spans) and self._spans[self._open][0].last < low:
            self._open += 1
        for span, _ in self._spans[self._open :]:
            if span.first > high:
                break
            span.add(low, lines)
        if self._given_span is not None:
            self._given_span.add(low, lines)

    # at the end

    def wrong_seals(self, rows: Sequence[Mapping[str, Any]]) -> Fault | None:
        """Table and journal must say the same of every seal, and seals must follow one another."""
        by_number = {row["number"]: row for row in rows}
        expected_first = 1
        for place, (number, told) in enumerate(self._told.items(), 1):
            record = told["record"]
            if number != place or told.get("first") != expected_first:
                return record, f"第 {record} 条记录的日封印第 {number} 号接不上前一个封印"
            expected_first = told.get("last", 0) + 1
            row = by_number.pop(number, None)
            if row is None:
                return record, f"日封印第 {number} 号 (第 {record} 条记录) 不在封印表里：封印表被删改过"
            for name in _COLUMNS:
                # the type counts as well: 7 is not 7.0
                if repr(row[name]) != repr(told.get(name)):
                    return record, f"日封印第 {number} 号 (第 {record} 条记录) 的 {name} 与日志不符：封印表被改动过"
        for number, row in by_number.items():
            at = row["record"] if isinstance(row["record"], int) else 0
            return at, f"封印表里的第 {number} 号日封印在日志里没有：封印表被添加过"
        return None

    def wrong_digests(self) -> Fault | None:
        for span, row in self._spans:
            hash = self._wanted[span.last]
            if hash is None:
                continue  # made while the check was under way
            sha256, sm3 = span.finish()
            if (row["hash"], row["sha256"], row["sm3"]) != (hash.decode(), sha256, sm3):
                return span.last, f"日封印第 {row['number']} 号与第 {span.first} 到 {span.last} 条记录不符"
        return self._wrong_given()

    def _wrong_given(self) -> Fault | None:
        given = self._given
        if given is None:
            return None
        hash = self._wanted[given.last]
        if hash is None:
            return given.last, f"封印说到第 {given.last} 条记录，日志里没有这么多：日志被截断或换过"
        if hash.decode() != given.hash:
            return given.last, f"第 {given.last} 条记录的哈希与封印上的不符：日志在封印之后被改写过"
        if given.first and given.count and given.count != given.last - given.first + 1:
            return given.last, "封印上的条数与起止编号不符：封印文字抄错或被改过"
        if self._given_span is not None:
            for said, found in zip((given.sha256, given.sm3), self._given_span.finish(), strict=True):
                if said and said != found:
                    return given.last, f"第 {given.first} 到 {given.last} 条记录的摘要与封印上的不符"
        if given.signature and not _signed(given):
            return given.last, "封印上的签名不对：封印文字抄错或是伪造的"
        told = self._told.get(given.number)
        if given.number and (told is None or told.get("last") != given.last):
            return given.last, f"日志里第 {given.number} 号日封印不是这一个"
        if given.key and told is not None and told.get("key") != given.key:
            return given.last, "封印上的公钥不是日志里记录的那一个"
        return None

    def wrong_forms(self, ground: Ground) -> Fault | None:
        for form, (record, digest) in self.forms.items():
            found = ground.forms.get(form)
            if found is None:
                return record, f"第 {record} 条记录的表单 {form} 不见了：表单表被删改过"
            if found != digest:
                return record, f"表单 {form} 与第 {record} 条记录不符：表单在日志之外被改动过"
        return None


def _signed(given: GivenSeal) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(given.key, validate=True))
        key.verify(base64.b64decode(given.signature, validate=True), given.signed.encode())
    except (ValueError, InvalidSignature):
        return False
    return True


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _short(digest: bytes) -> bytes:
    """Half of it will do to tell a change, and a hundred thousand forms take little room."""
    return digest[:16]
