"""A small station that speaks the API and the feed and does what a test says: fall silent, forget logins, go away, return.

Its own thread and loop, a real socket, real HTTP and WebSocket; only the plant behind it is made up.
"""

import asyncio
import datetime
import secrets
import socket
import threading
import time
from dataclasses import fields, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import JSONResponse, Response
from starlette.websockets import WebSocketDisconnect

from app.domain.instant import to_rfc3339
from app.domain.plant import Background, Camera, Equipment, EquipmentType, Layout, LayoutItem
from app.domain.rows import row_of
from app.domain.tag import Kind, Limits, Tag
from app.domain.wire import AlarmMsg, EventMsg, FeedMsg, LinkMsg, ValueMsg
from app.site.layout_text import layout_raw
from tests.pace import ENOUGH_S

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="420" height="260"><rect width="420" height="260" fill="#fff"/></svg>'

TAGS = (
    Tag("TK101.LT", "甲醇罐液位", "V-101", Kind.LEVEL, "%", 0, 100, limits=Limits(10, 15, 85, 90)),
    Tag("TK101.TT", "甲醇罐温度", "V-101", Kind.TEMPERATURE, "℃", -20, 80, limits=Limits(h=40, hh=45)),
    Tag("GT103", "可燃气体", "V-101", Kind.COMBUSTIBLE_GAS, "%LEL", 0, 100, limits=Limits(h=25, hh=50)),
)
EQUIPMENT = (
    Equipment("V-101", "甲醇罐", EquipmentType.TANK, "一号罐区", "HS-1", 2, "甲醇", "67-56-1", 800.0, responsible="王工"),
)
CAMERAS = (Camera("NVR1-07", "一号罐区北", equipment=("V-101",)),)
LAYOUTS = (
    Layout(
        "tankfarm-a",
        "一号罐区",
        2,
        (0, 0, 420, 260),
        (
            LayoutItem(
                "e7",
                "tank.vertical",
                62.5,
                118,
                40,
                40,
                label="V-101",
                equipment="V-101",
                bind={"level": "TK101.LT", "temperature": "TK101.TT"},
                cameras=("NVR1-07",),
            ),
            LayoutItem("g3", "gas_detector", 120, 121, label="GT-103", bind={"value": "GT103"}),
        ),
        Background("tankfarm-a.svg", (0.05, 0, 0, -0.05, 0, 260)),
    ),
)


def value(tag: str, number: float, quality: str = "good", reason: str = "", at: int | None = None) -> ValueMsg:
    text = to_rfc3339(time.time_ns() // 1000 if at is None else at)
    return ValueMsg(tag, number, quality, reason, text, text)


def alarm(occurrence: int, tag: str = "TK101.LT", rule: str = "H", state: str = "UNACK", **more: Any) -> AlarmMsg:
    made = AlarmMsg(
        occurrence,
        tag,
        "甲醇罐液位",
        "V-101",
        rule,
        state,
        "high",
        86.2,
        85.0,
        "%",
        to_rfc3339(time.time_ns() // 1000),
        message="甲醇罐液位 高报 86.2 % 上限 85 %",
        area="一号罐区",
        process_state="ACKED" if state in ("SHLVD", "DSUPR", "OOSRV") else state,
    )
    return replace(made, **more)


def event(number: int, what: str = "raised", occurrence: int = 1) -> EventMsg:
    at = to_rfc3339(time.time_ns() // 1000)
    return EventMsg(number, at, what, "TK101.LT", "H", occurrence, "NORM", "UNACK", True, "high")


def link(source: str, state: str = "up", error: str = "") -> LinkMsg:
    since = to_rfc3339(time.time_ns() // 1000)
    return LinkMsg(source, state, since, 3, error, "opcua", "opc.tcp://127.0.0.1:4840/plant", good=3, rate=12.5, age_s=0.4)


class FakeStation:
    """Use as a context manager. Everything public may be called from the test's thread."""

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        self.password = "Sesame-2026"
        self.role = "operator"
        self.calls: list[tuple[str, str, Any]] = []
        self.afters: list[int | None] = []  # of every feed that was opened
        self.answers: dict[str, tuple[int, Any]] = {}  # path to a canned answer
        self.values: dict[str, ValueMsg] = {}
        self.alarms: dict[tuple[str, str], AlarmMsg] = {}
        self.links: list[LinkMsg] = []
        self.notices: list[str] = []
        self.logins = 0
        self.must_change = False
        self.idle_lock_min = 0.0
        self.muted = False
        self._certificate = certificate
        self._seq = 1000
        self._past: list[FeedMsg] = []
        self._tokens: set[str] = set()
        self._feeds: set[asyncio.Queue[FeedMsg | None]] = set()
        self._port = 0

    @property
    def url(self) -> str:
        return f"{'https' if self._certificate else 'http'}://127.0.0.1:{self._port}"

    def __enter__(self) -> "FakeStation":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """On the port of the first start."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        tls: dict[str, Any] = {}
        if self._certificate:
            tls = {"ssl_certfile": str(self._certificate[0]), "ssl_keyfile": str(self._certificate[1])}
        config = uvicorn.Config(self._app(), log_level="critical", ws="websockets-sansio", lifespan="off", **tls)
        config.timeout_graceful_shutdown = 1
        self._server = uvicorn.Server(config)
        self._loop = asyncio.new_event_loop()

        def run() -> None:
            self._loop.run_until_complete(self._server.serve([listening]))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
            listening.close()

        self._thread = threading.Thread(target=run, name="fake station")
        self._thread.start()
        until = time.monotonic() + 10
        while not self._server.started:
            assert time.monotonic() < until, "fake station does not start"
            time.sleep(0.005)

    def stop(self) -> None:
        if self._thread.is_alive():
            self.drop_feeds()
            self._server.should_exit = True
            self._thread.join(ENOUGH_S)

    def tell(self, **news: Any) -> int:
        """One delta to every feed; its sequence number."""
        self._seq += 1
        message = FeedMsg("delta", self._seq, to_rfc3339(time.time_ns() // 1000), **news)
        for one in message.values:
            self.values[one.tag] = one
        for two in message.alarms:
            self.alarms[two.tag, two.rule] = two
            if two.state == "NORM":
                del self.alarms[two.tag, two.rule]
        self.links = message.links or self.links
        self._past.append(message)
        self._to_feeds(message)
        return self._seq

    def drop_feeds(self) -> None:
        self._to_feeds(None)

    def forget_logins(self) -> None:
        """As a station that was restarted: tokens were only in its memory."""
        self._tokens.clear()
        self.drop_feeds()

    @property
    def feeds(self) -> int:
        return len(self._feeds)

    def _to_feeds(self, message: FeedMsg | None) -> None:
        for queue in list(self._feeds):
            self._loop.call_soon_threadsafe(queue.put_nowait, message)

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/api/v1/login")
        async def login(request: Request) -> Response:
            body = await request.json()
            self.logins += 1
            if "/login" in self.answers:
                status, said = self.answers["/login"]
                return JSONResponse(said, status)
            if body["password"] != self.password:
                return _error(401, "bad_login", "用户名或密码不对")
            token = secrets.token_hex(8)
            self._tokens.add(token)
            return JSONResponse(
                {
                    "token": token,
                    "role": self.role,
                    "expires_at": "2099-01-01T00:00:00.000Z",
                    "must_change": self.must_change,
                    "idle_lock_min": self.idle_lock_min,
                }
            )

        @app.websocket("/api/v1/feed")
        async def feed(socket: WebSocket, token: str = "", after: int | None = None) -> None:
            if token not in self._tokens:
                await socket.close(1008)
                return
            await socket.accept()
            self.afters.append(after)
            queue: asyncio.Queue[FeedMsg | None] = asyncio.Queue()
            first = self._snapshot() if after is None or after > self._seq else None
            for message in self._past:
                if after is not None and message.seq > after:
                    queue.put_nowait(message)
            self._feeds.add(queue)  # before the client can know that it is there: nothing told from then on passes it by
            try:
                if first is not None:
                    await socket.send_bytes(_encode(first))
                while True:
                    try:
                        message = await asyncio.wait_for(queue.get(), 0.2)
                    except TimeoutError:
                        message = FeedMsg("heartbeat", self._seq, to_rfc3339(time.time_ns() // 1000))
                    if message is None:
                        await socket.close()
                        return
                    if not self.muted:
                        await socket.send_bytes(_encode(message))
            except WebSocketDisconnect:
                return
            finally:
                self._feeds.discard(queue)

        @app.api_route("/api/v1/{path:path}", methods=["GET", "POST"])
        async def anything(path: str, request: Request) -> Response:
            if path == "health":
                return JSONResponse({"ok": True})
            if request.headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
                return _error(401, "unauthorised", "登录已失效")
            raw = await request.body()
            self.calls.append((request.method, f"/{path}", msgspec.json.decode(raw) if raw else None))
            if f"/{path}" in self.answers:
                status, body = self.answers[f"/{path}"]
                return JSONResponse(body, status)
            known = {
                "site": {"code": "370300001", "name": "示范化工有限公司", "timezone": "Asia/Shanghai"},
                "tags": [row_of(one) for one in TAGS],
                "equipment": [row_of(one) for one in EQUIPMENT],
                "cameras": [row_of(one) for one in CAMERAS],
                "layouts": [{"id": one.id, "title": one.title, "level": one.level} for one in LAYOUTS],
                **{f"layouts/{one.id}": layout_raw(one) for one in LAYOUTS},
            }
            if path == "layouts/tankfarm-a/picture":
                return Response(SVG, media_type="image/svg+xml")
            if path in known:
                return Response(msgspec.json.encode(known[path]), media_type="application/json")
            return JSONResponse({}) if request.method == "POST" else _error(404, "not_found", "没有这一项")

        return app

    def _snapshot(self) -> FeedMsg:
        return FeedMsg(
            "snapshot",
            self._seq,
            to_rfc3339(time.time_ns() // 1000),
            list(self.values.values()),
            list(self.alarms.values()),
            self.links,
            notices=self.notices,
        )


def _encode(message: FeedMsg) -> bytes:
    """As a station does: outside a snapshot, lists without news are not sent at all."""
    parts = {one.name: getattr(message, one.name) for one in fields(message)}
    return msgspec.json.encode({key: one for key, one in parts.items() if message.type == "snapshot" or one != []})


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status)


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate and its key, as a station makes its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / f"{name}.crt", folder / f"{name}.key"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert_file, key_file
