"""The drawing behind a picture: svg, png or jpg as a raster at the resolution of the screen, in the colours of the theme.

A drawing (dark lines on white) becomes lines a little lighter, or darker, than the ground; a photograph becomes grey and
pale. Rasters are made in a worker thread: the old one is stretched until the new one is there. What cannot be drawn (pdf,
dxf, a broken file) is said in a sentence; the picture's items do not depend on it.
"""

from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QObject, QPointF, QRectF, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap, QTransform, qRgb
from PySide6.QtSvg import QSvgRenderer

from app.domain.plant import Layout
from widgets.theme import Theme
from widgets.words import tr

_THIN = 0.6  # below 1 lifts hair lines and small letters, which antialiasing makes pale
_MARGIN = 0.1  # rendered beyond the window, so that a small pan stays sharp
_MAX_PIXELS = 24_000_000  # 96 MB: a 4K screen with its margin is 12


@dataclass(frozen=True)
class Source:
    """What a raster is made of. `to_scene` maps picture units to scene metres (y down)."""

    svg: bytes | None
    image: QImage | None
    box: QRectF
    to_scene: QTransform
    photo: bool
    dim: float


@dataclass(frozen=True)
class Raster:
    """`rect` in scene metres, `scale` in device pixels a metre."""

    image: QImage
    rect: QRectF
    scale: float
    job: int
    theme: str


def read_source(layout: Layout, picture: bytes | None) -> tuple[Source | None, str]:
    """The source, or a sentence that says why there is none."""
    background = layout.background
    if background is None:
        return None, ""
    if picture is None:
        return None, tr("背景图 {file} 没有收到，仅显示设备。", file=background.file)
    suffix = background.file.rsplit(".", 1)[-1].lower()
    if suffix in ("pdf", "dxf", "dwg"):
        return None, tr(
            "背景图 {file} 的格式无法在此显示，请导出为 SVG 或 PNG 后重新导入；设备与数值照常显示。", file=background.file
        )
    svg: bytes | None = None
    image: QImage | None = None
    if suffix == "svg":
        renderer = QSvgRenderer(QByteArray(picture))
        box = renderer.viewBoxF()
        svg = picture if renderer.isValid() and not box.isEmpty() else None
    else:
        image = QImage.fromData(picture)
        box = QRectF(0, 0, image.width(), image.height())
    if svg is None and (image is None or image.isNull()):
        return None, tr("背景图 {file} 已损坏或无法识别，仅显示设备。", file=background.file)
    x0, y0, x1, y1 = layout.extent
    if background.affine is not None:
        a, b, c, d, e, f = background.affine
        to_scene = QTransform(a, -b, c, -d, e, -f)
    else:
        to_scene = QTransform(
            (x1 - x0) / box.width(),
            0,
            0,
            (y1 - y0) / box.height(),
            x0 - box.x() * (x1 - x0) / box.width(),
            -y1 - box.y() * (y1 - y0) / box.height(),
        )
    photo = image is not None and _is_photo(image)
    return Source(svg, image, box, to_scene, photo, min(1.0, max(0.0, background.dim))), ""


def _same(scale: float, other: float) -> bool:
    return abs(scale / other - 1) < 1e-4


def _is_photo(image: QImage) -> bool:
    """A drawing is mostly paper: more than half of it nearly white, or see-through."""
    small = image.scaled(QSize(48, 48)).convertToFormat(QImage.Format.Format_ARGB32)
    colours = [small.pixelColor(x, y) for y in range(48) for x in range(48)]
    paper = sum(1 for c in colours if c.alpha() < 32 or min(c.red(), c.green(), c.blue()) > 215)
    return paper < len(colours) / 2


def render(source: Source, rect: QRectF, scale: float, theme: Theme) -> QImage:
    """`rect` (scene metres) at `scale` device pixels a metre, toned to the theme. Any thread."""
    size = QSize(max(1, round(rect.width() * scale)), max(1, round(rect.height() * scale)))
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    painter.setTransform(source.to_scene * QTransform.fromTranslate(-rect.x(), -rect.y()) * QTransform.fromScale(scale, scale))
    if source.svg is not None:
        QSvgRenderer(QByteArray(source.svg)).render(painter, source.box)
    elif source.image is not None:
        painter.drawImage(QPointF(0, 0), source.image)
    painter.end()
    return _tone(image, theme, source.dim, source.photo)


def _tone(image: QImage, theme: Theme, dim: float, photo: bool) -> QImage:
    """Grey values through a table of 256 colours; `dim` is the share of contrast that is left."""
    ground, ink = QColor(theme.background), QColor(theme.text)
    table = []
    for grey in range(256):
        if photo:
            share, to = dim, (grey, grey, grey)
        else:
            share, to = dim * (1 - grey / 255) ** _THIN, (ink.red(), ink.green(), ink.blue())
        at = (ground.red(), ground.green(), ground.blue())
        table.append(qRgb(*(round(a + (b - a) * share) for a, b in zip(at, to, strict=True))))
    grey_image = image.convertToFormat(QImage.Format.Format_Grayscale8)
    toned = QImage(
        grey_image.constBits(),
        grey_image.width(),
        grey_image.height(),
        grey_image.bytesPerLine(),
        QImage.Format.Format_Indexed8,
    )
    toned.setColorTable(table)
    return toned.convertToFormat(QImage.Format.Format_RGB32)


class Backdrop(QObject):
    """Holds the rasters of one picture and has new ones made."""

    ready = Signal()  # a better raster is there: repaint
    _made = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.message = ""
        self._source: Source | None = None
        self._extent = QRectF()
        self._whole: tuple[Raster, QPixmap] | None = None  # all of it, coarse: shown while panning and zooming
        self._sharp: tuple[Raster, QPixmap] | None = None
        self._job = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._pool.setExpiryTimeout(2000)
        self._made.connect(self._take)

    def load(self, layout: Layout, picture: bytes | None) -> None:
        self._job += 1
        self._whole = self._sharp = None
        x0, y0, x1, y1 = layout.extent
        self._extent = QRectF(x0, -y1, x1 - x0, y1 - y0)
        self._source, self.message = read_source(layout, picture)

    def want(self, visible: QRectF, scale: float, theme: Theme) -> None:
        """The view has settled: `visible` scene metres at `scale` device pixels a metre. Nothing is made twice."""
        source = self._source
        if source is None:
            return
        covers = visible.contains(self._extent)
        rect = self._extent if covers else visible.intersected(self._extent)
        if rect.isEmpty():
            return
        if not covers:
            dx, dy = rect.width() * _MARGIN, rect.height() * _MARGIN
            grown = rect.adjusted(-dx, -dy, dx, dy).intersected(self._extent)
        else:
            grown = rect
        at = min(scale, (_MAX_PIXELS / (grown.width() * grown.height())) ** 0.5)
        for held in (self._whole, self._sharp):
            if held is not None:
                raster = held[0]
                if raster.theme == theme.name and raster.rect.contains(rect) and _same(raster.scale, at):
                    return
        self._job += 1
        job = self._job

        def work() -> None:
            if job == self._job:  # while we waited for the worker a newer wish may have come
                self._made.emit(Raster(render(source, grown, at, theme), grown, at, job, theme.name))

        self._pool.start(work)

    def close(self) -> None:
        self._job += 1
        self._pool.clear()
        self._pool.waitForDone()

    def draw(self, painter: QPainter, dpr: float, theme: Theme) -> None:
        """Into a painter whose world transform is the view's. Never shows a raster of the other theme."""
        to_view = painter.worldTransform()
        for held in (self._whole, self._sharp):
            if held is None or held[0].theme != theme.name:
                continue
            raster, pixmap = held
            pixmap.setDevicePixelRatio(dpr)
            if _same(raster.scale, to_view.m11() * dpr):
                at = to_view.map(raster.rect.topLeft())
                painter.resetTransform()  # pixel to pixel: a plain copy
                painter.drawPixmap(round(at.x()), round(at.y()), pixmap)
                painter.setWorldTransform(to_view)
            else:
                painter.drawPixmap(raster.rect, pixmap, QRectF(pixmap.rect()))

    def _take(self, raster: Raster) -> None:
        if raster.job != self._job:
            return
        pixmap = QPixmap.fromImage(raster.image)
        if raster.rect.contains(self._extent):
            self._whole, self._sharp = (raster, pixmap), None
        else:
            self._sharp = (raster, pixmap)
        self.ready.emit()
