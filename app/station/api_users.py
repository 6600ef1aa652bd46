"""Logging in and out, and the accounts. Station side."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from app.domain.instant import to_rfc3339
from app.domain.roles import Action, Role
from app.station.api_parts import Address, LoggedInAs, TheStation, Token, json
from app.station.errors import Changed, NotAllowed, NotLoggedIn, Unknown
from app.station.station import Station
from app.store.ports import Account

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


class NewPassword(_Body):
    password: Password


class OwnPassword(_Body):
    old: Password
    new: Password


@router.post("/login", summary="登录")
async def login(body: Login, station: TheStation, address: Address) -> Response:
    return json(await station.logins.log_in(body.user, body.password, address))


@router.post("/logout", summary="退出")
async def logout(station: TheStation, token: Token, who: LoggedInAs) -> Response:
    station.logins.log_out(token)
    return json({})


@router.get("/me", summary="我是谁")
async def me(station: TheStation, token: Token, who: LoggedInAs) -> Response:
    return json({"user": who.user, "role": who.role.value, "expires_at": station.logins.expires_at(token)})


@router.post("/me/password", summary="修改自己的密码；其他登录随之失效")
async def own_password(body: OwnPassword, station: TheStation, who: LoggedInAs) -> Response:
    if await station.call(station.store.accounts.check, who.user, body.old) is None:
        raise NotLoggedIn("wrong_password", "原密码不对")
    await _set_password(station, who.user, body.new)
    await station.commands.done(who, "own_password", {})
    return json({})


@router.get("/users", summary="全部用户")
async def users(station: TheStation, who: LoggedInAs) -> Response:
    station.commands.require(who, Action.MANAGE_USERS, "list_users")
    return json([_account(account) for account in await station.call(station.store.accounts.list)])


@router.post("/users", summary="新用户")
async def add(body: NewUser, station: TheStation, who: LoggedInAs) -> Response:
    args = {"name": body.name, "role": body.role.value}
    station.commands.require(who, Action.MANAGE_USERS, "add_user", args)
    accounts = station.store.accounts
    if await station.call(accounts.get, body.name) is not None:
        raise Changed("name_taken", f"用户名 {body.name} 已被使用")
    try:
        await station.call(accounts.add, body.name, body.role, body.password, station.clock.now())
    except ValueError as error:
        raise NotAllowed("not_allowed", str(error)) from error
    await station.commands.done(who, "add_user", args)
    return json(args, 201)


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


@router.post("/users/{name:path}/enable", summary="恢复用户")
async def enable(name: str, station: TheStation, who: LoggedInAs) -> Response:
    station.commands.require(who, Action.MANAGE_USERS, "enable_user", {"name": name})
    await _named(station, name)
    await station.call(station.store.accounts.set_enabled, name, True)
    await station.commands.done(who, "enable_user", {"name": name})
    return json({"name": name, "enabled": True})


@router.post("/users/{name:path}/password", summary="重设密码，其登录立即失效")
async def password(name: str, body: NewPassword, station: TheStation, who: LoggedInAs) -> Response:
    station.commands.require(who, Action.MANAGE_USERS, "set_password", {"name": name})
    await _named(station, name)
    await _set_password(station, name, body.password)
    await station.commands.done(who, "set_password", {"name": name})
    return json({"name": name})


async def _named(station: Station, name: str) -> Account:
    account = await station.call(station.store.accounts.get, name)
    if account is None:
        raise Unknown("not_found", f"没有用户 {name}")
    return account


async def _set_password(station: Station, name: str, password: str) -> None:
    try:
        await station.call(station.store.accounts.set_password, name, password, station.clock.now())
    except ValueError as error:
        raise NotAllowed("not_allowed", str(error)) from error
    account = await _named(station, name)
    station.logins.end_all(account.name)


def _account(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "role": account.role.value,
        "enabled": account.enabled,
        "created_at": to_rfc3339(account.created_at),
        "password_changed_at": to_rfc3339(account.password_changed_at),
    }
