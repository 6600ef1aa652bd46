"""Guidance in the ways a site engineer may write it."""

import pytest

from app.domain.guidance import split_guidance


@pytest.mark.parametrize(
    ("text", "extra", "cause", "consequence", "action", "contacts"),
    [
        ("", {}, [], [], [], []),
        ("停止进料；切换收料罐；", {}, [], [], ["停止进料", "切换收料罐"], []),
        ("原因：仪表漂移；进料过快。后果：冒罐。措施：停止进料；切换罐。联系人：调度 8001", {},
         ["仪表漂移", "进料过快"], ["冒罐"], ["停止进料", "切换罐"], ["调度 8001"]),
        ("先看现场\n【原因】泵未停\n【联系人】值长", {}, ["泵未停"], [], ["先看现场"], ["值长"]),
        ("cause: pump; Action: stop it", {}, ["pump"], [], ["stop it"], []),
        ("停泵", {"原因": "阀内漏；误操作", "联系人": "张工", "备注": "x"}, ["阀内漏", "误操作"], [], ["停泵"], ["张工"]),
        ("原因：甲", {"原因": "乙"}, ["乙", "甲"], [], [], []),
        ("查明原因：再启动", {}, [], [], ["查明原因：再启动"], []),  # a heading begins a sentence, it does not end one
        ("时间 10:30 前完成", {}, [], [], ["时间 10:30 前完成"], []),
    ],
)  # fmt: skip
def test_split(
    text: str, extra: dict[str, str], cause: list[str], consequence: list[str], action: list[str], contacts: list[str]
) -> None:
    found = split_guidance(text, extra)
    assert (found.cause, found.consequence, found.action, found.contacts) == (cause, consequence, action, contacts)
    assert bool(found) == bool(text or extra)
