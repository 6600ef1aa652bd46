"""The tables of both engines, as the migrations leave them (a test compares the two). Station side.

`station`: journal, alarm states and occurrences, accounts, configuration: few rows, each of them precious.
`history`: samples, in a database of its own under SQLite, so that a fault there never touches the journal.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    false,
    text,
    true,
)

# SQLite makes only a column declared INTEGER the row id itself
_Id = BigInteger().with_variant(Integer, "sqlite")

station = MetaData()
history = MetaData()

journal = Table(
    "journal",
    station,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("tag", Text, nullable=False),
    Column("occurrence", BigInteger, nullable=False),
    Column("data", Text, nullable=False),  # canonical JSON, as hashed
    Column("hash", LargeBinary, nullable=False),
    Index("journal_kind", "kind", "id"),
    Index("journal_time", "time"),
    Index("journal_tag", "tag", "id"),
    Index("journal_actor", "actor", "id", sqlite_where=text("actor <> ''"), postgresql_where=text("actor <> ''")),
)

# one row: where the chain ends, so that a cut-off tail is seen; and the highest occurrence number ever given
head = Table(
    "journal_head",
    station,
    Column("one", SmallInteger, primary_key=True, autoincrement=False),
    Column("last_id", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("last_occurrence", BigInteger, nullable=False),
)

# the seals of the journal (日封印), each also a record of it; see seals.py
seal = Table(
    "seal",
    station,
    Column("number", _Id, primary_key=True, autoincrement=False),
    Column("record", BigInteger, nullable=False),  # of the journal, which says the same
    Column("day", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("sm3", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("signature", Text, nullable=False),
)

rule_state = Table(
    "rule_state",
    station,
    Column("key", Text, primary_key=True),
    Column("state", Text, nullable=False),
)

occurrence = Table(
    "occurrence",
    station,
    Column("occurrence", _Id, primary_key=True, autoincrement=False),
    Column("tag", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("equipment", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("value", Text, nullable=False),  # JSON: 5, 5.0, true and "5" stay what they are
    Column("limit", Double, nullable=True),
    Column("unit", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("cleared_at", BigInteger, nullable=True),
    Column("acked_at", BigInteger, nullable=True),
    Column("acked_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("search", Text, nullable=False),  # tag, message, note and user, case folded
    Column("announced", Boolean, nullable=False, server_default=true()),
    Index("occurrence_tag", "tag", "occurrence"),
    Index("occurrence_raised", "raised_at", "occurrence"),
    Index("occurrence_priority", "priority", "occurrence"),
    Index("occurrence_equipment", "equipment", "occurrence"),
    Index("occurrence_user", "acked_by", "occurrence"),
)

# what the alarms looked like after a record of the journal, see moments.py; made from it, and made again when it is not there
moment = Table(
    "moment",
    station,
    Column("id", _Id, primary_key=True, autoincrement=False),  # of the record
    Column("time", BigInteger, nullable=False),
    Column("low", BigInteger, nullable=False),  # the earliest time of a record since the moment before
    Column("hash", Text, nullable=False),  # of the record: a moment of another journal does not count
    Column("body", LargeBinary, nullable=False),
)

form = Table(
    "form",
    station,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=True),
    Column("body", Text, nullable=False),  # JSON
    Index("form_kind", "kind", "open", "id"),
    Index("form_newest", "kind", "id"),
    Index("form_state", "kind", "state", "id"),
    Index("form_subject", "subject", "kind", "id"),
    Index("form_open", "open", "id"),
)

# messages to responsible people: kept before they are tried, and what became of them
outbox = Table(
    "outbox",
    station,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),  # the same reason to tell the same person the same way
    Column("created_at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("occurrences", Text, nullable=False),  # JSON
    Column("rule", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", BigInteger, nullable=False),
    Column("done_at", BigInteger, nullable=True),
    Column("detail", Text, nullable=False),
    Index("outbox_due", "outlet", "state", "next_try_at", "id"),
    Index("outbox_state", "state", "id"),
    Index("outbox_person", "person", "id"),
)

# what is searched of a form: number, title, subject and the texts of the fields, case folded; beside the form, because looking
# through fifty thousand must not read their bodies
form_text = Table(
    "form_text",
    station,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
)

# pieces of video; the pictures themselves are files in the data folder
clip = Table(
    "clip",
    station,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("camera", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("occurrences", Text, nullable=False),  # JSON
    Column("first_frame", BigInteger, nullable=True),
    Column("last_frame", BigInteger, nullable=True),
    Column("file", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("locked_by", Text, nullable=False),
    Column("locked_at", BigInteger, nullable=True),
    Column("lock_why", Text, nullable=False),
    Column("case", Text, nullable=False),
    Column("form", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("words", Text, nullable=False),
    Index("clip_camera", "camera", "id"),
    Index("clip_time", "end", "id"),
    Index("clip_state", "state", "id"),
)

# which alarms a clip belongs to; several within one span share it
clip_alarm = Table(
    "clip_alarm",
    station,
    Column("occurrence", _Id, primary_key=True, autoincrement=False),
    Column("clip", _Id, primary_key=True, autoincrement=False),
)

account = Table(
    "account",
    station,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("password_changed_at", BigInteger, nullable=False),
    Column("password", Text, nullable=False),  # argon2id
    Column("person", Text, nullable=False, server_default=""),
    Column("approved", Boolean, nullable=False, server_default=true()),
    Column("must_change", Boolean, nullable=False, server_default=false()),
    Column("last_login_at", BigInteger, nullable=True),
)

# passwords that may not be used again
password_past = Table(
    "password_past",
    station,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),
    Column("password", Text, nullable=False),
    Index("password_past_name", "name", "id"),
)

config = Table(
    "config_version",
    station,
    Column("version", _Id, primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),  # JSON, deflated
)

tag = Table(
    "sample_tag",
    history,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("tag", Text, nullable=False, unique=True),
    Column("chunk", BigInteger, nullable=True),  # the newest chunk of this tag
)

# what came in lately, a row per call and group of tags; see history_hot.py for the blobs
hot = Table(
    "sample_hot",
    history,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("grp", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),  # newest receive time
    Column("body", LargeBinary, nullable=False),
    Column("extras", Text, nullable=True),
    Index("sample_hot_group", "grp", "id"),
)

# what came in before, a row per tag and closed span; see history_codec.py for the blobs, history_chunks.py for the stages.
# What is read without the samples stands before them.
chunk = Table(
    "sample_chunk",
    history,
    Column("id", _Id, primary_key=True, autoincrement=False),  # ascending in order of arrival, for each tag
    Column("tag", Integer, nullable=False),
    Column("stage", SmallInteger, nullable=False),
    Column("n", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),  # newest receive time
    Column("ahead", BigInteger, nullable=False),  # how far the field's clock was ahead of ours, at most
    Column("axis", BigInteger, nullable=True),
    Column("minutes", LargeBinary, nullable=True),  # roll-up by the minute, once merged
    Column("body", LargeBinary, nullable=True),  # NULL: only the roll-ups are kept
    Column("extras", Text, nullable=True),
    Index("sample_chunk_tag", "tag", "stage", "last", "first"),
    Index("sample_chunk_received", "received"),
    Index("sample_chunk_axis", "axis"),
    Index("sample_chunk_fresh", "tag", "received", sqlite_where=text("stage = 0"), postgresql_where=text("stage = 0")),
    Index("sample_chunk_ahead", "tag", "last", sqlite_where=text("ahead > 0"), postgresql_where=text("ahead > 0")),
)

# the times that the tags of a group share, of one closed span
axis = Table(
    "sample_axis",
    history,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("grp", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

# roll-ups coarser than the minute, of one chunk; clustered, so that a year of a tag lies together
rollup = Table(
    "sample_rollup",
    history,
    Column("tag", Integer, primary_key=True, autoincrement=False),
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, primary_key=True, autoincrement=False),
    Column("chunk", BigInteger, primary_key=True, autoincrement=False),
    Column("first", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# spans in which samples may be missing: the station was off, or could not write
gap = Table(
    "sample_gap",
    history,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Index("sample_gap_end", "end"),
)
