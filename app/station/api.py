"""The HTTP API (接口): the application with its errors, log-in and documentation page. The calls are in `api_site`, `api_read`,
`api_act`, `api_users` and `api_feed`.

Station side. Thin: every call asks the station or the command bus and encodes the answer. Every error, whatever its origin, has
the shape `{"error": {"code", "message"}}`.
"""

import logging
from collections.abc import Sequence

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from app.domain.alarm import Refused
from app.station import (
    api_act,
    api_card,
    api_cases,
    api_dispatch,
    api_feed,
    api_forms,
    api_journal,
    api_kpi,
    api_operations,
    api_policy,
    api_quality,
    api_read,
    api_replay,
    api_reports,
    api_shift,
    api_site,
    api_trend,
    api_users,
    api_video,
)
from app.station.api_parts import API, json
from app.station.docs_page import PAGE
from app.station.errors import KnownError, known
from app.station.limits import BodyLimit
from app.station.station import Station
from app.store.ports import StoreUnavailable

log = logging.getLogger(__name__)

_STATUS_CODES = {404: "not_found", 405: "method_not_allowed"}
_STATUS_WORDS = {404: "没有这个地址", 405: "这个地址不支持该方法"}


def make_api(station: Station, thumbprint: str = "") -> FastAPI:
    """`thumbprint`: SHA-256 of the TLS certificate, "" on plain loopback."""
    app = FastAPI(
        title="HazWatch 危源值守 站接口",
        version=station.given.version,
        description="先 POST /api/v1/login 取得令牌，以后每次带上 Authorization: Bearer 令牌。",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.add_middleware(BodyLimit, streams=api_forms.streams)
    app.state.station = station
    app.state.thumbprint = thumbprint
    router = APIRouter(prefix=API)
    for part in (
        api_site,
        api_card,
        api_kpi,
        api_operations,
        api_read,
        api_trend,
        api_journal,
        api_replay,
        api_policy,
        api_quality,
        api_act,
        api_forms,
        api_reports,
        api_shift,
        api_dispatch,
        api_users,
        api_video,
        api_cases,
        api_feed,
    ):
        router.include_router(part.router)
    app.include_router(router)

    @app.get(f"{API}/openapi.json", include_in_schema=False)
    async def schema() -> Response:
        return json(app.openapi())

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return Response(PAGE, media_type="text/html; charset=utf-8")

    _errors(app)
    return app


def _error(status: int, code: str, message: str, fields: Sequence[str] = ()) -> Response:
    """`fields`: the keys of a form it is about, only where there are some."""
    told = {"code": code, "message": message, **({"fields": fields} if fields else {})}
    return json({"error": told}, status)


def _errors(app: FastAPI) -> None:
    @app.exception_handler(KnownError)
    async def known_error(request: Request, error: KnownError) -> Response:
        return _error(error.status, error.code, error.message, error.fields)

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return await known_error(request, known(error))

    @app.exception_handler(StoreUnavailable)
    async def unavailable(request: Request, error: StoreUnavailable) -> Response:
        return _error(503, "store_unavailable", str(error))

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        faults = [f"{'.'.join(str(p) for p in fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        return _error(400, "malformed", "请求格式不对：" + "；".join(faults))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        code = _STATUS_CODES.get(error.status_code, f"http_{error.status_code}")
        answer = _error(error.status_code, code, _STATUS_WORDS.get(error.status_code, str(error.detail)))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        log.exception("处理 %s %s 时出错", request.method, request.url.path, exc_info=error)
        return _error(500, "internal", "站内部出错，详见站的日志文件")
