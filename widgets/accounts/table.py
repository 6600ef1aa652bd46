"""The accounts as a table. Console side; reads what the station told."""

from typing import Any

from widgets.accounts.words import role_word
from widgets.rowtable import Column, Row, RowTable
from widgets.vocabulary import local_time
from widgets.words import tr


def state_words(account: Row) -> str:
    """What keeps this account from being used, gravest first; "可用" when nothing does."""
    said = []
    if not account["enabled"]:
        said.append(tr("已停用"))
    elif not account["approved"]:
        said.append(tr("待授权"))
    if account["locked_until"]:
        said.append(tr("锁定至 {at}", at=local_time(account["locked_until"])))
    if account["must_change"] and account["enabled"]:
        said.append(tr("须改密码"))
    return "，".join(said) or tr("可用")


def account_table() -> RowTable:
    def field(name: str) -> Any:
        return lambda one: one[name]

    return RowTable(
        (
            Column(tr("用户名"), 150, field("name")),
            Column(tr("姓名"), 120, field("person")),
            Column(tr("角色"), 120, lambda one: role_word(one["role"])),
            Column(tr("状态"), 250, state_words, stretch=True),
            Column(tr("密码到期"), 120, lambda one: (one["password_ends_at"] or "")[:10] or tr("不到期")),
            Column(tr("最近登录"), 160, lambda one: local_time(one["last_login_at"], date=True) or tr("从未")),
            Column(tr("登录于"), 160, lambda one: "，".join(one["logged_in"])),
        ),
        key="name",
        height=36,
    )
