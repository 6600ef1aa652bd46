"""The drawing behind a picture: right place, colours of the theme, sharp at every zoom, a sentence when it cannot be drawn."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QPointF
from PySide6.QtGui import QColor, QImage

from app.domain.plant import Background, Layout
from tests.widgets.plant.conftest import near
from widgets.theme import DAY, NIGHT

SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100"><rect width="200" height="100" fill="#fff"/>
<rect x="0" y="0" width="100" height="50" fill="#000"/></svg>"""  # upper left quarter black


def picture(kind: str, photo: bool = False) -> bytes:
    image = QImage(200, 100, QImage.Format.Format_RGB32)
    image.fill(QColor("#808080" if photo else "#ffffff"))
    for x in range(100):
        for y in range(50):
            image.setPixelColor(x, y, QColor("#000000"))
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, kind)
    return bytes(data.data())


def layout(file: str, affine=(0.5, 0, 0, -0.5, 0, 50), dim: float = 0.3) -> Layout:
    return Layout("b", "底图", 2, (0, 0, 100, 50), (), Background(file, affine, dim))


def show(stage, qtbot, what: Layout, data: bytes | None) -> None:
    with qtbot.waitSignal(stage.view.backdrop.ready, timeout=5000):
        stage.view.show_layout(what, data, {}, {})


def mixed(theme, share: float) -> str:
    ground, ink = QColor(theme.background), QColor(theme.text)
    return QColor(*(round(a + (b - a) * share) for a, b in zip(ground.getRgb()[:3], ink.getRgb()[:3], strict=True))).name()


@pytest.mark.parametrize("theme", [NIGHT, DAY], ids=lambda theme: theme.name)
@pytest.mark.parametrize(("file", "data"), [("p.svg", SVG), ("p.png", "PNG"), ("p.jpg", "JPG")])
def test_a_drawing_takes_the_colours_of_the_theme(stage, qtbot, theme, file, data) -> None:
    stage.holder.set_theme(theme)
    show(stage, qtbot, layout(file), data if isinstance(data, bytes) else picture(data))
    image = stage.image()
    assert near(stage.pixel(25, 37, image), mixed(theme, 0.3), 4)  # ink at 30 % of the contrast
    for x, y in ((75, 37), (25, 12), (75, 12)):
        assert near(stage.pixel(x, y, image), theme.background, 4)  # paper is the ground


def test_the_affine_says_where_the_picture_lies(stage, qtbot) -> None:
    show(stage, qtbot, layout("p.svg", affine=(0.25, 0, 0, -0.25, 40, 30)), SVG)  # 50 x 25 m, upper left corner at (40, 30)
    image = stage.image()
    assert near(stage.pixel(50, 26, image), mixed(NIGHT, 0.3), 4)
    for x, y in ((38, 26), (50, 32), (70, 26), (50, 10)):
        assert near(stage.pixel(x, y, image), NIGHT.background, 4)


def test_without_an_affine_it_fills_the_extent(stage, qtbot) -> None:
    show(stage, qtbot, layout("p.svg", affine=None), SVG)
    assert near(stage.pixel(25, 37), mixed(NIGHT, 0.3), 4)
    assert near(stage.pixel(25, 12), NIGHT.background, 4)


def test_a_photograph_is_paled_not_inverted(stage, qtbot) -> None:
    show(stage, qtbot, layout("p.png", dim=0.5), picture("PNG", photo=True))
    image = stage.image()
    dark, grey = QColor(stage.pixel(25, 37, image)).lightness(), QColor(stage.pixel(75, 37, image)).lightness()
    assert dark < grey


def test_it_is_sharp_again_after_zooming(stage, qtbot) -> None:
    show(stage, qtbot, layout("p.svg"), SVG)
    with qtbot.waitSignal(stage.view.backdrop.ready, timeout=5000):
        stage.view.look_at(QPointF(50, -25), 40)
    image = stage.image()
    edge = stage.view.viewportTransform().map(QPointF(50, -30)).toPoint()
    row = [image.pixelColor(edge.x() + d, edge.y()).name() for d in range(-6, 7)]
    assert len(set(row)) <= 3  # ink, ground and one pixel between


def test_standing_still_renders_nothing_again(stage, qtbot) -> None:
    show(stage, qtbot, layout("p.svg"), SVG)
    with qtbot.assertNotEmitted(stage.view.backdrop.ready, wait=300):
        stage.view._sharpen()


def test_the_other_theme_is_never_shown(stage, qtbot) -> None:
    show(stage, qtbot, layout("p.svg"), SVG)
    with qtbot.waitSignal(stage.view.backdrop.ready, timeout=5000):
        stage.holder.set_theme(DAY)
        assert stage.pixel(25, 37) == DAY.background  # until the new raster is there: no drawing, and never a dark one by day
    assert near(stage.pixel(25, 37), mixed(DAY, 0.3), 4)


@pytest.mark.parametrize(
    ("file", "data", "word"),
    [
        ("a.pdf", b"%PDF-1.7", "SVG"),
        ("a.dxf", b"0\nSECTION", "SVG"),
        ("a.svg", b"<svg", "损坏"),
        ("a.svg", b"\x00\xff", "损坏"),
        ("a.png", b"not a png", "损坏"),
        ("a.jpg", b"", "损坏"),
        ("a.png", None, "没有收到"),
    ],
)
def test_what_cannot_be_drawn_is_said_and_the_page_lives(stage, file, data, word) -> None:
    calm = stage.image()
    stage.view.show_layout(layout(file), data, {}, {})
    assert word in stage.view.backdrop.message and file in stage.view.backdrop.message
    assert stage.image() != calm  # the sentence is on the picture


def test_no_background_no_message(stage) -> None:
    stage.view.show_layout(replace(layout("x"), background=None), None, {}, {})
    assert stage.view.backdrop.message == ""


def test_layouts_switched_faster_than_they_render_end_with_the_last(stage, qtbot) -> None:
    for _ in range(6):
        stage.view.show_layout(layout("a.svg"), SVG, {}, {})
    with qtbot.waitSignal(stage.view.backdrop.ready, timeout=5000):
        stage.view.show_layout(layout("b.svg", affine=(0.25, 0, 0, -0.25, 40, 30)), SVG, {}, {})
    assert near(stage.pixel(50, 26), mixed(NIGHT, 0.3), 4)
    assert near(stage.pixel(20, 45), NIGHT.background, 4)
