"""Known errors of a request: a code, a Chinese sentence, and the HTTP status it becomes. Station side.

Denied            403  the role may not do this
Unknown           404  no such alarm, tag, layout, ...
Changed           409  the state changed meanwhile (includes `Refused` of the alarm model, see `status_of`)
NotAllowed        422  the rules do not allow it
StoreUnavailable  503  (app.store.ports) nothing can be written now
"""

from app.domain.alarm import Refused


class KnownError(Exception):
    """`code` is for programs, `message` for people; `fields`: the keys of a form it is about."""

    status = 400
    fields: tuple[str, ...] = ()

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Malformed(KnownError):
    status = 400


class NotLoggedIn(KnownError):
    status = 401


class Denied(KnownError):
    status = 403


class Unknown(KnownError):
    status = 404


class Changed(KnownError):
    status = 409


class NotAllowed(KnownError):
    status = 422


class TooMany(KnownError):
    status = 429


_CHANGED_MEANWHILE = {
    "stale_occurrence",
    "already_acknowledged",
    "already_shelved",
    "already_suppressed",
    "already_out_of_service",
    "not_shelved",
    "not_suppressed",
    "not_out_of_service",
}


def known(refused: Refused) -> KnownError:
    """What the alarm model refused, as an error of the request."""
    kind = Changed if refused.code in _CHANGED_MEANWHILE else NotAllowed
    return kind(refused.code, refused.message)
