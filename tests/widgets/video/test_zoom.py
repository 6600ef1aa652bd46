from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRect

from widgets.video.zoom import MOST, Zoom, fitted

share = st.floats(0, 1)


@given(st.lists(st.tuples(st.floats(0.2, 5), share, share, st.floats(-2, 2), st.floats(-2, 2)), max_size=12))
def test_the_part_shown_lies_inside_the_picture(turns) -> None:
    zoom = Zoom()
    for factor, x, y, across, down in turns:
        zoom = zoom.closer(factor, QPointF(x, y)).moved(across, down)
        part = zoom.source(704, 576)
        assert 1 <= zoom.scale <= MOST
        assert part.left() >= -1e-6 and part.top() >= -1e-6
        assert part.right() <= 704 + 1e-6 and part.bottom() <= 576 + 1e-6


def test_the_point_under_the_wheel_stays() -> None:
    before = Zoom(2.0, 0.5, 0.5)
    at = QPointF(0.7, 0.4)
    after = before.closer(1.5, at)

    def point(zoom: Zoom) -> tuple[float, float]:
        part = zoom.source(1000, 1000)
        return round(part.x() + part.width() * at.x(), 6), round(part.y() + part.height() * at.y(), 6)

    assert point(after) == point(before)
    assert Zoom().moved(0.3, 0.3) == Zoom()


def test_shape_is_kept() -> None:
    assert fitted(QRect(0, 24, 400, 300), 704, 576) == QRect(17, 24, 366, 300)
    assert fitted(QRect(0, 0, 400, 400), 1920, 1080) == QRect(0, 88, 400, 224)
    assert fitted(QRect(0, 0, 10, 10), 0, 5).isEmpty()
