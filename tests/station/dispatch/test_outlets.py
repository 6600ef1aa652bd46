"""Each outlet against a real other side: what arrives, and what is said when it does not."""

import base64
import email
import email.policy
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.domain.settings.dispatch import SmtpSettings, WebhookSettings
from app.station.dispatch.outlets import OutletFailed
from app.station.dispatch.smtp import MailSender
from app.station.dispatch.webhook import WebhookSender
from app.store.rows import OutboxRow
from tests.station.dispatch.servers import PASSWORD, HookServer, MailServer, certificate

ROW = OutboxRow(
    "k",
    1_800_000_000_000_000,
    "alarm",
    "critical",
    "mail",
    "李志强",
    "li@plant.cn",
    "【紧急】T-302液位 高高报",
    "正文\n第二行",
    id=7,
)
SECRETS = {"mail": PASSWORD, "wrong": "no", "umlaut": "口令", "key": "SEC密钥"}


pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")  # of the server with TLS from the start


@pytest.fixture(params=["starttls", "ssl"])
def mail(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[MailServer, SmtpSettings, Path]]:
    _, context = certificate(tmp_path)
    server = MailServer(context, from_start=request.param == "ssl")
    yield server, SmtpSettings("127.0.0.1", server.port, "duty@plant.cn", request.param, "duty", "mail", "ca.pem"), tmp_path
    server.stop()


def test_mail_arrives_encrypted_and_logged_in(mail: tuple[MailServer, SmtpSettings, Path]) -> None:
    server, settings, data = mail
    assert MailSender(settings, data).send(ROW, SECRETS) == "邮件服务器已接收"
    assert MailSender(settings, data).send(ROW, SECRETS)
    read = [email.message_from_bytes(one, policy=email.policy.default) for one in server.mails]
    assert read[0]["Subject"] == ROW.title and "li@plant.cn" in read[0]["To"] and "李志强" in read[0]["To"]
    assert read[0].get_content().splitlines() == ["正文", "第二行"] and read[0]["X-Priority"] == "1"
    assert read[0]["Message-ID"] == read[1]["Message-ID"], "the same message over all tries"


def test_a_report_takes_its_files_along(mail: tuple[MailServer, SmtpSettings, Path]) -> None:
    server, settings, data = mail
    folder = data / "reports" / "made" / "day-2026-11-20-ab12"
    folder.mkdir(parents=True)
    for name in ("report.pdf", "report.xlsx", "report.json", "page-001.png"):
        (folder / name).write_bytes(name.encode())
    row = replace(ROW, kind="report", key="report/day-2026-11-20-ab12/李志强/mail")
    assert MailSender(settings, data).send(row, SECRETS)
    read = email.message_from_bytes(server.mails[0], policy=email.policy.default)
    files = {one.get_filename(): one.get_content() for one in read.iter_attachments()}
    assert files == {"day-2026-11-20-ab12.pdf": b"report.pdf", "day-2026-11-20-ab12.xlsx": b"report.xlsx"}
    assert MailSender(settings, data).send(replace(row, key="report/gone/李志强/mail"), SECRETS)  # its time was up


def test_mail_that_does_not_go(mail: tuple[MailServer, SmtpSettings, Path]) -> None:
    server, settings, data = mail
    server.refuse = {"nobody@plant.cn": "550 no such user", "later@plant.cn": "450 later"}
    for changed, row, text, final in (
        ({"password_secret": "wrong"}, ROW, "不接受用户 duty 的密码", False),
        ({"password_secret": "umlaut"}, ROW, "只能是英文", False),
        ({"password_secret": "none"}, ROW, "hazwatch secret set none", False),
        ({"ca": ""}, ROW, "加密连接不成立", False),
        ({"ca": "nothing.pem"}, ROW, "证书文件", False),
        ({"port": 1}, ROW, "连不上", False),
        ({}, replace(ROW, address="nobody@plant.cn"), "拒绝收件人 nobody@plant.cn", True),
        ({}, replace(ROW, address="later@plant.cn"), "拒绝收件人", False),
        ({}, replace(ROW, address="not an address"), "不对", True),
    ):
        with pytest.raises(OutletFailed, match=text) as failed:
            MailSender(replace(settings, **changed), data).send(row, SECRETS)  # type: ignore[arg-type]
        assert failed.value.final is final, text
    assert not server.mails


@pytest.fixture
def hook() -> Iterator[HookServer]:
    server = HookServer()
    yield server
    server.stop()


def test_a_webhook_gets_what_it_wants(hook: HookServer, tmp_path: Path) -> None:
    body = '{"msgtype": "text", "text": {"content": {text}, "mentioned_mobile_list": [{address}]}}'
    settings = WebhookSettings(f"http://127.0.0.1:{hook.port}/send?key=1", body, success='"errcode":0')
    row = replace(ROW, address="13800138000", text='引号 " 和换行\n{title}')
    assert "已接收" in WebhookSender(settings, tmp_path).send(row, SECRETS)
    path, headers, sent = hook.heard[0]
    assert path == "/send?key=1" and headers["Content-Type"].startswith("application/json")
    assert json.loads(sent) == {
        "msgtype": "text",
        "text": {"content": row.text, "mentioned_mobile_list": ["13800138000"]},
    }


def test_signatures_can_be_checked(hook: HookServer, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{hook.port}/send?key=1"
    WebhookSender(WebhookSettings(url, sign="header", sign_secret="key"), tmp_path).send(ROW, SECRETS)
    _, headers, sent = hook.heard[0]
    stamp = headers["X-Hazwatch-Timestamp"]
    made = hmac.new(SECRETS["key"].encode(), stamp.encode() + b"\n" + sent, hashlib.sha256).hexdigest()
    assert headers["X-Hazwatch-Signature"] == f"sha256={made}"
    WebhookSender(WebhookSettings(url, sign="dingtalk", sign_secret="key"), tmp_path).send(ROW, SECRETS)
    query = parse_qs(urlsplit(hook.heard[1][0]).query)
    text = f"{query['timestamp'][0]}\n{SECRETS['key']}".encode()
    wanted = base64.b64encode(hmac.new(SECRETS["key"].encode(), text, hashlib.sha256).digest()).decode()
    assert query["sign"] == [wanted] and query["key"] == ["1"]


@pytest.mark.parametrize(
    ("answer", "success", "text", "final"),
    [
        ((500, "oops"), "", "HTTP 500 oops", False),
        ((429, ""), "", "HTTP 429", False),
        ((404, ""), "", "HTTP 404", True),
        ((302, ""), "", "HTTP 302", False),
        ((200, '{"errcode": 45009}'), '"errcode":0', "没有接受", False),
    ],
)
def test_webhooks_that_refuse(
    hook: HookServer, tmp_path: Path, answer: tuple[int, str], success: str, text: str, final: bool
) -> None:
    hook.answers = [answer]
    settings = WebhookSettings(f"http://127.0.0.1:{hook.port}/x", success=success)
    with pytest.raises(OutletFailed, match=text) as failed:
        WebhookSender(settings, tmp_path).send(ROW, SECRETS)
    assert failed.value.final is final


def test_a_webhook_that_is_away_keeps_its_key_out_of_the_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutletFailed, match="连不上") as failed:
        WebhookSender(WebhookSettings("http://127.0.0.1:1/send?key=geheim"), tmp_path).send(ROW, SECRETS)
    assert "geheim" not in str(failed.value)


def test_a_body_that_is_no_json_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutletFailed, match="不是 JSON") as failed:
        WebhookSender(WebhookSettings("http://127.0.0.1:1/", "{text"), tmp_path).send(ROW, SECRETS)
    assert failed.value.final
