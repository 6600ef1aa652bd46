"""The playback page: cameras, span, pictures at one time cursor, time line with clips, alarms and curves. Console side.

The cursor is the master: pictures, marks and curves stand at its moment. Nothing here reads a file; pictures come by `Footage`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import QDateTime, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDateTimeEdit,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.domain.instant import SECOND, Instant
from app.domain.plant import Camera, Equipment
from widgets.forms.controls import button, label, row
from widgets.theme import ThemeHolder, font
from widgets.timecursor import SPEEDS, TimeCursor
from widgets.video.feed import Look
from widgets.video.packages import PackagesView
from widgets.video.replaypane import ReplayWall
from widgets.video.ticker import Ticker
from widgets.video.timeline import Span, Timeline
from widgets.video.tree import CameraTree
from widgets.words import tr

WAIT_S = 4.0
"""So long the cursor waits for pictures that are on the way, that all cameras go on together."""
MOST_HIGH = 300
"""Of the time line; more rows than that are scrolled."""
SPANS = ((600, "10 分钟"), (3600, "1 小时"), (8 * 3600, "8 小时"), (86400, "24 小时"))


class PlaybackPage(QWidget):
    chosen = Signal(list)  # codes of cameras: find their clips of the span
    span_wanted = Signal(object, object)  # Instant, Instant
    fetch_wanted = Signal(str)  # why: ask the recorders for the span round the cursor
    lock_wanted = Signal(str)  # why: keep the clips at the cursor
    unlock_wanted = Signal(str)  # why: they need not be kept any longer
    case_wanted = Signal(str)  # why: a case package of the span that is shown
    packages_wanted = Signal()  # the list of finished ones is shown
    snapshot_wanted = Signal(object)  # VideoPane
    back = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._cameras: Mapping[str, Camera] = {}
        self._beat_at = 0.0
        self._waited = 0.0
        self.moment = TimeCursor(self)
        self.wall = ReplayWall(holder)
        self.wall.follow(self.moment)
        self.tree = CameraTree(holder)
        self.timeline = Timeline(holder, self.moment)
        self.start = QDateTimeEdit()
        self.start.setDisplayFormat("yyyy-MM-dd HH:mm:ss")
        self.start.setCalendarPopup(True)
        self.start.setFont(font(11.5))
        self.start.setAccessibleName(tr("从什么时候起"))
        self.spans = QButtonGroup(self)
        self.look = button(tr("查找录像"), primary=True)
        self.back_to_live = button(tr("返回实时"))
        self.play, self.before, self.after = button(tr("播放 空格")), button("|‹"), button("›|")
        self.before.setAccessibleName(tr("上一个关键帧"))
        self.before.setToolTip(tr("上一个关键帧  ←"))
        self.after.setAccessibleName(tr("下一个关键帧"))
        self.after.setToolTip(tr("下一个关键帧  →"))
        self.speeds = QButtonGroup(self)
        self.now = label(size=13, bold=True)
        self.why = QLineEdit()
        self.why.setFont(font(11.5))
        self.why.setPlaceholderText(tr("原因（调取、锁定、案卷都要写，如：查证 14:02 液位报警）"))
        self.why.setMinimumHeight(34)
        self.fetch = button(tr("从录像机调取这一段"))
        self.lock, self.unlock, self.case = button(tr("锁定片段")), button(tr("解锁片段")), button(tr("制作案卷"))
        self.lock.setToolTip(tr("光标处的片段作为证据保留，到期不清除"))
        self.unlock.setToolTip(tr("由锁定人以外的主管解除；原因和两人的名字都记入日志"))
        self.show_packages = button(tr("案卷列表"))
        self.show_packages.setCheckable(True)
        self.packages = PackagesView()
        self.packages.hide()
        self.case.setToolTip(tr("这段时间的录像、趋势、报警、表单和日志打成一个可核对的压缩包"))
        self.said = label(size=11, dim=True)
        self._arrange()
        self._connect()
        self.ticker = Ticker(self, self._beat)
        self.setFocusProxy(self.timeline)
        self._show_cursor()

    # data in

    @property
    def picked(self) -> list[str]:
        return self.wall.picked

    def show_site(self, cameras: Mapping[str, Camera], equipment: Mapping[str, Equipment]) -> None:
        self._cameras = cameras
        self.tree.show_cameras(cameras, equipment)
        self.wall.show_cameras(cameras)

    def show_span(self, start: Instant, end: Instant, at: Instant | None = None) -> None:
        self.moment.set_span(start, end, at)
        self.start.setDateTime(QDateTime.fromSecsSinceEpoch(start // SECOND))
        self.timeline.t0, self.timeline.t1 = start, end
        self.timeline.update()

    def pick(self, cameras: Sequence[str]) -> None:
        """These cameras, side by side."""
        self.wall.pick(cameras)

    def _on_picked(self, cameras: list[str]) -> None:
        self.timeline.show_rows([(code, self._cameras[code].name) for code in cameras], {})
        self.tree.put_looks(dict.fromkeys(cameras, Look.REPLAY))
        self.wall.setVisible(bool(cameras))
        self.empty.setVisible(not cameras)
        self.chosen.emit(cameras)

    def camera_name(self, code: str) -> str:
        return self._cameras[code].name if code in self._cameras else ""

    def show_spans(self, spans: Mapping[str, Sequence[Span]]) -> None:
        self.timeline.show_rows([(code, self.camera_name(code)) for code in self.picked], spans)

    def clips_at_cursor(self, locked: bool = False) -> list[int]:
        """Of the cameras side by side; whole, and `locked` or not."""
        at = self.moment.at
        spans = [span for code in self.picked for span in self.timeline.spans.get(code, ())]
        return [one.id for one in spans if one.ready and one.locked == locked and one.start <= at <= one.end]

    def allow(self, fetch: bool, keep: bool) -> None:
        """What the person may do; what nobody here may do is not shown."""
        self.fetch.setVisible(fetch)
        for part in (self.lock, self.unlock, self.case, self.show_packages):
            part.setVisible(keep)
        self.packages.setVisible(keep and self.show_packages.isChecked())
        self.why.setVisible(fetch or keep)

    def say(self, text: str) -> None:
        self.said.setText(text)

    def clear(self) -> None:
        self.moment.play(False)
        self.show_site({}, {})
        self.timeline.put_marks(())
        self.timeline.put_curves(())
        self.why.clear()
        self.show_packages.setChecked(False)

    # inside

    def _arrange(self) -> None:
        self.empty = label(size=13, dim=True, wrap=True)
        self.empty.setText(
            tr("从左边选一台或几台摄像机（双击），再选时间。\n片段在下面的时间轴上：拖动光标，各路画面和曲线一起走。")
        )
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.start.setMinimumHeight(34)
        top = row(self.back_to_live, 0, label(tr("从")), self.start)
        for place, (seconds, word) in enumerate(SPANS):
            one = button(tr(word))
            one.setCheckable(True)
            one.setChecked(seconds == 3600)
            self.spans.addButton(one, place)
            top.addWidget(one)
        top.addWidget(self.look)
        top.addStretch(1)
        deeds = row(self.why)
        deeds.setStretch(0, 1)
        for part in (self.fetch, self.lock, self.unlock, self.case, self.show_packages):
            deeds.addWidget(part)
        low = row(self.before, self.play, self.after)
        for place, speed in enumerate(SPEEDS):
            one = button(f"{speed:g}×")
            one.setCheckable(True)
            one.setChecked(speed == 1.0)
            self.speeds.addButton(one, place)
            low.addWidget(one)
        low.addSpacing(12)
        low.addWidget(self.now)
        low.addSpacing(12)
        low.addWidget(self.said, 1)
        rows = QScrollArea()
        rows.setWidget(self.timeline)
        rows.setWidgetResizable(True)
        rows.setFrameShape(QScrollArea.Shape.NoFrame)
        rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        rows.setFixedHeight(self.timeline.sizeHint().height())
        self.timeline.grew.connect(lambda high: rows.setFixedHeight(min(high, MOST_HIGH)))
        right = QVBoxLayout()
        right.setContentsMargins(8, 6, 8, 6)
        right.setSpacing(6)
        right.addLayout(top)
        right.addLayout(deeds)
        middle = row(self.empty, self.wall, self.packages)
        middle.setStretch(0, 1)
        middle.setStretch(1, 1)
        right.addLayout(middle, 1)
        right.addLayout(low)
        right.addWidget(rows)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.tree)
        whole.addLayout(right, 1)

    def _connect(self) -> None:
        self.tree.opened.connect(self._toggle)
        self.tree.group_opened.connect(lambda _, cameras: self.pick(cameras))
        self.timeline.sought.connect(self._seek)
        self.moment.moved.connect(self._show_cursor)
        self.moment.changed.connect(self._show_cursor)
        self.wall.picked_changed.connect(self._on_picked)
        self.wall.snapshot_wanted.connect(self.snapshot_wanted)
        self.wall.stepped.connect(self.step)
        self.play.clicked.connect(lambda: self.moment.play(not self.moment.playing))
        self.before.clicked.connect(lambda: self.step(-1))
        self.after.clicked.connect(lambda: self.step(1))
        self.speeds.idClicked.connect(lambda place: self.moment.set_speed(SPEEDS[place]))
        self.look.clicked.connect(self._ask)
        self.spans.idClicked.connect(lambda _: self._ask())
        self.fetch.clicked.connect(self._fetch)
        self.lock.clicked.connect(lambda: self._with_reason(self.lock_wanted))
        self.unlock.clicked.connect(lambda: self._with_reason(self.unlock_wanted))
        self.show_packages.toggled.connect(self._on_packages)
        self.packages.closed.connect(lambda: self.show_packages.setChecked(False))
        self.case.clicked.connect(lambda: self._with_reason(self.case_wanted))
        self.why.returnPressed.connect(self._fetch)
        self.back_to_live.clicked.connect(self.back)

    def step(self, way: int) -> None:
        """To the next or the last key picture of any of the cameras."""
        self.moment.play(False)
        after = [key for key in self.wall.key_moments() if (key > self.moment.at if way > 0 else key < self.moment.at)]
        if after:
            self.moment.go(after[0] if way > 0 else after[-1])

    def _toggle(self, camera: str) -> None:
        left = [one for one in self.picked if one != camera]
        self.pick(left if len(left) < len(self.picked) else [*self.picked, camera])

    def _seek(self, at: Instant) -> None:
        self.moment.go(at)

    def _ask(self) -> None:
        start = self.start.dateTime().toSecsSinceEpoch() * SECOND
        self.span_wanted.emit(start, start + SPANS[max(0, self.spans.checkedId())][0] * SECOND)

    def _on_packages(self, shown: bool) -> None:
        self.packages.setVisible(shown)
        if shown:
            self.packages_wanted.emit()

    def _fetch(self) -> None:
        self._with_reason(self.fetch_wanted)

    def _with_reason(self, wanted: SignalInstance) -> None:
        why = self.why.text().strip()
        if not self.picked:
            self.say(tr("先选摄像机。"))
        elif not why:
            self.say(tr("请写明原因，它会记入日志。"))
            self.why.setFocus()
        else:
            wanted.emit(why)

    def _beat(self, now: float) -> None:
        passed, self._beat_at = now - self._beat_at, now
        if passed >= 1.0:  # not what went by while the page was hidden
            return
        waits = self.moment.playing and self.wall.waiting and self._waited < WAIT_S
        self._waited = self._waited + passed if waits else self._waited if self.wall.waiting else 0.0
        if not waits:
            self.moment.advance(passed)

    def _show_cursor(self) -> None:
        at = datetime.fromtimestamp(self.moment.at / SECOND).astimezone()
        self.now.setText(f"{at:%Y-%m-%d %H:%M:%S}" if self.moment.at else "")
        word = tr("暂停 空格") if self.moment.playing else tr("播放 空格")
        if self.play.text() != word:
            self.play.setText(word)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Space:
            self.moment.play(not self.moment.playing)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.step(1 if key == Qt.Key.Key_Right else -1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._holder.theme.background))
        painter.end()
