"""Logging in, being locked out, roles of the account calls."""

from pathlib import Path

import pytest

from app.domain.instant import HOUR, MINUTE
from app.domain.roles import Role
from app.station.errors import KnownError, NotLoggedIn
from app.station.login import FAILURES, Logins
from app.store.ports import Account, Record
from tests.station.rig import PASSWORD, running


class _Accounts:
    """Counts what is asked of it."""

    def __init__(self) -> None:
        self.asked = 0

    def check(self, name: str, password: str) -> Account | None:
        self.asked += 1
        return Account(name, Role.OPERATOR) if password == PASSWORD else None


class _Time:
    def __init__(self) -> None:
        self.at = 1_000 * HOUR

    def __call__(self) -> int:
        return self.at


async def refused(logins: Logins, user: str, password: str, address: str = "10.0.0.1") -> str:
    try:
        await logins.log_in(user, password, address)
    except KnownError as error:
        return error.code
    return ""


async def test_five_failures_lock_that_user_at_that_address_for_a_quarter_of_an_hour() -> None:
    accounts, now, notes = _Accounts(), _Time(), list[Record]()
    logins = Logins(accounts, now, notes.append)  # type: ignore[arg-type]
    for _ in range(FAILURES):
        assert await refused(logins, "wang", "no") == "wrong_password"
    assert await refused(logins, "wang", PASSWORD) == "login_locked"
    assert accounts.asked == FAILURES  # a locked attempt tries no password
    assert await refused(logins, "wang", PASSWORD, "10.0.0.2") == ""
    assert await refused(logins, "li", PASSWORD) == ""
    now.at += 15 * MINUTE
    assert await refused(logins, "wang", PASSWORD) == ""
    told = [(n.actor, n.data["what"]) for n in notes]
    assert told == [("wang", "login_failed")] * 5 + [
        ("wang", "login_locked"),
        ("wang", "login"),
        ("li", "login"),
        ("wang", "login"),
    ]


async def test_one_address_that_tries_many_names_is_locked_too() -> None:
    logins = Logins(_Accounts(), _Time(), lambda record: None)  # type: ignore[arg-type]
    answers = [await refused(logins, f"user{i}", "no") for i in range(40)]
    assert answers == ["wrong_password"] * 30 + ["login_locked"] * 10


async def test_a_token_ends_twelve_hours_after_its_last_use() -> None:
    now = _Time()
    logins = Logins(_Accounts(), now, lambda record: None)  # type: ignore[arg-type]
    token = (await logins.log_in("wang", PASSWORD, "")).token
    for _ in range(3):
        now.at += 11 * HOUR
        assert logins.who(token).user == "wang"
    now.at += 12 * HOUR
    with pytest.raises(NotLoggedIn):
        logins.who(token)


async def test_the_calls_of_a_session(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        wrong = await rig.raw("POST", "/login", None, json={"user": "wang", "password": "wrong"})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "wrong_password")
        nobody = await rig.raw("POST", "/login", None, json={"user": "nobody", "password": "wrong"})
        assert nobody.json() == wrong.json()
        right = await rig.raw("POST", "/login", None, json={"user": "wang", "password": PASSWORD})
        assert right.status_code == 200
        assert set(right.json()) == {"token", "role", "expires_at"}
        rig._tokens["wang"] = right.json()["token"]
        assert (await rig.get("/me"))["role"] == "operator"
        assert (await rig.post("/logout"))[0] == 200
        assert (await rig.raw("GET", "/me")).status_code == 401
        assert (await rig.raw("GET", "/alarms", None)).json()["error"]["code"] == "not_logged_in"
        assert (await rig.raw("GET", "/health", None)).status_code == 200


async def test_accounts_are_the_administrators_and_a_disabled_one_is_out_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        new = {"name": "chen", "role": "operator", "password": "Another-2026"}
        assert (await rig.post("/users", new, "wang"))[0] == 403
        assert (await rig.post("/users", new, "qian"))[0] == 201
        assert (await rig.post("/users", new, "qian"))[0] == 409
        assert (await rig.post("/users", new | {"name": "d", "password": "weak"}, "qian"))[0] == 422
        assert (await rig.post("/users", new | {"role": "king"}, "qian"))[0] == 400
        assert {"chen", "wang"} <= {u["name"] for u in await rig.get("/users", "qian")}
        assert (await rig.raw("GET", "/me", "li")).status_code == 200
        assert (await rig.post("/users/li/disable", None, "qian"))[0] == 200
        assert (await rig.raw("GET", "/me", "li")).status_code == 401
        assert (await rig.post("/users/qian/disable", None, "qian"))[0] == 422
        assert (await rig.post("/users/who/disable", None, "qian"))[0] == 404
        journal = await rig.get("/journal", "wu", kind="command")
        assert [(j["actor"], j["data"]["command"], j["data"]["outcome"]) for j in journal][:2] == [
            ("wang", "add_user", "refused"),
            ("qian", "add_user", "done"),
        ]
        assert "Another-2026" not in str(journal)
