"""Seals of the journal on both engines, and a changed byte anywhere: found, at its record."""

import base64
import hashlib
import random
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, create_engine, make_url, text

import app.store.verify
from app.domain.alarm import RuleState
from app.domain.seal import LATE, MIDNIGHT, Seal, read_seal, seal_text, signed_text
from app.store.chain import data_text, line
from app.store.forms import digest_of
from app.store.opening import StationStore
from app.store.rows import FormRow, OccurrenceRow, Record
from tests.store.conftest import Place

SITE = "370300001"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def signed(seal: Seal) -> Seal:
    public = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
    return replace(seal, key=public, signature=base64.b64encode(KEY.sign(signed_text(seal, SITE).encode())).decode())


def form(state: str = "open") -> FormRow:
    return FormRow(1, "handling", state, "occurrence:1", "处置", "high", True, 1, 1, None, {"fields": {"note": "现场"}})


def fill(store: StationStore, count: int = 12) -> None:
    store.journal.append(
        [Record(1000 + n, "alarm", "张工", f"TK{n}", n, {"value": n / 7}) for n in range(1, count + 1)],
        {f"TK{n}/H": RuleState(occurrence=n, active=True) for n in range(1, count + 1)},
        [OccurrenceRow(n, f"TK{n}", "H", "high", "V", "UNACK", 1.0, 1.0, "", "", n) for n in range(1, count + 1)],
    )


def make(store: StationStore, last: int, day: str = "2026-11-21", cause: str = MIDNIGHT) -> Seal:
    made = store.seals.make(day, cause, 5000, last, signed)
    assert made is not None
    return made


def test_a_seal_says_what_anybody_can_compute(store: StationStore) -> None:
    fill(store)
    one = make(store, 10)
    assert (one.number, one.first, one.last, one.count, one.record) == (1, 1, 10, 10, 13)
    written = store.journal.read(0, 100)
    assert one.hash == written[9].hash
    lines = [
        line(w.id, w.record.time, w.record.kind, w.record.actor, w.record.tag, w.record.occurrence, data_text(w.record.data))
        for w in written[:10]
    ]
    body = "".join(f"{one}\n" for one in lines).encode()
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(body)
    assert (one.sha256, one.sm3) == (hashlib.sha256(body).hexdigest(), sm3.finalize().hex())
    told = written[12].record
    assert (told.kind, told.actor, told.data["number"], told.data["hash"]) == ("seal", "@station", 1, one.hash)
    assert store.seals.list() == [one] == [store.seals.get(1)]


def test_seals_follow_one_another_and_leave_nothing_out(place: Place, store: StationStore) -> None:
    assert store.seals.last() is None and store.seals.open_since() is None
    fill(store)
    assert store.seals.open_since() == (1, 1001)
    make(store, 10)
    assert store.seals.open_since() == (11, 1011)
    second = make(store, 13, cause=LATE)
    assert (second.first, second.last, second.number) == (11, 13, 2)
    with pytest.raises(ValueError, match="还没有可以封印"):
        store.seals.make("2026-11-22", MIDNIGHT, 1, 13, signed)
    place.close()
    again = place.open()
    assert [one.number for one in again.seals.list(before=2)] == [1]
    verdict = again.journal.verify()
    assert (verdict.broken_at, verdict.seals, verdict.sealed_to) == (None, 2, 13)


def test_the_end_of_a_day_goes_by_the_first_record_of_a_later_one(store: StationStore) -> None:
    times = [10, 20, 15, 99, 30, 100, 40, 110]  # a clock that was set back in between
    store.journal.append([Record(at, "alarm") for at in times])
    assert store.seals.last_before(1, 99) == 3
    assert store.seals.last_before(4, 100) == 5
    assert store.seals.last_before(1, 1000) == 8


def test_no_seal_over_records_that_do_not_fit(place: Place, store: StationStore) -> None:
    fill(store)
    place.meddle("UPDATE journal SET actor = '李工' WHERE id = 7")
    with pytest.raises(ValueError, match="第 7 条"):
        make(store, 12)
    assert store.seals.list() == []


def test_a_seal_that_takes_too_long_is_left(store: StationStore) -> None:
    fill(store)
    assert store.seals.make("2026-11-21", MIDNIGHT, 1, 12, signed, lambda: False) is None
    assert (store.seals.list(), store.journal.last_id()) == ([], 12)


def test_a_seal_on_paper_proves_the_journal(place: Place, store: StationStore) -> None:
    fill(store)
    paper = seal_text(make(store, 10), SITE)
    fill_more = [Record(9, "login", "zhao")]
    store.journal.append(fill_more)
    whole = read_seal(paper.replace(" ", "\n"))
    assert store.journal.verify(given=whole).broken_at is None
    assert store.journal.verify(given=read_seal(f"last=10 hash={whole.hash.upper()}")).broken_at is None
    for wrong, at in (
        (paper.replace("number=1 ", "number=2 "), 10),  # not what was signed
        (f"last=10 hash={'0' * 64}", 10),
        (f"last=999 hash={whole.hash}", 999),
        (f"first=2 last=10 hash={whole.hash} sm3={whole.sm3}", 10),
    ):
        verdict = store.journal.verify(given=read_seal(wrong))
        assert (verdict.broken_at, bool(verdict.message)) == (at, True), wrong


def test_a_journal_written_anew_from_end_to_end_does_not_fit_the_paper(place: Place, store: StationStore, tmp_path) -> None:
    """Whoever owns the machine can make a whole chain; not one that fits a seal printed before."""
    fill(store)
    paper = read_seal(seal_text(make(store, 10), SITE))
    forged = Place(tmp_path / "forged", None)
    other = forged.open()
    other.journal.append([Record(1000 + n, "alarm", "李工", f"TK{n}", n, {"value": 1}) for n in range(1, 20)])
    make(other, 10)
    assert other.journal.verify().broken_at is None
    assert other.journal.verify(given=paper).broken_at == 10
    forged.close()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "last="), ("last=1", "hash="), ("last=x hash=" + "0" * 64, "编号"), ("last=1 hash=12", "64 位"),
        ("last=1 last=2 hash=" + "0" * 64, "两次"), ("hello", "看不懂"), ("last=1 at=now hash=" + "0" * 64, "不是时间"),
    ],
)  # fmt: skip
def test_what_is_no_seal(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_seal(text)


# a changed byte anywhere

JOURNAL = ("time", "kind", "actor", "tag", "occurrence", "data", "hash")
SEAL = ("number", "record", "day", "cause", "made_at", "first", "last", "hash", "sha256", "sm3", "key", "signature")
HEAD = ("last_id", "hash", "last_occurrence")
FORM = ("kind", "state", "subject", "title", "priority", "open", "created_at", "updated_at", "due_at", "body")
BYTES = random.Random(7)


def changed(value: object) -> object:
    """The same with one byte, bit or unit changed."""
    match value:
        case bool():
            return not value
        case int():
            return value + BYTES.choice([-1, 1, 256, 2**40]) if value else 1
        case bytes() | memoryview():
            raw = bytearray(value)
            raw[BYTES.randrange(len(raw))] ^= 1 << BYTES.randrange(8)
            return bytes(raw)
        case None:
            return 1
        case str():
            if not value:
                return "x"
            at = BYTES.randrange(len(value))
            return value[:at] + ("y" if value[at] == "x" else "x") + value[at + 1 :]
    raise AssertionError(value)


def engine_of(place: Place) -> Engine:
    if place.url is None:
        return create_engine(f"sqlite:///{place.data / 'station.db'}")
    return create_engine(make_url(place.url).set(drivername="postgresql+psycopg"))


@pytest.mark.parametrize("seed", range(3))
def test_a_change_of_any_field_is_found_at_its_record(place: Place, store: StationStore, monkeypatch, seed: int) -> None:
    monkeypatch.setattr(app.store.verify, "PAGE", 4)
    fill(store)
    make(store, 5)
    make(store, 11)
    row = form()
    store.journal.append([Record(1, "form", "zhao", data={"form": 1, "form_sha256": digest_of(row)})], {}, (), [row])
    total = store.journal.last_id()
    assert store.journal.verify().broken_at is None
    BYTES.seed(seed)
    cases = [("journal", "id", column, BYTES.randint(1, total)) for column in JOURNAL]
    cases += [("seal", "number", column, BYTES.randint(1, 2)) for column in SEAL]
    cases += [("journal_head", "one", column, 1) for column in HEAD]
    cases += [("form", "id", column, 1) for column in FORM]
    records = {("seal", 1): 13, ("seal", 2): 14, ("form", 1): 15, ("journal_head", 1): total}
    engine = engine_of(place)
    for table, key, column, number in cases:
        with engine.begin() as connection:
            old = connection.execute(text(f'SELECT "{column}" FROM {table} WHERE {key} = {number}')).scalar_one()
            new = 7 if column == "number" else changed(old)
            connection.execute(text(f'UPDATE {table} SET "{column}" = :v WHERE {key} = {number}'), {"v": new})
        verdict = store.journal.verify()
        expected = number if table == "journal" else records[table, number]
        assert verdict.broken_at is not None, (table, column, number, old, new)
        if (table, column) == ("journal_head", "last_id"):
            assert verdict.broken_at in (expected, expected + 1, new + 1)
        else:
            assert verdict.broken_at == expected, (table, column, number, old, new, verdict)
        where = number if column != "number" else new
        with engine.begin() as connection:
            connection.execute(text(f'UPDATE {table} SET "{column}" = :v WHERE {key} = {where}'), {"v": old})
        assert store.journal.verify().broken_at is None
    engine.dispose()


def test_a_flipped_bit_in_the_file_is_found_at_its_record(sqlite_place: Place) -> None:
    store = sqlite_place.open()
    fill(store, 300)
    sqlite_place.close()
    file = sqlite_place.data / "station.db"
    whole = file.read_bytes()
    lucky = random.Random(1)
    for _ in range(40):
        number = lucky.randint(1, 300)
        marker = f"TK{number}{{".encode()  # tag and data lie side by side in a row
        at = whole.find(marker)
        if at < 0:
            continue
        place = at + lucky.randrange(2, len(marker) + 8)
        raw = bytearray(whole)
        raw[place] ^= 1 << lucky.randrange(8)
        file.write_bytes(raw)
        tool = sqlite_place.open(exclusive=False)
        verdict = tool.journal.verify()
        sqlite_place.close()
        assert verdict.broken_at == number, (number, verdict)


def test_a_value_of_another_type_is_a_change(sqlite_place: Place) -> None:
    store = sqlite_place.open()
    fill(store)
    for column in ("data", "tag", "kind"):
        sqlite_place.meddle(f"UPDATE journal SET {column} = CAST({column} AS BLOB) WHERE id = 3")
        assert store.journal.verify().broken_at == 3
        sqlite_place.meddle(f"UPDATE journal SET {column} = CAST({column} AS TEXT) WHERE id = 3")
    sqlite_place.meddle("UPDATE journal SET tag = CAST(X'C3' AS TEXT) WHERE id = 4")  # no UTF-8
    assert store.journal.verify().broken_at == 4


def test_removed_and_added_seals_and_forms(place: Place, store: StationStore) -> None:
    fill(store)
    make(store, 5)
    make(store, 11)
    row = form()
    store.journal.append([Record(1, "form", "zhao", data={"form": 1, "form_sha256": digest_of(row)})], {}, (), [row])
    copy = ", ".join(f'"{name}"' for name in SEAL[1:])
    place.meddle(f"INSERT INTO seal SELECT 3, {copy} FROM seal WHERE number = 2")
    assert store.journal.verify().broken_at == 14
    place.meddle("DELETE FROM seal WHERE number = 3")
    place.meddle("DELETE FROM form")
    assert store.journal.verify().broken_at == 15
    place.meddle("DELETE FROM seal WHERE number = 1")
    assert store.journal.verify().broken_at == 13


def test_a_form_written_and_taken_back_is_no_fault(store: StationStore) -> None:
    row = form()
    told = {"form": 1, "form_sha256": digest_of(row)}
    store.journal.append([Record(1, "form", data=told)], {}, (), [row])
    store.journal.append([Record(1, "form", data={"form": 1, "form_sha256": "00" * 32, "outcome": "not_written"})])
    assert store.journal.verify().broken_at is None


def test_a_check_can_be_ended(store: StationStore, monkeypatch) -> None:
    monkeypatch.setattr(app.store.verify, "PAGE", 4)
    fill(store)
    verdict = store.journal.verify(stop=lambda: True)
    assert (verdict.count, verdict.stopped, verdict.broken_at) == (4, True, None)
