"""Words of the notification page. Console side, pure."""

from collections.abc import Mapping
from typing import Any

from app.domain.tag import Priority
from widgets.vocabulary import local_time, priority_word
from widgets.words import tr

ALL = ""
STATES = ("waiting", "sent", "gave_up")


def kind_word(kind: str) -> str:
    return {"smtp": tr("邮件"), "webhook": tr("网络接口"), "sms_modem": tr("短信")}.get(kind, kind)


def outlet_word(state: str) -> str:
    return {"ok": tr("正常"), "idle": tr("未用过"), "retrying": tr("重试中"), "failing": tr("故障")}.get(state, state)


def state_word(state: str) -> str:
    return {"waiting": tr("待发"), "sent": tr("已发出"), "gave_up": tr("已放弃"), ALL: tr("全部状态")}.get(state, state)


def about_word(row: Mapping[str, Any]) -> str:
    """What it is about: an alarm's priority, a deadline, a test."""
    if row["kind"] == "duty":
        return tr("超时")
    if row["kind"] == "test":
        return tr("测试")
    if row["kind"] == "report":
        return tr("报表")
    return priority_word(Priority.of(row["priority"]))


def outcome(row: Mapping[str, Any]) -> str:
    if row["state"] == "sent":
        return tr("{at} {said}", at=local_time(row["done_at"]), said=row["detail"])
    if row["state"] == "gave_up":
        return tr("试了 {n} 次：{why}", n=row["attempts"], why=row["detail"])
    if not row["attempts"]:
        return tr("排队中")
    return tr("第 {n} 次未成，{at} 再试：{why}", n=row["attempts"], at=local_time(row["next_try_at"]), why=row["detail"])
