"""The sound of this seat (本席声音): whether it can be heard, told to the station; its voice; the horn test. Console side.

Joins the `Horn` and its voice to the `Seat`. That the desk is mute stays a notice here whatever the station makes of it.
"""

import socket
import time

from PySide6.QtCore import QObject, Signal

from app.console.errors import Known
from app.console.seat import Seat
from app.console.state import Changes
from app.domain.settings.section import Section
from app.domain.settings.voice import VoiceSettings, read_voice
from widgets.alarms.horn import Horn
from widgets.words import tr

AGAIN_S = 50.0  # between two reports that say the same; a seat that says nothing for three minutes counts as gone


class SeatSound(QObject):
    """`changed`: something of `fault`, `volume`, `voice` or `tested` is another."""

    changed = Signal()

    def __init__(self, seat: Seat, horn: Horn) -> None:
        super().__init__(horn)
        self._seat, self._horn = seat, horn
        self.fault = ""
        self.volume = ""
        self.tested = ""
        self._unheard = False  # somebody pressed "没有听到": what the device says does not count until it is heard
        self._looked = False
        self._reported = (True, "")
        self._reported_at = float("-inf")
        horn.checked.connect(self._on_checked)
        if horn.voice is not None:
            horn.voice.changed.connect(self.changed)
            horn.voice.queue.decimals = self._decimals
        seat.entered.connect(self._on_entered)
        seat.news.connect(self._on_news)

    # what the page shows

    @property
    def name(self) -> str:
        """How the station calls this seat."""
        given = "" if self._seat.settings is None else self._seat.settings.seat
        return given or socket.gethostname() or tr("值守席")

    @property
    def device(self) -> str:
        if self.fault:
            return self.fault
        return tr("音频设备正常") if self._looked else tr("正在检查音频设备…")

    @property
    def voice(self) -> str:
        return "" if self._horn.voice is None else self._horn.voice.about

    @property
    def voice_on(self) -> bool:
        return self._seat.settings is None or self._seat.settings.voice

    # what a person does

    def switch_voice(self, on: bool) -> None:
        self._seat.remember(voice=on)
        self._configure()
        self.changed.emit()

    def rename(self, name: str) -> None:
        self._seat.remember(seat=name.strip())
        self._reported_at = float("-inf")
        self._report()
        self.changed.emit()

    def test(self) -> None:
        """Sounds and speaks, and asks whether it was heard."""
        self._horn.test()
        self._seat.ask(
            tr("试音：报警声和语音都听到了吗？"),
            [(tr("听到了"), lambda: self._heard(True)), (tr("没有听到"), lambda: self._heard(False))],
        )

    # inside

    def _on_entered(self) -> None:
        self._reported_at = float("-inf")
        self._configure()
        self._horn.watch_device()

    def _on_news(self, changes: Changes) -> None:
        if changes.extra:
            self._configure()
            self._horn.set_flood(bool(self._seat.state.extra.get("flood", {}).get("active")))

    def _configure(self) -> None:
        if self._horn.voice is not None:
            told = self._seat.state.extra.get("voice")
            site = read_voice(Section(told, "voice", [])) if isinstance(told, dict) else VoiceSettings()
            self._horn.voice.configure(site, self.voice_on)

    def _decimals(self, tag: str) -> int:
        known = self._seat.state.site.tags.get(tag)
        return 2 if known is None else known.decimals

    def _on_checked(self, fault: str, volume: str) -> None:
        before = (self.fault, self.volume, self._looked)
        self.fault = fault or (tr("值班员试音没有听到，请检查音箱和音量") if self._unheard else "")
        self.volume, self._looked = volume, True
        if (self.fault, self.volume, self._looked) != before:
            self.changed.emit()
        self._report()

    def _heard(self, heard: bool) -> None:
        self._unheard = not heard
        self._on_checked("", self.volume)
        self._seat.run(self._send_test(heard))

    async def _send_test(self, heard: bool) -> None:
        at = time.strftime("%H:%M:%S")
        try:
            await self._seat.call("POST", "/seat/horn_test", {"heard": heard, "seat": self.name})
        except Known as error:
            self._seat.tell_briefly(tr("试音没有记录成功：{error}", error=error.message))
            return
        self.tested = tr("{at} 听到", at=at) if heard else tr("{at} 没有听到", at=at)
        self.changed.emit()
        self._seat.tell_briefly(tr("试音已记录。"))

    def _report(self) -> None:
        """To the station, when something changed and once a minute."""
        now, said = time.monotonic(), (not self.fault, self.fault)
        if not self._seat.user or (said == self._reported and now - self._reported_at < AGAIN_S):
            return
        self._reported, self._reported_at = said, now
        self._seat.run(self._send_report(*said))

    async def _send_report(self, ok: bool, detail: str) -> None:
        try:
            await self._seat.call("POST", "/seat/audio", {"seat": self.name[:80], "ok": ok, "detail": detail[:200]})
        except Known:
            self._reported_at = float("-inf")  # with the next look; that the station is away is told elsewhere
