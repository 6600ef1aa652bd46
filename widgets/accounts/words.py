"""The desk's words for roles. Console side, no Qt."""

from app.domain.roles import Role
from widgets.words import tr

_ROLES = {
    Role.VIEWER: "观看",
    Role.OPERATOR: "值班员",
    Role.SUPERVISOR: "值班长",
    Role.ENGINEER: "工程师",
    Role.ADMIN: "系统管理员",
    Role.SECURITY: "安全管理员",
    Role.AUDITOR: "审计管理员",
}


def role_word(code: str) -> str:
    """A role this version does not know is shown as it came."""
    return tr(_ROLES[Role(code)]) if code in set(Role) else code
