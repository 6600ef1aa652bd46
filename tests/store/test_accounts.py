"""Accounts: names, passwords, and that an answer tells nothing about who exists."""

import statistics
import time
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from app.domain.roles import Role
from app.store import accounts
from app.store.opening import StationStore
from app.store.rows import Account
from tests.store.conftest import Place

STRONG = "Tank-farm-101"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real cost is for one test only."""
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    accounts._nobody.cache_clear()
    yield
    accounts._nobody.cache_clear()


def test_an_account_over_its_life(place: Place, store: StationStore) -> None:
    store.accounts.add("张工", Role.OPERATOR, STRONG, 5)
    store.accounts.add("admin", Role.ADMIN, STRONG, 6)
    zhang = Account("张工", Role.OPERATOR, True, 5, 5)
    assert store.accounts.check("张工", STRONG) == store.accounts.get("张工") == zhang
    assert store.accounts.list() == [zhang, Account("admin", Role.ADMIN, True, 6, 6)]
    store.accounts.set_enabled("张工", False)
    assert store.accounts.check("张工", STRONG) is None
    assert store.accounts.get("张工") == Account("张工", Role.OPERATOR, False, 5, 5)
    store.accounts.set_enabled("张工", True)
    store.accounts.set_password("张工", "另一个 Passwort", 9)
    place.close()
    again = place.open().accounts
    assert again.check("张工", STRONG) is None
    assert again.check("张工", "另一个 Passwort") == Account("张工", Role.OPERATOR, True, 5, 9)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("张工", ""),
        ("张工", STRONG + " "),
        ("张工", STRONG.lower()),
        ("张工 ", STRONG),
        ("", STRONG),
        ("a\0", "\0"),
        ("\ud800", "\ud800"),
    ],
)
def test_wrong_is_none(store: StationStore, name: str, password: str) -> None:
    store.accounts.add("张工", Role.OPERATOR, STRONG, 5)
    assert store.accounts.check(name, password) is None


@pytest.mark.parametrize(
    ("password", "strong"),
    [
        ("Abcdefgh12", True),
        ("abcdefgh-1", True),
        ("罐区Tankfarm101", True),
        ("ABCDEFGH-1", True),
        ("Abcdefg12", False),
        ("abcdefghijklmnop", False),
        ("abcdefgh12", False),
        ("1234567890!", False),
        ("", False),
    ],
)
def test_password_rule(store: StationStore, password: str, strong: bool) -> None:
    store.accounts.add("old", Role.VIEWER, STRONG, 1)
    if strong:
        store.accounts.add("new", Role.VIEWER, password, 1)
        store.accounts.set_password("old", password, 2)
        return
    for call in (
        lambda: store.accounts.add("new", Role.VIEWER, password, 1),
        lambda: store.accounts.set_password("old", password, 2),
    ):
        with pytest.raises(ValueError, match="密码太弱"):
            call()
    assert store.accounts.get("new") is None
    assert store.accounts.check("old", STRONG) is not None


@pytest.mark.parametrize("name", ["", " ", " a", "a ", "a\nb", "a\0", "x" * 65, "a\u202eb", "\ud800"])
def test_names_that_are_refused(store: StationStore, name: str) -> None:
    with pytest.raises(ValueError, match="用户名"):
        store.accounts.add(name, Role.VIEWER, STRONG, 1)
    assert store.accounts.list() == []


def test_a_name_is_given_once(store: StationStore) -> None:
    store.accounts.add("Jos\u00e9", Role.VIEWER, STRONG, 1)
    with pytest.raises(ValueError, match="已被使用"):
        store.accounts.add("Jose\u0301", Role.ADMIN, STRONG + "x", 1)
    assert store.accounts.check("Jose\u0301", STRONG) is not None


def test_changing_nobody(store: StationStore) -> None:
    with pytest.raises(KeyError):
        store.accounts.set_enabled("nobody", False)
    with pytest.raises(KeyError):
        store.accounts.set_password("nobody", STRONG, 1)


def test_passwords_are_kept_as_argon2id(sqlite_place: Place) -> None:
    sqlite_place.open().accounts.add("a", Role.VIEWER, STRONG, 1)
    sqlite_place.close()
    whole = b"".join(file.read_bytes() for file in sqlite_place.data.iterdir())
    assert b"$argon2id$v=19$" in whole
    assert STRONG.encode() not in whole


def test_an_unknown_name_costs_what_a_wrong_password_costs(sqlite_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    found = sqlite_place.open().accounts
    found.add("known", Role.VIEWER, STRONG, 1)
    found.check("known", "warm up")

    def cost(name: str) -> float:
        took = []
        for _ in range(5):
            began = time.process_time()
            found.check(name, "wrong")
            took.append(time.process_time() - began)
        return statistics.median(took)

    known, unknown = cost("known"), cost("unknown")
    assert unknown > 0.02, "an answer this quick is no argon2"
    assert 1 / 3 < known / unknown < 3
