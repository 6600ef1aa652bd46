"""Logging in, being locked out, roles of the account calls."""

from pathlib import Path

import pytest

from app.domain.instant import HOUR, MINUTE
from app.domain.roles import Role
from app.station.errors import KnownError, NotLoggedIn
from app.station.login import Logins
from app.store.rows import Account, Record
from tests.station.rig import PASSWORD, running


class _Accounts:
    """Counts what is asked of it."""

    def __init__(self) -> None:
        self.asked = 0

    def check(self, name: str, password: str) -> Account | None:
        self.asked += 1
        return Account(name, Role.OPERATOR, password_changed_at=999 * HOUR) if password == PASSWORD else None

    def logged_in(self, name: str, now: int) -> None:
        pass


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
    for _ in range(5):
        assert await refused(logins, "wang", "no") == "wrong_password"
    assert await refused(logins, "wang", PASSWORD) == "login_locked"
    assert accounts.asked == 5  # a locked attempt tries no password
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
        assert set(right.json()) >= {"token", "role", "expires_at"} and not right.json()["must_change"]
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
        assert await rig.post("/users", new, "qian") == (
            201,
            {"name": "chen", "person": "", "role": "operator", "approved": True},
        )
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


async def test_three_administrators(tmp_path: Path) -> None:
    """As soon as there is a security administrator, an account counts only when approved; the system administrator cannot, and
    nobody holds two of the three posts."""
    new = {"role": "operator", "password": "Another-2026"}
    async with running(tmp_path) as rig:
        security = {"name": "ding", "role": "security", "password": "Another-2026", "person": "丁立"}
        assert (await rig.post("/users", security, "qian"))[1]["approved"] is True
        assert (await rig.post("/users", new | {"name": "chen"}, "qian"))[1]["approved"] is False
        refused = await rig.raw("POST", "/login", None, json={"user": "chen", "password": "Another-2026"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_approved")
        assert (await rig.post("/users/chen/approve", None, "qian"))[0] == 403
        ding = await rig.raw("POST", "/login", None, json={"user": "ding", "password": "Another-2026"})
        assert ding.json()["must_change"]
        rig._tokens["ding"] = ding.json()["token"]
        assert (await rig.post("/users/chen/approve", None, "ding"))[1]["error"]["code"] == "password_expired"
        assert (await rig.raw("GET", "/alarms", "ding")).status_code == 200  # looking is never shut off
        changed = {"old": "Another-2026", "new": "Quite-other-2027"}
        assert (await rig.post("/me/password", changed, "ding"))[0] == 200
        again = await rig.raw("POST", "/login", None, json={"user": "ding", "password": "Quite-other-2027"})
        rig._tokens["ding"] = again.json()["token"]
        assert (await rig.post("/users/chen/approve", None, "ding"))[0] == 200
        assert (await rig.post("/users/chen/approve", None, "ding"))[0] == 409
        assert (await rig.raw("POST", "/login", None, json={"user": "chen", "password": "Another-2026"})).status_code == 200
        assert (await rig.post("/users/ding/role", {"role": "operator"}, "ding"))[0] == 422
        assert (await rig.post("/users/chen/role", {"role": "supervisor"}, "qian"))[0] == 403
        assert (await rig.post("/users/chen/role", {"role": "supervisor"}, "ding"))[0] == 200
        twice = new | {"name": "ding2", "role": "auditor", "person": "丁立"}
        assert (await rig.post("/users", twice, "qian"))[1]["error"]["code"] == "three_admins"
        told = [(j["actor"], j["data"]["command"]) for j in await rig.get("/journal", "wu", kind="command")]
        assert ("ding", "approve_user") in told and ("ding", "set_role") in told


async def test_a_password_is_not_used_again(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        assert (await rig.post("/users/li/password", {"password": "Brand-new-2026"}, "qian"))[0] == 200
        code, answer = await rig.post("/users/li/password", {"password": "Brand-new-2026"}, "qian")
        assert code == 422 and "最近" in answer["error"]["message"]
        assert (await rig.post("/users/li/password", {"password": PASSWORD}, "qian"))[0] == 422
        assert (await rig.post("/users/li/password", {"password": "Li-is-2026-li"}, "qian"))[0] == 200


async def test_old_passwords_let_look_and_do_nothing_else() -> None:
    now = _Time()
    logins = Logins(_Accounts(), now, lambda record: None)  # type: ignore[arg-type]
    first = await logins.log_in("wang", PASSWORD, "")
    assert not first.must_change and not first.warn
    now.at += 76 * 24 * HOUR
    assert (await logins.log_in("wang", PASSWORD, "")).warn
    now.at += 14 * 24 * HOUR
    late = await logins.log_in("wang", PASSWORD, "")
    assert late.must_change and logins.must_change(late.token)


async def test_unlocking_the_desk_is_guarded_like_a_login() -> None:
    now, notes = _Time(), list[Record]()
    logins = Logins(_Accounts(), now, notes.append)  # type: ignore[arg-type]
    who = logins.who((await logins.log_in("wang", PASSWORD, "desk")).token)
    await logins.recheck(who, PASSWORD)
    for _ in range(5):
        with pytest.raises(NotLoggedIn):
            await logins.recheck(who, "guess")
    assert await refused(logins, "wang", PASSWORD, "desk") == "login_locked"
    assert logins.locked_until("wang") == now.at + 15 * MINUTE
    logins.unlock("wang")
    assert await refused(logins, "wang", PASSWORD, "desk") == "" and logins.locked_until("wang") is None
    assert [n.data["what"] for n in notes][:2] == ["login", "unlocked"]
