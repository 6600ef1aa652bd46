"""Mail by SMTP, with STARTTLS or TLS from the start, and a login from the secret store. Station side, blocking."""

import smtplib
import socket
import ssl
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

from app.domain.settings.dispatch import SmtpSettings
from app.station.dispatch.outlets import REPORT, OutletFailed, reason, secret
from app.store.rows import OutboxRow

PATIENCE_S = 20.0
_FILES = {
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class MailSender:
    def __init__(self, settings: SmtpSettings, data: Path) -> None:
        self._settings, self._data = settings, data

    def send(self, row: OutboxRow, secrets: Mapping[str, str]) -> str:
        settings = self._settings
        password = secret(secrets, settings.password_secret)
        try:
            with self._connected() as server:
                if settings.user:
                    server.login(settings.user, password)
                refused = server.send_message(self._mail(row))
        except smtplib.SMTPAuthenticationError as error:
            raise OutletFailed(f"邮件服务器不接受用户 {settings.user} 的密码：{_text(error.smtp_error)}") from error
        except UnicodeEncodeError as error:
            raise OutletFailed("邮件服务器的用户名和密码只能是英文字母、数字和符号") from error
        except smtplib.SMTPRecipientsRefused as error:
            code, why = next(iter(error.recipients.values()))
            raise OutletFailed(f"邮件服务器拒绝收件人 {row.address}：{_text(why)}", final=code >= 500) from error
        except smtplib.SMTPResponseException as error:
            raise OutletFailed(f"邮件服务器拒绝：{error.smtp_code} {_text(error.smtp_error)}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise OutletFailed(f"邮件服务器不支持所设的登录或加密方式：{error}") from error
        except ssl.SSLError as error:
            raise OutletFailed(f"与邮件服务器 {settings.host} 的加密连接不成立：{error}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise OutletFailed(f"邮件服务器 {settings.host}:{settings.port} 连不上：{reason(error)}") from error
        if refused:
            raise OutletFailed(f"邮件服务器拒绝收件人 {row.address}", final=True)
        return "邮件服务器已接收"

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        context = None if settings.security == "none" else self._context()
        if settings.security == "ssl":
            return smtplib.SMTP_SSL(settings.host, settings.port, timeout=PATIENCE_S, context=context)
        server = smtplib.SMTP(settings.host, settings.port, timeout=PATIENCE_S)
        if settings.security == "starttls":
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server

    def _context(self) -> ssl.SSLContext:
        settings = self._settings
        try:
            return ssl.create_default_context(cafile=str(self._data / settings.ca) if settings.ca else None)
        except OSError as error:
            raise OutletFailed(f"证书文件 {settings.ca} 读不出来：{error}") from error

    def _mail(self, row: OutboxRow) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = " ".join(row.title.split())
        mail["From"] = self._settings.sender
        user, _, domain = row.address.rpartition("@")
        wrong = OutletFailed(f"邮箱地址 {row.address} 不对", final=True)
        if not user or not domain or any(c.isspace() for c in row.address):
            raise wrong
        try:
            mail["To"] = Address(row.person, user, domain)
        except ValueError as error:
            raise wrong from error
        mail["Date"] = formatdate(row.created_at / 1e6, localtime=True)
        # The same message keeps its id over all tries: a server that took it before can tell.
        mail["Message-ID"] = f"<outbox.{row.id}.{row.created_at}@{_host()}>" if row.id else make_msgid(domain=_host())
        if row.priority == "critical":
            mail["X-Priority"] = "1"
            mail["Importance"] = "high"
        mail.set_content(row.text)
        if row.kind == REPORT:
            self._attach(mail, row.key.split("/")[1])
        return mail

    def _attach(self, mail: EmailMessage, report: str) -> None:
        """The files of the report; what is gone meanwhile, its time being up, is left out."""
        for file in sorted((self._data / "reports" / "made" / report).glob("report.*")):
            if file.suffix in _FILES:
                kind, _, sub = _FILES[file.suffix].partition("/")
                mail.add_attachment(file.read_bytes(), kind, sub, filename=f"{report}{file.suffix}")


def _host() -> str:
    return socket.gethostname() or "hazwatch"


def _text(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer
