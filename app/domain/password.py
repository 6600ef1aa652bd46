"""What a new password must be (口令强度). Both sides, pure: the console says it while somebody types, the station decides."""

from app.domain.settings.accounts import AccountSettings

_COMMON = ("password", "admin", "hazwatch", "123456", "qwerty", "abcdef", "111111", "888888")


def password_fault(password: str, user: str = "", rules: AccountSettings | None = None) -> str | None:
    """What is wrong with it, in Chinese; None when it may be used."""
    rules = rules or AccountSettings()
    classes = {"upper" if c.isupper() else "lower" if c.islower() else "digit" if c.isdigit() else "other" for c in password}
    if len(password) < rules.min_length or len(classes) < rules.min_classes:
        return (
            f"密码太弱：至少 {rules.min_length} 个字符，并包含大写字母，小写字母，数字，其他字符中的至少 {rules.min_classes} 类"
        )
    bare = password.casefold()
    if len(user) > 2 and user.casefold() in bare:
        return "密码不能含有用户名"
    if len(bare) - max((len(word) for word in _COMMON if word in bare), default=0) < 4:
        return "密码太常见，请换一个别人猜不到的"
    if len(set(bare)) < 5:
        return "密码里不同的字符太少"
    return None
