"""The seam of an outlet: one blocking call that sends one message, run in a thread of its own. Station side."""

import errno
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from app.domain.settings.dispatch import ModemSettings, Outlet, SmtpSettings, WebhookSettings
from app.store.rows import OutboxRow

REPORT = "report"
"""Kind of a message that takes a report along; its key is `report/ID/…`."""


class OutletFailed(Exception):
    """Text: a Chinese sentence. `final`: another try would change nothing (wrong address, refused text)."""

    def __init__(self, text: str, final: bool = False) -> None:
        super().__init__(text)
        self.final = final


class Sender(Protocol):
    def send(self, row: OutboxRow, secrets: Mapping[str, str]) -> str:
        """Returns what the other side answered. Raises OutletFailed; whatever else it raises counts as one too."""


def sender_of(outlet: Outlet, data: Path) -> Sender:
    match outlet.how:
        case SmtpSettings():
            from app.station.dispatch.smtp import MailSender

            return MailSender(outlet.how, data)
        case WebhookSettings():
            from app.station.dispatch.webhook import WebhookSender

            return WebhookSender(outlet.how, data)
        case ModemSettings():
            from app.station.dispatch.sms import SmsSender

            return SmsSender(outlet.how)


def reason(error: BaseException) -> str:
    """Why a connection did not come about, as a person would say it."""
    match error:
        case socket.gaierror():
            return "找不到这台服务器，请检查主机名"
        case TimeoutError():
            return "没有应答"
        case ConnectionRefusedError():
            return "对方没有开放这个端口"
        case ConnectionResetError() | BrokenPipeError():
            return "对方中断了连接"
        case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH):
            return "网络不通"
    return str(error)[:160]


def secret(secrets: Mapping[str, str], name: str) -> str:
    if not name:
        return ""
    if name not in secrets:
        raise OutletFailed(f"密码库里没有 {name}，请用 hazwatch secret set {name} 录入")
    return secrets[name]
