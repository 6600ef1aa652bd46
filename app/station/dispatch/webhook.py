"""A webhook: JSON by POST, in the form the server behind it wants (企业微信, 钉钉 and the like on an isolated net), signed
where it asks for it. Station side, blocking.
"""

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

from app.domain.instant import to_rfc3339
from app.domain.settings.dispatch import WebhookSettings
from app.station.dispatch.outlets import OutletFailed, reason, secret
from app.store.rows import OutboxRow

PATIENCE_S = 15.0
_LATER = {408, 425, 429}  # a refusal that may pass
_FIELD = re.compile(r"\{(title|text|priority|person|address|id|time)\}")


class WebhookSender:
    def __init__(self, settings: WebhookSettings, data: Path) -> None:
        self._settings, self._data = settings, data

    def send(self, row: OutboxRow, secrets: Mapping[str, str]) -> str:
        import requests  # here, so that a site that sends none does not pay for it

        settings = self._settings
        key = secret(secrets, settings.sign_secret)
        body = filled(settings.body, row).encode()
        url, headers = _signed(settings, key, body)
        host = urlsplit(settings.url).netloc.rpartition("@")[2]
        try:
            with requests.Session() as session:
                session.trust_env = False  # an isolated net; a proxy of the account's environment has no business here
                answer = session.post(
                    url,
                    data=body,
                    headers={"Content-Type": "application/json; charset=utf-8", **headers},
                    timeout=PATIENCE_S,
                    verify=str(self._data / settings.ca) if settings.ca else True,
                    allow_redirects=False,
                )
                said = answer.text[:200]
        except requests.exceptions.SSLError as error:
            raise OutletFailed(f"与 {host} 的加密连接不成立：{_why(error)}") from error
        except requests.exceptions.Timeout as error:
            raise OutletFailed(f"{host} 没有应答") from error
        except (requests.exceptions.RequestException, OSError) as error:
            raise OutletFailed(f"{host} 连不上：{_why(error)}") from error
        if not 200 <= answer.status_code < 300:
            final = 400 <= answer.status_code < 500 and answer.status_code not in _LATER
            raise OutletFailed(f"{host} 拒绝：HTTP {answer.status_code} {said}".rstrip(), final=final)
        if settings.success and settings.success.replace(" ", "") not in said.replace(" ", ""):
            raise OutletFailed(f"{host} 没有接受：{said}")
        return f"{host} 已接收"


def filled(template: str, row: OutboxRow) -> str:
    """The template with JSON strings in the places of its fields. Raises OutletFailed when no JSON comes of it."""
    values = {
        "title": row.title,
        "text": row.text,
        "priority": row.priority,
        "person": row.person,
        "address": row.address,
        "id": str(row.id),
        "time": to_rfc3339(row.created_at),
    }
    text = _FIELD.sub(lambda match: json.dumps(values[match[1]], ensure_ascii=False), template)
    try:
        json.loads(text)
    except ValueError as error:
        raise OutletFailed(f"webhook 的 body 不是 JSON：{error}", final=True) from error
    return text


def _signed(settings: WebhookSettings, key: str, body: bytes) -> tuple[str, dict[str, str]]:
    stamp = str(round(time.time() * 1000))
    match settings.sign:
        case "header":
            made = hmac.new(key.encode(), stamp.encode() + b"\n" + body, hashlib.sha256).hexdigest()
            return settings.url, {"X-Hazwatch-Timestamp": stamp, "X-Hazwatch-Signature": f"sha256={made}"}
        case "dingtalk":
            digest = hmac.new(key.encode(), f"{stamp}\n{key}".encode(), hashlib.sha256).digest()
            sign = quote_plus(base64.b64encode(digest))
            join = "&" if "?" in settings.url else "?"
            return f"{settings.url}{join}timestamp={stamp}&sign={sign}", {}
    return settings.url, {}


def _why(error: Exception) -> str:
    """Without the URL: its query may hold a key."""
    from requests.exceptions import RequestException

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and not isinstance(cause, RequestException):
            return reason(cause)
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
