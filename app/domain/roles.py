"""Who may do what: roles of the accounts and the actions each may take. Both sides; the station decides, the console greys."""

from enum import StrEnum


class Role(StrEnum):
    VIEWER = "viewer"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ENGINEER = "engineer"
    ADMIN = "admin"
    SECURITY = "security"
    AUDITOR = "auditor"


class Action(StrEnum):
    VIEW = "view"
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    SHELVE = "shelve"
    SUPPRESS = "suppress"
    OUT_OF_SERVICE = "out_of_service"
    READ_JOURNAL = "read_journal"
    CONFIGURE = "configure"
    MANAGE_USERS = "manage_users"  # begin, disable, reset the password
    AUTHORISE_USERS = "authorise_users"  # approve, give a role, unlock
    SEE_USERS = "see_users"
    FETCH_VIDEO = "fetch_video"  # from a recorder, and spot checks
    KEEP_EVIDENCE = "keep_evidence"  # lock clips, make case packages
    MAKE_REPORTS = "make_reports"  # everybody may read them


_DESK = {Role.OPERATOR, Role.SUPERVISOR}
MAY: dict[Action, frozenset[Role]] = {
    Action.VIEW: frozenset(Role),
    Action.ACKNOWLEDGE: frozenset(_DESK),
    Action.RESET: frozenset(_DESK),
    Action.SHELVE: frozenset(_DESK),
    Action.SUPPRESS: frozenset({Role.SUPERVISOR, Role.ENGINEER}),
    Action.OUT_OF_SERVICE: frozenset({Role.SUPERVISOR, Role.ENGINEER}),
    Action.READ_JOURNAL: frozenset({Role.SUPERVISOR, Role.ENGINEER, Role.AUDITOR}),
    Action.CONFIGURE: frozenset({Role.ENGINEER}),
    Action.FETCH_VIDEO: frozenset(_DESK | {Role.ENGINEER}),
    Action.KEEP_EVIDENCE: frozenset({Role.SUPERVISOR}),
    Action.MAKE_REPORTS: frozenset(_DESK | {Role.ENGINEER}),
    # Three administrators (三员分立, GB/T 22239): who makes an account does not decide what it may do, who decides it does not
    # keep the log, who reads the log changes nothing.
    Action.MANAGE_USERS: frozenset({Role.ADMIN}),
    Action.AUTHORISE_USERS: frozenset({Role.SECURITY}),
    Action.SEE_USERS: frozenset({Role.ADMIN, Role.SECURITY, Role.AUDITOR}),
}


def may(role: Role, action: Action) -> bool:
    return role in MAY[action]


ADMINISTRATORS = frozenset({Role.ADMIN, Role.SECURITY, Role.AUDITOR})
"""No person may hold two of these."""
