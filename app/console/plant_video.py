"""Cameras on the plant picture: a click on one, or on what one looks at, shows it live at the faceplate. Console side."""

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject

from app.console.seat import Seat
from app.console.video import live_view
from app.domain.plant import Camera, LayoutItem
from app.domain.tag import Tag
from widgets.plant.page import PlantPage
from widgets.video.beside import LiveBeside


class PlantVideo(QObject):
    """Lives as long as the page."""

    def __init__(self, seat: Seat, plant: PlantPage) -> None:
        super().__init__(plant)
        self._seat, self._plant = seat, plant
        self.beside = LiveBeside(seat.themes, live_view(seat))
        self.beside.wanted.connect(seat.camera_wanted)
        foot = plant.faceplate.layout()
        assert foot is not None
        foot.addWidget(self.beside)
        plant.view.item_clicked.connect(self._on_item)
        plant.open_camera.connect(self._on_camera)
        plant.faceplate.installEventFilter(self)
        seat.left.connect(self.beside.dismiss)

    def _on_item(self, item: LayoutItem) -> None:
        site = self._seat.state.site
        asked = item.type == "camera"
        if asked:
            self.beside.shut = False
        if item.type != "link" and not self.beside.shut:
            self.beside.show_cameras(cameras_of(item, site.cameras, site.tags))

    def _on_camera(self, code: str) -> None:
        """By its name on the faceplate."""
        camera = self._seat.state.site.cameras.get(code)
        if camera is not None:
            self.beside.shut = False
            self.beside.show_cameras([camera])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Hide and self._plant.isVisible():
            self.beside.dismiss()
        return False


def cameras_of(item: LayoutItem, cameras: Mapping[str, Camera], tags: Mapping[str, Tag]) -> list[Camera]:
    """Its own first, then those of its tags, then those that look at its equipment."""
    own = [item.camera, *item.cameras]
    of_tags = [code for name in item.bind.values() if name in tags for code in tags[name].camera]
    looking = [one.camera for one in cameras.values() if item.equipment and item.equipment in one.equipment]
    return [cameras[code] for code in dict.fromkeys([*own, *of_tags, *looking]) if code in cameras]
