"""The page of the accounts: what each administrator may do is there, what they may not is not."""

from typing import Any

import pytest

from app.domain.roles import Role
from widgets.accounts.page import AccountsPage
from widgets.accounts.table import state_words

ACCOUNT: dict[str, Any] = {
    "name": "chen", "role": "operator", "person": "陈", "enabled": True, "approved": True, "must_change": False,
    "created_at": "2026-11-01T00:00:00Z", "password_changed_at": "2026-11-01T00:00:00Z", "locked_until": None,
    "password_ends_at": "2027-01-30T00:00:00Z", "last_login_at": None, "logged_in": [],
}  # fmt: skip


@pytest.fixture
def page(qtbot) -> AccountsPage:
    made = AccountsPage()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize(
    "role, there",
    [
        (Role.OPERATOR, set()),
        (Role.ADMIN, {"disable", "enable", "password"}),
        (Role.SECURITY, {"approve", "role", "unlock"}),
        (Role.AUDITOR, set()),
    ],
)
def test_buttons_by_role(page: AccountsPage, role: Role, there: set[str]) -> None:
    page.show_person("me", role)
    assert {what for what, button in page.buttons.items() if button.isVisible()} == there
    assert page.table.isVisible() is (role is not Role.OPERATOR) and page.own.isVisible()


@pytest.mark.parametrize(
    "change, words",
    [
        ({}, "可用"),
        ({"enabled": False, "approved": False}, "已停用"),
        ({"approved": False, "must_change": True}, "待授权，须改密码"),
    ],
)
def test_states(change: dict[str, Any], words: str) -> None:
    assert state_words(ACCOUNT | change) == words


def test_the_security_administrator_approves(page: AccountsPage, qtbot) -> None:
    page.show_person("sec", Role.SECURITY)
    page.show_accounts([ACCOUNT, ACCOUNT | {"name": "li", "approved": False}])
    assert not page.buttons["approve"].isEnabled()
    page.table.selectRow(1)
    with qtbot.waitSignal(page.wanted) as wanted:
        page.buttons["approve"].click()
    assert wanted.args == ["approve", "li", None]
    page.show_accounts([ACCOUNT, ACCOUNT | {"name": "li"}])  # the answer: still chosen, nothing left to approve
    assert page.table.row["name"] == "li" and not page.buttons["approve"].isEnabled()
    page.role.setCurrentIndex(page.role.findData("supervisor"))
    with qtbot.waitSignal(page.wanted) as wanted:
        page.buttons["role"].click()
    assert wanted.args == ["role", "li", {"role": "supervisor"}]


def test_missing_posts_are_named(page: AccountsPage) -> None:
    page.show_accounts([ACCOUNT, ACCOUNT | {"name": "a", "role": "admin"}])
    assert "安全管理员、审计管理员" in page._separation.text()


@pytest.mark.parametrize(
    "old, new, again, fault",
    [
        ("", "Brand-new-2026", "Brand-new-2026", "原密码"),
        ("x", "short", "short", "密码太弱"),
        ("x", "wangwei-A1-xyz", "wangwei-A1-xyz", "用户名"),
        ("x", "Password-12", "Password-12", "太常见"),
        ("x", "Brand-new-2026", "Brand-new-2027", "不一致"),
        ("x", "Brand-new-2026", "Brand-new-2026", ""),
    ],
)
def test_own_password(page: AccountsPage, qtbot, old: str, new: str, again: str, fault: str) -> None:
    own = page.own
    own.show_user("wangwei")
    for where, text in ((own.old, old), (own.new, new), (own.again, again)):
        where.setText(text)
    if fault:
        own.done.click()
        assert fault in own._said.text() and own.done.isEnabled()
    else:
        with qtbot.waitSignal(own.wanted) as wanted:
            own.done.click()
        assert wanted.args == [old, new]
