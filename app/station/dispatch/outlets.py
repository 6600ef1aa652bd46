"""The seam of an outlet: one blocking call that sends one message, run in a thread of its own. Station side."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from app.domain.settings.dispatch import ModemSettings, Outlet, SmtpSettings, WebhookSettings
from app.store.ports import OutboxRow


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


def secret(secrets: Mapping[str, str], name: str) -> str:
    if not name:
        return ""
    if name not in secrets:
        raise OutletFailed(f"密码库里没有 {name}，请用 hazwatch secret set {name} 录入")
    return secrets[name]
