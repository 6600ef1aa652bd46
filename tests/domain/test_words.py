"""The small vocabularies others rely on: samples, columns of the point table, roles. What is promised is written out here."""

import msgspec
import pytest

from app.domain.roles import MAY, Action, Role, may
from app.domain.sample import Quality, Reason, Sample, bad, good
from app.domain.tag import DataType, Kind, Limits, Priority, Tag, WordOrder

# samples


def test_a_good_sample() -> None:
    assert good("T", 5.5, 1_000, 2_000) == Sample("T", 5.5, Quality.GOOD, Reason.NONE, 1_000, 2_000, "")


def test_a_bad_sample_keeps_the_last_value_and_says_why() -> None:
    assert bad("T", Reason.TIMEOUT, 7, "0x800A0000", 5.5) == Sample("T", 5.5, Quality.BAD, Reason.TIMEOUT, 7, 7, "0x800A0000")
    assert bad("T", Reason.COMM_LOST, 7).value is None


@pytest.mark.parametrize("value", [5.5, 5.0, 5, 0, True, False, "开", None])
def test_a_sample_survives_json_with_its_type(value: float | int | bool | str | None) -> None:
    sample = Sample("T", value, Quality.UNCERTAIN, Reason.LAST_USABLE, 1, 2, "x")
    restored = msgspec.json.decode(msgspec.json.encode(sample), type=Sample)
    assert restored == sample
    assert type(restored.value) is type(value)


# words promised to scripts and site engineers


@pytest.mark.parametrize(
    ("words", "promised"),
    [
        (Quality, "good uncertain bad"),
        (
            Kind,
            "level temperature pressure flow combustible_gas toxic_gas oxygen wind_speed wind_direction switch interlock "
            "grounding overfill composition speed other",
        ),
        (DataType, "bool int16 uint16 int32 uint32 int64 uint64 float32 float64 bcd16 bcd32"),
        (WordOrder, "ABCD CDAB BADC DCBA"),
        (Role, "viewer operator supervisor engineer admin security auditor"),
    ],
)
def test_promised_words(words: type, promised: str) -> None:
    assert [one.value for one in words] == promised.split()  # type: ignore[attr-defined]


# the point table


@pytest.mark.parametrize(
    ("of", "registers"),
    [
        (DataType.BOOL, 1),
        (DataType.INT16, 1),
        (DataType.UINT16, 1),
        (DataType.BCD16, 1),
        (DataType.INT32, 2),
        (DataType.UINT32, 2),
        (DataType.FLOAT32, 2),
        (DataType.BCD32, 2),
        (DataType.INT64, 4),
        (DataType.UINT64, 4),
        (DataType.FLOAT64, 4),
    ],
)
def test_registers(of: DataType, registers: int) -> None:
    assert of.registers == registers


@pytest.mark.parametrize(
    ("word", "priority"),
    [("critical", Priority.CRITICAL), ("High", Priority.HIGH), (" MEDIUM ", Priority.MEDIUM), ("low", Priority.LOW)],
)
def test_priority_of_a_word(word: str, priority: Priority) -> None:
    assert Priority.of(word) is priority
    assert priority.word == word.strip().lower()


@pytest.mark.parametrize("word", ["", "urgent", "1", "高"])
def test_unknown_priority(word: str) -> None:
    with pytest.raises(KeyError):
        Priority.of(word)


def test_the_gravest_priority_sorts_first() -> None:
    assert sorted(Priority) == [Priority.CRITICAL, Priority.HIGH, Priority.MEDIUM, Priority.LOW]
    assert [one.value for one in Priority] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("tag", "digital"),
    [
        (Tag("T"), False),
        (Tag("T", data_type=DataType.BOOL), True),
        (Tag("T", data_type=DataType.UINT16, alarm_on=0), True),
        (Tag("T", data_type=DataType.UINT16), False),
        (Tag("T", kind=Kind.SWITCH), False),
    ],
)
def test_digital_tags(tag: Tag, digital: bool) -> None:
    assert tag.is_digital is digital


def test_a_tag_with_unknown_columns_is_hashable_and_compares_by_them() -> None:
    plain, more = Tag("T"), Tag("T", extra={"备注": "东侧"})
    assert len({plain, more}) == 2
    assert plain != more


def test_defaults_of_a_tag() -> None:
    tag = Tag("T")
    assert (tag.limits, tag.deadband, tag.latching, tag.alarm_on) == (Limits(None, None, None, None), 0.0, False, None)
    assert (tag.priority_hh, tag.priority_h, tag.priority_l, tag.priority_ll) == (
        Priority.CRITICAL,
        Priority.HIGH,
        Priority.HIGH,
        Priority.CRITICAL,
    )


# roles

ROLES = {
    Role.VIEWER: "view",
    Role.OPERATOR: "view acknowledge reset shelve fetch_video make_reports",
    Role.SUPERVISOR: "view acknowledge reset shelve suppress out_of_service read_journal fetch_video keep_evidence "
    "make_reports",
    Role.ENGINEER: "view suppress out_of_service read_journal configure fetch_video make_reports",
    Role.ADMIN: "view manage_users see_users",
    Role.SECURITY: "view authorise_users see_users",
    Role.AUDITOR: "view read_journal see_users",
}


def test_every_action_has_its_roles() -> None:
    assert set(MAY) == set(Action)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_who_may_do_what(role: Role, action: Action) -> None:
    assert may(role, action) is (action.value in ROLES[role].split())


def test_separation_of_duties() -> None:
    """三员分立: who makes accounts does not approve them, neither of the two reads the log or works the desk, and the auditor
    changes nothing."""
    looks = (Action.VIEW, Action.READ_JOURNAL, Action.SEE_USERS)
    accounts = (Action.MANAGE_USERS, Action.AUTHORISE_USERS)
    works = set().union(*(MAY[one] for one in Action if one not in (*looks, *accounts)))
    assert not MAY[Action.MANAGE_USERS] & MAY[Action.AUTHORISE_USERS]
    for kept in (MAY[one] for one in accounts):
        assert not kept & works and not kept & MAY[Action.READ_JOURNAL]
        assert Role.AUDITOR not in kept | works
