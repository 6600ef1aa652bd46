"""A picture kept as a file (抓拍): the pixels as they came, and below them, never over them, what it is and a hash of it.

Console side. The hash is of the picture's own pixels (rows of B, G, R, 0xFF), so that anyone can cut the label off and check.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter

from app.domain.instant import SECOND, Instant
from app.domain.plant import Camera
from widgets.theme import font
from widgets.video.feed import Frame, Look, Said, Thinned
from widgets.video.paint import image_of, word_of
from widgets.words import tr

_MARGIN = 10


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`png`: the file; `sha256` of the picture's pixels; `file_sha256` of the file."""

    camera: str
    at: Instant
    png: bytes
    sha256: str
    file_sha256: str

    @property
    def name(self) -> str:
        when = datetime.fromtimestamp(self.at / SECOND).astimezone()
        return f"{self.camera}-{when:%Y%m%d-%H%M%S}.png"


def snapshot_of(frame: Frame, camera: Camera, site: str, user: str, said: Said | None) -> Snapshot:
    """A picture that is not live says so in the label."""
    frame = frame.whole() if isinstance(frame, Thinned) else frame
    image = image_of(frame).copy()
    pixels = hashlib.sha256(_rows(image)).hexdigest()
    lines = [
        f"{camera.camera}  {camera.name}   {site}",
        tr("画面时间 {at}（本机收到）", at=_time(frame.wall)) + _state(said),
        tr("抓拍人 {user}", user=user),
        f"SHA-256 {pixels}",
    ]
    whole = _labelled(image, [line for line in lines if line.strip()])
    png = _png(whole)
    return Snapshot(camera.camera, frame.wall, png, pixels, hashlib.sha256(png).hexdigest())


def _state(said: Said | None) -> str:
    return "" if said is None or said.look is Look.LIVE else f"   【{word_of(said.look)}】"


def _labelled(image: QImage, lines: list[str]) -> QImage:
    face = font(10)
    metrics = QFontMetrics(face)
    wide = max(image.width(), max(metrics.horizontalAdvance(line) for line in lines) + 2 * _MARGIN)
    step = metrics.height() + 3
    made = QImage(wide, image.height() + step * len(lines) + 2 * _MARGIN, QImage.Format.Format_RGB32)
    made.fill(QColor("#ffffff"))
    painter = QPainter(made)
    painter.drawImage(0, 0, image)
    painter.setFont(face)
    painter.setPen(QColor("#000000"))
    for number, line in enumerate(lines):
        room = QRect(_MARGIN, image.height() + _MARGIN + step * number, wide - 2 * _MARGIN, step)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line)
    painter.end()
    return made


def _rows(image: QImage) -> bytes:
    """Without whatever stands between the end of a row and the next one."""
    packed = image.convertToFormat(QImage.Format.Format_RGB32)
    wide = packed.width() * 4
    memory, stride = packed.constBits(), packed.bytesPerLine()
    return b"".join(bytes(memory[row * stride : row * stride + wide]) for row in range(packed.height()))


def _png(image: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub asks for bytes, the call takes none
    buffer.close()
    return bytes(data.data())


def _time(at: Instant) -> str:
    return datetime.fromtimestamp(at / SECOND).astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
