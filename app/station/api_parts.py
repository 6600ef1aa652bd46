"""What all calls of the API share: who asks, the station, answers as JSON, times from text. Station side."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.domain.instant import DAY, Instant, from_rfc3339
from app.station.commands import Who
from app.station.encode import to_json
from app.station.errors import Denied, Malformed
from app.station.station import Station

API = "/api/v1"

_bearer = HTTPBearer(auto_error=False, description="POST /login 给出的令牌")


def json(value: Any, status: int = 200) -> Response:
    return Response(to_json(value), status, media_type="application/json")


def station_of(request: Request) -> Station:
    station: Station = request.app.state.station
    return station


def token_of(bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> str:
    return "" if bearer is None else bearer.credentials


def address_of(request: Request) -> str:
    return "" if request.client is None else request.client.host


TheStation = Annotated[Station, Depends(station_of)]
Token = Annotated[str, Depends(token_of)]
Address = Annotated[str, Depends(address_of)]


_OPEN = {f"{API}/me/password", f"{API}/logout", f"{API}/me/check"}


def who_of(request: Request, station: TheStation, token: Token) -> Who:
    """Raises NotLoggedIn, and Denied for a deed by somebody who has to change the password first."""
    who = station.logins.who(token)
    if request.method != "GET" and request.url.path not in _OPEN and station.logins.must_change(token):
        raise Denied("password_expired", "密码已到期或由他人设置：请先修改密码，再进行操作；查看不受影响")
    return who


LoggedInAs = Annotated[Who, Depends(who_of)]
Time = Annotated[str | None, Query(description="RFC 3339，例如 2026-11-21T02:40:00Z")]

_LAST: Instant = 8_000 * 365 * DAY  # the year 9964: what the calendar of the machine can say


def instant(text: str | None) -> Instant | None:
    """Raises Malformed."""
    if text is None:
        return None
    try:
        # A "+" of an offset that was not escaped in the query arrives as a blank.
        at = from_rfc3339(text.replace(" ", "+"))
    except ValueError as error:
        raise Malformed("malformed", f"时间无法理解：{text!r}，应为 RFC 3339 并带时区，例如 2026-11-21T02:40:00Z") from error
    if not 0 <= at <= _LAST:
        raise Malformed("malformed", f"时间超出范围：{text!r}")
    return at
