"""Errors a person can do something about: one plain Chinese sentence each. Everything else is a bug (`crash`). Console side.

Known
├── Offline            the station cannot be reached
├── Unauthorised       401: not logged in, or no longer
├── Refused            403, 404, 409, 422, 503 ...: the station said no, and why
└── CertificateError   the station shows a certificate that is unknown here, or another one than before
"""

from typing import Any

from widgets.words import tr


class Known(Exception):
    """`message` is what a person reads; `code` the station's word for it, for programs."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Offline(Known):
    pass


class Unauthorised(Known):
    pass


class Refused(Known):
    def __init__(self, message: str, code: str, status: int) -> None:
        super().__init__(message, code)
        self.status = status


class CertificateError(Known):
    """`seen`: SHA-256 of the certificate the station showed; `expected`: the accepted one, "" when none was yet."""

    def __init__(self, host: str, seen: str, expected: str) -> None:
        if expected:
            message = tr(
                "站点 {host} 的证书与以前确认过的不一致，已拒绝连接。可能有人冒充站点，也可能站点换了证书：请核对指纹。",
                host=host,
            )
        else:
            message = tr("第一次连接 {host}：请与站点管理员核对证书指纹，一致后再确认。", host=host)
        super().__init__(message, "certificate_changed" if expected else "certificate_unknown")
        self.host = host
        self.seen = seen
        self.expected = expected


def from_answer(status: int, body: Any) -> Known:
    """The station's error answer `{"error": {"code", "message"}}` as a Known error; its own sentence wins over ours."""
    said = body.get("error") if isinstance(body, dict) else None
    code = str(said.get("code", "")) if isinstance(said, dict) else ""
    message = str(said.get("message", "")) if isinstance(said, dict) else ""
    if status == 401:
        return Unauthorised(message or tr("登录已失效，请重新登录。"), code or "unauthorised")
    words = {
        403: tr("当前账号没有这个权限。"),
        404: tr("站点上没有这一项。"),
        409: tr("状态已被他人改变，请看最新状态后再操作。"),
        422: tr("站点规则不允许这样操作。"),
        429: tr("尝试太频繁，请稍后再试。"),
        503: tr("站点暂时无法写入（例如磁盘已满），操作没有生效。"),
    }
    fallback = words.get(status) or tr("站点回答异常（HTTP {status}），操作可能没有生效。", status=status)
    return Refused(message or fallback, code or str(status), status)
