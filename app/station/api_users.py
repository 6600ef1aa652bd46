"""Logging in and out, and the accounts. Station side.

Three administrators (三员分立): the system administrator makes and disables accounts, the security administrator approves them,
gives roles and unlocks, the auditor looks. As long as there is no security administrator an account counts at once.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from app.domain.instant import to_rfc3339
from app.domain.password import password_fault
from app.domain.roles import ADMINISTRATORS, Action, Role
from app.station.api_parts import Address, LoggedInAs, TheStation, Token, json
from app.station.errors import Changed, Denied, NotAllowed, NotLoggedIn, Unknown
from app.station.station import Station
from app.station.words import optional_time
from app.store.rows import Account

router = APIRouter(tags=["用户"])

Name = Annotated[str, Field(min_length=1, max_length=64)]
Password = Annotated[str, Field(max_length=256)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Login(_Body):
    user: Annotated[str, Field(max_length=256)]
    password: Password


class NewUser(_Body):
    name: Name
    role: Role
    password: Password
    person: Annotated[str, Field(max_length=64)] = ""


class NewPassword(_Body):
    password: Password


class OwnPassword(_Body):
    old: Password
    new: Password


class NewRole(_Body):
    role: Role


@router.post("/login", summary="登录")
async def login(body: Login, station: TheStation, address: Address) -> Response:
    return json(await station.logins.log_in(body.user, body.password, address))


@router.post("/logout", summary="退出")
async def logout(station: TheStation, token: Token, who: LoggedInAs) -> Response:
    station.logins.log_out(token)
    return json({})


@router.get("/me", summary="我是谁")
async def me(station: TheStation, token: Token, who: LoggedInAs) -> Response:
    return json(
        {
            "user": who.user,
            "role": who.role.value,
            "expires_at": station.logins.expires_at(token),
            "must_change": station.logins.must_change(token),
            "idle_lock_min": station.logins.rules.idle_lock_min,
        }
    )


@router.post("/me/check", summary="解锁本席：核对自己的密码")
async def check(body: NewPassword, station: TheStation, who: LoggedInAs) -> Response:
    try:
        await station.logins.recheck(who, body.password)
    except NotLoggedIn as error:  # of a session that goes on: 401 would send its owner to log in
        raise Denied("wrong_password", "密码不对") from error
    return json({})


@router.post("/me/password", summary="修改自己的密码；其他登录随之失效")
async def own_password(body: OwnPassword, station: TheStation, who: LoggedInAs) -> Response:
    if await station.call(station.store.accounts.check, who.user, body.old) is None:
        raise NotLoggedIn("wrong_password", "原密码不对")
    await _set_password(station, who.user, body.new, must_change=False)
    await station.commands.done(who, "own_password", {})
    return json({})


@router.get("/users", summary="全部用户")
async def users(station: TheStation, who: LoggedInAs) -> Response:
    station.commands.require(who, Action.SEE_USERS, "list_users")
    accounts = await station.call(station.store.accounts.list)
    sessions = station.logins.sessions()
    return json([_account(station, account, sessions.get(account.name, [])) for account in accounts])


@router.post("/users", summary="新用户；有安全管理员时须经其授权才能登录")
async def add(body: NewUser, station: TheStation, who: LoggedInAs) -> Response:
    args: dict[str, Any] = {"name": body.name, "person": body.person, "role": body.role.value}
    station.commands.require(who, Action.MANAGE_USERS, "add_user", args)
    accounts = station.store.accounts
    known = await station.call(accounts.list)
    if any(account.name == body.name for account in known):
        raise Changed("name_taken", f"用户名 {body.name} 已被使用")
    _one_administrator(known, body.name, body.person, body.role)
    _strong(station, body.password, body.name)
    approved = not _separated(station, known)
    try:
        await station.call(
            accounts.add,
            body.name,
            body.role,
            body.password,
            station.clock.now(),
            person=body.person,
            approved=approved,
            must_change=True,
        )
    except ValueError as error:
        raise NotAllowed("not_allowed", str(error)) from error
    await station.commands.done(who, "add_user", args)
    return json(args | {"approved": approved}, 201)


@router.post("/users/{name:path}/disable", summary="停用用户，其登录立即失效")
async def disable(name: str, station: TheStation, who: LoggedInAs) -> Response:
    station.commands.require(who, Action.MANAGE_USERS, "disable_user", {"name": name})
    if name == who.user:
        raise NotAllowed("not_allowed", "不能停用自己")
    account = await _named(station, name)
    await station.call(station.store.accounts.set_enabled, name, False)
    station.logins.end_all(account.name)
    await station.commands.done(who, "disable_user", {"name": name})
    return json({"name": name, "enabled": False})


@router.post("/users/{name:path}/enable", summary="恢复用户；有安全管理员时须重新授权")
async def enable(name: str, station: TheStation, who: LoggedInAs) -> Response:
    station.commands.require(who, Action.MANAGE_USERS, "enable_user", {"name": name})
    await _named(station, name)
    accounts = station.store.accounts
    approved = not _separated(station, await station.call(accounts.list))
    if not approved:
        await station.call(accounts.set_approved, name, False)
    await station.call(accounts.set_enabled, name, True)
    await station.commands.done(who, "enable_user", {"name": name})
    return json({"name": name, "enabled": True, "approved": approved})


@router.post("/users/{name:path}/password", summary="重设密码，其登录立即失效；本人下次登录须修改")
async def password(name: str, body: NewPassword, station: TheStation, who: LoggedInAs) -> Response:
    station.commands.require(who, Action.MANAGE_USERS, "set_password", {"name": name})
    await _named(station, name)
    await _set_password(station, name, body.password, must_change=name != who.user)
    await station.commands.done(who, "set_password", {"name": name})
    return json({"name": name})


@router.post("/users/{name:path}/approve", summary="授权账号（安全管理员）")
async def approve(name: str, station: TheStation, who: LoggedInAs) -> Response:
    station.commands.require(who, Action.AUTHORISE_USERS, "approve_user", {"name": name})
    account = await _named(station, name)
    if account.approved:
        raise Changed("already_approved", f"账号 {name} 已经授权")
    await station.call(station.store.accounts.set_approved, name, True)
    await station.commands.done(who, "approve_user", {"name": name, "role": account.role.value})
    return json({"name": name, "approved": True})


@router.post("/users/{name:path}/role", summary="改变角色（安全管理员），其登录立即失效")
async def role(name: str, body: NewRole, station: TheStation, who: LoggedInAs) -> Response:
    account = await _named(station, name)
    args = {"name": name, "new": body.role.value, "old": account.role.value}
    station.commands.require(who, Action.AUTHORISE_USERS, "set_role", args)
    if name == who.user:
        raise NotAllowed("not_allowed", "不能改变自己的角色")
    everybody: Sequence[Account] = await station.call(station.store.accounts.list)
    known = [one for one in everybody if one.name != account.name]
    _one_administrator(known, account.name, account.person, body.role)
    await station.call(station.store.accounts.set_role, name, body.role)
    station.logins.end_all(account.name)
    await station.commands.done(who, "set_role", args)
    return json({"name": name, "role": body.role.value})


@router.post("/users/{name:path}/unlock", summary="解除登录锁定（安全管理员）")
async def unlock(name: str, station: TheStation, who: LoggedInAs) -> Response:
    station.commands.require(who, Action.AUTHORISE_USERS, "unlock_user", {"name": name})
    account = await _named(station, name)
    station.logins.unlock(account.name)
    await station.commands.done(who, "unlock_user", {"name": name})
    return json({"name": name})


def _separated(station: Station, accounts: Sequence[Account]) -> bool:
    """Is there a security administrator who can approve?"""
    there = any(one.role is Role.SECURITY and one.enabled and one.approved for one in accounts)
    return station.logins.rules.three_admins and there


def _one_administrator(accounts: Sequence[Account], name: str, person: str, role: Role) -> None:
    """No person holds two of the three administrators' posts."""
    who = person or name
    held = next(
        (one for one in accounts if one.enabled and one.role in ADMINISTRATORS and who in (one.person, one.name)),
        None,
    )
    if role in ADMINISTRATORS and held is not None and held.role is not role:
        raise NotAllowed("three_admins", f"{who} 已有账号 {held.name}：系统、安全、审计管理员不能由同一人担任")


def _strong(station: Station, password: str, user: str) -> None:
    if fault := password_fault(password, user, station.logins.rules):
        raise NotAllowed("weak_password", fault)


async def _named(station: Station, name: str) -> Account:
    account = await station.call(station.store.accounts.get, name)
    if account is None:
        raise Unknown("not_found", f"没有用户 {name}")
    return account


async def _set_password(station: Station, name: str, password: str, must_change: bool) -> None:
    account = await _named(station, name)
    _strong(station, password, account.name)
    keep = station.logins.rules.reuse
    try:
        await station.call(
            station.store.accounts.set_password, name, password, station.clock.now(), must_change=must_change, reuse=keep
        )
    except ValueError as error:
        raise NotAllowed("not_allowed", str(error)) from error
    station.logins.end_all(account.name)


def _account(station: Station, account: Account, places: list[str]) -> dict[str, Any]:
    ends = station.logins.rules.password_ends(account.password_changed_at)
    return {
        "name": account.name,
        "role": account.role.value,
        "person": account.person,
        "enabled": account.enabled,
        "approved": account.approved,
        "must_change": account.must_change,
        "created_at": to_rfc3339(account.created_at),
        "password_changed_at": to_rfc3339(account.password_changed_at),
        "password_ends_at": optional_time(ends),
        "last_login_at": optional_time(account.last_login_at),
        "locked_until": optional_time(station.logins.locked_until(account.name)),
        "logged_in": places,
    }
