"""A seal of the journal on paper (打印日封印): its text, a QR code of it, and how to hold it against the journal. Station side.

Blocking; call it in a worker thread.
"""

import io
import re
from datetime import tzinfo

import segno

from app.domain.instant import Instant, to_datetime
from app.domain.seal import CAUSES, Seal, seal_text
from app.station.printing import render

HOW = (
    "日志的每条记录与前一条由哈希相连；本页记下第 {first} 到 {last} 条在封存时的哈希和摘要。以后任何时候，把二维码里的文字交给"
    "“日志”页的“与日志核对”，或运行 hazwatch verify --seal 文字：相符即证明这些记录此后没有被改动、增删。手工核对时，输入 "
    "last=编号 hash=哈希 即可。本页请与值班记录一起保存。"
)
_WORD = re.compile(r".{1,48}")


def seal_pdf(seal: Seal, site: str, name: str, zone: tzinfo, now: Instant) -> bytes:
    """Raises NotAllowed when this machine has no Chinese font."""
    text = seal_text(seal, site)
    picture = io.BytesIO()
    # medium correction: paper gets creased; the white edge is part of the code
    segno.make(text, error="m", micro=False).save(picture, kind="svg", border=2, scale=4)
    return render(
        "seal",
        {
            "title": f"日封印第 {seal.number} 号　{seal.day}",
            "site": f"{name}（{site}）",
            "subtitle": f"第 {seal.number} 号　{seal.day}　{CAUSES.get(seal.cause, seal.cause)}",
            "rows": [
                ["封印时间", _local(seal.made_at, zone)],
                ["记录", f"第 {seal.first} 到 {seal.last} 条，共 {seal.count} 条；本封印是第 {seal.record} 条"],
                ["末条哈希", _groups(seal.hash)],
                ["SHA-256 摘要", _groups(seal.sha256)],
                ["SM3 摘要", _groups(seal.sm3)],
                ["签名公钥", seal.key or "（没有签名）"],
            ],
            "qr": picture.getvalue().decode(),
            "pieces": [piece for word in text.split() for piece in _WORD.findall(word)],
            "how": HOW.format(first=seal.first, last=seal.last),
            "printed": f"打印于 {_local(now, zone)}　HazWatch 危源值守",
        },
    )


def _local(at: Instant, zone: tzinfo) -> str:
    return f"{to_datetime(at).astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _groups(digest: str) -> str:
    """Eight by eight, to be compared by eye."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))
